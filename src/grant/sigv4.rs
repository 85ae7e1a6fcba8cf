//! SigV4 query signing.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.

use std::time::SystemTime;

use crate::contract::Region;

use super::{PresignedUrl, SigningCredentials};

/// The HTTP method that a URL is signed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// `DELETE`
    Delete,
    /// `GET`
    Get,
    /// `HEAD`
    Head,
    /// `POST`
    Post,
    /// `PUT`
    Put,
}

/// What a URL is signed for.
#[derive(Debug, Clone)]
pub struct PresignRequest<'a> {
    /// The method.
    pub method: Method,
    /// `https` or `http`
    pub scheme: &'a str,
    /// The `Host` header.
    pub host: &'a str,
    /// The path before the key, already in its encoded form: `/` or `/bucket/`.
    pub path_prefix: &'a str,
    /// The object key, not encoded; any Unicode.
    pub key: &'a str,
    /// Query parameters beside SigV4's own, not encoded: `x-id`, `partNumber`, `uploadId`, …
    pub query: &'a [(&'a str, &'a str)],
    /// Headers to sign beside `host`, names in lower case.
    pub headers: &'a [(&'a str, &'a str)],
    /// `X-Amz-Expires`, in seconds.
    pub expires_in: u32,
}

/// Signs URLs with one set of credentials in one region. Keeps what is the same for a whole day: the signing key.
pub struct Signer {}

/// Why nothing was signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SignError(pub String);

impl Signer {
    /// A signer for S3 in `region`.
    #[must_use]
    pub fn new(_credentials: SigningCredentials, _region: &Region) -> Self {
        todo!()
    }

    /// The credentials that sign.
    #[must_use]
    pub fn credentials(&self) -> &SigningCredentials {
        todo!()
    }

    /// Signs one URL as of `now`.
    ///
    /// # Errors
    /// A time before 1970 or after 9999.
    pub fn presign(&self, _request: &PresignRequest<'_>, _now: SystemTime) -> Result<PresignedUrl, SignError> {
        todo!()
    }
}
