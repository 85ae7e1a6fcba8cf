//! The settings of a bucket and a role, to and from the SDK's own types.

use aws_sdk_iam::types as iam;
use aws_sdk_s3::types as s3;

use crate::provision::{
    DefaultEncryption, ObjectOwnership, PublicAccessBlock, RoleHead, TagSet, Versioning,
};

use super::{AwsError, AwsErrorKind, call::Call, document};

pub(super) fn tags_from_s3(tags: Vec<s3::Tag>) -> TagSet {
    tags.into_iter().map(|tag| (tag.key, tag.value)).collect()
}

pub(super) fn tags_to_s3(call: &Call<'_>, tags: &TagSet) -> Result<Vec<s3::Tag>, AwsError> {
    let tag = |(key, value)| s3::Tag::builder().key(key).value(value).build();
    tags.iter()
        .map(tag)
        .collect::<Result<_, _>>()
        .map_err(|error| call.error(AwsErrorKind::Invalid, error.to_string()))
}

pub(super) fn tags_to_iam(call: &Call<'_>, tags: &TagSet) -> Result<Vec<iam::Tag>, AwsError> {
    let tag = |(key, value)| iam::Tag::builder().key(key).value(value).build();
    tags.iter()
        .map(tag)
        .collect::<Result<_, _>>()
        .map_err(|error| call.error(AwsErrorKind::Invalid, error.to_string()))
}

pub(super) fn ownership_from_s3(
    call: &Call<'_>,
    ownership: &s3::ObjectOwnership,
) -> Result<ObjectOwnership, AwsError> {
    match ownership {
        s3::ObjectOwnership::BucketOwnerEnforced => Ok(ObjectOwnership::BucketOwnerEnforced),
        s3::ObjectOwnership::BucketOwnerPreferred => Ok(ObjectOwnership::BucketOwnerPreferred),
        s3::ObjectOwnership::ObjectWriter => Ok(ObjectOwnership::ObjectWriter),
        unknown => Err(unknown_value(call, "ObjectOwnership", unknown.as_str())),
    }
}

pub(super) fn ownership_to_s3(ownership: ObjectOwnership) -> s3::ObjectOwnership {
    s3::ObjectOwnership::from(ownership.as_str())
}

pub(super) fn public_access_block_from_s3(
    block: &s3::PublicAccessBlockConfiguration,
) -> PublicAccessBlock {
    PublicAccessBlock {
        block_public_acls: block.block_public_acls,
        ignore_public_acls: block.ignore_public_acls,
        block_public_policy: block.block_public_policy,
        restrict_public_buckets: block.restrict_public_buckets,
    }
}

pub(super) fn public_access_block_to_s3(
    block: &PublicAccessBlock,
) -> s3::PublicAccessBlockConfiguration {
    s3::PublicAccessBlockConfiguration::builder()
        .set_block_public_acls(block.block_public_acls)
        .set_ignore_public_acls(block.ignore_public_acls)
        .set_block_public_policy(block.block_public_policy)
        .set_restrict_public_buckets(block.restrict_public_buckets)
        .build()
}

/// A rule that states no algorithm leaves S3's own, which is SSE-S3.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-encryption.html>.
pub(super) fn encryption_from_s3(rule: &s3::ServerSideEncryptionRule) -> DefaultEncryption {
    let default = rule.apply_server_side_encryption_by_default();
    DefaultEncryption {
        algorithm: default
            .map_or(s3::ServerSideEncryption::Aes256.as_str(), |default| {
                default.sse_algorithm().as_str()
            })
            .to_owned(),
        kms_key: default.and_then(|default| default.kms_master_key_id()).map(str::to_owned),
        bucket_key_enabled: rule.bucket_key_enabled(),
        blocked_encryption_types: rule
            .blocked_encryption_types()
            .map(|blocked| {
                blocked.encryption_type().iter().map(|kind| kind.as_str().to_owned()).collect()
            })
            .unwrap_or_default(),
    }
}

pub(super) fn encryption_to_s3(
    call: &Call<'_>,
    encryption: &DefaultEncryption,
) -> Result<s3::ServerSideEncryptionConfiguration, AwsError> {
    let incomplete =
        |error: aws_sdk_s3::error::BuildError| call.error(AwsErrorKind::Invalid, error.to_string());
    let default = s3::ServerSideEncryptionByDefault::builder()
        .sse_algorithm(s3::ServerSideEncryption::from(encryption.algorithm.as_str()))
        .set_kms_master_key_id(encryption.kms_key.clone())
        .build()
        .map_err(incomplete)?;
    let blocked = encryption
        .blocked_encryption_types
        .iter()
        .map(|kind| s3::EncryptionType::from(kind.as_str()))
        .collect::<Vec<_>>();
    let blocked = (!blocked.is_empty())
        .then(|| s3::BlockedEncryptionTypes::builder().set_encryption_type(Some(blocked)).build());
    let rule = s3::ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(default)
        .set_bucket_key_enabled(encryption.bucket_key_enabled)
        .set_blocked_encryption_types(blocked)
        .build();
    s3::ServerSideEncryptionConfiguration::builder().rules(rule).build().map_err(incomplete)
}

pub(super) fn versioning_from_s3(
    call: &Call<'_>,
    status: Option<&s3::BucketVersioningStatus>,
) -> Result<Versioning, AwsError> {
    match status {
        None => Ok(Versioning::NeverEnabled),
        Some(s3::BucketVersioningStatus::Enabled) => Ok(Versioning::Enabled),
        Some(s3::BucketVersioningStatus::Suspended) => Ok(Versioning::Suspended),
        // an empty element, as some S3-compatible endpoints answer
        Some(other) if other.as_str().is_empty() => Ok(Versioning::NeverEnabled),
        Some(unknown) => Err(unknown_value(call, "Status", unknown.as_str())),
    }
}

pub(super) fn role_from_iam(call: &Call<'_>, role: iam::Role) -> Result<RoleHead, AwsError> {
    let Some(trust_policy) = &role.assume_role_policy_document else {
        return Err(call.error(AwsErrorKind::Other, "the answer has no AssumeRolePolicyDocument"));
    };
    Ok(RoleHead {
        trust_policy: document::parse_encoded(call, trust_policy)?,
        path: role.path,
        description: role.description,
        max_session_duration: role
            .max_session_duration
            .and_then(|seconds| u32::try_from(seconds).ok()),
        permissions_boundary: role
            .permissions_boundary
            .and_then(|boundary| boundary.permissions_boundary_arn),
        tags: role.tags.unwrap_or_default().into_iter().map(|tag| (tag.key, tag.value)).collect(),
    })
}

fn unknown_value(call: &Call<'_>, field: &str, value: &str) -> AwsError {
    call.error(AwsErrorKind::Other, format!("the answer has an unknown {field}: {value:?}"))
        .with_hint("a newer gatepass may know it")
}
