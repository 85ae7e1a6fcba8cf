//! The grant for one upload by PUT.

use std::borrow::Cow;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::contract::{Contract, Encryption, KeyTemplate, Mode};

use super::moment::{second_of, time_of};
use super::{
    BucketAddress, CheckedUpload, Extras, Method, ObjectKey, PresignRequest, PresignedUrl, Refusal,
    Signer, SigningCredentials,
};

/// One upload's rights.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The method to use.
    pub method: Method,
    /// Where to send the bytes.
    pub upload_url: PresignedUrl,
    /// The object's key.
    pub key: ObjectKey,
    /// The headers that the client must send, exactly as given, beside those that HTTP itself sends. Names as they are
    /// usually written (`Content-Type`); `Content-Length` is among them when the size is signed.
    pub headers: Vec<(Cow<'static, str>, String)>,
    /// When the URL ends, in whole seconds since 1970: never after the credentials that signed it.
    pub expires_at: SystemTime,
    /// Seconds from the second of signing until then: `X-Amz-Expires`.
    pub expires_in: u32,
}

/// Makes grants under one contract with one set of credentials. Cheap to share between threads; the credentials and
/// the contract are fixed, so it is replaced as a whole when one of them changes.
#[derive(Debug)]
pub struct GrantMaker {
    pub(super) signer: Signer,
    pub(super) address: BucketAddress,
    pub(super) bucket: String,
    pub(super) key: KeyTemplate,
    mode: Mode,
    expires_in: u32,
    /// Whether every upload carries the tag of what was not confirmed yet.
    marks_unconfirmed: bool,
    /// The bucket's encryption, where the contract wants it named.
    pub(super) signed_encryption: Option<Encryption>,
    /// What names it.
    encryption_headers: Vec<(HeaderName, String)>,
}

/// A header's name: how it is usually written, and in lower case, as it is signed.
#[derive(Debug, Clone)]
struct HeaderName {
    usual: Cow<'static, str>,
    signed: Cow<'static, str>,
}

impl HeaderName {
    const CONTENT_LENGTH: Self = Self::new("Content-Length", "content-length");
    const CONTENT_TYPE: Self = Self::new("Content-Type", "content-type");
    const IF_NONE_MATCH: Self = Self::new("If-None-Match", "if-none-match");
    const CHECKSUM_SHA256: Self = Self::amz("x-amz-checksum-sha256");
    const ENCRYPTION: Self = Self::amz("x-amz-server-side-encryption");
    const ENCRYPTION_KEY: Self = Self::amz("x-amz-server-side-encryption-aws-kms-key-id");

    const fn new(usual: &'static str, signed: &'static str) -> Self {
        Self { usual: Cow::Borrowed(usual), signed: Cow::Borrowed(signed) }
    }

    const fn amz(name: &'static str) -> Self {
        Self::new(name, name)
    }
}

impl GrantMaker {
    /// A maker for this contract.
    #[must_use]
    pub fn new(contract: &Contract, credentials: SigningCredentials) -> Self {
        let upload = &contract.upload;
        let signed_encryption =
            upload.sign_encryption_headers.then(|| contract.bucket.encryption.clone());
        Self {
            signer: Signer::new(credentials, &contract.bucket.region),
            address: BucketAddress::of(contract),
            bucket: contract.bucket.name.to_string(),
            key: upload.key.clone(),
            mode: upload.mode,
            expires_in: upload.expires_in.seconds(),
            marks_unconfirmed: contract.bucket.lifecycle.unconfirmed_expiration.is_some(),
            encryption_headers: signed_encryption
                .as_ref()
                .map(encryption_headers)
                .unwrap_or_default(),
            signed_encryption,
        }
    }

    /// Makes the grant for a checked upload. `random` becomes the key's UUID.
    ///
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>.
    ///
    /// # Errors
    /// [`Refusal::CredentialsExpired`]; [`Refusal::SizeMissing`] if the upload was checked against another contract;
    /// [`Refusal::SubjectMissing`] if keys name who asks and nobody is named;
    /// [`Refusal::NotSigned`] if `now` is no time that can be signed at.
    pub fn grant(
        &self,
        upload: &CheckedUpload,
        now: SystemTime,
        random: [u8; 16],
    ) -> Result<Grant, Refusal> {
        let time = time_of(second_of(now)?)?;
        let signed_at = UNIX_EPOCH + Duration::from_secs(time.unix_timestamp().unsigned_abs());
        let expires_in = self.expires_in(signed_at)?;
        let key = ObjectKey::make(&self.key, upload, time, random)?;
        let headers = self.headers(upload)?;
        let signed: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (&*name.signed, value.as_str())).collect();
        let request = PresignRequest {
            method: Method::Put,
            address: &self.address,
            key: key.as_str(),
            query: &[("x-id", "PutObject")],
            headers: &signed,
            expires_in,
        };
        let upload_url = self.signer.presign(&request, now)?;
        Ok(Grant {
            method: Method::Put,
            upload_url,
            key,
            headers: headers.into_iter().map(|(name, value)| (name.usual, value)).collect(),
            expires_at: signed_at + Duration::from_secs(expires_in.into()),
            expires_in,
        })
    }

    /// A URL dies with the credentials that signed it, so it does not claim to live longer.
    pub(super) fn expires_in(&self, signed_at: SystemTime) -> Result<u32, Refusal> {
        self.at_most(self.expires_in, signed_at)
    }

    /// The same for another time than an upload's, in seconds.
    pub(super) fn at_most(&self, expires_in: u32, signed_at: SystemTime) -> Result<u32, Refusal> {
        let Some(end) = self.signer.credentials().expires_at else { return Ok(expires_in) };
        let left = end.duration_since(signed_at).map_or(0, |left| left.as_secs());
        match u32::try_from(left).map_or(expires_in, |left| left.min(expires_in)) {
            0 => Err(Refusal::CredentialsExpired),
            seconds => Ok(seconds),
        }
    }

    /// What an upload carries: what its client asked for, and the contract's own tag.
    pub(super) fn extras<'a>(&self, upload: &'a CheckedUpload) -> Cow<'a, Extras> {
        if self.marks_unconfirmed {
            Cow::Owned(upload.extras.clone().unconfirmed())
        } else {
            Cow::Borrowed(&upload.extras)
        }
    }

    /// What the signature binds beside the host, sorted by name.
    fn headers(&self, upload: &CheckedUpload) -> Result<Vec<(HeaderName, String)>, Refusal> {
        let mut headers = Vec::with_capacity(4 + self.encryption_headers.len());
        if self.mode == Mode::Strict {
            headers.push((
                HeaderName::CONTENT_LENGTH,
                upload.size.ok_or(Refusal::SizeMissing)?.to_string(),
            ));
        }
        headers.push((HeaderName::CONTENT_TYPE, upload.content_type.as_str().to_owned()));
        if self.mode == Mode::Strict {
            headers.push((HeaderName::IF_NONE_MATCH, "*".to_owned()));
        }
        if let Some(checksum) = &upload.checksum_sha256 {
            headers.push((HeaderName::CHECKSUM_SHA256, checksum.clone()));
        }
        headers.extend(self.encryption_headers.iter().cloned());
        headers.extend(
            self.extras(upload)
                .headers()
                .map(|(usual, signed, value)| (HeaderName { usual, signed }, value)),
        );
        Ok(headers)
    }
}

/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/specifying-kms-encryption.html>.
fn encryption_headers(encryption: &Encryption) -> Vec<(HeaderName, String)> {
    match encryption {
        Encryption::SseS3 => vec![(HeaderName::ENCRYPTION, "AES256".to_owned())],
        Encryption::SseKms { key } => {
            vec![
                (HeaderName::ENCRYPTION, "aws:kms".to_owned()),
                (HeaderName::ENCRYPTION_KEY, key.as_str().to_owned()),
            ]
        }
    }
}

#[cfg(test)]
mod tests;
