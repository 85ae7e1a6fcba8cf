//! Requests that fail after something was begun or counted for them.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::auth::{KEY, asking};
use super::{Running, credentials};
use crate::contract::{AuditTo, Claims, Contract, Dialect, JwksUrl, JwtAlgorithm, JwtKeys, Multipart, PartSize, ServeUrl};
use crate::grant::{NewMultipartUpload, ObjectKey, StoredObject, StoredPart, TicketKeys};
use crate::server::auth::fixtures::{Issuer, Signer, claims_with, jwt};
use crate::server::{CompletedUpload, Continuation, ObjectStore, ServerOptions, StoreError, StoreErrorKind};

const MIB: u64 = 1 << 20;
/// What one subject may have outstanding.
const LIMIT: u64 = 14 * MIB;

/// An S3 that begins so many uploads and then answers no more.
#[derive(Debug)]
struct Store {
    begins: usize,
    begun: AtomicUsize,
    open: Mutex<Vec<String>>,
}

impl Store {
    fn that_begins(begins: usize) -> Arc<Self> {
        Arc::new(Self { begins, begun: AtomicUsize::new(0), open: Mutex::default() })
    }

    /// How many uploads were begun, and how many of them are not aborted.
    fn begun_and_open(&self) -> (usize, usize) {
        (self.begun.load(Ordering::Relaxed), self.open.lock().unwrap().len())
    }
}

#[async_trait]
impl ObjectStore for Store {
    async fn create_multipart_upload(&self, _: &NewMultipartUpload) -> Result<String, StoreError> {
        if self.begun.load(Ordering::Relaxed) == self.begins {
            return Err(StoreError { kind: StoreErrorKind::Unreachable, source: "no answer".into() });
        }
        let id = format!("upload-{}", self.begun.fetch_add(1, Ordering::Relaxed));
        self.open.lock().unwrap().push(id.clone());
        Ok(id)
    }

    async fn abort_multipart_upload(&self, _: &ObjectKey, upload_id: &str) -> Result<(), StoreError> {
        self.open.lock().unwrap().retain(|id| id != upload_id);
        Ok(())
    }

    async fn list_parts(&self, _: &ObjectKey, _: &str) -> Result<Vec<StoredPart>, StoreError> {
        unreachable!()
    }

    async fn complete_multipart_upload(&self, _: &ObjectKey, _: &str, _: &[StoredPart], _: bool) -> Result<CompletedUpload, StoreError> {
        unreachable!()
    }

    async fn find(&self, _: &ObjectKey) -> Result<Option<StoredObject>, StoreError> {
        unreachable!()
    }

    async fn remove_tag(&self, _: &ObjectKey, _: &str) -> Result<Option<String>, StoreError> {
        unreachable!()
    }
}

/// A contract whose every file above 5 MiB has parts, and that counts what is outstanding.
fn counting() -> Contract {
    let mut contract = asking();
    contract.upload.multipart = Some(Multipart { part_size: PartSize::from_bytes(5 * MIB).unwrap() });
    contract.limits.outstanding_bytes = Some(LIMIT);
    contract.serve.url = Some(ServeUrl::parse("https://uploads.example.com").unwrap());
    contract.serve.dialects = vec![Dialect::BetterUpload, Dialect::UppyCompanion, Dialect::UppySignRequest];
    contract
}

async fn start(contract: &Contract, store: &Arc<Store>) -> Running {
    let tickets = TicketKeys::new(&["0123456789abcdef0123456789abcdef".into()], contract.bucket.name.as_str()).unwrap();
    let continuation = Continuation { tickets, receipts: None, objects: Arc::<Store>::clone(store) };
    let options = ServerOptions { continuation: Some(continuation), ..ServerOptions::default() };
    Running::start_with(contract, credentials(), options).await.unwrap()
}

async fn ask(server: &Running, path: &str, token: &str, body: &Value) -> Response {
    let bearer = format!("Bearer {token}");
    server.send(Method::POST, path, &[("content-type", "application/json"), ("authorization", &bearer)], &body.to_string()).await
}

/// Asks for these files as better-upload does: the status, and the code where they are refused.
async fn ask_for(server: &Running, token: &str, files: &[(&str, u64)]) -> (u16, String) {
    let files: Vec<Value> = files.iter().map(|(kind, size)| json!({ "name": "file", "type": kind, "size": size })).collect();
    told(ask(server, "/better-upload", token, &json!({ "files": files })).await).await
}

async fn told(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
}

fn refused(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// All that may be outstanding can still be had.
async fn nothing_is_outstanding(server: &Running, token: &str) {
    for size in [10 * MIB, LIMIT - 10 * MIB] {
        let response = ask(server, "/api/upload-url", token, &json!({ "content_type": "image/png", "size": size })).await;
        assert_eq!(response.status(), 200, "{size}");
    }
    let response = ask(server, "/api/upload-url", token, &json!({ "content_type": "image/png", "size": 1 })).await;
    assert_eq!(told(response).await, refused(429, "quota_exceeded"));
}

#[tokio::test]
async fn files_above_the_limit_together_are_refused_before_one_is_begun() {
    let store = Store::that_begins(usize::MAX);
    let server = start(&counting(), &store).await;
    let files = [("image/png", 6 * MIB), ("image/png", 3), ("image/png", 6 * MIB), ("image/png", 6 * MIB)];
    assert_eq!(ask_for(&server, KEY, &files).await, refused(429, "quota_exceeded"));
    assert_eq!(store.begun_and_open(), (0, 0));
    assert_eq!(ask_for(&server, KEY, &files[..3]).await.0, 200);
    assert_eq!(store.begun_and_open(), (2, 2));
}

#[tokio::test]
async fn what_a_token_does_not_permit_is_refused_before_anything_is_begun() {
    let signer = Signer::ec("c");
    let issuer = Issuer::publish(&[&signer]).await;
    let mut contract = counting();
    let mut tokens = jwt(JwtKeys::Url(JwksUrl::parse(&issuer.url).unwrap()), &[JwtAlgorithm::Es256]);
    tokens.claims = Claims { content_types: Some("types".to_owned()), max_size: Some("size".to_owned()) };
    contract.auth.as_mut().unwrap().jwt = Some(tokens);
    let store = Store::that_begins(usize::MAX);
    let server = start(&contract, &store).await;
    let narrow = signer.token(&claims_with(&json!({ "sub": "a", "types": ["image/png"], "size": 7 * MIB })));
    for last in [("image/jpeg", 6 * MIB), ("image/jpeg", 3), ("image/png", 8 * MIB)] {
        assert_eq!(ask_for(&server, &narrow, &[("image/png", 6 * MIB), last]).await, refused(403, "not_permitted"));
    }
    assert_eq!(store.begun_and_open(), (0, 0));
    nothing_is_outstanding(&server, &signer.token(&claims_with(&json!({ "sub": "a" })))).await;
}

#[tokio::test]
async fn files_that_s3_begins_only_some_of_are_not_begun() {
    let store = Store::that_begins(1);
    let server = start(&counting(), &store).await;
    let files = [("image/png", 6 * MIB), ("image/png", 3), ("image/png", 6 * MIB)];
    assert_eq!(ask_for(&server, KEY, &files).await, refused(504, "storage_unreachable"));
    assert_eq!(store.begun_and_open(), (1, 0));
    let one = json!({ "content_type": "image/png", "size": 6 * MIB });
    assert_eq!(told(ask(&server, "/api/multipart", KEY, &one).await).await, refused(504, "storage_unreachable"));
    nothing_is_outstanding(&server, KEY).await;
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_cannot_be_written_down_is_begun_for_nobody() {
    let mut contract = counting();
    // a device that is always full
    contract.serve.audit = Some(AuditTo::File("/dev/full".into()));
    let store = Store::that_begins(usize::MAX);
    let server = start(&contract, &store).await;
    let one = json!({ "content_type": "image/png", "size": 10 * MIB });
    let companion = json!({ "filename": "a.png", "type": "image/png", "metadata": { "size": 10 * MIB } });
    let signed = json!({ "method": "POST", "key": "x", "contentType": "image/png", "size": 10 * MIB });
    let several = json!({ "files": [one.clone()] });
    let better = json!({ "files": [
        { "name": "a", "type": "image/png", "size": 7 * MIB }, { "name": "b", "type": "image/png", "size": 6 * MIB },
    ] });
    // more than may be outstanding, if one of them counted
    for (path, body, begun) in [
        ("/api/upload-url", &one, 0),
        ("/api/upload-urls", &several, 0),
        ("/api/multipart", &one, 1),
        ("/s3/multipart", &companion, 2),
        ("/s3/sign-request", &signed, 3),
        ("/better-upload", &better, 5),
    ] {
        assert_eq!(told(ask(&server, path, KEY, body).await).await, refused(503, "audit_failed"), "{path}");
        assert_eq!(store.begun_and_open(), (begun, 0), "{path}");
    }
}
