//! Buckets of the account regional namespace.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::BucketNamespace;

use super::*;

const NAME: &str = "acme-111122223333-eu-central-1-an";

async fn create_in(
    s3: &aws_sdk_s3::Client,
    name: &str,
    namespace: Option<&str>,
) -> Result<(), String> {
    let constraint = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::from(REGION))
        .build();
    let create = s3.create_bucket().bucket(name).create_bucket_configuration(constraint);
    let create = create.set_bucket_namespace(namespace.map(BucketNamespace::from));
    create.send().await.map(|_| ()).map_err(|error| {
        let status =
            error.raw_response().map(|response| response.status().as_u16()).unwrap_or_default();
        format!("{status} {}", code(&error))
    })
}

#[tokio::test]
async fn the_namespace_header_and_the_name_agree() {
    let running = Running::start().await;
    let s3 = running.s3();
    let mut told = Vec::new();
    for name in [
        "bucket-1",
        NAME,
        "acme-444455556666-eu-central-1-an",
        "acme-111122223333-eu-west-1-an",
        "acme-an",
        "xn--acme-111122223333-eu-central-1-an",
        "acme--table-s3",
    ] {
        for namespace in [None, Some("global"), Some("account-regional"), Some("account_regional")]
        {
            let answer = create_in(&s3, name, namespace).await;
            told.push(format!(
                "{name} {}: {}",
                namespace.unwrap_or("-"),
                answer.map_or_else(|error| error, |()| "created".to_owned())
            ));
        }
    }
    insta::assert_snapshot!(told.join("\n"), @"
    bucket-1 -: created
    bucket-1 global: 409 BucketAlreadyOwnedByYou
    bucket-1 account-regional: 400 InvalidNamespaceHeader
    bucket-1 account_regional: 400 InvalidArgument
    acme-111122223333-eu-central-1-an -: 400 MissingNamespaceHeader
    acme-111122223333-eu-central-1-an global: 400 MissingNamespaceHeader
    acme-111122223333-eu-central-1-an account-regional: created
    acme-111122223333-eu-central-1-an account_regional: 400 InvalidArgument
    acme-444455556666-eu-central-1-an -: 400 MissingNamespaceHeader
    acme-444455556666-eu-central-1-an global: 400 MissingNamespaceHeader
    acme-444455556666-eu-central-1-an account-regional: 400 InvalidBucketNamespace
    acme-444455556666-eu-central-1-an account_regional: 400 InvalidArgument
    acme-111122223333-eu-west-1-an -: 400 MissingNamespaceHeader
    acme-111122223333-eu-west-1-an global: 400 MissingNamespaceHeader
    acme-111122223333-eu-west-1-an account-regional: 400 InvalidBucketNamespace
    acme-111122223333-eu-west-1-an account_regional: 400 InvalidArgument
    acme-an -: 400 MissingNamespaceHeader
    acme-an global: 400 MissingNamespaceHeader
    acme-an account-regional: 400 InvalidBucketNamespace
    acme-an account_regional: 400 InvalidArgument
    xn--acme-111122223333-eu-central-1-an -: 400 InvalidBucketName
    xn--acme-111122223333-eu-central-1-an global: 400 InvalidBucketName
    xn--acme-111122223333-eu-central-1-an account-regional: 400 InvalidBucketName
    xn--acme-111122223333-eu-central-1-an account_regional: 400 InvalidBucketName
    acme--table-s3 -: 400 InvalidBucketName
    acme--table-s3 global: 400 InvalidBucketName
    acme--table-s3 account-regional: 400 InvalidNamespaceHeader
    acme--table-s3 account_regional: 400 InvalidArgument
    ");
    assert_eq!(
        create_in(&s3, NAME, Some("account-regional")).await.unwrap_err(),
        "409 BucketAlreadyOwnedByYou"
    );

    s3.head_bucket().bucket(NAME).send().await.unwrap();
    s3.put_object()
        .bucket(NAME)
        .key("k")
        .body(ByteStream::from_static(b"content"))
        .send()
        .await
        .unwrap();
    let content =
        s3.get_object().bucket(NAME).key("k").send().await.unwrap().body.collect().await.unwrap();
    assert_eq!(content.into_bytes().as_ref(), b"content");
}

/// In the global namespace of us-east-1 it is no error.
#[tokio::test]
async fn an_account_regional_bucket_is_not_created_twice_in_us_east_1() {
    let dir = tempfile::tempdir().unwrap();
    let backend = Backend::start(BackendOptions {
        region: Region::parse("us-east-1").unwrap(),
        ..options(dir.path())
    })
    .await
    .unwrap();
    let running = Running { backend, dir };
    let config =
        running.config(root()).to_builder().region(aws_config::Region::new("us-east-1")).build();
    let s3 = s3_client(&config);
    s3.create_bucket().bucket("bucket-1").send().await.unwrap();
    s3.create_bucket().bucket("bucket-1").send().await.unwrap();
    let create = || {
        s3.create_bucket()
            .bucket("acme-111122223333-us-east-1-an")
            .bucket_namespace(BucketNamespace::AccountRegional)
    };
    create().send().await.unwrap();
    assert_eq!(code(&create().send().await.unwrap_err()), "BucketAlreadyOwnedByYou");
}

/// How organizations require the namespace.
#[tokio::test]
async fn a_policy_can_require_the_namespace() {
    let running = Running::start().await;
    let policy = r#"{"Version":"2012-10-17","Statement":[
        {"Effect":"Allow","Action":"s3:*","Resource":"*"},
        {"Effect":"Deny","Action":"s3:CreateBucket","Resource":"*",
         "Condition":{"StringNotEquals":{"s3:x-amz-bucket-namespace":"account-regional"}}}]}"#;
    let app = s3_client(&running.config(session_of(&running, "app", policy, None).await));
    assert_eq!(create_in(&app, "bucket-1", None).await.unwrap_err(), "403 AccessDenied");
    assert_eq!(create_in(&app, "bucket-1", Some("global")).await.unwrap_err(), "403 AccessDenied");
    create_in(&app, NAME, Some("account-regional")).await.unwrap();
}
