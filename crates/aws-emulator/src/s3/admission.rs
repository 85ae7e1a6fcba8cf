//! What S3 refuses by the look of a request's signature, before it is checked, and what `s3s` lets through.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.

use hyper::http::request::Parts;
use time::{Duration, OffsetDateTime};

use crate::account::{Account, KeyRefusal};
use crate::authorize::context::date;
use crate::sigv4::{ALGORITHM, Claim, Place, header};

use super::permission::Signed;
use super::{Caller, Refusal, signature_v2};

/// Seven days, in seconds.
const LONGEST_EXPIRY: u64 = 604_800;
/// How far a request's date may be from now.
pub(super) const SKEW: Duration = Duration::minutes(15);

/// Reads who a request says it comes from; None for an anonymous one. `s3s` checks the signature itself afterwards.
pub(crate) fn admit(account: &Account, parts: &mut Parts) -> Result<Option<Caller>, Refusal> {
    refuse_other_mechanisms(parts)?;
    if signature_v2::is_claimed(parts) {
        return signature_v2::admit(account, parts).map(Some);
    }
    let claim = match Claim::read(parts) {
        Ok(Some(claim)) => claim,
        Ok(None) => return Ok(None),
        Err(unreadable) => {
            return Err(Refusal::bad_request(malformed(unreadable.place), unreadable.problem));
        }
    };
    check_scope(account, &claim)?;
    let now = OffsetDateTime::now_utc();
    check_time(&claim, now)?;
    let id = &claim.scope.access_key_id;
    let key = account
        .access_key(id, claim.token.as_deref(), now)
        .map_err(|refusal| key_refusal(refusal, id))?;
    check_signed_headers(&claim, parts)?;
    check_form(&claim)?;
    Ok(Some(Caller {
        principal: key.principal,
        place: claim.place,
        signed: Signed::V4 { at: claim.signed_at },
    }))
}

/// Why a key does not stand for anybody, in S3's terms.
pub(super) fn key_refusal(refusal: KeyRefusal, id: &str) -> Refusal {
    match refusal {
        KeyRefusal::Unknown => Refusal::forbidden(
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
        )
        .with("AWSAccessKeyId", id),
        KeyRefusal::InvalidToken => Refusal::bad_request(
            "InvalidToken",
            "The provided token is malformed or otherwise invalid.",
        ),
        KeyRefusal::ExpiredToken => {
            Refusal::bad_request("ExpiredToken", "The provided token has expired.")
        }
    }
}

/// A request is signed once, in a way that there is, and its length is known.
fn refuse_other_mechanisms(parts: &Parts) -> Result<(), Refusal> {
    let authorization = header(parts, "authorization");
    let signed_in_query = parts
        .uri
        .query()
        .is_some_and(|query| query.split('&').any(|pair| pair.starts_with("X-Amz-Algorithm=")));
    let signed_in_query = signed_in_query || signature_v2::is_in_query(parts);
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
        if !authorization.starts_with(ALGORITHM) && !authorization.starts_with(signature_v2::SCHEME)
        {
            return Err(Refusal::bad_request("InvalidArgument", "Unsupported Authorization Type")
                .with("ArgumentName", "Authorization")
                .with("ArgumentValue", authorization));
        }
    }
    let hash = header(parts, "x-amz-content-sha256");
    let is_hash =
        |text: &str| text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if let Some(hash) = hash.filter(|hash| {
        !is_hash(hash) && *hash != "UNSIGNED-PAYLOAD" && !hash.starts_with("STREAMING-")
    }) {
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
        let refusal = Refusal {
            status: hyper::StatusCode::NOT_IMPLEMENTED,
            ..Refusal::bad_request("NotImplemented", message)
        };
        return Err(refusal.with("Header", "Transfer-Encoding"));
    }
    Ok(())
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
        Place::Query | Place::Form => {
            ("Error parsing the X-Amz-Credential parameter", malformed(claim.place))
        }
    };
    let scope = &claim.scope;
    if scope.region != account.region.as_str() {
        let message = format!(
            "{place}; the region '{}' is wrong; expecting '{}'",
            scope.region, account.region
        );
        return Err(Refusal::bad_request(code, message).with("Region", account.region.as_str()));
    }
    if scope.service != "s3" {
        let message = format!(
            "{place}; incorrect service \"{}\". This endpoint belongs to \"s3\".",
            scope.service
        );
        return Err(Refusal::bad_request(code, message));
    }
    if !claim.date.starts_with(&scope.date) {
        let message = format!(
            "{place}; Invalid credential date \"{}\". This date is not the same as X-Amz-Date: \"{}\".",
            scope.date, claim.date
        );
        return Err(Refusal::bad_request(code, message));
    }
    Ok(())
}

fn check_time(claim: &Claim, now: OffsetDateTime) -> Result<(), Refusal> {
    let Some(expires) = &claim.expires else {
        if (now - claim.signed_at).abs() > SKEW {
            return Err(too_skewed(&claim.date, now));
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
        return Err(Refusal::forbidden("AccessDenied", "Request is not yet valid")
            .with("X-Amz-Date", &claim.date));
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

/// A header's date that is too far from now.
pub(super) fn too_skewed(signed: &str, now: OffsetDateTime) -> Refusal {
    Refusal::forbidden(
        "RequestTimeTooSkewed",
        "The difference between the request time and the current time is too large.",
    )
    .with("RequestTime", signed)
    .with("ServerTime", date(now))
    .with("MaxAllowedSkewMilliseconds", SKEW.whole_milliseconds().to_string())
}

/// What is no signature is not that of the request: `s3s` would call the request malformed.
fn check_form(claim: &Claim) -> Result<(), Refusal> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if claim.signature.len() == 64 && claim.signature.bytes().all(is_digit) {
        return Ok(());
    }
    let message = "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
    Err(Refusal::forbidden("SignatureDoesNotMatch", message))
}

/// `host` and every `x-amz-*` header must be under the signature: what is not could have been added by anybody.
fn check_signed_headers(claim: &Claim, parts: &Parts) -> Result<(), Refusal> {
    let covers = |name: &str| claim.signed_headers.iter().any(|signed| signed == name);
    let mut unsigned: Vec<&str> = parts
        .headers
        .keys()
        .map(|name| name.as_str())
        .filter(|name| name.starts_with("x-amz-") && !covers(name))
        .collect();
    if !covers("host") {
        unsigned.insert(0, "host");
    }
    if unsigned.is_empty() {
        return Ok(());
    }
    Err(Refusal::forbidden(
        "AccessDenied",
        "There were headers present in the request which were not signed",
    )
    .with("HeadersNotSigned", unsigned.join(", ")))
}
