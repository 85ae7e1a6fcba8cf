//! `gatepass serve` as a process: its start, its log, its end.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;

use crate::backend::{Backend, on_every_backend};
use crate::workspace;
use crate::workspace::Workspace;

on_every_backend!(no_secret_is_logged_at_any_level);

const CONTRACT: &str = r#"
[bucket]
name = "acme-uploads"
region = "eu-central-1"
[upload]
mode = "compatible"
content_types = ["image/*"]
max_size = "10 MiB"
allowed_origins = ["https://app.example.com"]
[[role.trust]]
service = "ecs-tasks.amazonaws.com"
[serve]
request_timeout = "10m"
"#;
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

/// A contract, and keys that need no AWS to sign.
fn workspace() -> Workspace {
    let mut workspace = Workspace::empty();
    workspace.write("gatepass.toml", CONTRACT);
    workspace.set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    workspace.set("AWS_SECRET_ACCESS_KEY", SECRET);
    workspace
}

/// With `sign_as_role` the secrets of a session come over the network, and libraries log what does.
async fn no_secret_is_logged_at_any_level(backend: &Backend) {
    let bucket = backend.unique_bucket("log");
    let contract = format!(
        r#"
        [bucket]
        name = "{bucket}"
        region = "{}"
        [upload]
        content_types = ["image/*"]
        max_size = "1 MiB"
        allowed_origins = []
        [[role.trust]]
        principal = "account"
        [serve]
        sign_as_role = true
        [endpoint]
        url = "{}"
        "#,
        backend.region, backend.endpoint
    );
    let mut workspace = Workspace::new(backend, &contract);
    workspace.run(&["apply", "--yes"]).await.exits(0);
    workspace
        .set("GATEPASS_LOG", "trace,aws_smithy_runtime=trace,aws_sigv4=trace,aws_runtime=trace");
    let endpoint = workspace.serve().await;
    let grant = endpoint.grant(&json!({ "content_type": "image/png", "size": 3 })).await;
    grant.put(b"abc").await.is_ok();
    let (code, log) = endpoint.terminate().await;
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains(&grant.key), "the grant is not in the log:\n{log}");
    let query: Vec<(String, String)> =
        url::Url::parse(&grant.upload_url).unwrap().query_pairs().into_owned().collect();
    for name in ["X-Amz-Signature", "X-Amz-Security-Token"] {
        let (_, secret) = query.iter().find(|(found, _)| found == name).unwrap();
        assert!(!log.contains(secret.as_str()), "{name} is in the log:\n{log}");
    }
    for name in ["SecretAccessKey", "SessionToken"] {
        assert!(!log.contains(name), "the answer of AssumeRole is in the log:\n{log}");
    }
}

#[tokio::test]
async fn the_start_says_what_is_served_and_what_is_not_enforced() {
    let workspace = workspace();
    let (code, log) = workspace.serve().await.terminate().await;
    assert_eq!(code, Some(0), "{log}");
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = |message: &str| {
        lines
            .iter()
            .find(|line| line["message"] == message)
            .unwrap_or_else(|| panic!("no {message}:\n{log}"))
    };
    assert_eq!(line("contract")["mode"], "compatible");
    assert_eq!(line("not enforced")["about"], "upload.mode");
    assert_eq!(line("credentials")["source"], "default chain");
    assert_eq!(line("credentials")["access_key_id"], "AKIAIOSFODNN7EXAMPLE");
    assert_eq!(lines.last().unwrap()["message"], "stopped");
}

#[tokio::test]
async fn an_open_address_must_be_meant() {
    let workspace = workspace();
    let refused = workspace.run(&["serve", "--listen", "0.0.0.0:0"]).await.exits(1);
    insta::assert_snapshot!(refused.stderr, @"
    error: refusing to listen on 0.0.0.0:0: everybody who reaches that address could upload, for the endpoint asks nobody who they are
      hint: say who may ask under [auth], listen on a loopback address behind something that authenticates, or say that this is meant: `allow_unauthenticated = true` under [serve], or --allow-unauthenticated
    ");
}

#[tokio::test]
async fn nothing_starts_without_credentials() {
    let workspace = Workspace::empty();
    workspace.write("gatepass.toml", CONTRACT);
    let refused = workspace.run(&["serve"]).await.exits(1);
    assert!(
        refused.stderr.starts_with("error: ") && refused.stderr.contains("credentials"),
        "{}",
        refused.stderr
    );
    assert!(refused.stderr.contains("\n  hint: "), "{}", refused.stderr);
}

#[tokio::test]
async fn a_log_filter_that_is_none_is_named() {
    let mut workspace = workspace();
    workspace.set("GATEPASS_LOG", "gatepass=loud");
    let refused = workspace.run(&["serve"]).await.exits(1);
    assert!(
        refused
            .stderr
            .contains(r#"environment variable GATEPASS_LOG: "gatepass=loud" is not a log filter"#),
        "{}",
        refused.stderr
    );
}

/// The first signal waits for what is running, the second does not.
#[tokio::test]
async fn a_second_signal_stops_at_once() {
    let workspace = workspace();
    let mut child = workspace
        .command(&["serve", "--listen", "127.0.0.1:0", "--log-format", "json"])
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut wait_for = async |message: &str| loop {
        let line: Value =
            serde_json::from_str(&log.next_line().await.unwrap().expect("the endpoint ended"))
                .unwrap();
        if line["message"].as_str().unwrap().starts_with(message) {
            return line;
        }
    };
    let address = wait_for("listening").await["address"].as_str().unwrap().to_owned();
    let mut running = TcpStream::connect(address).await.unwrap();
    let head = "POST /api/upload-url HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\nexpect: 100-continue\r\n\r\n";
    running.write_all(head.as_bytes()).await.unwrap();
    let mut interim = [0; 25];
    running.read_exact(&mut interim).await.unwrap();
    assert_eq!(&interim, b"HTTP/1.1 100 Continue\r\n\r\n");

    let id = child.id().unwrap().to_string();
    let interrupt = async || workspace::signal("-INT", &id).await;
    interrupt().await;
    wait_for("stopping").await;
    assert!(child.try_wait().unwrap().is_none(), "it did not wait for what is running");
    interrupt().await;
    let status = tokio::time::timeout(Duration::from_secs(10), child.wait())
        .await
        .expect("it went on waiting")
        .unwrap();
    assert_eq!(status.code(), Some(1));
}
