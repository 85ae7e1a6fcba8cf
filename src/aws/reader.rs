//! Reading a bucket and a role.

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::types::{BucketVersioningStatus, EncodingType};
use percent_encoding::percent_decode_str;

use crate::provision::{
    BucketHead, DefaultEncryption, ExpectedBucket, Found, LifecycleConfiguration, ObjectOwnership,
    ObjectVersions, PublicAccessBlock, ReadState, RoleHead, StateError, TagSet, Versioning,
};
use gatepass_core::contract::RoleName;
use gatepass_core::policy::CorsRule;
use iam_policy::Document;
use iam_policy::{PolicyArn, Region};

use super::call::{Call, Target};
use super::classify::element_of;
use super::{AwsError, AwsErrorKind, cors, document, lifecycle, operation, settings};

/// What a page of a listing is enough to show examples of.
const EXAMPLES: usize = 3;

/// Reads buckets and roles, and can write neither.
#[derive(Debug, Clone)]
pub struct AwsReader {
    pub(super) s3: aws_sdk_s3::Client,
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) target: Target,
}

impl ReadState for AwsReader {
    async fn head_bucket(&self, bucket: &ExpectedBucket) -> Result<Option<BucketHead>, StateError> {
        let call = self.target.call(operation::HEAD_BUCKET, bucket.name.as_str());
        let answer = self
            .s3
            .head_bucket()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str())
            .send()
            .await;
        match answer {
            Ok(head) => Ok(Some(BucketHead { region: region(&call, head.bucket_region())? })),
            Err(error) => match call.failed(&error) {
                error if *error.kind() == AwsErrorKind::NotFound => Ok(None),
                error => Err(error.into()),
            },
        }
    }

    async fn get_bucket_location(&self, bucket: &ExpectedBucket) -> Result<Region, StateError> {
        let call = self.target.call(operation::GET_BUCKET_LOCATION, bucket.name.as_str());
        let request = self
            .s3
            .get_bucket_location()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str());
        let answer = request.send().await.map_err(|error| call.failed(&error))?;
        let code = match answer.location_constraint().map(|constraint| constraint.as_str()) {
            None | Some("") => "us-east-1",
            Some("EU") => "eu-west-1",
            Some(region) => region,
        };
        Ok(parse_region(&call, code)?)
    }

    async fn get_bucket_tagging(&self, bucket: &ExpectedBucket) -> Result<TagSet, StateError> {
        let call = self.target.call(operation::GET_BUCKET_TAGGING, bucket.name.as_str());
        let answer = self
            .s3
            .get_bucket_tagging()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str())
            .send()
            .await;
        let found = call.found(answer, &["NoSuchTagSet", "NoSuchTagSetError"])?;
        Ok(found.map(|found| settings::tags_from_s3(found.tag_set)).unwrap_or_default())
    }

    async fn get_bucket_ownership_controls(
        &self,
        bucket: &ExpectedBucket,
    ) -> Result<Option<ObjectOwnership>, StateError> {
        let call = self.target.call(operation::GET_BUCKET_OWNERSHIP_CONTROLS, bucket.name.as_str());
        let request = self
            .s3
            .get_bucket_ownership_controls()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str());
        let found = call.found(request.send().await, &["OwnershipControlsNotFoundError"])?;
        match found.as_ref().and_then(|found| found.ownership_controls()?.rules().first()) {
            Some(rule) => Ok(Some(settings::ownership_from_s3(&call, rule.object_ownership())?)),
            None => Ok(None),
        }
    }

    async fn get_public_access_block(
        &self,
        bucket: &ExpectedBucket,
    ) -> Result<Option<PublicAccessBlock>, StateError> {
        let call = self.target.call(operation::GET_PUBLIC_ACCESS_BLOCK, bucket.name.as_str());
        let request = self
            .s3
            .get_public_access_block()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str());
        let found = call.found(request.send().await, &["NoSuchPublicAccessBlockConfiguration"])?;
        Ok(found
            .and_then(|found| found.public_access_block_configuration)
            .map(|block| settings::public_access_block_from_s3(&block)))
    }

    async fn get_bucket_encryption(
        &self,
        bucket: &ExpectedBucket,
    ) -> Result<Option<DefaultEncryption>, StateError> {
        let call = self.target.call(operation::GET_BUCKET_ENCRYPTION, bucket.name.as_str());
        let request = self
            .s3
            .get_bucket_encryption()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str());
        let found =
            call.found(request.send().await, &["ServerSideEncryptionConfigurationNotFoundError"])?;
        Ok(found.and_then(|found| {
            Some(settings::encryption_from_s3(
                found.server_side_encryption_configuration()?.rules().first()?,
            ))
        }))
    }

    async fn get_bucket_versioning(
        &self,
        bucket: &ExpectedBucket,
    ) -> Result<Versioning, StateError> {
        let call = self.target.call(operation::GET_BUCKET_VERSIONING, bucket.name.as_str());
        let request = self
            .s3
            .get_bucket_versioning()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str());
        let status = match request.send().await {
            Ok(answer) => answer.status,
            // moto names the answer's root element otherwise than S3, which the SDK refuses
            Err(SdkError::ServiceError(answer))
                if answer.raw().status().is_success() && !self.target.is_aws() =>
            {
                element_of(answer.raw(), "Status")
                    .map(|status| BucketVersioningStatus::from(status.as_str()))
            }
            Err(error) => return Err(call.failed(&error).into()),
        };
        Ok(settings::versioning_from_s3(&call, status.as_ref())?)
    }

    async fn get_bucket_lifecycle_configuration(
        &self,
        bucket: &ExpectedBucket,
    ) -> Result<Option<LifecycleConfiguration>, StateError> {
        let call =
            self.target.call(operation::GET_BUCKET_LIFECYCLE_CONFIGURATION, bucket.name.as_str());
        let request = self
            .s3
            .get_bucket_lifecycle_configuration()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str());
        match call.found(request.send().await, &["NoSuchLifecycleConfiguration"])? {
            Some(found) => Ok(lifecycle::from_s3(&call, found)?),
            None => Ok(None),
        }
    }

    async fn get_bucket_cors(&self, bucket: &ExpectedBucket) -> Result<Vec<CorsRule>, StateError> {
        let call = self.target.call(operation::GET_BUCKET_CORS, bucket.name.as_str());
        let answer = self
            .s3
            .get_bucket_cors()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str())
            .send()
            .await;
        let found = call.found(answer, &["NoSuchCORSConfiguration"])?;
        Ok(found
            .and_then(|found| found.cors_rules)
            .unwrap_or_default()
            .into_iter()
            .map(cors::from_s3)
            .collect())
    }

    async fn get_bucket_policy(
        &self,
        bucket: &ExpectedBucket,
    ) -> Result<Option<Document>, StateError> {
        let call = self.target.call(operation::GET_BUCKET_POLICY, bucket.name.as_str());
        let answer = self
            .s3
            .get_bucket_policy()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str())
            .send()
            .await;
        match call.found(answer, &["NoSuchBucketPolicy"])?.and_then(|found| found.policy) {
            Some(text) => Ok(Some(document::parse(&call, &text)?)),
            None => Ok(None),
        }
    }

    async fn list_object_versions(
        &self,
        bucket: &ExpectedBucket,
    ) -> Result<ObjectVersions, StateError> {
        let call = self.target.call(operation::LIST_OBJECT_VERSIONS, bucket.name.as_str());
        let request = self
            .s3
            .list_object_versions()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str());
        let page = request
            .encoding_type(EncodingType::Url)
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        let (encoding, more) = (page.encoding_type(), page.is_truncated().unwrap_or_default());
        Ok(ObjectVersions {
            versions: found(
                page.versions().iter().filter_map(|version| version.key()),
                encoding,
                more,
            ),
            delete_markers: found(
                page.delete_markers().iter().filter_map(|marker| marker.key()),
                encoding,
                more,
            ),
        })
    }

    async fn list_multipart_uploads(&self, bucket: &ExpectedBucket) -> Result<Found, StateError> {
        let call = self.target.call(operation::LIST_MULTIPART_UPLOADS, bucket.name.as_str());
        let request = self
            .s3
            .list_multipart_uploads()
            .bucket(bucket.name.as_str())
            .expected_bucket_owner(bucket.owner.as_str());
        let page = request
            .encoding_type(EncodingType::Url)
            .send()
            .await
            .map_err(|error| call.failed(&error))?;
        let more = page.is_truncated().unwrap_or_default();
        Ok(found(
            page.uploads().iter().filter_map(|upload| upload.key()),
            page.encoding_type(),
            more,
        ))
    }

    async fn get_role(&self, role: &RoleName) -> Result<Option<RoleHead>, StateError> {
        let call = self.target.call(operation::GET_ROLE, role.as_str());
        let answer = self.iam.get_role().role_name(role.as_str()).send().await;
        match call.found(answer, &["NoSuchEntity"])? {
            Some(found) => {
                let role = found
                    .role
                    .ok_or_else(|| call.error(AwsErrorKind::Other, "the answer has no Role"))?;
                Ok(Some(settings::role_from_iam(&call, role)?))
            }
            None => Ok(None),
        }
    }

    async fn get_role_policy(
        &self,
        role: &RoleName,
        policy: &str,
    ) -> Result<Option<Document>, StateError> {
        let call = self.target.call(operation::GET_ROLE_POLICY, role.as_str());
        let answer =
            self.iam.get_role_policy().role_name(role.as_str()).policy_name(policy).send().await;
        match call.found(answer, &["NoSuchEntity"])? {
            Some(found) => Ok(Some(document::parse_encoded(&call, found.policy_document())?)),
            None => Ok(None),
        }
    }

    async fn list_role_policies(&self, role: &RoleName) -> Result<Vec<String>, StateError> {
        let call = self.target.call(operation::LIST_ROLE_POLICIES, role.as_str());
        let mut names = Vec::new();
        let pages = self
            .iam
            .list_role_policies()
            .role_name(role.as_str())
            .into_paginator()
            .stop_on_duplicate_token(false)
            .send();
        let read = call.pages(pages, &["NoSuchEntity"], |page| {
            names.extend(page.policy_names);
            Ok(page.marker.filter(|_| page.is_truncated))
        });
        read.await?;
        Ok(names)
    }

    async fn list_attached_role_policies(
        &self,
        role: &RoleName,
    ) -> Result<Vec<String>, StateError> {
        let call = self.target.call(operation::LIST_ATTACHED_ROLE_POLICIES, role.as_str());
        let mut arns = Vec::new();
        let pages = self
            .iam
            .list_attached_role_policies()
            .role_name(role.as_str())
            .into_paginator()
            .stop_on_duplicate_token(false)
            .send();
        let read = call.pages(pages, &["NoSuchEntity"], |page| {
            arns.extend(
                page.attached_policies
                    .unwrap_or_default()
                    .into_iter()
                    .filter_map(|policy| policy.policy_arn),
            );
            Ok(page.marker.filter(|_| page.is_truncated))
        });
        read.await?;
        Ok(arns)
    }

    async fn list_instance_profiles_for_role(
        &self,
        role: &RoleName,
    ) -> Result<Vec<String>, StateError> {
        let call = self.target.call(operation::LIST_INSTANCE_PROFILES_FOR_ROLE, role.as_str());
        let mut names = Vec::new();
        let pages = self
            .iam
            .list_instance_profiles_for_role()
            .role_name(role.as_str())
            .into_paginator()
            .stop_on_duplicate_token(false)
            .send();
        let read = call.pages(pages, &["NoSuchEntity"], |page| {
            names.extend(
                page.instance_profiles.into_iter().map(|profile| profile.instance_profile_name),
            );
            Ok(page.marker.filter(|_| page.is_truncated))
        });
        read.await?;
        Ok(names)
    }

    async fn get_policy(&self, policy: &PolicyArn) -> Result<bool, StateError> {
        let call = self.target.call(operation::GET_POLICY, policy.as_str());
        let answer = self.iam.get_policy().policy_arn(policy.as_str()).send().await;
        Ok(call.found(answer, &["NoSuchEntity"])?.is_some())
    }
}

impl AwsReader {
    /// The names of all buckets of the account that begin like this.
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>.
    ///
    /// # Errors
    /// What AWS answered.
    pub async fn buckets(&self, beginning: &str) -> Result<Vec<String>, AwsError> {
        let call = self.target.call(operation::LIST_BUCKETS, beginning);
        let mut names = Vec::new();
        let pages = self
            .s3
            .list_buckets()
            .prefix(beginning)
            .into_paginator()
            .stop_on_duplicate_token(false)
            .send();
        let read = call.pages(pages, &[], |page| {
            let buckets =
                page.buckets.unwrap_or_default().into_iter().filter_map(|bucket| bucket.name);
            // not every endpoint knows the parameter
            names.extend(buckets.filter(|name| name.starts_with(beginning)));
            Ok(page.continuation_token.filter(|token| !token.is_empty()))
        });
        read.await?;
        Ok(names)
    }

    /// The names of all roles of the account that begin like this.
    /// See <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html>.
    ///
    /// # Errors
    /// What AWS answered.
    pub async fn roles(&self, beginning: &str) -> Result<Vec<String>, AwsError> {
        let call = self.target.call(operation::LIST_ROLES, beginning);
        let mut names = Vec::new();
        let pages = self.iam.list_roles().into_paginator().stop_on_duplicate_token(false).send();
        let read = call.pages(pages, &[], |page| {
            names.extend(
                page.roles
                    .into_iter()
                    .map(|role| role.role_name)
                    .filter(|name| name.starts_with(beginning)),
            );
            Ok(page.marker.filter(|_| page.is_truncated))
        });
        read.await?;
        Ok(names)
    }

    /// A managed policy in its default version; none if there is no such policy.
    /// See <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html>.
    ///
    /// # Errors
    /// What AWS answered.
    pub async fn managed_policy(&self, arn: &str) -> Result<Option<Document>, AwsError> {
        let call = self.target.call(operation::GET_ROLES_POLICY, arn);
        let answer =
            call.found(self.iam.get_policy().policy_arn(arn).send().await, &["NoSuchEntity"])?;
        let Some(version) = answer.and_then(|found| found.policy?.default_version_id) else {
            return Ok(None);
        };
        let call = self.target.call(operation::GET_POLICY_VERSION, arn);
        let answer = self.iam.get_policy_version().policy_arn(arn).version_id(version).send().await;
        match call
            .found(answer, &["NoSuchEntity"])?
            .and_then(|found| found.policy_version?.document)
        {
            Some(text) => Ok(Some(document::parse_encoded(&call, &text)?)),
            None => Ok(None),
        }
    }
}

/// S3 says for the page as a whole whether there is another.
fn found<'a>(
    keys: impl Iterator<Item = &'a str>,
    encoding: Option<&EncodingType>,
    more: bool,
) -> Found {
    let keys: Vec<&str> = keys.collect();
    let examples = keys.iter().take(EXAMPLES).map(|key| key_text(key, encoding)).collect();
    Found { count: keys.len(), more, examples }
}

/// Keys are asked for URL-encoded, because they may hold characters that XML cannot; not every endpoint does it.
fn key_text(key: &str, encoding: Option<&EncodingType>) -> String {
    match encoding {
        Some(EncodingType::Url) => {
            percent_decode_str(&key.replace('+', " ")).decode_utf8_lossy().into_owned()
        }
        _ => key.to_owned(),
    }
}

fn region(call: &Call<'_>, code: Option<&str>) -> Result<Option<Region>, AwsError> {
    code.filter(|code| !code.is_empty()).map(|code| parse_region(call, code)).transpose()
}

fn parse_region(call: &Call<'_>, code: &str) -> Result<Region, AwsError> {
    Region::parse(code).map_err(|invalid| {
        call.error(AwsErrorKind::Other, format!("the answer's region {code:?} {}", invalid.problem))
    })
}
