//! Every setting changed by hand, one at a time.

use aws_sdk_s3::types::{
    AbortIncompleteMultipartUpload, BucketLifecycleConfiguration, BucketVersioningStatus,
    CorsConfiguration, ExpirationStatus, LifecycleRule, LifecycleRuleFilter, ObjectOwnership,
    OwnershipControls, OwnershipControlsRule, PublicAccessBlockConfiguration, ServerSideEncryption,
    ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration, ServerSideEncryptionRule,
    Tag, Tagging, TransitionDefaultMinimumObjectSize, VersioningConfiguration,
};

use super::Stack;
use crate::backend::{Backend, on_every_backend};

on_every_backend!(
    each_setting_of_the_bucket_is_planned_alone_and_mended,
    lifecycle_rules_are_planned_alone_and_mended,
    each_setting_of_the_role_is_planned_alone_and_mended,
    what_is_gone_is_made_again,
);

impl Stack {
    /// What was changed by hand is what the plan shows, no more, and applying it mends it.
    #[track_caller]
    fn mends<'a>(&'a self, settings: &'a [&'a str]) -> impl Future<Output = ()> + 'a {
        let caller = std::panic::Location::caller();
        async move {
            let plan = self.plan().await;
            let planned: Vec<&str> =
                plan.changes().iter().map(gatepass::provision::Change::setting).collect();
            assert_eq!(planned, settings, "{caller}\n{plan}");
            self.apply_plan(&plan).await;
        }
    }
}

fn tagging(tags: &[(&str, &str)]) -> Tagging {
    let tags = tags
        .iter()
        .map(|(key, value)| Tag::builder().key(*key).value(*value).build().unwrap())
        .collect();
    Tagging::builder().set_tag_set(Some(tags)).build().unwrap()
}

async fn each_setting_of_the_bucket_is_planned_alone_and_mended(backend: &Backend) {
    let stack = Stack::with_everything(backend, "drift").await;
    let (s3, bucket) = (&stack.s3, stack.bucket.as_str());

    let tags = tagging(&[("gatepass:contract", bucket), ("team", "mobile")]);
    s3.put_bucket_tagging().bucket(bucket).tagging(tags).send().await.unwrap();
    stack.mends(&["bucket_tags"]).await;

    let rule = OwnershipControlsRule::builder()
        .object_ownership(ObjectOwnership::ObjectWriter)
        .build()
        .unwrap();
    let controls = OwnershipControls::builder().rules(rule).build().unwrap();
    s3.put_bucket_ownership_controls()
        .bucket(bucket)
        .ownership_controls(controls)
        .send()
        .await
        .unwrap();
    stack.mends(&["ownership_controls"]).await;
    s3.delete_bucket_ownership_controls().bucket(bucket).send().await.unwrap();
    stack.mends(&["ownership_controls"]).await;

    let block = PublicAccessBlockConfiguration::builder()
        .block_public_acls(true)
        .ignore_public_acls(true)
        .block_public_policy(false)
        .restrict_public_buckets(true);
    s3.put_public_access_block()
        .bucket(bucket)
        .public_access_block_configuration(block.build())
        .send()
        .await
        .unwrap();
    stack.mends(&["public_access_block"]).await;
    s3.delete_public_access_block().bucket(bucket).send().await.unwrap();
    stack.mends(&["public_access_block"]).await;

    let by_default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::AwsKms)
        .build()
        .unwrap();
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(by_default)
        .bucket_key_enabled(true)
        .build();
    let encryption = ServerSideEncryptionConfiguration::builder().rules(rule).build().unwrap();
    s3.put_bucket_encryption()
        .bucket(bucket)
        .server_side_encryption_configuration(encryption)
        .send()
        .await
        .unwrap();
    stack.mends(&["encryption"]).await;

    let versioning =
        VersioningConfiguration::builder().status(BucketVersioningStatus::Suspended).build();
    s3.put_bucket_versioning()
        .bucket(bucket)
        .versioning_configuration(versioning)
        .send()
        .await
        .unwrap();
    stack.mends(&["versioning"]).await;

    s3.delete_bucket_cors().bucket(bucket).send().await.unwrap();
    stack.mends(&["cors"]).await;
    let cors = s3.get_bucket_cors().bucket(bucket).send().await.unwrap();
    let mut rule = cors.cors_rules()[0].clone();
    rule.allowed_origins = vec!["*".to_owned()];
    let cors = CorsConfiguration::builder().cors_rules(rule).build().unwrap();
    s3.put_bucket_cors().bucket(bucket).cors_configuration(cors).send().await.unwrap();
    stack.mends(&["cors"]).await;

    s3.delete_bucket_policy().bucket(bucket).send().await.unwrap();
    stack.mends(&["bucket_policy"]).await;
    let policy = s3.get_bucket_policy().bucket(bucket).send().await.unwrap().policy.unwrap();
    s3.put_bucket_policy()
        .bucket(bucket)
        .policy(policy.replace("900000", "3600000"))
        .send()
        .await
        .unwrap();
    stack.mends(&["bucket_policy"]).await;
    stack.destroy().await;
}

async fn lifecycle_rules_are_planned_alone_and_mended(backend: &Backend) {
    let stack = Stack::with_everything(backend, "lifecycle").await;
    let (s3, bucket) = (&stack.s3, stack.bucket.as_str());

    s3.delete_bucket_lifecycle().bucket(bucket).send().await.unwrap();
    stack.mends(&["lifecycle"]).await;

    let lifecycle = s3.get_bucket_lifecycle_configuration().bucket(bucket).send().await.unwrap();
    let put = async |rules: Vec<LifecycleRule>, size: TransitionDefaultMinimumObjectSize| {
        let configuration =
            BucketLifecycleConfiguration::builder().set_rules(Some(rules)).build().unwrap();
        let request = s3
            .put_bucket_lifecycle_configuration()
            .bucket(bucket)
            .transition_default_minimum_object_size(size);
        request.lifecycle_configuration(configuration).send().await.unwrap();
    };
    // no contract states it, and no rule of gatepass's moves objects
    put(lifecycle.rules().to_vec(), TransitionDefaultMinimumObjectSize::VariesByStorageClass).await;
    assert!(stack.plan().await.is_empty());
    put(lifecycle.rules()[1..].to_vec(), TransitionDefaultMinimumObjectSize::AllStorageClasses128K)
        .await;
    stack.mends(&["lifecycle"]).await;
    let mut rules = lifecycle.rules().to_vec();
    rules[0].status = ExpirationStatus::Disabled;
    let abort = AbortIncompleteMultipartUpload::builder().days_after_initiation(1).build();
    let left_over = LifecycleRule::builder()
        .id("gatepass-of-an-older-contract")
        .status(ExpirationStatus::Enabled);
    let left_over = left_over
        .filter(LifecycleRuleFilter::builder().prefix("old/").build())
        .abort_incomplete_multipart_upload(abort);
    rules.push(left_over.build().unwrap());
    put(rules, TransitionDefaultMinimumObjectSize::AllStorageClasses128K).await;
    stack.mends(&["lifecycle"]).await;
    stack.destroy().await;
}

async fn what_is_gone_is_made_again(backend: &Backend) {
    let stack = Stack::with_everything(backend, "gone").await;
    stack
        .iam
        .delete_role_policy()
        .role_name(&stack.role)
        .policy_name("gatepass-upload")
        .send()
        .await
        .unwrap();
    stack.mends(&["permissions_policy"]).await;
    stack
        .iam
        .delete_role_policy()
        .role_name(&stack.role)
        .policy_name("gatepass-upload")
        .send()
        .await
        .unwrap();
    stack.iam.delete_role().role_name(&stack.role).send().await.unwrap();
    stack.mends(&["role", "permissions_policy"]).await;

    stack.s3.delete_bucket().bucket(&stack.bucket).send().await.unwrap();
    let anew = [
        "bucket",
        "public_access_block",
        "encryption",
        "versioning",
        "lifecycle",
        "bucket_policy",
        "cors",
    ];
    stack.mends(&anew).await;
    stack.destroy().await;
}

async fn each_setting_of_the_role_is_planned_alone_and_mended(backend: &Backend) {
    let stack = Stack::with_everything(backend, "role").await;
    let (iam, role) = (&stack.iam, stack.role.as_str());

    let team = aws_sdk_iam::types::Tag::builder().key("team").value("mobile").build().unwrap();
    iam.tag_role().role_name(role).tags(team).send().await.unwrap();
    stack.mends(&["role_tags"]).await;
    iam.untag_role().role_name(role).tag_keys("team").send().await.unwrap();
    stack.mends(&["role_tags"]).await;

    iam.update_role()
        .role_name(role)
        .description("mine")
        .max_session_duration(7200)
        .send()
        .await
        .unwrap();
    stack.mends(&["role_settings"]).await;
    let description =
        iam.get_role().role_name(role).send().await.unwrap().role.unwrap().description.unwrap();
    iam.update_role()
        .role_name(role)
        .description(description)
        .max_session_duration(43_200)
        .send()
        .await
        .unwrap();
    stack.mends(&["role_settings"]).await;

    iam.delete_role_permissions_boundary().role_name(role).send().await.unwrap();
    stack.mends(&["permissions_boundary"]).await;

    let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;
    iam.update_assume_role_policy().role_name(role).policy_document(trust).send().await.unwrap();
    stack.mends(&["trust_policy"]).await;

    let wide = r#"{"Version":"2012-10-17","Statement":[{"Sid":"GatepassUpload","Effect":"Allow","Action":"s3:*","Resource":"*"}]}"#;
    iam.put_role_policy()
        .role_name(role)
        .policy_name("gatepass-upload")
        .policy_document(wide)
        .send()
        .await
        .unwrap();
    stack.mends(&["permissions_policy"]).await;
    stack.destroy().await;
}
