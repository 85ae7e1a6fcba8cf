//! The policy simulator.

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, EvaluationResult};

use super::*;

const UPLOADS: &str = r#"{"Version":"2012-10-17","Statement":[
  {"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::b/uploads/*"},
  {"Effect":"Deny","Action":"s3:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}]}"#;

fn told(results: &[EvaluationResult]) -> Vec<String> {
    let one = |result: &EvaluationResult| {
        let matched = result.matched_statements().iter().map(|statement| {
            let start = statement.start_position().unwrap();
            format!("{}:{}:{}", statement.source_policy_id().unwrap(), start.line(), start.column())
        });
        format!(
            "{} {} {} [{}] missing [{}]",
            result.eval_action_name(),
            result.eval_resource_name().unwrap(),
            result.eval_decision().as_str(),
            matched.collect::<Vec<_>>().join(","),
            result.missing_context_values().join(",")
        )
    };
    results.iter().map(one).collect()
}

fn entry(key: &str, value: &str) -> ContextEntry {
    ContextEntry::builder()
        .context_key_name(key)
        .context_key_type(ContextKeyTypeEnum::String)
        .context_key_values(value)
        .build()
}

#[tokio::test]
async fn policies_of_ones_own_are_simulated() {
    let running = Running::start().await;
    let iam = running.iam();
    let simulate = || {
        iam.simulate_custom_policy()
            .policy_input_list(UPLOADS)
            .action_names("s3:PutObject")
            .action_names("s3:GetObject")
    };
    let simulate = || {
        simulate().resource_arns("arn:aws:s3:::b/uploads/a").resource_arns("arn:aws:s3:::b/other")
    };
    let answer = simulate().send().await.unwrap();
    assert_eq!(
        told(answer.evaluation_results()),
        [
            "s3:PutObject arn:aws:s3:::b/uploads/a allowed [PolicyInputList.1:2:3] missing [aws:securetransport]",
            "s3:PutObject arn:aws:s3:::b/other implicitDeny [] missing [aws:securetransport]",
            "s3:GetObject arn:aws:s3:::b/uploads/a implicitDeny [] missing [aws:securetransport]",
            "s3:GetObject arn:aws:s3:::b/other implicitDeny [] missing [aws:securetransport]",
        ]
    );
    let plain = simulate()
        .context_entries(entry("aws:SecureTransport", "false"))
        .max_items(1)
        .send()
        .await
        .unwrap();
    assert!(plain.is_truncated());
    assert_eq!(
        told(plain.evaluation_results()),
        ["s3:PutObject arn:aws:s3:::b/uploads/a explicitDeny [PolicyInputList.1:3:3] missing []"]
    );

    let boundary = r#"{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;
    let bounded = simulate().permissions_boundary_policy_input_list(boundary).send().await.unwrap();
    let first = &bounded.evaluation_results()[0];
    assert_eq!(first.eval_decision().as_str(), "implicitDeny");
    assert!(
        !first.permissions_boundary_decision_detail().unwrap().allowed_by_permissions_boundary()
    );
    let broken = iam
        .simulate_custom_policy()
        .policy_input_list("{}")
        .action_names("s3:GetObject")
        .send()
        .await;
    assert_eq!(code(&broken.unwrap_err()), "InvalidInput");
    let nameless = iam
        .simulate_custom_policy()
        .policy_input_list(UPLOADS)
        .action_names("GetObject")
        .send()
        .await;
    assert_eq!(code(&nameless.unwrap_err()), "InvalidInput");
}

#[tokio::test]
async fn a_resource_policy_has_its_say() {
    let running = Running::start().await;
    let iam = running.iam();
    let own = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:user/alice"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}}"#;
    let simulate = |caller: &str| {
        let simulate =
            iam.simulate_custom_policy().policy_input_list(UPLOADS).action_names("s3:GetObject");
        simulate.resource_arns("arn:aws:s3:::b/a").resource_policy(own).caller_arn(caller).send()
    };
    let alice = simulate("arn:aws:iam::111122223333:user/alice").await.unwrap();
    assert_eq!(
        told(alice.evaluation_results()),
        [
            "s3:GetObject arn:aws:s3:::b/a allowed [ResourcePolicy:1:14] missing [aws:securetransport]"
        ]
    );
    let bob = simulate("arn:aws:iam::111122223333:user/bob").await.unwrap();
    assert_eq!(bob.evaluation_results()[0].eval_decision().as_str(), "implicitDeny");
}

#[tokio::test]
async fn a_principals_own_policies_are_simulated() {
    let running = Running::start().await;
    let iam = running.iam();
    session_of(&running, "app", UPLOADS, None).await;
    iam.attach_role_policy()
        .role_name("app")
        .policy_arn("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess")
        .send()
        .await
        .unwrap();
    let simulate =
        iam.simulate_principal_policy().policy_source_arn("arn:aws:iam::111122223333:role/app");
    let simulate = simulate
        .action_names("s3:GetObject")
        .action_names("s3:DeleteObject")
        .resource_arns("arn:aws:s3:::b/a");
    let answer =
        simulate.context_entries(entry("aws:SecureTransport", "true")).send().await.unwrap();
    assert_eq!(
        told(answer.evaluation_results()),
        [
            "s3:GetObject arn:aws:s3:::b/a allowed [AmazonS3ReadOnlyAccess:1:41] missing []",
            "s3:DeleteObject arn:aws:s3:::b/a implicitDeny [] missing []",
        ]
    );
    let missing = iam
        .simulate_principal_policy()
        .policy_source_arn("arn:aws:iam::111122223333:role/none")
        .action_names("s3:GetObject");
    assert_eq!(code(&missing.send().await.unwrap_err()), "NoSuchEntity");
    let administrator = iam
        .simulate_principal_policy()
        .policy_source_arn("arn:aws:iam::111122223333:user/administrator");
    let administrator = administrator.action_names("iam:DeleteUser").send().await.unwrap();
    assert_eq!(administrator.evaluation_results()[0].eval_decision().as_str(), "allowed");
}

#[tokio::test]
async fn the_keys_that_policies_ask_for_are_listed() {
    let running = Running::start().await;
    let iam = running.iam();
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/${aws:username}/*","Condition":{"StringEquals":{"aws:SourceVpc":"vpc-1"}}}}"#;
    let own =
        iam.get_context_keys_for_custom_policy().policy_input_list(policy).send().await.unwrap();
    assert_eq!(own.context_key_names(), ["aws:sourcevpc", "aws:username"]);
    session_of(&running, "app", UPLOADS, None).await;
    let of_role = iam
        .get_context_keys_for_principal_policy()
        .policy_source_arn("arn:aws:iam::111122223333:role/app");
    assert_eq!(of_role.send().await.unwrap().context_key_names(), ["aws:securetransport"]);
}
