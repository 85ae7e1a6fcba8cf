//! `gatepass policy` from outside.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const CONTRACT: &str = r#"
[bucket]
name = "acme-uploads"
region = "eu-central-1"
[upload]
content_types = ["image/png"]
max_size = "10 MiB"
allowed_origins = ["https://app.example.com"]
[[role.trust]]
service = "lambda.amazonaws.com"
"#;

/// Runs the command with no way to reach anything.
fn gatepass(directory: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_gatepass"))
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("HTTP_PROXY", "http://127.0.0.1:9")
        .output()
        .unwrap()
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

fn with_contract() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("gatepass.toml"), CONTRACT).unwrap();
    directory
}

#[test]
fn show_prints_the_documents_as_one_object_the_same_each_time() {
    let directory = with_contract();
    let output = gatepass(directory.path(), &["policy", "show", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let documents: Value = serde_json::from_slice(&output.stdout).unwrap();
    let keys: Vec<&String> = documents.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["bucket_policy", "permissions_policy", "trust_policy", "cors"]);
    assert_eq!(gatepass(directory.path(), &["policy", "show", "--json"]).stdout, output.stdout);

    let trust = gatepass(directory.path(), &["policy", "show", "--json", "trust"]);
    assert_eq!(serde_json::from_slice::<Value>(&trust.stdout).unwrap(), documents["trust_policy"]);
}

#[test]
fn show_says_which_account_it_writes() {
    let directory = with_contract();
    let example = gatepass(directory.path(), &["policy", "show", "permissions"]);
    assert!(text(&example.stdout).contains("111122223333"));
    assert!(text(&example.stderr).contains("--account-id or GATEPASS_ACCOUNT_ID"));
    let known = gatepass(directory.path(), &["policy", "show", "permissions", "--account-id", "444455556666"]);
    assert!(text(&known.stdout).contains("444455556666") && !text(&known.stdout).contains("111122223333"));
    assert_eq!(text(&known.stderr), "");
}

#[test]
fn what_export_writes_can_be_used_changed_and_is_never_overwritten() {
    let directory = with_contract();
    let built_in = gatepass(directory.path(), &["policy", "show", "--json"]).stdout;
    assert_eq!(gatepass(directory.path(), &["policy", "export", "own"]).status.code(), Some(0));
    let own = |arguments: &[&str]| gatepass(directory.path(), &[&["policy", "show", "--policies", "own"], arguments].concat());
    assert_eq!(own(&["--json"]).stdout, built_in);

    std::fs::remove_file(directory.path().join("own/bucket/GatepassDenySseC.json")).unwrap();
    let less = own(&["bucket", "--json"]);
    assert!(!text(&less.stdout).contains("GatepassDenySseC"));
    assert!(text(&less.stderr).contains("bucket/GatepassDenySseC.json is missing"), "{}", text(&less.stderr));

    let again = gatepass(directory.path(), &["policy", "export", "own"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("nothing was written"));
    assert!(!directory.path().join("own/bucket/GatepassDenySseC.json").exists());

    std::fs::write(directory.path().join("own/bucket/GatepassMine.json"), "{}").unwrap();
    let refused = own(&[]);
    assert_eq!((refused.status.code(), text(&refused.stdout)), (Some(1), ""));
    assert!(text(&refused.stderr).contains("bucket/GatepassMine.json: has no Effect"), "{}", text(&refused.stderr));
}

#[test]
fn check_proves_least_privilege_without_any_call() {
    let directory = with_contract();
    let held = gatepass(directory.path(), &["policy", "check", "--json", "--account-id", "444455556666"]);
    assert_eq!((held.status.code(), text(&held.stderr)), (Some(0), ""));
    let check: Value = serde_json::from_slice(&held.stdout).unwrap();
    assert_eq!(check["role"], "arn:aws:iam::444455556666:role/acme-uploads-presigner");
    for nothing in ["beyond", "missing", "let_through"] {
        assert_eq!(check[nothing], Value::Array(Vec::new()), "{nothing}");
    }
    assert_eq!(check["guardrails"].as_array().unwrap().len(), 10);
    assert!(check["guardrails"].as_array().unwrap().iter().all(|guardrail| !guardrail["opens"].as_array().unwrap().is_empty()));

    assert_eq!(gatepass(directory.path(), &["policy", "export", "own"]).status.code(), Some(0));
    let own = directory.path().join("own");
    std::fs::remove_file(own.join("bucket/GatepassDenySseC.json")).unwrap();
    std::fs::copy(own.join("bucket/GatepassDenySignatureV2.json"), own.join("bucket/GatepassTwice.json")).unwrap();
    std::fs::write(own.join("role/GatepassRead.json"), r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}"#).unwrap();
    let broken = gatepass(directory.path(), &["policy", "check", "--policies", "own"]);
    assert_eq!(broken.status.code(), Some(2), "{}", text(&broken.stderr));
    for line in [
        "too much  the role: s3:GetObject on arn:aws:s3:::gatepass-check/uploads/gatepass-check.png",
        "let through  an upload encrypted with a key of the client's",
        "GatepassTwice                       nothing",
    ] {
        assert!(text(&broken.stdout).contains(line), "{line}:\n{}", text(&broken.stdout));
    }

    let wrong = gatepass(directory.path(), &["policy", "check", "--context", "203.0.113.7"]);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(text(&wrong.stderr).contains("--context aws:SourceIp=203.0.113.7"));
}
