//! The grant for one upload by a form: the fields and the POST policy that they are held to.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html>.

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use crate::contract::MediaRange;

use super::moment::{second_of, time_of};
use super::{CheckedForm, GrantMaker, ObjectKey, Refusal};

/// What the answer to an accepted form is: 201 comes with the key and the ETag as XML.
const SUCCESS_STATUS: &str = "201";

/// The right to upload one file by a form.
#[derive(Clone)]
pub struct FormGrant {
    /// Where to send the form.
    pub url: String,
    /// The fields that the client must send, exactly as given and before the field `file`.
    fields: Vec<(Cow<'static, str>, String)>,
    /// The object's key.
    pub key: ObjectKey,
    /// The least and the most bytes that the file may have.
    pub sizes: (u64, u64),
    /// When the form ends, in whole seconds since 1970.
    pub expires_at: SystemTime,
    /// Seconds from the second of signing until then.
    pub expires_in: u32,
}

impl FormGrant {
    /// The fields with everything that makes them a right.
    #[must_use]
    pub fn expose_fields(&self) -> &[(Cow<'static, str>, String)] {
        &self.fields
    }
}

/// The fields that make a form a right are not shown.
impl fmt::Debug for FormGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormGrant")
            .field("url", &self.url)
            .field("key", &self.key)
            .field("sizes", &self.sizes)
            .finish_non_exhaustive()
    }
}

impl GrantMaker {
    /// Makes the grant for a checked form. `random` becomes the key's UUID.
    ///
    /// The POST policy holds the client to the exact key, to the content type or what it begins with, to the size, and to
    /// every other field.
    ///
    /// # Errors
    /// As [`grant`](Self::grant).
    pub fn form(
        &self,
        form: &CheckedForm,
        now: SystemTime,
        random: [u8; 16],
    ) -> Result<FormGrant, Refusal> {
        let time = time_of(second_of(now)?)?;
        let signed_at = UNIX_EPOCH + Duration::from_secs(time.unix_timestamp().unsigned_abs());
        let expires_in = self.expires_in(signed_at)?;
        let expires_at = signed_at + Duration::from_secs(expires_in.into());
        let key = ObjectKey::make(&self.key, &form.upload, time, random)?;

        let mut fields: Vec<(Cow<'static, str>, String)> =
            vec![(Cow::Borrowed("key"), key.as_str().to_owned())];
        // what the client fills in itself, after what the policy says
        let mut open = Vec::new();
        match form.content_type_range.as_ref().and_then(MediaRange::wildcard) {
            None => fields.push((
                Cow::Borrowed("Content-Type"),
                form.upload.content_type.as_str().to_owned(),
            )),
            Some(beginning) => open.push(json!(["starts-with", "$Content-Type", beginning])),
        }
        fields.push((Cow::Borrowed("success_action_status"), SUCCESS_STATUS.to_owned()));
        fields.extend(form.upload.extras.fields());
        let sizes = match form.upload.size {
            Some(size) => (size, size),
            None => (1, form.max_size),
        };
        open.push(json!(["content-length-range", sizes.0, sizes.1]));
        let signed = self.signer.sign_form(&self.bucket, fields, open, expires_at, now)?;
        Ok(FormGrant {
            url: self.address.bucket_url(),
            fields: signed,
            key,
            sizes,
            expires_at,
            expires_in,
        })
    }
}

impl super::Signer {
    /// Adds SigV4's own fields to those of a form, and the policy that holds the client to all of them and to what is `open`.
    pub fn sign_form(
        &self,
        bucket: &str,
        mut fields: Vec<(Cow<'static, str>, String)>,
        open: Vec<Value>,
        expires_at: SystemTime,
        now: SystemTime,
    ) -> Result<Vec<(Cow<'static, str>, String)>, super::SignError> {
        let stamp = self.stamp(now)?;
        fields.push((Cow::Borrowed("x-amz-algorithm"), "AWS4-HMAC-SHA256".to_owned()));
        fields.push((Cow::Borrowed("x-amz-credential"), stamp.credential));
        fields.push((Cow::Borrowed("x-amz-date"), stamp.date_time));
        if let Some(token) = &self.credentials().session_token {
            fields.push((
                Cow::Borrowed("x-amz-security-token"),
                SecretString::expose_secret(token).to_owned(),
            ));
        }
        let exact = fields.iter().map(|(name, value)| json!({ name.as_ref(): value }));
        let conditions: Vec<Value> =
            std::iter::once(json!({ "bucket": bucket })).chain(exact).chain(open).collect();
        let expiration = humantime::format_rfc3339_seconds(expires_at).to_string();
        let policy = STANDARD
            .encode(json!({ "expiration": expiration, "conditions": conditions }).to_string());
        fields.push((Cow::Borrowed("x-amz-signature"), self.sign_policy(&policy, now)?));
        fields.push((Cow::Borrowed("policy"), policy));
        Ok(fields)
    }
}

#[cfg(test)]
mod tests;
