//! What an operation has to be allowed: actions, on what, with which condition keys beside those of every request.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-with-s3-policy-actions.html>.

use hyper::HeaderMap;
use percent_encoding::percent_decode_str;
use s3s::path::S3Path;

use super::condition_keys::Keys;

/// One thing that a request has to be allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Need {
    /// `s3:PutObject`
    pub(super) action: String,
    pub(super) target: Target,
    pub(super) keys: Keys,
}

/// What an action is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// The account's buckets as a whole.
    Account,
    Bucket(String),
    Object {
        bucket: String,
        key: String,
        version_id: Option<String>,
    },
}

/// A request, as far as permissions go.
#[derive(Debug, Clone, Copy)]
pub(super) struct Operation<'a> {
    /// As `s3s` names it.
    pub(super) name: &'a str,
    pub(super) path: &'a S3Path,
    pub(super) headers: &'a HeaderMap,
    /// Decoded.
    pub(super) query: &'a [(String, String)],
}

impl Need {
    pub(super) fn new(action: &str, target: Target) -> Self {
        Self { action: format!("s3:{action}"), target, keys: Keys::default() }
    }

    /// Removing an object, or one version of it.
    pub(super) fn of_removal(bucket: &str, key: &str, version_id: Option<&str>) -> Self {
        let target = Target::Object {
            bucket: bucket.to_owned(),
            key: key.to_owned(),
            version_id: version_id.map(str::to_owned),
        };
        let mut need = Self::new(
            if version_id.is_some() { "DeleteObjectVersion" } else { "DeleteObject" },
            target.clone(),
        );
        need.keys.version(&target);
        need
    }
}

impl Target {
    /// The bucket, where there is one.
    pub(super) fn bucket(&self) -> Option<&str> {
        match self {
            Self::Account => None,
            Self::Bucket(bucket) | Self::Object { bucket, .. } => Some(bucket),
        }
    }

    /// The ARN; `*` for the account.
    pub(super) fn arn(&self, partition: impl std::fmt::Display) -> String {
        match self {
            Self::Account => "*".to_owned(),
            Self::Bucket(bucket) => format!("arn:{partition}:s3:::{bucket}"),
            Self::Object { bucket, key, .. } => format!("arn:{partition}:s3:::{bucket}/{key}"),
        }
    }
}

impl Operation<'_> {
    /// What the operation has to be allowed; all of it.
    pub(super) fn needs(&self) -> Vec<Need> {
        let target = self.target();
        let versioned = matches!(&target, Target::Object { version_id: Some(_), .. });
        let action = action(self.name, versioned);
        let mut first = Need { keys: self.keys(), ..Need::new(action, target.clone()) };
        first.keys.version(&target);
        let mut needs = vec![first];
        match self.name {
            "PutObject" | "CreateMultipartUpload" => needs.extend(self.beside_an_object(&target)),
            "CopyObject" => {
                needs.extend(self.source());
                needs.extend(self.beside_an_object(&target));
            }
            "UploadPartCopy" => needs.extend(self.source()),
            "GetObjectAttributes" => {
                let action = if versioned { "GetObjectVersion" } else { "GetObject" };
                needs.push(Need { keys: needs[0].keys.clone(), ..Need::new(action, target) });
            }
            "CreateBucket" => {
                let has = |name: &str| self.headers.contains_key(name);
                if has("x-amz-object-ownership") {
                    needs.push(Need::new("PutBucketOwnershipControls", target.clone()));
                }
                if has("x-amz-acl") || has_grant(self.headers) {
                    needs.push(Need::new("PutBucketAcl", target));
                }
            }
            _ => {}
        }
        needs
    }

    fn target(&self) -> Target {
        match self.path {
            S3Path::Root => Target::Account,
            S3Path::Bucket { bucket } => Target::Bucket(bucket.to_string()),
            S3Path::Object { bucket, key } => Target::Object {
                bucket: bucket.to_string(),
                key: key.to_string(),
                version_id: self
                    .parameter("versionId")
                    .filter(|id| !id.is_empty())
                    .map(str::to_owned),
            },
        }
    }

    /// A parameter of the query.
    fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    fn keys(&self) -> Keys {
        let mut keys = Keys::default();
        match self.name {
            "ListObjects" | "ListObjectsV2" | "ListObjectVersions" => {
                for name in ["prefix", "delimiter", "max-keys"] {
                    keys.set_optional(&format!("s3:{name}"), self.parameter(name));
                }
            }
            "PutObject" | "CopyObject" | "CompleteMultipartUpload" => {
                keys.set("s3:ObjectCreationOperation", "true");
                keys.set_optional("s3:if-none-match", self.header("if-none-match"));
                keys.set_optional("s3:if-match", self.header("if-match"));
            }
            "CreateMultipartUpload" | "UploadPart" | "UploadPartCopy" => {
                keys.set("s3:ObjectCreationOperation", "false")
            }
            "DeleteObject" => keys.set_optional("s3:if-match", self.header("if-match")),
            _ => {}
        }
        if ["PutObject", "CopyObject", "CreateMultipartUpload"].contains(&self.name) {
            keys.request_tags(self.header("x-amz-tagging"));
        }
        keys
    }

    /// What making an object needs beside `s3:PutObject`, by what is asked for with it.
    fn beside_an_object(&self, target: &Target) -> Vec<Need> {
        let has = |name: &str| self.headers.contains_key(name);
        let mut needs = Vec::new();
        let mut need = |action: &str| {
            needs.push(Need { keys: self.keys(), ..Need::new(action, target.clone()) })
        };
        if has("x-amz-tagging") {
            need("PutObjectTagging");
        }
        if has("x-amz-acl") || has_grant(self.headers) {
            need("PutObjectAcl");
        }
        if has("x-amz-object-lock-mode") || has("x-amz-object-lock-retain-until-date") {
            need("PutObjectRetention");
        }
        if has("x-amz-object-lock-legal-hold") {
            need("PutObjectLegalHold");
        }
        needs
    }

    /// What a copy has to be allowed of its source.
    fn source(&self) -> Option<Need> {
        let (bucket, key, version_id) = copy_source(self.header("x-amz-copy-source")?)?;
        let action = if version_id.is_some() { "GetObjectVersion" } else { "GetObject" };
        let target = Target::Object { bucket, key, version_id };
        let mut need = Need::new(action, target.clone());
        need.keys.version(&target);
        Some(need)
    }
}

fn has_grant(headers: &HeaderMap) -> bool {
    headers.keys().any(|name| name.as_str().starts_with("x-amz-grant-"))
}

/// `[/]BUCKET/KEY[?versionId=ID]`, percent-encoded.
fn copy_source(text: &str) -> Option<(String, String, Option<String>)> {
    let (path, version_id) = match text.split_once("?versionId=") {
        Some((path, id)) => (path, Some(id.to_owned())),
        None => (text, None),
    };
    let path = percent_decode_str(path).decode_utf8().ok()?;
    let (bucket, key) = path.strip_prefix('/').unwrap_or(&path).split_once('/')?;
    Some((bucket.to_owned(), key.to_owned(), version_id))
}

/// The action of the operation with this name: mostly its own name, but by no means always.
/// See <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>.
fn action(operation: &str, versioned: bool) -> &str {
    match operation {
        "HeadObject" | "GetObject" | "SelectObjectContent" if versioned => "GetObjectVersion",
        "GetObjectAcl" if versioned => "GetObjectVersionAcl",
        "GetObjectAttributes" if versioned => "GetObjectVersionAttributes",
        "GetObjectTagging" if versioned => "GetObjectVersionTagging",
        "PutObjectAcl" if versioned => "PutObjectVersionAcl",
        "PutObjectTagging" if versioned => "PutObjectVersionTagging",
        "DeleteObject" if versioned => "DeleteObjectVersion",
        "DeleteObjectTagging" if versioned => "DeleteObjectVersionTagging",
        "HeadBucket" | "ListObjects" | "ListObjectsV2" => "ListBucket",
        "ListObjectVersions" => "ListBucketVersions",
        "ListMultipartUploads" => "ListBucketMultipartUploads",
        "ListBuckets" => "ListAllMyBuckets",
        "HeadObject" | "SelectObjectContent" => "GetObject",
        "CopyObject"
        | "PostObject"
        | "CreateMultipartUpload"
        | "UploadPart"
        | "UploadPartCopy"
        | "CompleteMultipartUpload" => "PutObject",
        "ListParts" => "ListMultipartUploadParts",
        "DeleteObjects" => "DeleteObject",
        "GetBucketAnalyticsConfiguration" | "ListBucketAnalyticsConfigurations" => {
            "GetAnalyticsConfiguration"
        }
        "PutBucketAnalyticsConfiguration" | "DeleteBucketAnalyticsConfiguration" => {
            "PutAnalyticsConfiguration"
        }
        "GetBucketInventoryConfiguration" | "ListBucketInventoryConfigurations" => {
            "GetInventoryConfiguration"
        }
        "PutBucketInventoryConfiguration" | "DeleteBucketInventoryConfiguration" => {
            "PutInventoryConfiguration"
        }
        "GetBucketMetricsConfiguration" | "ListBucketMetricsConfigurations" => {
            "GetMetricsConfiguration"
        }
        "PutBucketMetricsConfiguration" | "DeleteBucketMetricsConfiguration" => {
            "PutMetricsConfiguration"
        }
        "GetBucketIntelligentTieringConfiguration"
        | "ListBucketIntelligentTieringConfigurations" => "GetIntelligentTieringConfiguration",
        "PutBucketIntelligentTieringConfiguration"
        | "DeleteBucketIntelligentTieringConfiguration" => "PutIntelligentTieringConfiguration",
        "GetBucketAccelerateConfiguration" => "GetAccelerateConfiguration",
        "PutBucketAccelerateConfiguration" => "PutAccelerateConfiguration",
        "GetBucketCors" => "GetBucketCORS",
        "PutBucketCors" | "DeleteBucketCors" => "PutBucketCORS",
        "GetBucketEncryption" => "GetEncryptionConfiguration",
        "PutBucketEncryption" | "DeleteBucketEncryption" => "PutEncryptionConfiguration",
        "GetBucketLifecycle" | "GetBucketLifecycleConfiguration" => "GetLifecycleConfiguration",
        "PutBucketLifecycle" | "PutBucketLifecycleConfiguration" | "DeleteBucketLifecycle" => {
            "PutLifecycleConfiguration"
        }
        "GetBucketNotificationConfiguration" => "GetBucketNotification",
        "PutBucketNotificationConfiguration" => "PutBucketNotification",
        "GetBucketReplication" => "GetReplicationConfiguration",
        "PutBucketReplication" | "DeleteBucketReplication" => "PutReplicationConfiguration",
        "GetObjectLockConfiguration" => "GetBucketObjectLockConfiguration",
        "PutObjectLockConfiguration" => "PutBucketObjectLockConfiguration",
        "GetPublicAccessBlock" => "GetBucketPublicAccessBlock",
        "PutPublicAccessBlock" | "DeletePublicAccessBlock" => "PutBucketPublicAccessBlock",
        "DeleteBucketOwnershipControls" => "PutBucketOwnershipControls",
        "DeleteBucketTagging" => "PutBucketTagging",
        same => same,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Actions and ARNs.
    fn needs(
        name: &str,
        path: &S3Path,
        headers: &[(&'static str, &'static str)],
        query: &[(&str, &str)],
    ) -> Vec<String> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.insert(*name, hyper::header::HeaderValue::from_static(value));
        }
        let query: Vec<(String, String)> =
            query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let operation = Operation { name, path, headers: &map, query: &query };
        operation
            .needs()
            .iter()
            .map(|need| format!("{} {}", need.action, need.target.arn("aws")))
            .collect()
    }

    #[test]
    fn operations_without_an_action_of_their_own_have_anothers() {
        let (bucket, object) = (S3Path::bucket("b"), S3Path::object("b", "k"));
        assert_eq!(needs("UploadPart", &object, &[], &[]), ["s3:PutObject arn:aws:s3:::b/k"]);
        assert_eq!(needs("HeadBucket", &bucket, &[], &[]), ["s3:ListBucket arn:aws:s3:::b"]);
        assert_eq!(
            needs("PutBucketPolicy", &bucket, &[], &[]),
            ["s3:PutBucketPolicy arn:aws:s3:::b"]
        );
        assert_eq!(needs("ListBuckets", &S3Path::Root, &[], &[]), ["s3:ListAllMyBuckets *"]);
        assert_eq!(
            needs("HeadObject", &object, &[], &[("versionId", "1")]),
            ["s3:GetObjectVersion arn:aws:s3:::b/k"]
        );
        assert_eq!(
            needs("DeleteObject", &object, &[], &[("versionId", "1")]),
            ["s3:DeleteObjectVersion arn:aws:s3:::b/k"]
        );
    }

    #[test]
    fn what_comes_with_an_object_needs_more() {
        let object = S3Path::object("b", "k");
        assert_eq!(
            needs("PutObject", &object, &[("x-amz-tagging", "a=1"), ("x-amz-acl", "private")], &[]),
            [
                "s3:PutObject arn:aws:s3:::b/k",
                "s3:PutObjectTagging arn:aws:s3:::b/k",
                "s3:PutObjectAcl arn:aws:s3:::b/k"
            ]
        );
        assert_eq!(
            needs("CopyObject", &object, &[("x-amz-copy-source", "/other/a%20b?versionId=7")], &[]),
            ["s3:PutObject arn:aws:s3:::b/k", "s3:GetObjectVersion arn:aws:s3:::other/a b"]
        );
    }
}
