//! Where `s3s` asks: for the secret of a key, and whether a request may go on.

use std::sync::Arc;

use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::path::S3Path;
use s3s::{S3Result, s3_error};

use crate::local::account::Account;
use crate::local::authorize::{self, Access, Caller};

use super::action;

/// The secrets of the account's keys. Session tokens and expiry were looked at by [`super::admit`] before.
pub(super) struct Keys(pub(super) Arc<Account>);

#[async_trait::async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        self.0.secret(access_key).map(SecretKey::from).ok_or_else(|| s3_error!(InvalidAccessKeyId))
    }
}

/// Asks [`authorize::is_allowed`], once the signature is known to be right.
pub(super) struct Gate(pub(super) Arc<Account>);

impl Gate {
    /// A form's session token is in its body, which is not read here: only long-term keys can sign one.
    fn signer_of_a_form(&self, access_key_id: &str) -> Option<Caller> {
        let key = self.0.access_key(access_key_id, None, time::OffsetDateTime::now_utc()).ok()?;
        Some(Caller { principal: key.principal, claim: None })
    }
}

#[async_trait::async_trait]
impl S3Access for Gate {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        // a claim that `s3s` did not confirm is none
        let caller = match (cx.extensions_mut().get::<Caller>().cloned(), cx.credentials()) {
            (_, None) => None,
            (None, Some(credentials)) => self.signer_of_a_form(&credentials.access_key),
            (caller, Some(_)) => caller,
        };
        let partition = self.0.region.partition();
        let resource = match cx.s3_path() {
            S3Path::Root => "*".to_owned(),
            S3Path::Bucket { bucket } => format!("arn:{partition}:s3:::{bucket}"),
            S3Path::Object { bucket, key } => format!("arn:{partition}:s3:::{bucket}/{key}"),
        };
        let action = action::of_operation(cx.s3_op().name());
        let access =
            Access { caller: caller.as_ref(), action: &action, resource, method: cx.method(), uri: cx.uri(), headers: cx.headers() };
        if !authorize::is_allowed(&self.0, &access) {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        }
        // <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>
        match cx.headers().get("x-amz-expected-bucket-owner") {
            Some(owner) if owner.as_bytes() != self.0.id.as_str().as_bytes() => Err(s3_error!(AccessDenied, "Access Denied")),
            _ => Ok(()),
        }
    }
}
