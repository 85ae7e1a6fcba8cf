//! SigV4 query signing.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::{ArcSwap, Guard};
use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;

use iam_policy::Region;

use super::encode::push_encoded;
use super::moment::{Identity, Moment, second_of, time_of};
use super::signed_headers::SignedHeaders;
use super::unsigned_url::UnsignedUrl;
use super::{BucketAddress, Method, PresignedUrl, SigningCredentials};

/// What a URL is signed for.
#[derive(Debug, Clone)]
pub struct PresignRequest<'a> {
    /// The method.
    pub method: Method,
    /// Where the bucket is reached.
    pub address: &'a BucketAddress,
    /// The object key, not encoded; any Unicode. Empty for the bucket itself.
    pub key: &'a str,
    /// Query parameters beside SigV4's own, not encoded: `x-id`, `partNumber`, `uploadId`, …
    pub query: &'a [(&'a str, &'a str)],
    /// Headers to sign beside `host`, names in lower case.
    pub headers: &'a [(&'a str, &'a str)],
    /// `X-Amz-Expires`, in seconds: at most 7 days.
    pub expires_in: u32,
}

/// Signs URLs with one set of credentials in one region.
///
/// What is the same for all URLs of a day (the signing key) and of a second (the string to sign's beginning) is kept,
/// so that one URL costs little more than hashing its canonical request. Shared between threads without locks.
pub struct Signer {
    identity: Identity,
    /// `&X-Amz-Security-Token=…`, encoded.
    token_parameter: Option<SecretString>,
    moment: ArcSwap<Moment>,
}

/// What a form states of its signature.
pub(super) struct Stamp {
    pub(super) date_time: String,
    pub(super) credential: String,
}

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The clock is wrong: SigV4 writes years with four digits.
    #[error("the time to sign at is before 1970 or after 9999")]
    Time,
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.
    #[error("a presigned URL cannot expire in {0} seconds: 1 second to 7 days is what S3 accepts")]
    Expiry(u32),
    /// A header that no client could send as it would be signed.
    #[error("the header {name:?} cannot be signed: {problem}")]
    Header {
        /// Its name as given.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A query parameter that would stand in the place of one of SigV4's own.
    #[error("the query parameter {0:?} is SigV4's own")]
    Parameter(String),
}

const MAX_EXPIRES_IN: u32 = 7 * 86_400;

impl Signer {
    /// A signer for S3 in `region`.
    #[must_use]
    pub fn new(credentials: SigningCredentials, region: &Region) -> Self {
        let token_parameter = credentials.session_token.as_ref().map(|token| {
            let mut parameter = String::from("&X-Amz-Security-Token=");
            push_encoded(&mut parameter, token.expose_secret());
            SecretString::from(parameter)
        });
        let identity = Identity { credentials, region: region.as_str().to_owned() };
        // some moment must be the first; the first URL replaces it
        let moment =
            ArcSwap::from_pointee(Moment::new(OffsetDateTime::UNIX_EPOCH, &identity, None));
        Self { identity, token_parameter, moment }
    }

    /// The credentials that sign.
    #[must_use]
    pub fn credentials(&self) -> &SigningCredentials {
        &self.identity.credentials
    }

    /// Signs one URL as of `now`, which counts in whole seconds.
    ///
    /// The URL's parameters stand in the order in which the AWS SDKs write them.
    ///
    /// # Errors
    /// A time before 1970 or after 9999, an expiry or a header that S3 would not accept.
    pub fn presign(
        &self,
        request: &PresignRequest<'_>,
        now: SystemTime,
    ) -> Result<PresignedUrl, SignError> {
        if !(1..=MAX_EXPIRES_IN).contains(&request.expires_in) {
            return Err(SignError::Expiry(request.expires_in));
        }
        let headers = SignedHeaders::new(&request.address.host, request.headers)?;
        let moment = self.moment(now)?;
        let token = self.token_parameter.as_ref().map_or("", |parameter| parameter.expose_secret());

        let url = UnsignedUrl::new(request, &headers, &moment.query_head, token.len())?;
        let signature = moment.signature(&url.canonical_request(request.method, &headers, token));
        Ok(url.signed(&signature, token))
    }

    /// Date and credential of what is signed at `now`.
    pub(super) fn stamp(&self, now: SystemTime) -> Result<Stamp, SignError> {
        let moment = self.moment(now)?;
        Ok(Stamp { date_time: moment.date_time.clone(), credential: moment.credential.clone() })
    }

    /// The signature of a POST policy, which is in base64, as of `now`.
    ///
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html>.
    ///
    /// # Errors
    /// A time before 1970 or after 9999.
    pub fn sign_policy(&self, policy: &str, now: SystemTime) -> Result<String, SignError> {
        // digits are ASCII
        Ok(str::from_utf8(&self.moment(now)?.policy_signature(policy))
            .unwrap_or_default()
            .to_owned())
    }

    /// The kept moment if `now` lies in it; else a new one, which is kept from now on.
    fn moment(&self, now: SystemTime) -> Result<Guard<Arc<Moment>>, SignError> {
        let second = second_of(now)?;
        let kept = self.moment.load();
        if kept.second == second {
            return Ok(kept);
        }
        let moment = Arc::new(Moment::new(time_of(second)?, &self.identity, Some(&kept)));
        self.moment.store(Arc::clone(&moment));
        Ok(Guard::from_inner(moment))
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Identity { credentials, region } = &self.identity;
        f.debug_struct("Signer")
            .field("credentials", credentials)
            .field("region", region)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
