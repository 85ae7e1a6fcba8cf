//! The proof needs no more rights than it prints.

use aws_sdk_sts::types::Credentials;
use serde_json::{Value, json};

use crate::backend::{Backend, run};
use crate::workspace::Workspace;

use super::{DOWNLOADS, applied, assert_nothing_left, outcomes};

/// A session of a new role that may do exactly this.
async fn session(backend: &Backend, permissions: &Value) -> Credentials {
    let (iam, role) = (backend.iam(), "verifier");
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": backend.account_id}, "Action": "sts:AssumeRole"}],
    });
    iam.create_role().role_name(role).assume_role_policy_document(trust.to_string()).send().await.unwrap();
    iam.put_role_policy().role_name(role).policy_name("printed").policy_document(permissions.to_string()).send().await.unwrap();
    let arn = format!("arn:aws:iam::{}:role/{role}", backend.account_id);
    backend.sts().assume_role().role_arn(arn).role_session_name("verify").send().await.unwrap().credentials.unwrap()
}

fn use_session(workspace: &mut Workspace, credentials: &Credentials) {
    workspace.set("AWS_ACCESS_KEY_ID", credentials.access_key_id());
    workspace.set("AWS_SECRET_ACCESS_KEY", credentials.secret_access_key());
    workspace.set("AWS_SESSION_TOKEN", credentials.session_token());
}

async fn proven_with_what_is_printed(upload: &str, arguments: &[&str]) {
    let backend = Backend::embedded().await;
    let (bucket, mut workspace) = applied(&backend, "rights", upload).await;
    let with = |command: &[&'static str]| command.iter().copied().chain(arguments.iter().copied()).collect::<Vec<_>>();
    let mut printed = workspace.run(&with(&["verify", "--print-permissions"])).await.exits(0).json();
    let full = outcomes(&workspace.run(&with(&["verify", "--json"])).await.exits(0).json());

    let credentials = session(&backend, &printed).await;
    use_session(&mut workspace, &credentials);
    let verified = workspace.run(&with(&["verify", "--json"])).await.exits(0);
    assert_eq!(outcomes(&verified.json()), full, "{}", verified.stderr);
    assert!(!verified.stderr.contains("not looked for") && !verified.stderr.contains("left behind"), "{}", verified.stderr);
    // what is there of a killed run is found and removed with the same rights
    workspace.run(&["verify", "--clean-up"]).await.exits(0);
    assert_nothing_left(&backend, &bucket).await;

    // it is not so by chance: without what looks at objects, the positive control cannot see what arrived
    printed["Statement"].as_array_mut().unwrap().retain(|statement| statement["Sid"] != "LookAtObjectsAndRemoveThem");
    let iam = backend.iam();
    iam.put_role_policy().role_name("verifier").policy_name("printed").policy_document(printed.to_string()).send().await.unwrap();
    let denied = workspace.run(&with(&["verify", "--json"])).await.exits(1);
    assert!(denied.stderr.contains("left behind: s3://"), "{}", denied.stderr);
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
