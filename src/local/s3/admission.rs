//! What S3 refuses by the look of a request's signature, before it is checked, and what `s3s` lets through.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.

use hyper::http::request::Parts;
use time::{Duration, OffsetDateTime};

use crate::local::account::{Account, KeyRefusal};
use crate::local::authorize::context::date;
use crate::local::sigv4::{ALGORITHM, Claim, Place, header};

use super::{Caller, Refusal};

/// Seven days, in seconds.
const LONGEST_EXPIRY: u64 = 604_800;
/// How far a request's date may be from now.
const SKEW: Duration = Duration::minutes(15);

/// Reads who a request says it comes from; None for an anonymous one. `s3s` checks the signature itself afterwards.
pub(crate) fn admit(account: &Account, parts: &Parts) -> Result<Option<Caller>, Refusal> {
    refuse_signature_version_2(parts)?;
    refuse_other_mechanisms(parts)?;
    let claim = match Claim::read(parts) {
        Ok(Some(claim)) => claim,
        Ok(None) => return Ok(None),
        Err(unreadable) => return Err(Refusal::bad_request(malformed(unreadable.place), unreadable.problem)),
    };
    check_scope(account, &claim)?;
    let now = OffsetDateTime::now_utc();
    check_time(&claim, now)?;
    let id = &claim.scope.access_key_id;
    let key = account.access_key(id, claim.token.as_deref(), now).map_err(|refusal| key_refusal(refusal, id))?;
    check_signed_headers(&claim, parts)?;
    Ok(Some(Caller { principal: key.principal, place: claim.place, signed_at: claim.signed_at }))
}

/// Why a key does not stand for anybody, in S3's terms.
pub(super) fn key_refusal(refusal: KeyRefusal, id: &str) -> Refusal {
    match refusal {
        KeyRefusal::Unknown => {
            Refusal::forbidden("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.")
                .with("AWSAccessKeyId", id)
        }
        KeyRefusal::InvalidToken => Refusal::bad_request("InvalidToken", "The provided token is malformed or otherwise invalid."),
        KeyRefusal::ExpiredToken => Refusal::bad_request("ExpiredToken", "The provided token has expired."),
    }
}

/// Buckets made after June 2020 take no SigV2.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/Appendix-Sigv2.html>.
fn refuse_signature_version_2(parts: &Parts) -> Result<(), Refusal> {
    let header = parts.headers.get("authorization").is_some_and(|value| value.as_bytes().starts_with(b"AWS "));
    let query = parts.uri.query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("AWSAccessKeyId=")));
    if header || query {
        return Err(signature_version_2());
    }
    Ok(())
}

/// A request is signed once, in the one way that is left, and its length is known.
fn refuse_other_mechanisms(parts: &Parts) -> Result<(), Refusal> {
    let authorization = header(parts, "authorization");
    let signed_in_query = parts.uri.query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("X-Amz-Algorithm=")));
    if let Some(authorization) = authorization {
        if signed_in_query {
            return Err(Refusal::bad_request(
                "InvalidArgument",
                "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the \
                 Authorization header should be specified",
            )
            .with("ArgumentName", "Authorization")
            .with("ArgumentValue", authorization));
        }
        if !authorization.starts_with(ALGORITHM) {
            return Err(Refusal::bad_request("InvalidArgument", "Unsupported Authorization Type")
                .with("ArgumentName", "Authorization")
                .with("ArgumentValue", authorization));
        }
    }
    let hash = header(parts, "x-amz-content-sha256");
    let is_hash = |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(hash) = hash.filter(|hash| !is_hash(hash) && *hash != "UNSIGNED-PAYLOAD" && !hash.starts_with("STREAMING-")) {
        return Err(Refusal::bad_request(
            "InvalidArgument",
            "x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, \
             STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.",
        )
        .with("ArgumentName", "x-amz-content-sha256")
        .with("ArgumentValue", hash));
    }
    // how long a body is that comes in signed chunks or with a trailer, its own header says: so boto3 uploads by HTTPS
    let tells_length = [hyper::header::CONTENT_LENGTH.as_str(), "x-amz-decoded-content-length"];
    let tells_length = tells_length.iter().any(|name| parts.headers.contains_key(*name));
    if parts.headers.contains_key(hyper::header::TRANSFER_ENCODING) && !tells_length {
        let message = "A header you provided implies functionality that is not implemented";
        let refusal = Refusal { status: hyper::StatusCode::NOT_IMPLEMENTED, ..Refusal::bad_request("NotImplemented", message) };
        return Err(refusal.with("Header", "Transfer-Encoding"));
    }
    Ok(())
}

pub(super) fn signature_version_2() -> Refusal {
    Refusal::bad_request("InvalidRequest", "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.")
}

fn malformed(place: Place) -> &'static str {
    match place {
        Place::Header => "AuthorizationHeaderMalformed",
        Place::Query | Place::Form => "AuthorizationQueryParametersError",
    }
}

pub(super) fn check_scope(account: &Account, claim: &Claim) -> Result<(), Refusal> {
    let (place, code) = match claim.place {
        Place::Header => ("The authorization header is malformed", malformed(claim.place)),
        Place::Query | Place::Form => ("Error parsing the X-Amz-Credential parameter", malformed(claim.place)),
    };
    let scope = &claim.scope;
    if scope.region != account.region.as_str() {
        let message = format!("{place}; the region '{}' is wrong; expecting '{}'", scope.region, account.region);
        return Err(Refusal::bad_request(code, message).with("Region", account.region.as_str()));
    }
    if scope.service != "s3" {
        let message = format!("{place}; incorrect service \"{}\". This endpoint belongs to \"s3\".", scope.service);
        return Err(Refusal::bad_request(code, message));
    }
    if !claim.date.starts_with(&scope.date) {
        let message =
            format!("{place}; Invalid credential date \"{}\". This date is not the same as X-Amz-Date: \"{}\".", scope.date, claim.date);
        return Err(Refusal::bad_request(code, message));
    }
    Ok(())
}

fn check_time(claim: &Claim, now: OffsetDateTime) -> Result<(), Refusal> {
    let Some(expires) = &claim.expires else {
        if (now - claim.signed_at).abs() > SKEW {
            let message = "The difference between the request time and the current time is too large.";
            return Err(Refusal::forbidden("RequestTimeTooSkewed", message)
                .with("RequestTime", &claim.date)
                .with("ServerTime", date(now))
                .with("MaxAllowedSkewMilliseconds", "900000"));
        }
        return Ok(());
    };
    let wrong = |problem: &str| Refusal::bad_request("AuthorizationQueryParametersError", problem);
    if expires.starts_with('-') {
        return Err(wrong("X-Amz-Expires must be non-negative"));
    }
    let seconds: u64 = expires.parse().map_err(|_| wrong("X-Amz-Expires should be a number"))?;
    if seconds > LONGEST_EXPIRY {
        return Err(wrong("X-Amz-Expires must be less than a week (in seconds) that is 604800"));
    }
    if claim.signed_at - now > SKEW {
        return Err(Refusal::forbidden("AccessDenied", "Request is not yet valid").with("X-Amz-Date", &claim.date));
    }
    let ends = claim.signed_at + Duration::seconds(i64::try_from(seconds).unwrap_or(i64::MAX));
    if now > ends {
        return Err(Refusal::forbidden("AccessDenied", "Request has expired")
            .with("X-Amz-Expires", expires)
            .with("Expires", date(ends))
            .with("ServerTime", date(now)));
    }
    Ok(())
}

/// `host` and every `x-amz-*` header must be under the signature: what is not could have been added by anybody.
fn check_signed_headers(claim: &Claim, parts: &Parts) -> Result<(), Refusal> {
    let covers = |name: &str| claim.signed_headers.iter().any(|signed| signed == name);
    let mut unsigned: Vec<&str> =
        parts.headers.keys().map(|name| name.as_str()).filter(|name| name.starts_with("x-amz-") && !covers(name)).collect();
    if !covers("host") {
        unsigned.insert(0, "host");
    }
    if unsigned.is_empty() {
        return Ok(());
    }
    Err(Refusal::forbidden("AccessDenied", "There were headers present in the request which were not signed")
        .with("HeadersNotSigned", unsigned.join(", ")))
}
