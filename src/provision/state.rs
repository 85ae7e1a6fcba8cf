//! AWS as provisioning sees it: one trait that reads, one that writes, one method per AWS operation.
//!
//! They are implemented on the AWS SDK in [`crate::aws`]. Whatever makes a plan is given only a [`ReadState`].

use std::future::Future;

use gatepass_core::contract::{RoleName, RolePath};
use gatepass_core::policy::CorsRule;
use iam_policy::Document;
use iam_policy::{AccountId, BucketName, PolicyArn, Region};

use super::StateError;
use super::lifecycle::LifecycleConfiguration;
use super::settings::{DefaultEncryption, ObjectOwnership, PublicAccessBlock, TagSet, Versioning};

/// A bucket together with the account that must own it. Every call but `CreateBucket` names that account
/// (`x-amz-expected-bucket-owner`), so that no setting is ever read from or written to somebody else's bucket.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpectedBucket {
    /// The bucket.
    pub name: BucketName,
    /// The account that must own it.
    pub owner: AccountId,
}

/// What `HeadBucket` tells about a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketHead {
    /// `x-amz-bucket-region`; some S3-compatible endpoints leave it out.
    pub region: Option<Region>,
}

/// What `GetRole` tells about a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleHead {
    /// `Path`
    pub path: String,
    /// `Description`
    pub description: Option<String>,
    /// `MaxSessionDuration`, seconds. None where an endpoint's answer lacks it; AWS always gives it.
    pub max_session_duration: Option<u32>,
    /// `PermissionsBoundary.PermissionsBoundaryArn`
    pub permissions_boundary: Option<String>,
    /// `AssumeRolePolicyDocument`
    pub trust_policy: Document,
    /// `Tags`
    pub tags: TagSet,
}

/// A role to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRole {
    /// `RoleName`
    pub name: RoleName,
    /// `Path`
    pub path: RolePath,
    /// `Description`
    pub description: String,
    /// `MaxSessionDuration`, seconds
    pub max_session_duration: u32,
    /// `PermissionsBoundary`
    pub permissions_boundary: Option<PolicyArn>,
    /// `AssumeRolePolicyDocument`
    pub trust_policy: Document,
    /// `Tags`
    pub tags: TagSet,
}

/// Some of what lies in a bucket: how many, and the first few.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Found {
    /// How many there are, as far as was looked.
    pub count: usize,
    /// Whether there may be more than `count`.
    pub more: bool,
    /// The object keys of the first few.
    pub examples: Vec<String>,
}

/// What `ListObjectVersions` finds: the first page is enough to know that a bucket is not empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct ObjectVersions {
    /// Objects, of which each version counts.
    pub versions: Found,
    /// Delete markers.
    pub delete_markers: Found,
}

/// Reads a bucket and a role.
///
/// "There is none" (`NoSuchBucketPolicy`, `NoSuchCORSConfiguration`, `NoSuchEntity`, …) is an answer and not an error:
/// `None` or an empty list. Every method's error is what AWS answered else, see [`StateError`].
pub trait ReadState: Sync {
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>. None if there is no such bucket;
    /// a bucket in another region is the error [`WrongRegion`](super::StateErrorKind::WrongRegion).
    fn head_bucket(
        &self,
        bucket: &ExpectedBucket,
    ) -> impl Future<Output = Result<Option<BucketHead>, StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html>. No constraint means `us-east-1`,
    /// and `EU` means `eu-west-1`.
    fn get_bucket_location(
        &self,
        bucket: &ExpectedBucket,
    ) -> impl Future<Output = Result<Region, StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html>
    fn get_bucket_tagging(
        &self,
        bucket: &ExpectedBucket,
    ) -> impl Future<Output = Result<TagSet, StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html>
    fn get_bucket_ownership_controls(
        &self,
        bucket: &ExpectedBucket,
    ) -> impl Future<Output = Result<Option<ObjectOwnership>, StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html>
    fn get_public_access_block(
        &self,
        bucket: &ExpectedBucket,
    ) -> impl Future<Output = Result<Option<PublicAccessBlock>, StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html>
    fn get_bucket_encryption(
        &self,
        bucket: &ExpectedBucket,
    ) -> impl Future<Output = Result<Option<DefaultEncryption>, StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html>
    fn get_bucket_versioning(
        &self,
        bucket: &ExpectedBucket,
    ) -> impl Future<Output = Result<Versioning, StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html>
    fn get_bucket_lifecycle_configuration(
        &self,
        bucket: &ExpectedBucket,
    ) -> impl Future<Output = Result<Option<LifecycleConfiguration>, StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketCors.html>. The rules as they are, in their order,
    /// which counts: S3 answers by the first that matches.
    fn get_bucket_cors(
        &self,
        bucket: &ExpectedBucket,
    ) -> impl Future<Output = Result<Vec<CorsRule>, StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html>
    fn get_bucket_policy(
        &self,
        bucket: &ExpectedBucket,
    ) -> impl Future<Output = Result<Option<Document>, StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html>, the first page.
    fn list_object_versions(
        &self,
        bucket: &ExpectedBucket,
    ) -> impl Future<Output = Result<ObjectVersions, StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html>, the first page.
    fn list_multipart_uploads(
        &self,
        bucket: &ExpectedBucket,
    ) -> impl Future<Output = Result<Found, StateError>> + Send;

    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html>
    fn get_role(
        &self,
        role: &RoleName,
    ) -> impl Future<Output = Result<Option<RoleHead>, StateError>> + Send;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html>
    fn get_role_policy(
        &self,
        role: &RoleName,
        policy: &str,
    ) -> impl Future<Output = Result<Option<Document>, StateError>> + Send;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html>: the names of all inline policies.
    fn list_role_policies(
        &self,
        role: &RoleName,
    ) -> impl Future<Output = Result<Vec<String>, StateError>> + Send;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html>: the ARNs of all attached
    /// managed policies.
    fn list_attached_role_policies(
        &self,
        role: &RoleName,
    ) -> impl Future<Output = Result<Vec<String>, StateError>> + Send;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html>: the profiles' names.
    fn list_instance_profiles_for_role(
        &self,
        role: &RoleName,
    ) -> impl Future<Output = Result<Vec<String>, StateError>> + Send;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html>: whether there is such a managed policy.
    fn get_policy(
        &self,
        policy: &PolicyArn,
    ) -> impl Future<Output = Result<bool, StateError>> + Send;
}

/// Writes a bucket and a role. Nothing here tries again or decides anything: that is [`apply`](super::apply())'s.
pub trait WriteState: Sync {
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>, with the tags in the same call, so that the
    /// bucket is ours from its first moment. No `LocationConstraint` in `us-east-1`. The name decides the namespace.
    fn create_bucket(
        &self,
        bucket: &ExpectedBucket,
        region: &Region,
        ownership: ObjectOwnership,
        tags: &TagSet,
    ) -> impl Future<Output = Result<(), StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html>: replaces all tags.
    fn put_bucket_tagging(
        &self,
        bucket: &ExpectedBucket,
        tags: &TagSet,
    ) -> impl Future<Output = Result<(), StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html>
    fn put_bucket_ownership_controls(
        &self,
        bucket: &ExpectedBucket,
        ownership: ObjectOwnership,
    ) -> impl Future<Output = Result<(), StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html>
    fn put_public_access_block(
        &self,
        bucket: &ExpectedBucket,
        block: &PublicAccessBlock,
    ) -> impl Future<Output = Result<(), StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html>
    fn put_bucket_encryption(
        &self,
        bucket: &ExpectedBucket,
        encryption: &DefaultEncryption,
    ) -> impl Future<Output = Result<(), StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html>: `Enabled`, or else `Suspended`.
    fn put_bucket_versioning(
        &self,
        bucket: &ExpectedBucket,
        enabled: bool,
    ) -> impl Future<Output = Result<(), StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html>: replaces all rules.
    fn put_bucket_lifecycle_configuration(
        &self,
        bucket: &ExpectedBucket,
        configuration: &LifecycleConfiguration,
    ) -> impl Future<Output = Result<(), StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketCors.html>: replaces all rules.
    fn put_bucket_cors(
        &self,
        bucket: &ExpectedBucket,
        rules: &[CorsRule],
    ) -> impl Future<Output = Result<(), StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketCors.html>
    fn delete_bucket_cors(
        &self,
        bucket: &ExpectedBucket,
    ) -> impl Future<Output = Result<(), StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>: replaces the whole document.
    fn put_bucket_policy(
        &self,
        bucket: &ExpectedBucket,
        policy: &Document,
    ) -> impl Future<Output = Result<(), StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html>
    fn delete_bucket_policy(
        &self,
        bucket: &ExpectedBucket,
    ) -> impl Future<Output = Result<(), StateError>> + Send;
    /// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html>
    fn delete_bucket(
        &self,
        bucket: &ExpectedBucket,
    ) -> impl Future<Output = Result<(), StateError>> + Send;

    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
    fn create_role(&self, role: &NewRole) -> impl Future<Output = Result<(), StateError>> + Send;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagRole.html>: adds or replaces these tags.
    fn tag_role(
        &self,
        role: &RoleName,
        tags: &TagSet,
    ) -> impl Future<Output = Result<(), StateError>> + Send;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html>; `max_session_duration` in seconds.
    fn update_role(
        &self,
        role: &RoleName,
        description: &str,
        max_session_duration: u32,
    ) -> impl Future<Output = Result<(), StateError>> + Send;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html>
    fn update_assume_role_policy(
        &self,
        role: &RoleName,
        trust_policy: &Document,
    ) -> impl Future<Output = Result<(), StateError>> + Send;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html>
    fn put_role_permissions_boundary(
        &self,
        role: &RoleName,
        boundary: &PolicyArn,
    ) -> impl Future<Output = Result<(), StateError>> + Send;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>
    fn put_role_policy(
        &self,
        role: &RoleName,
        policy: &str,
        document: &Document,
    ) -> impl Future<Output = Result<(), StateError>> + Send;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html>
    fn delete_role_policy(
        &self,
        role: &RoleName,
        policy: &str,
    ) -> impl Future<Output = Result<(), StateError>> + Send;
    /// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html>
    fn delete_role(&self, role: &RoleName) -> impl Future<Output = Result<(), StateError>> + Send;
}
