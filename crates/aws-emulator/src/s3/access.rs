//! Where `s3s` asks: for the secret of a key, and whether a request may go on.

use std::sync::Arc;

use hyper::http::Extensions;
use hyper::{HeaderMap, Uri};
use s3s::access::{S3Access, S3AccessContext};
use s3s::auth::{S3Auth, SecretKey};
use s3s::dto::PutObjectTaggingInput;
use s3s::path::S3Path;
use s3s::{S3Request, S3Result, s3_error};

use crate::account::Account;
use crate::connection::Connection;
use crate::objects::ObjectStore;
use crate::sigv4::Place;
use iam_policy::AccountId;

use super::needs::Operation;
use super::objects::{custom, customer_key};
use super::permission::{Asking, Caller, Permissions};
use super::{arguments, permission};

/// The secrets of the account's keys. Session tokens and expiry were looked at by [`super::admit`] before.
pub(super) struct Keys(pub(super) Arc<Account>);

#[async_trait::async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        self.0.secret(access_key).map(SecretKey::from).ok_or_else(|| s3_error!(InvalidAccessKeyId))
    }
}

/// Asks [`Permissions`], once the signature is known to be right.
#[derive(Clone)]
pub(super) struct Gate {
    pub(super) account: Arc<Account>,
    pub(super) objects: Arc<ObjectStore>,
}

impl Gate {
    fn permissions(&self) -> Permissions<'_> {
        Permissions { account: &self.account, objects: &self.objects }
    }
}

/// A request that has come as far as its signature.
pub(super) struct Passing<'a> {
    /// Whether the signature is true.
    pub(super) is_proved: bool,
    /// As `s3s` names it.
    pub(super) operation: &'a str,
    pub(super) path: &'a S3Path,
    pub(super) headers: &'a HeaderMap,
    pub(super) uri: &'a Uri,
    pub(super) extensions: &'a mut Extensions,
}

impl Gate {
    /// Lets a request on that may do what it asks for.
    pub(super) fn pass(&self, request: Passing<'_>) -> S3Result<()> {
        let Passing { is_proved, operation, path, headers, uri, extensions } = request;
        // a form's signature was checked where it was read; a claim of another kind that `s3s` did not confirm is none
        let claimed = extensions.remove::<Caller>();
        let caller = claimed.filter(|caller| is_proved || caller.place == Place::Form);
        if let Some(caller) = &caller {
            extensions.insert(caller.clone());
        }
        let query = permission::query(uri);
        let operation = Operation { name: operation, path, headers, query: &query };
        // what these need stands in their bodies
        if !["PutObjectTagging", "DeleteObjects"].contains(&operation.name) {
            let asking = Asking::new(&self.account, caller, headers, extensions);
            if asking.caller.is_none()
                && query.iter().any(|(name, _)| name.starts_with("response-"))
            {
                return Err(s3_error!(
                    InvalidRequest,
                    "Request specific response headers cannot be used for anonymous GET requests."
                ));
            }
            self.permissions().check(&asking, &operation)?;
        }
        arguments::check(&self.account, &operation)?;
        // <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>
        for name in ["x-amz-expected-bucket-owner", "x-amz-source-expected-bucket-owner"] {
            let owner = headers.get(name).and_then(|value| value.to_str().ok());
            if let Some(owner) = owner.filter(|owner| AccountId::parse(owner).is_err()) {
                let message = format!(
                    "The value of the expected bucket owner parameter must be an AWS Account ID... [{owner}]"
                );
                return Err(custom(
                    hyper::StatusCode::BAD_REQUEST,
                    "InvalidBucketOwnerAWSAccountID",
                    message,
                ));
            }
        }
        let is_owner = |name: &str| {
            headers
                .get(name)
                .is_none_or(|owner| owner.as_bytes() == self.account.id.as_str().as_bytes())
        };
        if !is_owner("x-amz-expected-bucket-owner")
            || !is_owner("x-amz-source-expected-bucket-owner")
        {
            return Err(s3_error!(AccessDenied, "Access Denied"));
        }
        let is_tls = extensions
            .get::<Connection>()
            .is_some_and(|connection| connection.tls_version.is_some());
        customer_key::check_connection(headers, is_tls)
    }
}

#[async_trait::async_trait]
impl S3Access for Gate {
    async fn check(&self, cx: &mut S3AccessContext<'_>) -> S3Result<()> {
        // what is asked for and what is known of the caller are one borrow
        let mut extensions = std::mem::take(cx.extensions_mut());
        let passed = self.pass(Passing {
            is_proved: cx.credentials().is_some(),
            operation: cx.s3_op().name(),
            path: cx.s3_path(),
            headers: cx.headers(),
            uri: cx.uri(),
            extensions: &mut extensions,
        });
        *cx.extensions_mut() = extensions;
        passed
    }

    async fn put_object_tagging(
        &self,
        request: &mut S3Request<PutObjectTaggingInput>,
    ) -> S3Result<()> {
        let asking = Asking::again(&self.account, &request.headers, &request.extensions);
        let path = S3Path::object(&request.input.bucket, &request.input.key);
        let query = permission::query(&request.uri);
        let operation = Operation {
            name: "PutObjectTagging",
            path: &path,
            headers: &request.headers,
            query: &query,
        };
        let tags = &request.input.tagging.tag_set;
        let tags: Vec<(String, String)> = tags
            .iter()
            .map(|tag| (tag.key.clone().unwrap_or_default(), tag.value.clone().unwrap_or_default()))
            .collect();
        self.permissions().check_tagging(&asking, &operation, &tags)
    }
}
