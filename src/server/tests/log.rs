//! One line a request, and no secret in any.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

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

/// Everything that this thread logs until the guard is dropped.
fn capture() -> (Captured, tracing::subscriber::DefaultGuard) {
    let captured = Captured::default();
    let log = tracing_subscriber::fmt().json().flatten_event(true).with_max_level(tracing::Level::TRACE).with_writer(captured.clone());
    (captured, tracing::subscriber::set_default(log.finish()))
}

#[tokio::test]
async fn a_line_for_each_request_and_no_secret_in_any() {
    let (captured, _guard) = capture();
    let server = Running::start(&contract()).await;
    let granted = server.ask(r#"{"content_type": "image/png", "size": 5}"#).await;
    let id = header(&granted, "x-request-id").unwrap().to_owned();
    let granted: Value = granted.json().await.unwrap();
    server.send(Method::POST, "/api/upload-url?token=hidden", &[("authorization", "Bearer hidden")], "{}").await;

    let log = captured.text();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let line = |message: &str| lines.iter().find(|line| line["message"] == message).unwrap();
    let grant = line("granted");
    assert_eq!(grant["request_id"], *id);
    assert_eq!(grant["key"], granted["key"]);
    assert_eq!(grant["content_type"], "image/png");
    assert_eq!(grant["size_bytes"], 5);
    assert_eq!(grant["expires_in_seconds"], 300);
    let refused = line("refused");
    assert_eq!(refused["status"], 415);
    assert_eq!(refused["code"], "not_json");
    assert_eq!(refused["path"], "/api/upload-url");

    let url = granted["upload_url"].as_str().unwrap();
    let (_, signature) = url.split_once("X-Amz-Signature=").unwrap();
    for secret in [signature, SECRET, TOKEN, "X-Amz-Signature", "hidden"] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}
