//! The settings of a bucket and a role, each as a value in AWS's own terms.

use std::collections::BTreeMap;

use serde::Serialize;

/// Who owns the objects in the bucket, and whether ACLs count.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_OwnershipControlsRule.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum ObjectOwnership {
    /// ACLs are off; the bucket's owner owns every object.
    BucketOwnerEnforced,
    /// ACLs are on; the bucket's owner owns objects uploaded with the ACL `bucket-owner-full-control`.
    BucketOwnerPreferred,
    /// ACLs are on; who uploads an object owns it.
    ObjectWriter,
}

impl ObjectOwnership {
    /// AWS's name for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BucketOwnerEnforced => "BucketOwnerEnforced",
            Self::BucketOwnerPreferred => "BucketOwnerPreferred",
            Self::ObjectWriter => "ObjectWriter",
        }
    }
}

/// The bucket's public access block. None where an endpoint's answer lacks the field; AWS always gives all four.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PublicAccessBlockConfiguration.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PublicAccessBlock {
    /// `BlockPublicAcls`
    pub block_public_acls: Option<bool>,
    /// `IgnorePublicAcls`
    pub ignore_public_acls: Option<bool>,
    /// `BlockPublicPolicy`
    pub block_public_policy: Option<bool>,
    /// `RestrictPublicBuckets`
    pub restrict_public_buckets: Option<bool>,
}

impl PublicAccessBlock {
    /// All four on.
    pub const ALL: Self = Self {
        block_public_acls: Some(true),
        ignore_public_acls: Some(true),
        block_public_policy: Some(true),
        restrict_public_buckets: Some(true),
    };
}

/// The bucket's default encryption, the one rule of its encryption configuration.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ServerSideEncryptionRule.html>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DefaultEncryption {
    /// `SSEAlgorithm`: `AES256`, `aws:kms` or `aws:kms:dsse`.
    #[serde(rename = "SSEAlgorithm")]
    pub algorithm: String,
    /// `KMSMasterKeyID`
    #[serde(rename = "KMSMasterKeyID", skip_serializing_if = "Option::is_none")]
    pub kms_key: Option<String>,
    /// `BucketKeyEnabled`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bucket_key_enabled: Option<bool>,
    /// `BlockedEncryptionTypes`, as read: the contract states none, and what others set is written back unchanged.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub blocked_encryption_types: Vec<String>,
}

/// Whether the bucket keeps every version of an object.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Versioning {
    /// It was never enabled, which cannot be written.
    NeverEnabled,
    /// `Enabled`
    Enabled,
    /// `Suspended`: versions that exist stay.
    Suspended,
}

/// The tags of a bucket or a role, ours and others'.
pub type TagSet = BTreeMap<String, String>;
