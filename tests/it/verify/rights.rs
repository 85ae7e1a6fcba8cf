//! The proof needs no more rights than it prints.

use aws_sdk_sts::types::Credentials;
use serde_json::{Value, json};

use crate::backend::{Backend, run};
use crate::workspace::Workspace;

use super::{DOWNLOADS, applied, assert_nothing_left, outcomes, scratch_things};

/// A session of a new role that may do exactly this.
async fn session(backend: &Backend, permissions: &Value) -> Credentials {
    let (iam, role) = (backend.iam(), "verifier");
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": backend.account_id}, "Action": "sts:AssumeRole"}],
    });
    iam.create_role()
        .role_name(role)
        .assume_role_policy_document(trust.to_string())
        .send()
        .await
        .unwrap();
    iam.put_role_policy()
        .role_name(role)
        .policy_name("printed")
        .policy_document(permissions.to_string())
        .send()
        .await
        .unwrap();
    let arn = format!("arn:aws:iam::{}:role/{role}", backend.account_id);
    backend
        .sts()
        .assume_role()
        .role_arn(arn)
        .role_session_name("verify")
        .send()
        .await
        .unwrap()
        .credentials
        .unwrap()
}

fn use_session(workspace: &mut Workspace, credentials: &Credentials) {
    workspace.set("AWS_ACCESS_KEY_ID", credentials.access_key_id());
    workspace.set("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key());
    workspace.set("AWS_SESSION_TOKEN", credentials.session_token());
}

async fn proven_with_what_is_printed(upload: &str, arguments: &[&str]) {
    let backend = Backend::embedded().await;
    let (bucket, mut workspace) = applied(&backend, "rights", upload).await;
    let with = |command: &[&'static str]| {
        command.iter().copied().chain(arguments.iter().copied()).collect::<Vec<_>>()
    };
    let mut printed =
        workspace.run(&with(&["verify", "--print-permissions"])).await.exits(0).json();
    let full = outcomes(&workspace.run(&with(&["verify", "--json"])).await.exits(0).json());

    let credentials = session(&backend, &printed).await;
    use_session(&mut workspace, &credentials);
    let verified = workspace.run(&with(&["verify", "--json"])).await.exits(0);
    assert_eq!(outcomes(&verified.json()), full, "{}", verified.stderr);
    assert!(
        !verified.stderr.contains("not looked for") && !verified.stderr.contains("left behind"),
        "{}",
        verified.stderr
    );
    // what is there of a killed run is found and removed with the same rights
    workspace.run(&["verify", "--clean-up"]).await.exits(0);
    assert_nothing_left(&backend, &bucket).await;

    // it is not so by chance: without what looks at objects, the positive control cannot see what arrived
    printed["Statement"]
        .as_array_mut()
        .unwrap()
        .retain(|statement| statement["Sid"] != "LookAtObjectsAndRemoveThem");
    let iam = backend.iam();
    iam.put_role_policy()
        .role_name("verifier")
        .policy_name("printed")
        .policy_document(printed.to_string())
        .send()
        .await
        .unwrap();
    let denied = workspace.run(&with(&["verify", "--json"])).await.exits(1);
    assert!(
        denied.stderr.contains("these credentials may not remove what verify makes in the bucket"),
        "{}",
        denied.stderr
    );
    assert_eq!(attacked(&denied.json()), [""; 0]);
    assert_nothing_left(&backend, &bucket).await;
}

/// The rows that claim something although no setting shows it.
fn attacked(proof: &Value) -> Vec<String> {
    let is_read = |guardrail: &str| {
        ["ownership", "public access block", "encryption"]
            .iter()
            .any(|read| guardrail.contains(read))
    };
    let rows = outcomes(proof)
        .into_iter()
        .filter(|(guardrail, outcome)| outcome != "not_tested" && !is_read(guardrail));
    rows.map(|(guardrail, outcome)| format!("{guardrail}: {outcome}")).collect()
}

/// The policy of "What an operator needs" in the README, for this bucket.
fn readme_operator(bucket: &str) -> Value {
    let readme = include_str!("../../../README.md");
    let (_, section) = readme.split_once("## What an operator needs").unwrap();
    let (_, block) = section.split_once("```json\n").unwrap();
    let (block, _) = block.split_once("```").unwrap();
    serde_json::from_str(&block.replace("acme-uploads", bucket)).unwrap()
}

#[test]
fn an_operator_who_may_only_apply_proves_nothing_and_leaves_nothing() {
    run(async {
        for upload in ["", "multipart = true", DOWNLOADS] {
            let backend = Backend::embedded().await;
            let (bucket, mut workspace) = applied(&backend, "operator", upload).await;
            let credentials = session(&backend, &readme_operator(&bucket)).await;
            use_session(&mut workspace, &credentials);
            workspace.run(&["plan"]).await.exits(0);
            let proven = workspace.run(&["verify", "--json"]).await.exits(1);
            assert_eq!(attacked(&proven.json()), [""; 0], "{}", proven.stderr);
            assert!(
                proven
                    .stderr
                    .contains("no guardrail was attacked: these credentials may not remove"),
                "{}",
                proven.stderr
            );
            assert!(
                proven.stderr.contains("`gatepass verify --print-permissions`"),
                "{}",
                proven.stderr
            );
            assert_nothing_left(&backend, &bucket).await;
        }
    });
}

/// What is printed, without these actions in the statement of this Sid.
fn without(mut printed: Value, sid: &str, denied: &[&str]) -> Value {
    let statement = printed["Statement"]
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .find(|statement| statement["Sid"] == sid)
        .unwrap();
    statement["Action"]
        .as_array_mut()
        .unwrap()
        .retain(|action| !denied.contains(&action.as_str().unwrap()));
    printed
}

#[test]
fn credentials_that_may_neither_put_nor_assume_the_role_test_nothing() {
    run(async {
        let backend = Backend::embedded().await;
        let (bucket, mut workspace) = applied(&backend, "neither", "").await;
        let printed = workspace.run(&["verify", "--print-permissions"]).await.exits(0).json();
        let credentials =
            session(&backend, &without(printed, "ThePresignerRole", &["sts:AssumeRole"])).await;
        use_session(&mut workspace, &credentials);
        let proven = workspace.run(&["verify", "--json"]).await.exits(1);
        let why = format!(
            "these credentials may neither put an object under uploads/ nor assume the role {bucket}-presigner"
        );
        assert!(
            proven.stderr.contains(&format!("no guardrail was attacked: {why}\n")),
            "{}",
            proven.stderr
        );
        let rows = proven.json();
        assert_eq!(rows["probes"][0]["detail"], json!(why));
        assert_eq!(attacked(&rows), [""; 0]);
        assert_nothing_left(&backend, &bucket).await;
    });
}

/// What cannot be removed is made once at most. The bucket policy is away, so that every attack goes through and has a control.
#[test]
fn what_cannot_be_removed_is_not_made_again() {
    run(async {
        for (sid, denied, left) in [
            ("ScratchBuckets", "s3:DeleteBucket", 1),
            ("ScratchBuckets", "s3:DeleteObject", 0),
            ("ScratchBuckets", "s3:CreateBucket", 0),
            ("ScratchRoles", "iam:DeleteRole", 1),
            ("ScratchRoles", "iam:CreateRole", 0),
            ("ThePresignerRole", "iam:DeleteRolePolicy", 0),
        ] {
            let backend = Backend::embedded().await;
            let (bucket, mut workspace) = applied(&backend, "kept", "").await;
            backend.s3().delete_bucket_policy().bucket(&bucket).send().await.unwrap();
            let printed = workspace.run(&["verify", "--print-permissions"]).await.exits(0).json();
            let credentials = session(&backend, &without(printed, sid, &[denied])).await;
            use_session(&mut workspace, &credentials);
            let proven = workspace.run(&["verify"]).await;
            let there = scratch_things(&backend).await;
            assert_eq!(there.len(), left, "{denied}: {there:?}\n{}", proven.stderr);
            assert_eq!(
                proven.stderr.matches("left behind: ").count(),
                left,
                "{denied}: {}",
                proven.stderr
            );
            assert!(
                there.iter().all(|thing| proven.stderr.contains(thing)),
                "{denied}: {}",
                proven.stderr
            );
            assert_eq!(
                proven.code,
                Some(if left == 0 { 2 } else { 1 }),
                "{denied}: {}",
                proven.stderr
            );
        }
    });
}

#[test]
fn strict() {
    run(proven_with_what_is_printed("", &[]));
}

#[test]
fn downloads() {
    run(proven_with_what_is_printed(DOWNLOADS, &[]));
}

#[test]
fn compatible_and_the_role_left_alone() {
    run(proven_with_what_is_printed("mode = \"compatible\"", &["--leave-role-alone"]));
}

#[test]
fn with_parts_that_are_confirmed() {
    run(proven_with_what_is_printed(
        "multipart = true\n        confirm = true\n        [bucket.lifecycle]\n        unconfirmed_expiration = \"1d\"",
        &[],
    ));
}
