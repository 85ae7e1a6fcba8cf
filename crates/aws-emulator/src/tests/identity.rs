//! IAM and STS.

use aws_sdk_iam::types::Tag;

use super::*;

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"Ü & <b>","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}]}"#;
const PERMISSIONS: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::b/*"}]}"#;

fn decoded(document: &str) -> String {
    percent_encoding::percent_decode_str(document).decode_utf8().unwrap().into_owned()
}

async fn create_role(iam: &aws_sdk_iam::Client, name: &str) -> aws_sdk_iam::types::Role {
    let tag = Tag::builder().key("team").value("web").build().unwrap();
    let created = iam
        .create_role()
        .role_name(name)
        .path("/apps/")
        .description("signs & uploads")
        .max_session_duration(7200)
        .tags(tag)
        .assume_role_policy_document(TRUST)
        .send()
        .await
        .unwrap();
    created.role.unwrap()
}

#[tokio::test]
async fn a_role_comes_back_as_it_was_made_and_after_a_restart() {
    let running = Running::start().await;
    let made = create_role(&running.iam(), "presigner").await;
    assert_eq!(made.arn(), "arn:aws:iam::111122223333:role/apps/presigner");
    assert!(made.role_id().starts_with("AROA"));
    running
        .iam()
        .put_role_policy()
        .role_name("presigner")
        .policy_name("upload")
        .policy_document(PERMISSIONS)
        .send()
        .await
        .unwrap();
    let Running { backend, dir } = running;
    backend.shutdown().await;
    let running = Running { backend: Backend::start(options(dir.path())).await.unwrap(), dir };
    let iam = running.iam();
    let role = iam.get_role().role_name("presigner").send().await.unwrap().role.unwrap();
    assert_eq!(role.role_id(), made.role_id());
    assert_eq!(role.create_date(), made.create_date());
    assert_eq!(decoded(role.assume_role_policy_document().unwrap()), TRUST);
    assert_eq!(
        (role.description(), role.max_session_duration()),
        (Some("signs & uploads"), Some(7200))
    );
    assert_eq!((role.tags()[0].key(), role.tags()[0].value()), ("team", "web"));
    let policy =
        iam.get_role_policy().role_name("presigner").policy_name("upload").send().await.unwrap();
    assert_eq!(decoded(policy.policy_document()), PERMISSIONS);
    assert_eq!(
        iam.list_role_policies().role_name("presigner").send().await.unwrap().policy_names(),
        ["upload"]
    );
    assert_eq!(iam.list_roles().path_prefix("/apps/").send().await.unwrap().roles().len(), 1);
    assert_eq!(
        iam.list_instance_profiles_for_role()
            .role_name("presigner")
            .send()
            .await
            .unwrap()
            .instance_profiles()
            .len(),
        0
    );
}

#[tokio::test]
async fn a_role_is_changed_and_deleted_as_iam_has_it() {
    let running = Running::start().await;
    let iam = running.iam();
    create_role(&iam, "presigner").await;
    let again = iam
        .create_role()
        .role_name("presigner")
        .assume_role_policy_document(TRUST)
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&again), "EntityAlreadyExists");
    let malformed = iam
        .create_role()
        .role_name("other")
        .assume_role_policy_document("{}")
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&malformed), "MalformedPolicyDocument");
    let short = iam
        .create_role()
        .role_name("other")
        .max_session_duration(60)
        .assume_role_policy_document(TRUST)
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&short), "ValidationError");

    iam.update_role()
        .role_name("presigner")
        .description("new")
        .max_session_duration(3600)
        .send()
        .await
        .unwrap();
    let boundary = "arn:aws:iam::aws:policy/PowerUserAccess";
    iam.put_role_permissions_boundary()
        .role_name("presigner")
        .permissions_boundary(boundary)
        .send()
        .await
        .unwrap();
    iam.tag_role()
        .role_name("presigner")
        .tags(Tag::builder().key("Team").value("ops").build().unwrap())
        .send()
        .await
        .unwrap();
    let role = iam.get_role().role_name("presigner").send().await.unwrap().role.unwrap();
    assert_eq!((role.description(), role.max_session_duration()), (Some("new"), Some(3600)));
    assert_eq!(role.permissions_boundary().unwrap().permissions_boundary_arn(), Some(boundary));
    assert_eq!(
        role.tags().iter().map(|tag| (tag.key(), tag.value())).collect::<Vec<_>>(),
        [("Team", "ops")]
    );
    iam.delete_role_permissions_boundary().role_name("presigner").send().await.unwrap();
    iam.untag_role().role_name("presigner").tag_keys("team").send().await.unwrap();
    assert!(iam.list_role_tags().role_name("presigner").send().await.unwrap().tags().is_empty());

    let policy =
        iam.create_policy().policy_name("wide").policy_document(PERMISSIONS).send().await.unwrap();
    let arn = policy.policy().unwrap().arn().unwrap().to_owned();
    iam.attach_role_policy().role_name("presigner").policy_arn(&arn).send().await.unwrap();
    let attached = iam.list_attached_role_policies().role_name("presigner").send().await.unwrap();
    assert_eq!(attached.attached_policies()[0].policy_name(), Some("wide"));
    assert_eq!(
        code(&iam.delete_role().role_name("presigner").send().await.unwrap_err()),
        "DeleteConflict"
    );
    iam.detach_role_policy().role_name("presigner").policy_arn(&arn).send().await.unwrap();
    iam.put_role_policy()
        .role_name("presigner")
        .policy_name("upload")
        .policy_document(PERMISSIONS)
        .send()
        .await
        .unwrap();
    assert_eq!(
        code(&iam.delete_role().role_name("presigner").send().await.unwrap_err()),
        "DeleteConflict"
    );
    iam.delete_role_policy().role_name("presigner").policy_name("upload").send().await.unwrap();
    iam.delete_role().role_name("presigner").send().await.unwrap();
    assert_eq!(
        code(&iam.get_role().role_name("presigner").send().await.unwrap_err()),
        "NoSuchEntity"
    );
}

#[tokio::test]
async fn who_is_not_known_is_refused() {
    let running = Running::start().await;
    let root = aws_sdk_sts::Client::new(&running.config(root()));
    let caller = root.get_caller_identity().send().await.unwrap();
    assert_eq!(
        (caller.account(), caller.arn()),
        (Some(ACCOUNT), Some("arn:aws:iam::111122223333:root"))
    );
    let caller = running.sts().get_caller_identity().send().await.unwrap();
    assert_eq!(
        (caller.account(), caller.arn()),
        (Some(ACCOUNT), Some("arn:aws:iam::111122223333:user/administrator"))
    );
    assert!(caller.user_id().unwrap().starts_with("AIDA"));
    let refused = |key: &'static str, secret: &'static str| {
        let sts = aws_sdk_sts::Client::new(
            &running.config(Credentials::new(key, secret, None, None, "test")),
        );
        async move { code(&sts.get_caller_identity().send().await.unwrap_err()) }
    };
    assert_eq!(refused(KEY, "wrong").await, "SignatureDoesNotMatch");
    assert_eq!(refused("AKIAAAAAAAAAAAAAAAAA", SECRET).await, "InvalidClientTokenId");
    let unsigned = reqwest::Client::new()
        .post(running.url())
        .header("content-type", "application/x-www-form-urlencoded")
        .body("Action=GetCallerIdentity&Version=2011-06-15")
        .send()
        .await
        .unwrap();
    assert_eq!(unsigned.status(), 403);
    assert!(unsigned.text().await.unwrap().contains("<Code>MissingAuthenticationToken</Code>"));
}

#[tokio::test]
async fn a_sessions_credentials_work_while_they_should() {
    let running = Running::with_bucket("bucket-1").await;
    create_role(&running.iam(), "presigner").await;
    let permissions = r#"{"Statement":{"Effect":"Allow","Action":"s3:GetBucketLocation","Resource":"arn:aws:s3:::bucket-1"}}"#;
    running
        .iam()
        .put_role_policy()
        .role_name("presigner")
        .policy_name("look")
        .policy_document(permissions)
        .send()
        .await
        .unwrap();
    let arn = "arn:aws:iam::111122223333:role/apps/presigner";
    let assume = |arn: &str, seconds: i32| {
        running
            .sts()
            .assume_role()
            .role_arn(arn)
            .role_session_name("one")
            .duration_seconds(seconds)
            .send()
    };
    assert_eq!(
        code(&assume("arn:aws:iam::111122223333:role/presigner", 900).await.unwrap_err()),
        "AccessDenied"
    );
    assert_eq!(code(&assume(arn, 7201).await.unwrap_err()), "ValidationError");
    let assumed = assume(arn, 900).await.unwrap();
    assert_eq!(
        assumed.assumed_role_user().unwrap().arn(),
        "arn:aws:sts::111122223333:assumed-role/presigner/one"
    );
    let given = assumed.credentials().unwrap();
    assert!(given.access_key_id().starts_with("ASIA"));
    let with = |token: Option<&str>| {
        Credentials::new(
            given.access_key_id(),
            given.secret_access_key(),
            token.map(str::to_owned),
            None,
            "test",
        )
    };

    let config = running.config(with(Some(given.session_token())));
    let caller = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.unwrap();
    assert_eq!(caller.arn(), Some("arn:aws:sts::111122223333:assumed-role/presigner/one"));
    s3_client(&config).get_bucket_location().bucket("bucket-1").send().await.unwrap();

    for (token, refusal) in [(None, "InvalidAccessKeyId"), (Some("bogus"), "InvalidToken")] {
        let s3 = s3_client(&running.config(with(token)));
        assert_eq!(
            code(&s3.get_bucket_location().bucket("bucket-1").send().await.unwrap_err()),
            refusal
        );
    }
    running
        .iam()
        .delete_role_policy()
        .role_name("presigner")
        .policy_name("look")
        .send()
        .await
        .unwrap();
    running.iam().delete_role().role_name("presigner").send().await.unwrap();
    assert_eq!(
        code(
            &s3_client(&config).get_bucket_location().bucket("bucket-1").send().await.unwrap_err()
        ),
        "InvalidToken"
    );
}
