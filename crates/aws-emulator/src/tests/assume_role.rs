//! Who gets into a role, and as what.

use aws_sdk_sts::types::{PolicyDescriptorType, Tag};

use super::*;

const ANYTHING: &str = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
const ARN: &str = "arn:aws:iam::111122223333:role/app";

fn message<E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
    error: &SdkError<E, R>,
) -> String {
    format!("{}: {}", code(error), error.message().unwrap_or_default())
}

/// A role that these may assume.
async fn role(running: &Running, name: &str, principal: &str, condition: &str) {
    let trust = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Principal":{principal},"Action":["sts:AssumeRole","sts:TagSession"],"Condition":{condition}}}}}"#
    );
    running
        .iam()
        .create_role()
        .role_name(name)
        .assume_role_policy_document(trust)
        .send()
        .await
        .unwrap();
    running
        .iam()
        .put_role_policy()
        .role_name(name)
        .policy_name("all")
        .policy_document(ANYTHING)
        .send()
        .await
        .unwrap();
}

/// A user with this policy.
async fn user(running: &Running, name: &str, policy: Option<&str>) -> aws_sdk_sts::Client {
    let iam = running.iam();
    iam.create_user().user_name(name).send().await.unwrap();
    if let Some(policy) = policy {
        iam.put_user_policy()
            .user_name(name)
            .policy_name("p")
            .policy_document(policy)
            .send()
            .await
            .unwrap();
    }
    let key = iam.create_access_key().user_name(name).send().await.unwrap().access_key.unwrap();
    aws_sdk_sts::Client::new(&running.config(Credentials::new(
        key.access_key_id(),
        key.secret_access_key(),
        None,
        None,
        "test",
    )))
}

fn into(
    sts: &aws_sdk_sts::Client,
) -> aws_sdk_sts::operation::assume_role::builders::AssumeRoleFluentBuilder {
    sts.assume_role().role_arn(ARN).role_session_name("one")
}

fn credentials(assumed: &aws_sdk_sts::operation::assume_role::AssumeRoleOutput) -> Credentials {
    let given = assumed.credentials().unwrap();
    Credentials::new(
        given.access_key_id(),
        given.secret_access_key(),
        Some(given.session_token().to_owned()),
        None,
        "test",
    )
}

const ACCOUNT_ROOT: &str = r#"{"AWS":"arn:aws:iam::111122223333:root"}"#;
const MAY_ASSUME: &str = r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"arn:aws:iam::111122223333:role/app"}}"#;

#[tokio::test]
async fn trust_in_the_account_leaves_the_word_to_the_callers_own_policies() {
    let running = Running::start().await;
    role(&running, "app", ACCOUNT_ROOT, "{}").await;
    into(&user(&running, "may", Some(MAY_ASSUME)).await).send().await.unwrap();
    let refused = into(&user(&running, "may-not", None).await).send().await.unwrap_err();
    assert_eq!(
        message(&refused),
        format!(
            "AccessDenied: User: arn:aws:iam::111122223333:user/may-not is not authorized to perform: sts:AssumeRole on resource: {ARN}"
        )
    );
    let root = aws_sdk_sts::Client::new(&running.config(root()));
    assert_eq!(
        message(&into(&root).send().await.unwrap_err()),
        "AccessDenied: Roles may not be assumed by root accounts."
    );
    // a role that is not there is not told from one that lets nobody in
    let missing = running
        .sts()
        .assume_role()
        .role_arn("arn:aws:iam::111122223333:role/none")
        .role_session_name("one")
        .send()
        .await;
    assert_eq!(code(&missing.unwrap_err()), "AccessDenied");
}

#[tokio::test]
async fn trust_in_one_principal_lets_in_that_one_alone() {
    let running = Running::start().await;
    let alice = user(&running, "alice", None).await;
    role(&running, "app", r#"{"AWS":"arn:aws:iam::111122223333:user/alice"}"#, "{}").await;
    into(&alice).send().await.unwrap();
    assert_eq!(
        code(&into(&running.sts()).send().await.unwrap_err()),
        "AccessDenied",
        "the administrator is not named"
    );
    let services = r#"{"Service":"ecs-tasks.amazonaws.com"}"#;
    let trust = format!(
        r#"{{"Statement":{{"Effect":"Allow","Principal":{services},"Action":"sts:AssumeRole"}}}}"#
    );
    running
        .iam()
        .update_assume_role_policy()
        .role_name("app")
        .policy_document(trust)
        .send()
        .await
        .unwrap();
    assert_eq!(code(&into(&alice).send().await.unwrap_err()), "AccessDenied");
}

#[tokio::test]
async fn an_external_id_has_to_be_the_right_one() {
    let running = Running::start().await;
    role(&running, "app", ACCOUNT_ROOT, r#"{"StringEquals":{"sts:ExternalId":"secret-word"}}"#)
        .await;
    let sts = running.sts();
    assert_eq!(code(&into(&sts).send().await.unwrap_err()), "AccessDenied");
    assert_eq!(
        code(&into(&sts).external_id("other-word").send().await.unwrap_err()),
        "AccessDenied"
    );
    into(&sts).external_id("secret-word").send().await.unwrap();
    assert_eq!(
        code(&into(&sts).external_id("not one").send().await.unwrap_err()),
        "ValidationError"
    );
}

#[tokio::test]
async fn conditions_of_the_trust_policy_count() {
    let running = Running::start().await;
    let tagged = r#"{"StringEquals":{"aws:RequestTag/team":"web"},"StringLike":{"sts:RoleSessionName":"web-*"}}"#;
    role(&running, "app", ACCOUNT_ROOT, tagged).await;
    let sts = running.sts();
    let tag = |value: &str| Tag::builder().key("team").value(value).build().unwrap();
    let named = |name: &str| sts.assume_role().role_arn(ARN).role_session_name(name);
    assert_eq!(code(&named("web-1").send().await.unwrap_err()), "AccessDenied");
    assert_eq!(code(&named("web-1").tags(tag("ops")).send().await.unwrap_err()), "AccessDenied");
    assert_eq!(code(&named("ops-1").tags(tag("web")).send().await.unwrap_err()), "AccessDenied");
    let assumed = named("web-1").tags(tag("web")).send().await.unwrap();

    // the tag is the session's from then on
    create_bucket(&running.s3(), "bucket-1").await.unwrap();
    let deny = r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:ListBucket","Resource":"arn:aws:s3:::bucket-1","Condition":{"StringEquals":{"aws:PrincipalTag/team":"web"}}}}"#;
    running.s3().put_bucket_policy().bucket("bucket-1").policy(deny).send().await.unwrap();
    let app = s3_client(&running.config(credentials(&assumed)));
    assert_eq!(
        code(&app.list_objects_v2().bucket("bucket-1").send().await.unwrap_err()),
        "AccessDenied"
    );
    running.s3().list_objects_v2().bucket("bucket-1").send().await.unwrap();
}

#[tokio::test]
async fn session_policies_limit_and_do_not_add() {
    let running = Running::with_bucket("bucket-1").await;
    role(&running, "app", ACCOUNT_ROOT, "{}").await;
    let sts = running.sts();
    let policy = r#"{"Statement":{"Effect":"Allow","Action":"s3:ListBucket","Resource":"*"}}"#;
    let assumed = into(&sts).policy(policy).send().await.unwrap();
    let limited = s3_client(&running.config(credentials(&assumed)));
    limited.list_objects_v2().bucket("bucket-1").send().await.unwrap();
    assert_eq!(code(&limited.list_buckets().send().await.unwrap_err()), "AccessDenied");

    let read_only = PolicyDescriptorType::builder()
        .arn("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
        .build();
    let assumed = into(&sts).policy_arns(read_only).send().await.unwrap();
    let reader = s3_client(&running.config(credentials(&assumed)));
    reader.list_buckets().send().await.unwrap();
    assert_eq!(create_bucket(&reader, "bucket-2").await.unwrap_err(), "AccessDenied");
    let missing =
        PolicyDescriptorType::builder().arn("arn:aws:iam::111122223333:policy/none").build();
    assert!(into(&sts).policy_arns(missing).send().await.is_err());
    assert_eq!(code(&into(&sts).policy("{}").send().await.unwrap_err()), "MalformedPolicyDocument");
}

#[tokio::test]
async fn a_chain_of_roles_lasts_an_hour_at_most() {
    let running = Running::start().await;
    role(&running, "first", ACCOUNT_ROOT, "{}").await;
    running.iam().update_role().role_name("first").max_session_duration(7200).send().await.unwrap();
    role(&running, "app", r#"{"AWS":"arn:aws:iam::111122223333:role/first"}"#, "{}").await;
    running.iam().update_role().role_name("app").max_session_duration(7200).send().await.unwrap();
    let first = running
        .sts()
        .assume_role()
        .role_arn("arn:aws:iam::111122223333:role/first")
        .role_session_name("one");
    let first = first.duration_seconds(7200).source_identity("alice").send().await.unwrap_err();
    assert_eq!(
        code(&first),
        "AccessDenied",
        "the trust policy does not allow sts:SetSourceIdentity"
    );
    let first = running
        .sts()
        .assume_role()
        .role_arn("arn:aws:iam::111122223333:role/first")
        .role_session_name("one");
    let first = first.duration_seconds(7200).send().await.unwrap();
    let chained = aws_sdk_sts::Client::new(&running.config(credentials(&first)));
    assert_eq!(
        message(&into(&chained).duration_seconds(3601).send().await.unwrap_err()),
        "ValidationError: The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
    );
    let assumed = into(&chained).duration_seconds(3600).send().await.unwrap();
    let caller = aws_sdk_sts::Client::new(&running.config(credentials(&assumed)))
        .get_caller_identity()
        .send()
        .await
        .unwrap();
    assert_eq!(caller.arn(), Some("arn:aws:sts::111122223333:assumed-role/app/one"));
}
