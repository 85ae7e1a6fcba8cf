//! Where `s3s` asks: for the secret of a key, and whether a request may go on.

use std::sync::Arc;

use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::dto::PutObjectTaggingInput;
use s3s::path::S3Path;
use s3s::{S3Error, S3Request, S3Result, s3_error};

use crate::local::account::Account;
use crate::local::connection::Connection;
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
}

/// Keys of one's own are taken over TLS only, and new buckets take none at all.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerSideEncryptionCustomerKeys.html>.
fn customer_key(is_tls: bool) -> S3Error {
    if is_tls {
        return s3_error!(
            AccessDenied,
            "This bucket has blocked requests that specify Server Side Encryption with Customer provided keys (SSE-C)."
        );
    }
    s3_error!(
        InvalidRequest,
        "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure connection."
    )
}

#[async_trait::async_trait]
impl S3Access for Gate {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        // a form's signature was checked where it was read; a claim of another kind that `s3s` did not confirm is none
        let is_proved = cx.credentials().is_some();
        let claimed = cx.extensions_mut().remove::<Caller>();
        let caller = claimed.filter(|caller| is_proved || caller.place == Place::Form);
        if let Some(caller) = &caller {
            cx.extensions_mut().insert(caller.clone());
        }
        // what these need stands in their bodies
        if !["PutObjectTagging", "DeleteObjects"].contains(&cx.s3_op().name()) {
            let extensions = cx.extensions_mut().clone();
            let asking = Asking::new(&self.account, caller, cx.headers(), &extensions);
            let query = permission::query(cx.uri());
            if asking.caller.is_none() && query.iter().any(|(name, _)| name.starts_with("response-")) {
                return Err(s3_error!(InvalidRequest, "Request specific response headers cannot be used for anonymous GET requests."));
            }
            let operation = Operation { name: cx.s3_op().name(), path: cx.s3_path(), headers: cx.headers(), query: &query };
            self.permissions().check(&asking, &operation)?;
        }
        // <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>
        let is_owner = |name: &str| cx.headers().get(name).is_none_or(|owner| owner.as_bytes() == self.account.id.as_str().as_bytes());
        if !is_owner("x-amz-expected-bucket-owner") || !is_owner("x-amz-source-expected-bucket-owner") {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        }
        if cx.headers().contains_key("x-amz-server-side-encryption-customer-algorithm") {
            let is_tls = cx.extensions_mut().get::<Connection>().is_some_and(|connection| connection.tls_version.is_some());
            return Err(customer_key(is_tls));
        }
        Ok(())
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
