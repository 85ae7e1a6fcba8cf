//! The condition keys of S3.
//! See <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html#amazons3-policy-keys>.

use hyper::HeaderMap;
use hyper::http::Extensions;
use time::OffsetDateTime;

use crate::account::Account;
use crate::authorize::context;
use crate::connection::Connection;
use crate::sigv4::Place;
use iam_policy::evaluate::RequestContext;

use super::needs::Target;
use super::{Caller, Signed};

/// The headers whose values are condition keys of the same name.
const HEADERS: [&str; 17] = [
    "x-amz-acl",
    "x-amz-bucket-namespace",
    "x-amz-grant-full-control",
    "x-amz-grant-read",
    "x-amz-grant-read-acp",
    "x-amz-grant-write",
    "x-amz-grant-write-acp",
    "x-amz-copy-source",
    "x-amz-metadata-directive",
    "x-amz-server-side-encryption",
    "x-amz-server-side-encryption-aws-kms-key-id",
    "x-amz-server-side-encryption-customer-algorithm",
    "x-amz-storage-class",
    "x-amz-website-redirect-location",
    "x-amz-object-ownership",
    "x-amz-object-lock-mode",
    "x-amz-object-lock-legal-hold",
];

/// Keys that only some of the actions have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Keys(RequestContext);

impl Keys {
    pub(super) fn set(&mut self, key: &str, value: &str) {
        self.0.set(key, value);
    }

    pub(super) fn set_optional(&mut self, key: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.set(key, value);
        }
    }

    /// `s3:VersionId`
    pub(super) fn version(&mut self, target: &Target) {
        if let Target::Object { version_id: Some(id), .. } = target {
            self.set("s3:VersionId", id);
        }
    }

    /// `s3:RequestObjectTag/…` and `s3:RequestObjectTagKeys`, of `x-amz-tagging`.
    pub(super) fn request_tags(&mut self, header: Option<&str>) {
        if let Some(text) = header {
            let tags: Vec<(String, String)> =
                url::form_urlencoded::parse(text.as_bytes()).into_owned().collect();
            self.tags("s3:RequestObjectTag/", &tags);
            self.tag_keys(&tags);
        }
    }

    /// A key for each tag.
    pub(super) fn tags(&mut self, prefix: &str, tags: &[(String, String)]) {
        for (key, value) in tags {
            self.set(&format!("{prefix}{key}"), value);
        }
    }

    pub(super) fn tag_keys(&mut self, tags: &[(String, String)]) {
        self.0 = std::mem::take(&mut self.0)
            .with_all("s3:RequestObjectTagKeys", tags.iter().map(|(key, _)| key.as_str()));
    }

    /// All of `context`'s keys and these.
    pub(super) fn with(&self, context: &RequestContext) -> RequestContext {
        context.clone().and(&self.0)
    }
}

/// The keys that every S3 request has.
pub(super) fn of_request(
    account: &Account,
    caller: Option<&Caller>,
    headers: &HeaderMap,
    extensions: &Extensions,
) -> RequestContext {
    let now = OffsetDateTime::now_utc();
    let mut context = context::of_request(
        account,
        caller.map(|caller| &caller.principal),
        headers,
        extensions,
        now,
    );
    context.set("s3:ResourceAccount", account.id.as_str());
    context.set("aws:ResourceAccount", account.id.as_str());
    if let Some(version) =
        extensions.get::<Connection>().and_then(|connection| connection.tls_version)
    {
        context.set("s3:TlsVersion", version);
    }
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    for name in HEADERS {
        if let Some(value) = text(name) {
            context.set(&format!("s3:{name}"), value.strip_prefix('/').unwrap_or(value));
        }
    }
    let Some(caller) = caller else { return context };
    let (kind, ages) = match caller.place {
        Place::Header => ("REST-HEADER", false),
        Place::Query => ("REST-QUERY-STRING", true),
        Place::Form => ("POST", true),
    };
    context.set("s3:authType", kind);
    let Signed::V4 { at } = caller.signed else {
        // it tells when it ends, not when it was made, and nothing of the payload
        context.set("s3:signatureversion", "AWS");
        return context;
    };
    context.set("s3:signatureversion", "AWS4-HMAC-SHA256");
    if ages {
        let age = (now - at).whole_milliseconds().max(0);
        context.set("s3:signatureAge", age.to_string());
    }
    let hash = if caller.place == Place::Header { text("x-amz-content-sha256") } else { None };
    context.set("s3:x-amz-content-sha256", hash.unwrap_or("UNSIGNED-PAYLOAD"));
    context
}
