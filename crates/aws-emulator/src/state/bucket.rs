//! A bucket's configuration.

use s3s::dto::{
    CORSRule, LifecycleRule, PublicAccessBlockConfiguration, ServerSideEncryptionConfiguration,
    Tag, VersioningConfiguration,
};
use s3s::dto::{ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionRule};
use serde::{Deserialize, Serialize};

/// A bucket, without its objects. Settings that nobody made are None, as S3 answers 404 for them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Bucket {
    /// When it was made, in seconds since 1970.
    pub(crate) created: i64,
    /// `BucketOwnerEnforced`, `BucketOwnerPreferred` or `ObjectWriter`.
    pub(crate) object_ownership: Option<String>,
    pub(crate) public_access_block: Option<PublicAccessBlockConfiguration>,
    /// Always there: a bucket encrypts with SSE-S3 unless told otherwise.
    pub(crate) encryption: ServerSideEncryptionConfiguration,
    /// `BlockedEncryptionTypes`: whether it takes no object with a customer's key.
    #[serde(default = "blocks_sse_c")]
    pub(crate) blocks_sse_c: bool,
    pub(crate) versioning: Option<VersioningConfiguration>,
    pub(crate) lifecycle: Option<Lifecycle>,
    pub(crate) tags: Option<Vec<Tag>>,
    pub(crate) cors: Option<Vec<CORSRule>>,
    /// The bucket policy's text, as it was put.
    pub(crate) policy: Option<String>,
}

/// The lifecycle configuration.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Lifecycle {
    pub(crate) rules: Vec<LifecycleRule>,
    /// `x-amz-transition-default-minimum-object-size`
    pub(crate) transition_default_minimum_object_size: String,
}

impl Bucket {
    /// A new bucket, with the defaults of buckets made since April 2026: ACLs off, all public access and SSE-C blocked, SSE-S3.
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html>.
    pub(crate) fn new(created: i64) -> Self {
        Self {
            created,
            object_ownership: Some("BucketOwnerEnforced".to_owned()),
            public_access_block: Some(PublicAccessBlockConfiguration {
                block_public_acls: Some(true),
                ignore_public_acls: Some(true),
                block_public_policy: Some(true),
                restrict_public_buckets: Some(true),
            }),
            encryption: Self::default_encryption(),
            blocks_sse_c: blocks_sse_c(),
            versioning: None,
            lifecycle: None,
            tags: None,
            cors: None,
            policy: None,
        }
    }

    /// SSE-S3, which every bucket has unless told otherwise.
    pub(crate) fn default_encryption() -> ServerSideEncryptionConfiguration {
        let by_default = ServerSideEncryptionByDefault {
            sse_algorithm: ServerSideEncryption::from_static(ServerSideEncryption::AES256),
            kms_master_key_id: None,
        };
        ServerSideEncryptionConfiguration {
            rules: vec![ServerSideEncryptionRule {
                apply_server_side_encryption_by_default: Some(by_default),
                bucket_key_enabled: Some(false),
            }],
        }
    }
}

/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/blocking-unblocking-s3-c-encryption-gpb.html>.
const fn blocks_sse_c() -> bool {
    true
}
