//! Who may ask, through the real process.

mod tokens;

use serde_json::{Value, json};
pub(crate) use tokens::Issuer;

use crate::backend::{Backend, on_every_backend};
use crate::workspace::Workspace;

const CONTRACT: &str = r#"
[bucket]
name = "acme-uploads"
region = "eu-central-1"
[upload]
content_types = ["image/*"]
max_size = "10 MiB"
key = "uploads/{subject}/{uuid}.{ext}"
allowed_origins = []
[[role.trust]]
service = "ecs-tasks.amazonaws.com"
"#;

/// A contract with more below it, and keys that need no AWS to sign.
pub(crate) fn workspace(more: &str) -> Workspace {
    let mut workspace = Workspace::empty();
    workspace.write("gatepass.toml", format!("{CONTRACT}{more}"));
    workspace.set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    workspace.set("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    workspace
}

/// A new access key, and what the contract needs of it.
pub(crate) async fn new_key(id: &str) -> (String, String) {
    new_key_of(id, "the \"app\"").await
}

/// The same for another subject.
pub(crate) async fn new_key_of(id: &str, subject: &str) -> (String, String) {
    let made =
        Workspace::empty().run(&["key", "new", "--id", id, "--subject", subject]).await.exits(0);
    let (words, lines) = made.stderr.split_once("\n\n").unwrap();
    assert_eq!(words, "This key is shown once. For the contract:");
    (made.stdout.trim_end().to_owned(), lines.to_owned())
}

#[tokio::test]
async fn a_key_that_was_made_opens_and_is_nowhere_in_the_log() {
    let (old, lines) = new_key("old").await;
    let (new, more_lines) = new_key("new").await;
    assert!(old.starts_with("gpk_") && old.len() == 47 && old != new, "{old}");
    let mut workspace = workspace(&format!("{lines}{more_lines}"));
    workspace.set("GATEPASS_LOG", "trace");
    let endpoint = workspace.serve().await;
    let request = json!({ "content_type": "image/png", "size": 3 });
    for key in [&old, &new] {
        let response = endpoint.ask_as(key, &request).await;
        assert_eq!(response.status(), 200);
        let grant: Value = response.json().await.unwrap();
        assert!(
            grant["key"].as_str().unwrap().starts_with("uploads/api-key=3Athe=20=22app=22/"),
            "{grant}"
        );
    }
    assert_eq!(endpoint.ask(&request).await.status(), 401);
    let (code, log) = endpoint.terminate().await;
    assert_eq!(code, Some(0), "{log}");
    assert!(!log.contains(&old) && !log.contains(&new), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let who = |line: &Value| (line["subject"].clone(), line["access_key"].clone());
    let granted: Vec<_> =
        lines.iter().filter(|line| line["message"] == "granted").map(who).collect();
    assert_eq!(
        granted,
        [
            ("api-key:the \"app\"".into(), "old".into()),
            ("api-key:the \"app\"".into(), "new".into())
        ]
    );
}

#[tokio::test]
async fn a_command_shows_its_token_to_the_endpoint() {
    let (key, lines) = new_key("app").await;
    // nothing listens there, so it is known when a command goes on with a grant
    let mut workspace = workspace(&format!("{lines}\n[endpoint]\nurl = \"http://127.0.0.1:1\"\n"));
    let endpoint = workspace.serve().await;
    workspace.write("photo.png", "abc");
    let upload = ["upload", "photo.png", "--endpoint", &endpoint.url];
    let refused = workspace.run(&upload).await.exits(1);
    insta::assert_snapshot!(refused.stderr, @"
    error: the endpoint refused (401 token_missing): the request does not say who asks
      hint: send the header `Authorization: Bearer …` with an access key or a token
    ");
    let refused = workspace.run(&[&upload[..], &["--token", "gpk_wrong"]].concat()).await.exits(1);
    assert!(
        refused.stderr.contains("token_invalid") && !refused.stderr.contains("gpk_wrong"),
        "{}",
        refused.stderr
    );
    workspace.set("GATEPASS_TOKEN", &key);
    let refused = workspace.run(&upload).await.exits(1);
    assert!(refused.stderr.contains("sending the file to 127.0.0.1"), "{}", refused.stderr);
}

on_every_backend!(the_proof_and_an_upload_with_a_key);

async fn the_proof_and_an_upload_with_a_key(backend: &Backend) {
    let (key, lines) = new_key("app").await;
    let bucket = backend.unique_bucket("asks");
    let contract =
        CONTRACT.replace("acme-uploads", &bucket).replace("eu-central-1", backend.region);
    let contract =
        contract.replace("service = \"ecs-tasks.amazonaws.com\"", "principal = \"account\"");
    let mut workspace = Workspace::new(
        backend,
        &format!("{contract}{lines}\n[endpoint]\nurl = \"{}\"\n", backend.endpoint),
    );
    workspace.run(&["apply", "--yes"]).await.exits(0);
    let endpoint = workspace.serve().await;
    let verify = ["verify", "--json", "--endpoint", &endpoint.url];
    let outcome = |proof: &Value, guardrail: &str| {
        let probes = proof["probes"].as_array().unwrap();
        let probe = probes
            .iter()
            .find(|probe| probe["guardrail"] == format!("endpoint: {guardrail}"))
            .unwrap();
        probe["outcome"].as_str().unwrap().to_owned()
    };
    let proof = workspace.run(&verify).await.exits(0).json();
    for (guardrail, expected) in [
        ("grants an allowed upload", "not_tested"),
        ("foreign origin", "held"),
        ("no credentials", "held"),
    ] {
        assert_eq!(outcome(&proof, guardrail), expected, "{guardrail}");
    }

    workspace.set("GATEPASS_TOKEN", &key);
    let verified = workspace.run(&verify).await.exits(0);
    assert!(!verified.stdout.contains(&key) && !verified.stderr.contains(&key));
    let proof = verified.json();
    for guardrail in [
        "grants an allowed upload",
        "wrong type",
        "too large",
        "missing size",
        "foreign origin",
        "no credentials",
    ] {
        assert_eq!(outcome(&proof, guardrail), "held", "{guardrail}");
    }
    workspace.write("photo.png", "abc");
    let uploaded = workspace
        .run(&["upload", "photo.png", "--endpoint", &endpoint.url, "--json"])
        .await
        .exits(0)
        .json();
    let object_key = uploaded["key"].as_str().unwrap();
    assert!(object_key.starts_with("uploads/api-key=3Athe=20=22app=22/"), "{uploaded}");
    let arrived = backend.s3().get_object().bucket(&bucket).key(object_key).send().await.unwrap();
    assert_eq!(arrived.body.collect().await.unwrap().to_vec(), b"abc");
}
