//! The configuration of buckets: what is put comes back, what is wrong is refused, and all of it is found after a restart.

use aws_sdk_s3::types::*;

use super::*;

const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Deny","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket-1/*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}"#;

#[tokio::test]
async fn a_new_bucket_has_the_defaults_of_today() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    assert_eq!(
        s3.head_bucket().bucket("bucket-1").send().await.unwrap().bucket_region(),
        Some(REGION)
    );
    let location = s3.get_bucket_location().bucket("bucket-1").send().await.unwrap();
    assert_eq!(location.location_constraint().unwrap().as_str(), REGION);
    let ownership = s3.get_bucket_ownership_controls().bucket("bucket-1").send().await.unwrap();
    assert_eq!(
        ownership.ownership_controls().unwrap().rules()[0].object_ownership(),
        &ObjectOwnership::BucketOwnerEnforced
    );
    let block = s3.get_public_access_block().bucket("bucket-1").send().await.unwrap();
    let block = block.public_access_block_configuration().unwrap();
    let all = [
        block.block_public_acls(),
        block.ignore_public_acls(),
        block.block_public_policy(),
        block.restrict_public_buckets(),
    ];
    assert_eq!(all, [Some(true); 4]);
    let encryption = s3.get_bucket_encryption().bucket("bucket-1").send().await.unwrap();
    let rule = &encryption.server_side_encryption_configuration().unwrap().rules()[0];
    assert_eq!(
        rule.apply_server_side_encryption_by_default().unwrap().sse_algorithm(),
        &ServerSideEncryption::Aes256
    );
    assert!(s3.get_bucket_versioning().bucket("bucket-1").send().await.unwrap().status().is_none());
    assert_eq!(
        code(&s3.get_bucket_lifecycle_configuration().bucket("bucket-1").send().await.unwrap_err()),
        "NoSuchLifecycleConfiguration"
    );
    assert_eq!(
        code(&s3.get_bucket_cors().bucket("bucket-1").send().await.unwrap_err()),
        "NoSuchCORSConfiguration"
    );
    assert_eq!(
        code(&s3.get_bucket_tagging().bucket("bucket-1").send().await.unwrap_err()),
        "NoSuchTagSet"
    );
    assert_eq!(
        code(&s3.get_bucket_policy().bucket("bucket-1").send().await.unwrap_err()),
        "NoSuchBucketPolicy"
    );
    let listed = s3.list_buckets().send().await.unwrap();
    assert_eq!(listed.buckets().iter().filter_map(Bucket::name).collect::<Vec<_>>(), ["bucket-1"]);
}

#[tokio::test]
async fn a_bucket_is_made_in_the_backends_region_only_and_once() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let wanted = |region: &str| {
        CreateBucketConfiguration::builder()
            .location_constraint(BucketLocationConstraint::from(region))
            .build()
    };
    assert_eq!(create_bucket(&s3, "bucket-1").await.unwrap_err(), "BucketAlreadyOwnedByYou");
    assert_eq!(
        code(&s3.create_bucket().bucket("bucket-2").send().await.unwrap_err()),
        "IllegalLocationConstraintException"
    );
    for (region, refusal) in [
        ("eu-west-1", "IllegalLocationConstraintException"),
        ("us-east-1", "InvalidLocationConstraint"),
        ("mars", "InvalidLocationConstraint"),
    ] {
        let error = s3
            .create_bucket()
            .bucket("bucket-2")
            .create_bucket_configuration(wanted(region))
            .send()
            .await
            .unwrap_err();
        assert_eq!(code(&error), refusal);
    }
    assert_eq!(create_bucket(&s3, "Bucket_2").await.unwrap_err(), "InvalidBucketName");
    assert_eq!(
        code(&s3.get_bucket_cors().bucket("bucket-2").send().await.unwrap_err()),
        "NoSuchBucket"
    );
}

#[tokio::test]
async fn every_setting_comes_back_as_it_was_put_and_after_a_restart() {
    let running = Running::with_bucket("bucket-1").await;
    put_everything(&running.s3()).await;
    check_everything(&running.s3()).await;
    let Running { backend, dir } = running;
    backend.shutdown().await;
    let backend = Backend::start(options(dir.path())).await.unwrap();
    check_everything(&Running { backend, dir }.s3()).await;
}

async fn put_everything(s3: &aws_sdk_s3::Client) {
    let rule = OwnershipControlsRule::builder()
        .object_ownership(ObjectOwnership::BucketOwnerPreferred)
        .build()
        .unwrap();
    let controls = OwnershipControls::builder().rules(rule).build().unwrap();
    s3.put_bucket_ownership_controls()
        .bucket("bucket-1")
        .ownership_controls(controls)
        .send()
        .await
        .unwrap();
    let block = PublicAccessBlockConfiguration::builder().block_public_acls(true).build();
    s3.put_public_access_block()
        .bucket("bucket-1")
        .public_access_block_configuration(block)
        .send()
        .await
        .unwrap();
    let default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::AwsKms)
        .kms_master_key_id("arn:aws:kms:eu-central-1:111122223333:key/a")
        .build()
        .unwrap();
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(default)
        .bucket_key_enabled(true)
        .build();
    let encryption = ServerSideEncryptionConfiguration::builder().rules(rule).build().unwrap();
    s3.put_bucket_encryption()
        .bucket("bucket-1")
        .server_side_encryption_configuration(encryption)
        .send()
        .await
        .unwrap();
    let versioning =
        VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    s3.put_bucket_versioning()
        .bucket("bucket-1")
        .versioning_configuration(versioning)
        .send()
        .await
        .unwrap();
    let rule = LifecycleRule::builder()
        .id("gatepass-abort")
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("uploads/").build())
        .abort_incomplete_multipart_upload(
            AbortIncompleteMultipartUpload::builder().days_after_initiation(1).build(),
        )
        .build()
        .unwrap();
    let lifecycle = BucketLifecycleConfiguration::builder().rules(rule).build().unwrap();
    s3.put_bucket_lifecycle_configuration()
        .bucket("bucket-1")
        .lifecycle_configuration(lifecycle)
        .transition_default_minimum_object_size(
            TransitionDefaultMinimumObjectSize::VariesByStorageClass,
        )
        .send()
        .await
        .unwrap();
    let tag = |key: &str, value: &str| Tag::builder().key(key).value(value).build().unwrap();
    let tagging = Tagging::builder()
        .tag_set(tag("gatepass:contract", "bucket-1"))
        .tag_set(tag("team", "web + more"))
        .build()
        .unwrap();
    s3.put_bucket_tagging().bucket("bucket-1").tagging(tagging).send().await.unwrap();
    let rule = CorsRule::builder()
        .id("gatepass-upload")
        .allowed_origins("https://app.example.com")
        .allowed_methods("PUT")
        .allowed_headers("content-type")
        .expose_headers("ETag")
        .max_age_seconds(300)
        .build()
        .unwrap();
    let cors = CorsConfiguration::builder().cors_rules(rule).build().unwrap();
    s3.put_bucket_cors().bucket("bucket-1").cors_configuration(cors).send().await.unwrap();
    s3.put_bucket_policy().bucket("bucket-1").policy(POLICY).send().await.unwrap();
}

async fn check_everything(s3: &aws_sdk_s3::Client) {
    let ownership = s3.get_bucket_ownership_controls().bucket("bucket-1").send().await.unwrap();
    assert_eq!(
        ownership.ownership_controls().unwrap().rules()[0].object_ownership(),
        &ObjectOwnership::BucketOwnerPreferred
    );
    let block = s3.get_public_access_block().bucket("bucket-1").send().await.unwrap();
    let block = block.public_access_block_configuration().unwrap();
    assert_eq!((block.block_public_acls(), block.ignore_public_acls()), (Some(true), Some(false)));
    let encryption = s3.get_bucket_encryption().bucket("bucket-1").send().await.unwrap();
    let rule = &encryption.server_side_encryption_configuration().unwrap().rules()[0];
    assert_eq!(rule.bucket_key_enabled(), Some(true));
    assert_eq!(
        rule.apply_server_side_encryption_by_default().unwrap().kms_master_key_id(),
        Some("arn:aws:kms:eu-central-1:111122223333:key/a")
    );
    let versioning = s3.get_bucket_versioning().bucket("bucket-1").send().await.unwrap();
    assert_eq!(versioning.status(), Some(&BucketVersioningStatus::Enabled));
    let lifecycle =
        s3.get_bucket_lifecycle_configuration().bucket("bucket-1").send().await.unwrap();
    assert_eq!(
        lifecycle.transition_default_minimum_object_size(),
        Some(&TransitionDefaultMinimumObjectSize::VariesByStorageClass)
    );
    let rule = &lifecycle.rules()[0];
    assert_eq!(rule.id(), Some("gatepass-abort"));
    assert_eq!(rule.filter().unwrap().prefix(), Some("uploads/"));
    assert_eq!(rule.abort_incomplete_multipart_upload().unwrap().days_after_initiation(), Some(1));
    let tags = s3.get_bucket_tagging().bucket("bucket-1").send().await.unwrap();
    let tags: Vec<_> = tags.tag_set().iter().map(|tag| (tag.key(), tag.value())).collect();
    assert_eq!(tags, [("gatepass:contract", "bucket-1"), ("team", "web + more")]);
    let cors = s3.get_bucket_cors().bucket("bucket-1").send().await.unwrap();
    let rule = &cors.cors_rules()[0];
    assert_eq!((rule.id(), rule.max_age_seconds()), (Some("gatepass-upload"), Some(300)));
    assert_eq!(rule.allowed_origins(), ["https://app.example.com"]);
    let policy = s3.get_bucket_policy().bucket("bucket-1").send().await.unwrap();
    assert_eq!(policy.policy(), Some(POLICY));
    let status = s3.get_bucket_policy_status().bucket("bucket-1").send().await.unwrap();
    assert_eq!(status.policy_status().unwrap().is_public(), Some(false));
}

#[tokio::test]
async fn wrong_configuration_is_refused_with_s3s_codes() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let put_policy = |policy: &str| s3.put_bucket_policy().bucket("bucket-1").policy(policy).send();
    assert_eq!(code(&put_policy("{").await.unwrap_err()), "MalformedPolicy");
    assert_eq!(
        code(&put_policy(&POLICY.replace("bucket-1", "another")).await.unwrap_err()),
        "MalformedPolicy"
    );
    let public = r#"{"Statement":[{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket-1/*"}]}"#;
    assert_eq!(code(&put_policy(public).await.unwrap_err()), "AccessDenied");
    s3.delete_public_access_block().bucket("bucket-1").send().await.unwrap();
    assert_eq!(
        code(&s3.get_public_access_block().bucket("bucket-1").send().await.unwrap_err()),
        "NoSuchPublicAccessBlockConfiguration"
    );
    put_policy(public).await.unwrap();
    let status = s3.get_bucket_policy_status().bucket("bucket-1").send().await.unwrap();
    assert_eq!(status.policy_status().unwrap().is_public(), Some(true));

    let rule = CorsRule::builder()
        .allowed_origins("https://a.test")
        .allowed_methods("OPTIONS")
        .build()
        .unwrap();
    let cors = CorsConfiguration::builder().cors_rules(rule).build().unwrap();
    assert_eq!(
        code(
            &s3.put_bucket_cors()
                .bucket("bucket-1")
                .cors_configuration(cors)
                .send()
                .await
                .unwrap_err()
        ),
        "InvalidRequest"
    );
    let error = s3
        .get_bucket_cors()
        .bucket("bucket-1")
        .expected_bucket_owner("999999999999")
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&error), "AccessDenied");
}
