//! Writing a bucket and a role.

use aws_sdk_s3::types;

use crate::provision::{
    DefaultEncryption, ExpectedBucket, LifecycleConfiguration, NewRole, ObjectOwnership,
    PublicAccessBlock, StateError, TagSet, WriteState,
};
use gatepass_core::contract::RoleName;
use gatepass_core::policy::CorsRule;
use iam_policy::Document;
use iam_policy::{PolicyArn, Region};

use super::call::{Call, Target};
use super::{AwsError, AwsErrorKind, cors, lifecycle, operation, settings};

/// Where a bucket is created by leaving its region out.
const US_EAST_1: &str = "us-east-1";

/// Writes buckets and roles.
#[derive(Debug, Clone)]
pub struct AwsWriter {
    pub(super) s3: aws_sdk_s3::Client,
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) target: Target,
}

impl WriteState for AwsWriter {
    async fn create_bucket(
        &self,
        bucket: &ExpectedBucket,
        region: &Region,
        ownership: ObjectOwnership,
        tags: &TagSet,
    ) -> Result<(), StateError> {
        let call = self.target.call(operation::CREATE_BUCKET, bucket.name.as_str());
        let constraint = (region.as_str() != US_EAST_1)
            .then(|| types::BucketLocationConstraint::from(region.as_str()));
        let tags = settings::tags_to_s3(&call, tags)?;
        let configuration = (constraint.is_some() || !tags.is_empty()).then(|| {
            let tags = (!tags.is_empty()).then_some(tags);
            types::CreateBucketConfiguration::builder()
                .set_location_constraint(constraint)
                .set_tags(tags)
                .build()
        });
        let request = self
            .s3
            .create_bucket()
            .bucket(bucket.name.as_str())
            .object_ownership(settings::ownership_to_s3(ownership))
            .set_bucket_namespace(
                bucket.name.account_regional().map(|_| types::BucketNamespace::AccountRegional),
            )
            .set_create_bucket_configuration(configuration);
        request.send().await.map_err(|error| call.failed(&error))?;
        Ok(())
    }

    async fn put_bucket_tagging(
        &self,
        bucket: &ExpectedBucket,
        tags: &TagSet,
    ) -> Result<(), StateError> {
        let call = self.target.call(operation::PUT_BUCKET_TAGGING, bucket.name.as_str());
        let tags = settings::tags_to_s3(&call, tags)?;
        let tagging = types::Tagging::builder()
            .set_tag_set(Some(tags))
            .build()
            .map_err(|error| incomplete(&call, &error))?;
        let request = self
            .s3
            .put_bucket_tagging()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str())
            .tagging(tagging);
        request.send().await.map_err(|error| call.failed(&error))?;
        Ok(())
    }

    async fn put_bucket_ownership_controls(
        &self,
        bucket: &ExpectedBucket,
        ownership: ObjectOwnership,
    ) -> Result<(), StateError> {
        let call = self.target.call(operation::PUT_BUCKET_OWNERSHIP_CONTROLS, bucket.name.as_str());
        let rule = types::OwnershipControlsRule::builder()
            .object_ownership(settings::ownership_to_s3(ownership))
            .build();
        let controls = rule
            .and_then(|rule| types::OwnershipControls::builder().rules(rule).build())
            .map_err(|error| incomplete(&call, &error))?;
        let request = self
            .s3
            .put_bucket_ownership_controls()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str())
            .ownership_controls(controls);
        request.send().await.map_err(|error| call.failed(&error))?;
        Ok(())
    }

    async fn put_public_access_block(
        &self,
        bucket: &ExpectedBucket,
        block: &PublicAccessBlock,
    ) -> Result<(), StateError> {
        let call = self.target.call(operation::PUT_PUBLIC_ACCESS_BLOCK, bucket.name.as_str());
        let request = self
            .s3
            .put_public_access_block()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str())
            .public_access_block_configuration(settings::public_access_block_to_s3(block));
        request.send().await.map_err(|error| call.failed(&error))?;
        Ok(())
    }

    async fn put_bucket_encryption(
        &self,
        bucket: &ExpectedBucket,
        encryption: &DefaultEncryption,
    ) -> Result<(), StateError> {
        let call = self.target.call(operation::PUT_BUCKET_ENCRYPTION, bucket.name.as_str());
        let request = self
            .s3
            .put_bucket_encryption()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str())
            .server_side_encryption_configuration(settings::encryption_to_s3(&call, encryption)?);
        request.send().await.map_err(|error| call.failed(&error))?;
        Ok(())
    }

    async fn put_bucket_versioning(
        &self,
        bucket: &ExpectedBucket,
        enabled: bool,
    ) -> Result<(), StateError> {
        let call = self.target.call(operation::PUT_BUCKET_VERSIONING, bucket.name.as_str());
        let status = if enabled {
            types::BucketVersioningStatus::Enabled
        } else {
            types::BucketVersioningStatus::Suspended
        };
        let request = self
            .s3
            .put_bucket_versioning()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str())
            .versioning_configuration(
                types::VersioningConfiguration::builder().status(status).build(),
            );
        request.send().await.map_err(|error| call.failed(&error))?;
        Ok(())
    }

    async fn put_bucket_lifecycle_configuration(
        &self,
        bucket: &ExpectedBucket,
        configuration: &LifecycleConfiguration,
    ) -> Result<(), StateError> {
        let call =
            self.target.call(operation::PUT_BUCKET_LIFECYCLE_CONFIGURATION, bucket.name.as_str());
        let minimum = configuration.transition_default_minimum_object_size.as_deref();
        let request = self
            .s3
            .put_bucket_lifecycle_configuration()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str())
            .set_transition_default_minimum_object_size(
                minimum.map(types::TransitionDefaultMinimumObjectSize::from),
            )
            .lifecycle_configuration(lifecycle::to_s3(&call, configuration)?);
        request.send().await.map_err(|error| call.failed(&error))?;
        Ok(())
    }

    async fn put_bucket_cors(
        &self,
        bucket: &ExpectedBucket,
        rules: &[CorsRule],
    ) -> Result<(), StateError> {
        let call = self.target.call(operation::PUT_BUCKET_CORS, bucket.name.as_str());
        let request = self
            .s3
            .put_bucket_cors()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str())
            .cors_configuration(cors::to_s3(&call, rules)?);
        request.send().await.map_err(|error| call.failed(&error))?;
        Ok(())
    }

    async fn delete_bucket_cors(&self, bucket: &ExpectedBucket) -> Result<(), StateError> {
        let call = self.target.call(operation::DELETE_BUCKET_CORS, bucket.name.as_str());
        let request = self
            .s3
            .delete_bucket_cors()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str());
        request.send().await.map_err(|error| call.failed(&error))?;
        Ok(())
    }

    async fn put_bucket_policy(
        &self,
        bucket: &ExpectedBucket,
        policy: &Document,
    ) -> Result<(), StateError> {
        let call = self.target.call(operation::PUT_BUCKET_POLICY, bucket.name.as_str());
        let request = self
            .s3
            .put_bucket_policy()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str())
            // S3 itself refuses a policy that would lock its own writer out
            .confirm_remove_self_bucket_access(false)
            .policy(policy.to_json().to_string());
        request.send().await.map_err(|error| call.failed(&error))?;
        Ok(())
    }

    async fn delete_bucket_policy(&self, bucket: &ExpectedBucket) -> Result<(), StateError> {
        let call = self.target.call(operation::DELETE_BUCKET_POLICY, bucket.name.as_str());
        let request = self
            .s3
            .delete_bucket_policy()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str());
        request.send().await.map_err(|error| call.failed(&error))?;
        Ok(())
    }

    async fn delete_bucket(&self, bucket: &ExpectedBucket) -> Result<(), StateError> {
        let call = self.target.call(operation::DELETE_BUCKET, bucket.name.as_str());
        let request = self
            .s3
            .delete_bucket()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str());
        request.send().await.map_err(|error| call.failed(&error))?;
        Ok(())
    }

    async fn create_role(&self, role: &NewRole) -> Result<(), StateError> {
        let call = self.target.call(operation::CREATE_ROLE, role.name.as_str());
        let request = self
            .iam
            .create_role()
            .role_name(role.name.as_str())
            .path(role.path.as_str())
            .description(&role.description)
            .max_session_duration(seconds(role.max_session_duration))
            .set_permissions_boundary(role.permissions_boundary.as_ref().map(ToString::to_string))
            .assume_role_policy_document(role.trust_policy.to_json().to_string())
            .set_tags(Some(settings::tags_to_iam(&call, &role.tags)?));
        request.send().await.map_err(|error| call.failed(&error))?;
        Ok(())
    }

    async fn tag_role(&self, role: &RoleName, tags: &TagSet) -> Result<(), StateError> {
        let call = self.target.call(operation::TAG_ROLE, role.as_str());
        let request = self
            .iam
            .tag_role()
            .role_name(role.as_str())
            .set_tags(Some(settings::tags_to_iam(&call, tags)?));
        request.send().await.map_err(|error| call.failed(&error))?;
        Ok(())
    }

    async fn update_role(
        &self,
        role: &RoleName,
        description: &str,
        max_session_duration: u32,
    ) -> Result<(), StateError> {
        let call = self.target.call(operation::UPDATE_ROLE, role.as_str());
        let request = self
            .iam
            .update_role()
            .role_name(role.as_str())
            .description(description)
            .max_session_duration(seconds(max_session_duration));
        request.send().await.map_err(|error| call.failed(&error))?;
        Ok(())
    }

    async fn update_assume_role_policy(
        &self,
        role: &RoleName,
        trust_policy: &Document,
    ) -> Result<(), StateError> {
        let call = self.target.call(operation::UPDATE_ASSUME_ROLE_POLICY, role.as_str());
        let document = trust_policy.to_json().to_string();
        let request =
            self.iam.update_assume_role_policy().role_name(role.as_str()).policy_document(document);
        request.send().await.map_err(|error| call.failed(&error))?;
        Ok(())
    }

    async fn put_role_permissions_boundary(
        &self,
        role: &RoleName,
        boundary: &PolicyArn,
    ) -> Result<(), StateError> {
        let call = self.target.call(operation::PUT_ROLE_PERMISSIONS_BOUNDARY, role.as_str());
        let request = self
            .iam
            .put_role_permissions_boundary()
            .role_name(role.as_str())
            .permissions_boundary(boundary.as_str());
        request.send().await.map_err(|error| call.failed(&error))?;
        Ok(())
    }

    async fn put_role_policy(
        &self,
        role: &RoleName,
        policy: &str,
        document: &Document,
    ) -> Result<(), StateError> {
        let call = self.target.call(operation::PUT_ROLE_POLICY, role.as_str());
        let document = document.to_json().to_string();
        let request = self
            .iam
            .put_role_policy()
            .role_name(role.as_str())
            .policy_name(policy)
            .policy_document(document);
        request.send().await.map_err(|error| call.failed(&error))?;
        Ok(())
    }

    async fn delete_role_policy(&self, role: &RoleName, policy: &str) -> Result<(), StateError> {
        let call = self.target.call(operation::DELETE_ROLE_POLICY, role.as_str());
        let request = self.iam.delete_role_policy().role_name(role.as_str()).policy_name(policy);
        request.send().await.map_err(|error| call.failed(&error))?;
        Ok(())
    }

    async fn delete_role(&self, role: &RoleName) -> Result<(), StateError> {
        let call = self.target.call(operation::DELETE_ROLE, role.as_str());
        self.iam
            .delete_role()
            .role_name(role.as_str())
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        Ok(())
    }
}

fn incomplete(call: &Call<'_>, error: &aws_sdk_s3::error::BuildError) -> AwsError {
    call.error(AwsErrorKind::Invalid, error.to_string())
}

fn seconds(seconds: u32) -> i32 {
    i32::try_from(seconds).unwrap_or(i32::MAX)
}
