//! One line a request, and no secret in any.

use std::io;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use reqwest::Method;
use serde_json::Value;
use tracing_subscriber::fmt::MakeWriter;

use super::{Running, SECRET, TOKEN, contract, header};

/// A log that a test can read.
#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Captured {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

/// Everything that this process logs from the first call on. A subscriber of one thread would miss what other tests' threads
/// reach first: whether a line is wanted is remembered for the whole process.
fn capture() -> Captured {
    static CAPTURED: OnceLock<Captured> = OnceLock::new();
    let captured = CAPTURED.get_or_init(|| {
        let captured = Captured::default();
        let log = tracing_subscriber::fmt()
            .json()
            .flatten_event(true)
            .with_max_level(tracing::Level::TRACE);
        tracing::subscriber::set_global_default(log.with_writer(captured.clone()).finish())
            .unwrap();
        captured
    });
    captured.clone()
}

#[tokio::test]
async fn a_line_for_each_request_and_no_secret_in_any() {
    let captured = capture();
    let server = Running::start(&contract()).await;
    let granted = server.ask(r#"{"content_type": "image/png", "size": 5}"#).await;
    let id = header(&granted, "x-request-id").unwrap().to_owned();
    let granted: Value = granted.json().await.unwrap();
    let refused = server
        .send(
            Method::POST,
            "/api/upload-url?token=hidden",
            &[("authorization", "Bearer hidden")],
            "{}",
        )
        .await;

    // what the SDK's own tests say at this level is not ours to hide
    let log: String = captured
        .text()
        .lines()
        .filter(|line| line.contains(r#""target":"gatepass"#))
        .map(|line| format!("{line}\n"))
        .collect();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = |id: &str| lines.iter().find(|line| line["request_id"] == *id).unwrap();
    let grant = line(&id);
    assert_eq!(grant["message"], "granted");
    assert_eq!(grant["key"], granted["key"]);
    assert_eq!(grant["content_type"], "image/png");
    assert_eq!(grant["size_bytes"], 5);
    assert_eq!(grant["expires_in_seconds"], 300);
    let refused = line(header(&refused, "x-request-id").unwrap());
    assert_eq!(refused["message"], "refused");
    assert_eq!(refused["status"], 415);
    assert_eq!(refused["code"], "not_json");
    assert_eq!(refused["path"], "/api/upload-url");

    let url = granted["upload_url"].as_str().unwrap();
    let (_, signature) = url.split_once("X-Amz-Signature=").unwrap();
    for secret in [signature, SECRET, TOKEN, "X-Amz-Signature", "hidden"] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}

#[tokio::test]
async fn an_origin_that_is_rejected_is_a_warning_that_names_the_fix() {
    let captured = capture();
    let server = Running::start(&contract()).await;
    let origin = "https://not-in-the-contract.example";
    let preflight = [
        ("origin", origin),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type"),
    ];
    for _ in 0..3 {
        server.send(Method::OPTIONS, "/api/upload-url", &preflight, "").await;
        server.send(Method::POST, "/api/upload-url", &[("origin", origin)], "{}").await;
    }
    let log = captured.text();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let warned: Vec<_> = lines.iter().filter(|line| line["origin"] == origin).collect();
    assert_eq!(warned.len(), 1, "{warned:?}");
    assert_eq!(
        (&warned[0]["level"], &warned[0]["message"]),
        (&"WARN".into(), &"origin rejected".into())
    );
    assert!(warned[0]["hint"].as_str().unwrap().contains("upload.allowed_origins"));
}
