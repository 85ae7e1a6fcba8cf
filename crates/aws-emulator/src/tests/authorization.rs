//! Who may do what: identity policies, boundaries, session policies, bucket policies, the root user and strangers.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    Delete, ObjectIdentifier, PublicAccessBlockConfiguration, Tag as S3Tag, Tagging,
};

use super::*;

const ANYTHING: &str = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;

fn allow(action: &str, resource: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"{action}","Resource":"{resource}"}}}}"#
    )
}

async fn put_policy(running: &Running, statements: &str) {
    let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{statements}]}}"#);
    running.s3().put_bucket_policy().bucket("bucket-1").policy(policy).send().await.unwrap();
}

async fn put(s3: &aws_sdk_s3::Client, key: &str) -> Result<(), String> {
    let put = s3.put_object().bucket("bucket-1").key(key).body(ByteStream::from_static(b"x"));
    put.send().await.map(|_| ()).map_err(|error| message(&error))
}

/// What a refusal says.
fn message<E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
    error: &SdkError<E, R>,
) -> String {
    format!("{}: {}", code(error), error.message().unwrap_or_default())
}

const REFUSED: &str = "AccessDenied: User: arn:aws:sts::111122223333:assumed-role/app/one is not authorized to perform: ";

#[tokio::test]
async fn a_role_may_do_what_its_policies_allow_and_nothing_else() {
    let running = Running::with_bucket("bucket-1").await;
    let credentials = session_of(
        &running,
        "app",
        &allow("s3:PutObject", "arn:aws:s3:::bucket-1/uploads/*"),
        None,
    )
    .await;
    let app = s3_client(&running.config(credentials));
    put(&app, "uploads/a").await.unwrap();
    assert_eq!(
        put(&app, "other/a").await.unwrap_err(),
        format!(
            "{REFUSED}s3:PutObject on resource: \"arn:aws:s3:::bucket-1/other/a\" because no identity-based policy allows the s3:PutObject action"
        )
    );
    assert_eq!(
        code(&app.get_object().bucket("bucket-1").key("uploads/a").send().await.unwrap_err()),
        "AccessDenied"
    );
    assert_eq!(
        code(&app.delete_object().bucket("bucket-1").key("uploads/a").send().await.unwrap_err()),
        "AccessDenied"
    );
    assert_eq!(
        code(&app.list_objects_v2().bucket("bucket-1").send().await.unwrap_err()),
        "AccessDenied"
    );
    assert_eq!(code(&app.list_buckets().send().await.unwrap_err()), "AccessDenied");
    assert_eq!(
        code(&app.get_bucket_policy().bucket("bucket-1").send().await.unwrap_err()),
        "AccessDenied"
    );
    assert_eq!(create_bucket(&app, "bucket-2").await.unwrap_err(), "AccessDenied");
    assert_eq!(
        code(&app.list_objects_v2().bucket("no-such-bucket").send().await.unwrap_err()),
        "NoSuchBucket"
    );
    // a change of the policies counts from the next request on
    running
        .iam()
        .put_role_policy()
        .role_name("app")
        .policy_name("all")
        .policy_document(ANYTHING)
        .send()
        .await
        .unwrap();
    put(&app, "other/a").await.unwrap();
    running.iam().delete_role_policy().role_name("app").policy_name("all").send().await.unwrap();
    assert!(put(&app, "uploads/a").await.is_err());
}

#[tokio::test]
async fn an_explicit_deny_and_every_limit_wins() {
    let running = Running::with_bucket("bucket-1").await;
    let both = r#"{"Statement":[{"Effect":"Allow","Action":"s3:*","Resource":"*"},{"Effect":"Deny","Action":"s3:*","Resource":"arn:aws:s3:::*/secret/*"}]}"#;
    let app = s3_client(&running.config(session_of(&running, "app", both, None).await));
    put(&app, "a").await.unwrap();
    assert!(
        put(&app, "secret/a")
            .await
            .unwrap_err()
            .ends_with("with an explicit deny in an identity-based policy")
    );

    let narrow =
        assume(&running, "app", Some(&allow("s3:PutObject", "arn:aws:s3:::bucket-1/mine/*"))).await;
    let narrow = s3_client(&running.config(narrow));
    put(&narrow, "mine/a").await.unwrap();
    assert!(
        put(&narrow, "a")
            .await
            .unwrap_err()
            .ends_with("because no session policy allows the s3:PutObject action")
    );

    let iam = running.iam();
    let boundary = iam
        .create_policy()
        .policy_name("limit")
        .policy_document(allow("s3:GetObject", "*"))
        .send()
        .await
        .unwrap();
    let arn = boundary.policy().unwrap().arn().unwrap().to_owned();
    iam.put_role_permissions_boundary()
        .role_name("app")
        .permissions_boundary(&arn)
        .send()
        .await
        .unwrap();
    app.get_object().bucket("bucket-1").key("a").send().await.unwrap();
    assert!(
        put(&app, "a")
            .await
            .unwrap_err()
            .ends_with("because no permissions boundary allows the s3:PutObject action")
    );
}

#[tokio::test]
async fn managed_policies_count_in_their_default_version() {
    let running = Running::with_bucket("bucket-1").await;
    let app =
        s3_client(&running.config(session_of(&running, "app", &allow("sns:*", "*"), None).await));
    assert!(put(&app, "a").await.is_err());
    let iam = running.iam();
    let policy = iam
        .create_policy()
        .policy_name("uploads")
        .policy_document(allow("s3:PutObject", "*"))
        .send()
        .await
        .unwrap();
    iam.attach_role_policy()
        .role_name("app")
        .policy_arn(policy.policy().unwrap().arn().unwrap())
        .send()
        .await
        .unwrap();
    put(&app, "a").await.unwrap();
    assert_eq!(
        code(&app.get_object().bucket("bucket-1").key("a").send().await.unwrap_err()),
        "AccessDenied"
    );
    iam.attach_role_policy()
        .role_name("app")
        .policy_arn("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
        .send()
        .await
        .unwrap();
    app.get_object().bucket("bucket-1").key("a").send().await.unwrap();
}

#[tokio::test]
async fn a_bucket_policy_denies_by_condition_the_root_user_too() {
    let running = Running::with_bucket("bucket-1").await;
    let app = s3_client(&running.config(session_of(&running, "app", ANYTHING, None).await));
    let deny = |condition: &str| {
        format!(
            r#"{{"Sid":"No","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::bucket-1/*","Condition":{condition}}}"#
        )
    };
    let outcome = async |condition: &str| {
        put_policy(&running, &deny(condition)).await;
        (put(&running.s3(), "a").await.is_ok(), put(&app, "a").await.is_ok())
    };
    let role = r#"{"ArnEquals":{"aws:PrincipalArn":"arn:aws:iam::111122223333:role/app"}}"#;
    assert_eq!(outcome(role).await, (true, false));
    assert_eq!(outcome(r#"{"Bool":{"aws:SecureTransport":"false"}}"#).await, (false, false));
    assert_eq!(outcome(r#"{"Null":{"s3:TlsVersion":"false"}}"#).await, (true, true));
    assert_eq!(outcome(r#"{"StringEquals":{"s3:authType":"REST-HEADER"}}"#).await, (false, false));
    assert_eq!(outcome(r#"{"StringEquals":{"s3:signatureversion":"AWS"}}"#).await, (true, true));
    assert_eq!(outcome(r#"{"NumericGreaterThan":{"s3:signatureAge":"0"}}"#).await, (true, true));
    assert_eq!(
        outcome(
            r#"{"Null":{"s3:if-none-match":"true"},"Bool":{"s3:ObjectCreationOperation":"true"}}"#
        )
        .await,
        (false, false)
    );
    assert_eq!(outcome(r#"{"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}}"#).await, (false, false));
    assert_eq!(
        outcome(r#"{"StringEquals":{"aws:PrincipalType":"AssumedRole"}}"#).await,
        (true, false)
    );
    assert_eq!(outcome(r#"{"StringLike":{"aws:userid":"AROA*:one"}}"#).await, (true, false));
    assert_eq!(
        outcome(r#"{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}"#).await,
        (true, true)
    );
    assert_eq!(
        outcome(r#"{"StringEquals":{"aws:ResourceAccount":"111122223333"}}"#).await,
        (false, false)
    );
    assert_eq!(
        outcome(r#"{"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}"#).await,
        (false, false)
    );
    assert_eq!(
        outcome(r#"{"DateLessThan":{"aws:TokenIssueTime":"2099-01-01T00:00:00Z"}}"#).await,
        (true, false)
    );
    let refused = put(&app, "a").await.unwrap_err();
    assert!(refused.ends_with("on resource: \"arn:aws:s3:::bucket-1/a\" with an explicit deny in a resource-based policy"), "{refused}");
}

#[tokio::test]
async fn a_bucket_policy_sees_what_is_asked_for() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let deny = |action: &str, condition: &str| {
        format!(
            r#"{{"Effect":"Deny","Principal":"*","Action":"{action}","Resource":["arn:aws:s3:::bucket-1","arn:aws:s3:::bucket-1/*"],"Condition":{condition}}}"#
        )
    };
    put_policy(&running, &deny("s3:ListBucket", r#"{"StringNotLike":{"s3:prefix":"mine/*"}}"#))
        .await;
    assert_eq!(
        code(&s3.list_objects_v2().bucket("bucket-1").send().await.unwrap_err()),
        "AccessDenied"
    );
    assert_eq!(
        code(&s3.list_objects_v2().bucket("bucket-1").prefix("yours/").send().await.unwrap_err()),
        "AccessDenied"
    );
    s3.list_objects_v2().bucket("bucket-1").prefix("mine/a").send().await.unwrap();

    put_policy(
        &running,
        &deny("s3:PutObject", r#"{"StringEquals":{"s3:x-amz-server-side-encryption":"AES256"}}"#),
    )
    .await;
    let aes = aws_sdk_s3::types::ServerSideEncryption::Aes256;
    let encrypted = s3.put_object().bucket("bucket-1").key("a").server_side_encryption(aes).send();
    assert_eq!(code(&encrypted.await.unwrap_err()), "AccessDenied");
    put(&s3, "a").await.unwrap();

    put_policy(
        &running,
        &deny(
            "s3:PutObject*",
            r#"{"ForAnyValue:StringEquals":{"s3:RequestObjectTagKeys":"secret"}}"#,
        ),
    )
    .await;
    assert_eq!(
        code(
            &s3.put_object()
                .bucket("bucket-1")
                .key("a")
                .tagging("secret=1")
                .send()
                .await
                .unwrap_err()
        ),
        "AccessDenied"
    );
    s3.put_object().bucket("bucket-1").key("a").tagging("open=1").send().await.unwrap();
    let tagging = |key: &str| {
        Tagging::builder()
            .tag_set(S3Tag::builder().key(key).value("1").build().unwrap())
            .build()
            .unwrap()
    };
    let tag = |key: &str| {
        s3.put_object_tagging().bucket("bucket-1").key("a").tagging(tagging(key)).send()
    };
    assert_eq!(code(&tag("secret").await.unwrap_err()), "AccessDenied");
    tag("open").await.unwrap();

    put_policy(
        &running,
        &deny("s3:GetObject", r#"{"StringEquals":{"s3:ExistingObjectTag/open":"1"}}"#),
    )
    .await;
    assert_eq!(
        code(&s3.get_object().bucket("bucket-1").key("a").send().await.unwrap_err()),
        "AccessDenied"
    );
    put(&s3, "b").await.unwrap();
    s3.get_object().bucket("bucket-1").key("b").send().await.unwrap();
}

#[tokio::test]
async fn the_root_user_can_always_mend_a_bucket_policy() {
    let running = Running::with_bucket("bucket-1").await;
    put_policy(
        &running,
        r#"{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":["arn:aws:s3:::bucket-1","arn:aws:s3:::bucket-1/*"]}"#,
    )
    .await;
    let s3 = running.s3();
    assert_eq!(
        code(&s3.get_bucket_tagging().bucket("bucket-1").send().await.unwrap_err()),
        "AccessDenied"
    );
    assert_eq!(
        code(&s3.delete_bucket().bucket("bucket-1").send().await.unwrap_err()),
        "AccessDenied"
    );
    let app = s3_client(&running.config(session_of(&running, "app", ANYTHING, None).await));
    assert_eq!(
        code(&app.delete_bucket_policy().bucket("bucket-1").send().await.unwrap_err()),
        "AccessDenied"
    );
    s3.get_bucket_policy().bucket("bucket-1").send().await.unwrap();
    s3.delete_bucket_policy().bucket("bucket-1").send().await.unwrap();
    app.delete_bucket().bucket("bucket-1").send().await.unwrap();
}

#[tokio::test]
async fn who_may_not_list_is_not_told_what_is_missing() {
    let running = Running::with_bucket("bucket-1").await;
    let app = s3_client(
        &running.config(session_of(&running, "app", &allow("s3:GetObject", "*"), None).await),
    );
    let refused = app.get_object().bucket("bucket-1").key("none").send().await.unwrap_err();
    assert_eq!(
        message(&refused),
        format!(
            "{REFUSED}s3:ListBucket on resource: \"arn:aws:s3:::bucket-1\" because no identity-based policy allows the s3:ListBucket action"
        )
    );
    let head = app.head_object().bucket("bucket-1").key("none").send().await.unwrap_err();
    assert_eq!(head.raw_response().unwrap().status().as_u16(), 403);
    running
        .iam()
        .put_role_policy()
        .role_name("app")
        .policy_name("all")
        .policy_document(ANYTHING)
        .send()
        .await
        .unwrap();
    assert_eq!(
        code(&app.get_object().bucket("bucket-1").key("none").send().await.unwrap_err()),
        "NoSuchKey"
    );
}

#[tokio::test]
async fn operations_need_the_actions_that_aws_names() {
    let running = Running::with_bucket("bucket-1").await;
    running.s3().put_object().bucket("bucket-1").key("tagged").tagging("a=1").send().await.unwrap();
    put(&running.s3(), "plain").await.unwrap();
    let app = s3_client(
        &running.config(session_of(&running, "app", &allow("s3:PutObject", "*"), None).await),
    );
    let may = async |actions: &str| {
        let policy =
            format!(r#"{{"Statement":{{"Effect":"Allow","Action":[{actions}],"Resource":"*"}}}}"#);
        running
            .iam()
            .put_role_policy()
            .role_name("app")
            .policy_name("all")
            .policy_document(policy)
            .send()
            .await
            .unwrap();
    };
    let copy = |from: &str| {
        app.copy_object()
            .bucket("bucket-1")
            .key("copy")
            .copy_source(format!("bucket-1/{from}"))
            .send()
    };
    assert_eq!(code(&copy("plain").await.unwrap_err()), "AccessDenied");
    may(r#""s3:PutObject","s3:GetObject""#).await;
    copy("plain").await.unwrap();
    assert_eq!(code(&copy("tagged").await.unwrap_err()), "AccessDenied");
    assert_eq!(
        code(
            &app.put_object().bucket("bucket-1").key("a").tagging("a=1").send().await.unwrap_err()
        ),
        "AccessDenied"
    );
    may(r#""s3:PutObject","s3:GetObject","s3:PutObjectTagging","s3:GetObjectTagging""#).await;
    copy("tagged").await.unwrap();
    app.put_object().bucket("bucket-1").key("a").tagging("a=1").send().await.unwrap();

    may(r#""s3:PutObject""#).await;
    let upload = app.create_multipart_upload().bucket("bucket-1").key("big").send().await.unwrap();
    let id = upload.upload_id().unwrap();
    app.upload_part()
        .bucket("bucket-1")
        .key("big")
        .upload_id(id)
        .part_number(1)
        .send()
        .await
        .unwrap();
    assert_eq!(
        code(
            &app.list_parts().bucket("bucket-1").key("big").upload_id(id).send().await.unwrap_err()
        ),
        "AccessDenied"
    );
    assert_eq!(
        code(&app.list_multipart_uploads().bucket("bucket-1").send().await.unwrap_err()),
        "AccessDenied"
    );
    assert_eq!(
        code(
            &app.abort_multipart_upload()
                .bucket("bucket-1")
                .key("big")
                .upload_id(id)
                .send()
                .await
                .unwrap_err()
        ),
        "AccessDenied"
    );
    may(r#""s3:AbortMultipartUpload","s3:ListMultipartUploadParts","s3:ListBucketMultipartUploads""#).await;
    app.list_parts().bucket("bucket-1").key("big").upload_id(id).send().await.unwrap();
    app.list_multipart_uploads().bucket("bucket-1").send().await.unwrap();
    app.abort_multipart_upload().bucket("bucket-1").key("big").upload_id(id).send().await.unwrap();
    may(r#""s3:DeleteObject""#).await;
    app.delete_object().bucket("bucket-1").key("a").send().await.unwrap();
    assert_eq!(
        code(
            &app.delete_object()
                .bucket("bucket-1")
                .key("a")
                .version_id("null")
                .send()
                .await
                .unwrap_err()
        ),
        "AccessDenied"
    );
}

#[tokio::test]
async fn each_of_many_deletions_is_asked_about() {
    let running = Running::with_bucket("bucket-1").await;
    for key in ["mine/a", "yours/a"] {
        put(&running.s3(), key).await.unwrap();
    }
    let app = s3_client(
        &running.config(
            session_of(
                &running,
                "app",
                &allow("s3:DeleteObject", "arn:aws:s3:::bucket-1/mine/*"),
                None,
            )
            .await,
        ),
    );
    let object = |key: &str| ObjectIdentifier::builder().key(key).build().unwrap();
    let delete =
        Delete::builder().objects(object("mine/a")).objects(object("yours/a")).build().unwrap();
    let answer = app.delete_objects().bucket("bucket-1").delete(delete).send().await.unwrap();
    assert_eq!(
        answer.deleted().iter().filter_map(|object| object.key()).collect::<Vec<_>>(),
        ["mine/a"]
    );
    let errors: Vec<_> =
        answer.errors().iter().map(|error| (error.key().unwrap(), error.code().unwrap())).collect();
    assert_eq!(errors, [("yours/a", "AccessDenied")]);
    running.s3().head_object().bucket("bucket-1").key("yours/a").send().await.unwrap();
}

#[tokio::test]
async fn strangers_get_in_by_a_public_policy_that_nothing_blocks() {
    let running = Running::with_bucket("bucket-1").await;
    put(&running.s3(), "open/a").await.unwrap();
    put(&running.s3(), "closed/a").await.unwrap();
    let get = async |key: &str| {
        reqwest::get(format!("{}/bucket-1/{key}", running.url())).await.unwrap().status().as_u16()
    };
    assert_eq!(get("open/a").await, 403);
    let block = |public_policy: bool, restrict: bool| {
        let block = PublicAccessBlockConfiguration::builder()
            .block_public_policy(public_policy)
            .restrict_public_buckets(restrict)
            .build();
        running
            .s3()
            .put_public_access_block()
            .bucket("bucket-1")
            .public_access_block_configuration(block)
            .send()
    };
    block(false, false).await.unwrap();
    put_policy(&running, r#"{"Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"arn:aws:s3:::bucket-1/open/*"}"#).await;
    assert_eq!(
        (get("open/a").await, get("closed/a").await, get("open/none").await),
        (200, 403, 403)
    );
    let text = reqwest::get(format!("{}/bucket-1/closed/a", running.url()))
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    assert!(text.contains("<Code>AccessDenied</Code><Message>Access Denied</Message>"), "{text}");
    assert_eq!(
        reqwest::Client::new()
            .put(format!("{}/bucket-1/open/b", running.url()))
            .body("x")
            .send()
            .await
            .unwrap()
            .status(),
        403
    );
    block(false, true).await.unwrap();
    assert_eq!(get("open/a").await, 403);
}
