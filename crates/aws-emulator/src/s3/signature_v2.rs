//! SigV2, which S3 takes only in old buckets of old regions. `s3s` checks the signature; here is what it claims, and whether it
//! may be claimed at all.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/RESTAuthentication.html>.

use hmac::{Hmac, KeyInit as _, Mac as _};
use hyper::header::{AUTHORIZATION, DATE, HeaderValue};
use hyper::http::request::Parts;
use sha1::Sha1;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;
use time::macros::datetime;

use crate::account::Account;
use crate::authorize::context::date;
use crate::sigv4::{self, Place, header};
use crate::virtual_host;

use super::admission::{self, SKEW, key_refusal};
use super::permission::Signed;
use super::{Caller, Refusal};

/// Buckets made from here on take none.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/Appendix-Sigv2.html>.
const LAST_BUCKETS: OffsetDateTime = datetime!(2020-06-24 00:00 UTC);
/// The regions that were open before 2014; later ones never took it.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-authenticating-requests.html>.
const REGIONS: [&str; 9] = [
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "eu-west-1",
    "sa-east-1",
    "us-east-1",
    "us-gov-west-1",
    "us-west-1",
    "us-west-2",
];
/// What the `Authorization` header begins with.
pub(super) const SCHEME: &str = "AWS ";
/// Where a query has the session token, and the header that is signed in its stead.
const TOKEN: &str = "x-amz-security-token";

/// Who a request says signed it so. Nothing of it is proved.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) place: Place,
    pub(super) access_key_id: String,
    pub(super) token: Option<String>,
    /// When it was signed, in a header; when it ends, in a query.
    time: OffsetDateTime,
}

/// Whether a request makes such a claim.
pub(super) fn is_claimed(parts: &Parts) -> bool {
    header(parts, AUTHORIZATION.as_str()).is_some_and(|value| value.starts_with(SCHEME))
        || is_in_query(parts)
}

/// Whether it makes one in its query.
pub(super) fn is_in_query(parts: &Parts) -> bool {
    let query = parts.uri.query().unwrap_or_default();
    query.split('&').any(|pair| {
        ["AWSAccessKeyId", "Signature"].contains(&pair.split('=').next().unwrap_or_default())
    })
}

/// Refuses what a bucket does not take.
pub(super) fn check_bucket(account: &Account, bucket: Option<&str>) -> Result<(), Refusal> {
    let state = account.store.read();
    let created = bucket.and_then(|bucket| state.buckets.get(bucket)).map(|bucket| bucket.created);
    let is_old = created.is_some_and(|created| created < LAST_BUCKETS.unix_timestamp());
    if is_old && REGIONS.contains(&account.region.as_str()) {
        return Ok(());
    }
    let message = "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.";
    Err(Refusal::bad_request("InvalidRequest", message))
}

/// Reads who a request says it comes from, and moves a session token to where `s3s` looks for it under the signature.
pub(super) fn admit(account: &Account, parts: &mut Parts) -> Result<Caller, Refusal> {
    let (bucket, _) = virtual_host::address(&parts.uri, &parts.headers);
    check_bucket(account, bucket.as_deref())?;
    let claim = Claim::read(parts)?;
    let now = OffsetDateTime::now_utc();
    claim.check_time(now)?;
    let key = account.access_key(&claim.access_key_id, claim.token.as_deref(), now);
    let key = key.map_err(|refusal| key_refusal(refusal, &claim.access_key_id))?;
    if claim.place == Place::Query
        && let Some(token) =
            claim.token.as_deref().and_then(|token| HeaderValue::from_str(token).ok())
    {
        parts.headers.insert(TOKEN, token);
    }
    Ok(Caller { principal: key.principal, place: claim.place, signed: Signed::V2 })
}

/// Whether a form's policy is signed so.
pub(super) fn is_signed_by(secret: &str, policy: &str, signature: &[u8]) -> bool {
    let mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes());
    mac.is_ok_and(|mac| mac.chain_update(policy.as_bytes()).verify_slice(signature).is_ok())
}

impl Claim {
    fn read(parts: &Parts) -> Result<Self, Refusal> {
        if is_in_query(parts) { Self::from_query(parts) } else { Self::from_header(parts) }
    }

    fn from_query(parts: &Parts) -> Result<Self, Refusal> {
        let query: Vec<(String, String)> =
            url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
                .into_owned()
                .collect();
        let get = |wanted: &str| {
            query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone())
        };
        let (Some(access_key_id), Some(expires), Some(_)) =
            (get("AWSAccessKeyId"), get("Expires"), get("Signature"))
        else {
            let message = "Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters";
            return Err(Refusal::forbidden("AccessDenied", message));
        };
        let time = expires
            .parse()
            .ok()
            .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
        let time = time.ok_or_else(|| {
            Refusal::forbidden(
                "AccessDenied",
                format!("Invalid date (should be seconds since epoch): {expires}"),
            )
        })?;
        Ok(Self { place: Place::Query, access_key_id, token: get(TOKEN), time })
    }

    fn from_header(parts: &Parts) -> Result<Self, Refusal> {
        let authorization = header(parts, AUTHORIZATION.as_str()).unwrap_or_default();
        let credential = authorization.strip_prefix(SCHEME).and_then(|rest| rest.split_once(':'));
        let (access_key_id, _) = credential.ok_or_else(|| {
            Refusal::bad_request(
                "InvalidArgument",
                "AWS authorization header is invalid.  Expected AwsAccessKeyId:signature",
            )
            .with("ArgumentName", "Authorization")
            .with("ArgumentValue", authorization)
        })?;
        let text = header(parts, "x-amz-date").or_else(|| header(parts, DATE.as_str()));
        let time = text.and_then(|text| {
            OffsetDateTime::parse(text, &Rfc2822).ok().or_else(|| sigv4::parse_date(text))
        });
        let time = time.ok_or_else(|| {
            Refusal::forbidden(
                "AccessDenied",
                "AWS authentication requires a valid Date or x-amz-date header",
            )
        })?;
        let token = header(parts, TOKEN).map(str::to_owned);
        Ok(Self { place: Place::Header, access_key_id: access_key_id.to_owned(), token, time })
    }

    fn check_time(&self, now: OffsetDateTime) -> Result<(), Refusal> {
        if self.place == Place::Query {
            if now <= self.time {
                return Ok(());
            }
            return Err(Refusal::forbidden("AccessDenied", "Request has expired")
                .with("Expires", date(self.time))
                .with("ServerTime", date(now)));
        }
        if (now - self.time).abs() <= SKEW {
            return Ok(());
        }
        Err(admission::too_skewed(&date(self.time), now))
    }
}
