//! Where `s3s` asks: for the secret of a key, and whether a request may go on.

use std::sync::Arc;

use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::dto::{PostObjectInput, PutObjectTaggingInput};
use s3s::path::S3Path;
use s3s::{S3Request, S3Result, s3_error};

use crate::local::account::Account;
use crate::local::objects::ObjectStore;
use crate::local::sigv4::Place;

use super::needs::Operation;
use super::permission::{self, Asking, Caller, Permissions};

/// The secrets of the account's keys. Session tokens and expiry were looked at by [`super::admit`] before.
pub(super) struct Keys(pub(super) Arc<Account>);

#[async_trait::async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        self.0.secret(access_key).map(SecretKey::from).ok_or_else(|| s3_error!(InvalidAccessKeyId))
    }
}

/// Asks [`Permissions`], once the signature is known to be right.
pub(super) struct Gate {
    pub(super) account: Arc<Account>,
    pub(super) objects: Arc<ObjectStore>,
}

impl Gate {
    fn permissions(&self) -> Permissions<'_> {
        Permissions { account: &self.account, objects: &self.objects }
    }

    /// A form's session token is in its body, which is not read here: only long-term keys can sign one.
    fn signer_of_a_form(&self, access_key_id: &str) -> Option<Caller> {
        let now = time::OffsetDateTime::now_utc();
        let key = self.account.access_key(access_key_id, None, now).ok()?;
        Some(Caller { principal: key.principal, place: Place::Form, signed_at: now })
    }
}

#[async_trait::async_trait]
impl S3Access for Gate {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        // a claim that `s3s` did not confirm is none
        let claimed = cx.extensions_mut().remove::<Caller>();
        let caller = match (claimed, cx.credentials()) {
            (_, None) => None,
            (None, Some(credentials)) => self.signer_of_a_form(&credentials.access_key),
            (caller, Some(_)) => caller,
        };
        if let Some(caller) = &caller {
            cx.extensions_mut().insert(caller.clone());
        }
        // what these need stands in their bodies
        if !["PostObject", "PutObjectTagging", "DeleteObjects"].contains(&cx.s3_op().name()) {
            let extensions = cx.extensions_mut().clone();
            let asking = Asking::new(&self.account, caller, cx.headers(), &extensions);
            let query = permission::query(cx.uri());
            let operation = Operation { name: cx.s3_op().name(), path: cx.s3_path(), headers: cx.headers(), query: &query };
            self.permissions().check(&asking, &operation)?;
        }
        // <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>
        match cx.headers().get("x-amz-expected-bucket-owner") {
            Some(owner) if owner.as_bytes() != self.account.id.as_str().as_bytes() => Err(s3_error!(AccessDenied, "Access Denied")),
            _ => Ok(()),
        }
    }

    async fn post_object(&self, request: &mut S3Request<PostObjectInput>) -> S3Result<()> {
        let asking = Asking::again(&self.account, &request.headers, &request.extensions);
        let path = S3Path::object(&request.input.bucket, &request.input.key);
        self.permissions().check(&asking, &Operation { name: "PutObject", path: &path, headers: &request.headers, query: &[] })
    }

    async fn put_object_tagging(&self, request: &mut S3Request<PutObjectTaggingInput>) -> S3Result<()> {
        let asking = Asking::again(&self.account, &request.headers, &request.extensions);
        let path = S3Path::object(&request.input.bucket, &request.input.key);
        let query = permission::query(&request.uri);
        let operation = Operation { name: "PutObjectTagging", path: &path, headers: &request.headers, query: &query };
        let tags = &request.input.tagging.tag_set;
        let tags: Vec<(String, String)> =
            tags.iter().map(|tag| (tag.key.clone().unwrap_or_default(), tag.value.clone().unwrap_or_default())).collect();
        self.permissions().check_tagging(&asking, &operation, &tags)
    }
}
