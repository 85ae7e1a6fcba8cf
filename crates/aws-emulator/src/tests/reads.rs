//! What a read is told beside the bytes, and what it does not get.

use aws_sdk_s3::primitives::{ByteStream, DateTime};
use aws_sdk_s3::types::*;
use reqwest::Method;

use super::signing::ByHand;
use super::*;

#[tokio::test]
async fn an_archived_object_cannot_be_read() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let put = |key: &str, class: StorageClass| {
        s3.put_object().bucket("bucket-1").key(key).storage_class(class).send()
    };
    put("cold", StorageClass::DeepArchive).await.unwrap();
    put("warm", StorageClass::GlacierIr).await.unwrap();
    let refused = s3.get_object().bucket("bucket-1").key("cold").send().await.unwrap_err();
    let raw = refused.raw_response().unwrap();
    assert_eq!((code(&refused).as_str(), raw.status().as_u16()), ("InvalidObjectState", 403));
    assert!(
        std::str::from_utf8(raw.body().bytes().unwrap())
            .unwrap()
            .contains("<StorageClass>DEEP_ARCHIVE</StorageClass>")
    );
    let copied = s3
        .copy_object()
        .bucket("bucket-1")
        .key("to")
        .copy_source("bucket-1/cold")
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&copied), "InvalidObjectState");
    let head = s3.head_object().bucket("bucket-1").key("cold").send().await.unwrap();
    assert_eq!(head.storage_class(), Some(&StorageClass::DeepArchive));
    s3.get_object().bucket("bucket-1").key("warm").send().await.unwrap();
    let restore = s3
        .restore_object()
        .bucket("bucket-1")
        .key("warm")
        .restore_request(RestoreRequest::builder().days(1).build());
    assert_eq!(code(&restore.send().await.unwrap_err()), "InvalidObjectState");
}

#[tokio::test]
async fn a_time_to_come_is_no_condition() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    s3.put_object().bucket("bucket-1").key("k").send().await.unwrap();
    let since = |seconds: i64| {
        s3.get_object()
            .bucket("bucket-1")
            .key("k")
            .if_modified_since(DateTime::from_secs(seconds))
            .send()
    };
    let now = time::OffsetDateTime::now_utc().unix_timestamp();
    since(now + 3600).await.unwrap();
    assert_eq!(since(now).await.unwrap_err().raw_response().unwrap().status().as_u16(), 304);
}

#[tokio::test]
async fn what_was_made_without_versioning_is_the_version_null() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    s3.put_object().bucket("bucket-1").key("k").send().await.unwrap();
    assert_eq!(
        s3.head_object().bucket("bucket-1").key("k").send().await.unwrap().version_id(),
        None
    );
    let versioning =
        VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    s3.put_bucket_versioning()
        .bucket("bucket-1")
        .versioning_configuration(versioning)
        .send()
        .await
        .unwrap();
    assert_eq!(
        s3.head_object().bucket("bucket-1").key("k").send().await.unwrap().version_id(),
        Some("null")
    );
    assert_eq!(
        s3.get_object().bucket("bucket-1").key("k").send().await.unwrap().version_id(),
        Some("null")
    );
}

#[tokio::test]
async fn a_lifecycle_rule_says_when_an_object_would_go() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let rule = |id: &str, filter: LifecycleRuleFilter, days: i32| {
        let rule = LifecycleRule::builder().id(id).status(ExpirationStatus::Enabled).filter(filter);
        rule.expiration(LifecycleExpiration::builder().days(days).build()).build().unwrap()
    };
    let tag = Tag::builder().key("kind").value("draft").build().unwrap();
    let rules = BucketLifecycleConfiguration::builder()
        .rules(rule("all of it", LifecycleRuleFilter::builder().prefix("a/").build(), 10))
        .rules(rule("drafts", LifecycleRuleFilter::builder().tag(tag).build(), 2))
        .build()
        .unwrap();
    s3.put_bucket_lifecycle_configuration()
        .bucket("bucket-1")
        .lifecycle_configuration(rules)
        .send()
        .await
        .unwrap();
    let put =
        |key: &str| s3.put_object().bucket("bucket-1").key(key).body(ByteStream::from_static(b"x"));
    assert_eq!(put("b").send().await.unwrap().expiration(), None);
    let told = put("a/x").send().await.unwrap().expiration.unwrap();
    assert!(
        told.starts_with("expiry-date=\"")
            && told.ends_with(" 00:00:00 GMT\", rule-id=\"all+of+it\""),
        "{told}"
    );
    let sooner = put("a/x").tagging("kind=draft").send().await.unwrap().expiration.unwrap();
    assert!(sooner.ends_with("rule-id=\"drafts\""), "{sooner}");
    assert_eq!(
        s3.head_object().bucket("bucket-1").key("a/x").send().await.unwrap().expiration(),
        Some(sooner.as_str())
    );
    assert_eq!(
        s3.get_object().bucket("bucket-1").key("a/x").send().await.unwrap().expiration(),
        Some(sooner.as_str())
    );
}

#[tokio::test]
async fn documents_are_checked_by_their_digests() {
    let running = Running::with_bucket("bucket-1").await;
    let told =
        async |method: Method, path: &'static str, body: &[u8], header: (&'static str, &str)| {
            let mut request = ByHand::new(method, path, body);
            request.signed = vec![(header.0, header.1.to_owned())];
            request.send(&running).await.told()
        };
    let tagging = b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>";
    let put = async |name: &'static str, value: &str| {
        told(Method::PUT, "/bucket-1?tagging=", tagging, (name, value)).await
    };
    assert_eq!(put("content-md5", "nonsense").await, "400 InvalidDigest");
    assert_eq!(put("content-md5", "CY9rzUYh03PK3k6DJie09g==").await, "400 BadDigest");
    assert_eq!(put("x-amz-checksum-crc32", "AAAAAA==").await, "400 BadDigest");
    assert_eq!(put("x-amz-checksum-crc32", "nonsense").await, "400 InvalidRequest");
    assert_eq!(put("content-md5", "jqzPL3CP1xqTN8blcrX3gg==").await, "204");
    let delete = b"<Delete><Object><Key>k</Key></Object></Delete>";
    assert_eq!(
        told(Method::POST, "/bucket-1?delete=", delete, ("x-amz-meta-a", "b")).await,
        "400 InvalidRequest"
    );
    let owner = told(Method::GET, "/bucket-1", b"", ("x-amz-expected-bucket-owner", "me")).await;
    assert_eq!(owner, "400 InvalidBucketOwnerAWSAccountID");
}

#[tokio::test]
async fn an_object_names_the_kms_key_that_it_would_be_encrypted_with() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let put = || {
        s3.put_object()
            .bucket("bucket-1")
            .key("k")
            .server_side_encryption(ServerSideEncryption::AwsKms)
    };
    let id = "1234abcd-12ab-34cd-56ef-1234567890ab";
    let arn = format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/{id}");
    assert_eq!(put().ssekms_key_id(id).send().await.unwrap().ssekms_key_id(), Some(arn.as_str()));
    assert_eq!(put().ssekms_key_id(&arn).send().await.unwrap().ssekms_key_id(), Some(arn.as_str()));
    let of_aws = put().send().await.unwrap().ssekms_key_id.unwrap();
    assert!(
        of_aws.starts_with(&format!("arn:aws:kms:{REGION}:{ACCOUNT}:key/"))
            && of_aws.len() == arn.len(),
        "{of_aws}"
    );
    assert_eq!(
        s3.head_object().bucket("bucket-1").key("k").send().await.unwrap().ssekms_key_id(),
        Some(of_aws.as_str())
    );
    s3.put_object().bucket("bucket-1").key("k").send().await.unwrap();
    assert_eq!(
        s3.head_object().bucket("bucket-1").key("k").send().await.unwrap().ssekms_key_id(),
        None
    );
}
