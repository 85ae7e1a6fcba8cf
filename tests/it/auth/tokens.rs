//! Tokens of an issuer that shares no code with us, through the real process.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use super::workspace;
use crate::upload::http;
use crate::workspace::{Serving, Workspace};

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/auth/issuer.mjs");

/// A running issuer. It is killed when dropped.
pub(crate) struct Issuer {
    _child: Child,
    url: String,
}

impl Issuer {
    pub(crate) async fn start() -> Self {
        let mut child = Command::new("node")
            .arg(SCRIPT)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("this test needs Node.js: run tests/all");
        let mut said = BufReader::new(child.stdout.take().unwrap()).lines();
        let url = said.next_line().await.unwrap().expect("the issuer says where it listens");
        Self { _child: child, url }
    }

    async fn post(&self, path: &str, body: &Value) -> Value {
        http()
            .post(format!("{}/{path}", self.url))
            .json(body)
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap()
    }

    pub(crate) async fn token(&self, of: &Value) -> String {
        self.post("token", of).await.as_str().unwrap().to_owned()
    }

    async fn publish(&self, signers: &[&str]) {
        self.post("publish", &json!(signers)).await;
    }

    /// What a contract says of it.
    pub(crate) fn contract(&self) -> String {
        format!(
            r#"
            [auth.jwt]
            issuer = "https://login.example.com/"
            audience = "uploads"
            algorithms = ["RS256", "ES256", "EdDSA"]
            jwks_url = "{}/keys"
            [auth.claims]
            content_types = "upload_types"
            max_size = "upload_max_size"
            "#,
            self.url
        )
    }
}

/// An issuer, and an endpoint that takes its tokens.
async fn served() -> (Issuer, Workspace, Serving) {
    let issuer = Issuer::start().await;
    let mut workspace = workspace(&issuer.contract());
    workspace.set("GATEPASS_LOG", "trace");
    let endpoint = workspace.serve().await;
    (issuer, workspace, endpoint)
}

/// Status and code of what is answered to a token.
async fn told(endpoint: &Serving, token: &str) -> (u16, String) {
    let response = endpoint.ask_as(token, &json!({ "content_type": "image/png", "size": 3 })).await;
    let (status, challenge) =
        (response.status().as_u16(), response.headers().get("www-authenticate").cloned());
    assert_eq!(challenge.is_some(), status == 401, "{challenge:?}");
    let body: Value = response.json().await.unwrap();
    (status, body["error"]["code"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test]
#[ignore = "needs Node.js: run tests/all"]
async fn tokens_of_another_implementation_open() {
    let (issuer, _workspace, endpoint) = served().await;
    let mut shown = Vec::new();
    for signer in ["rsa", "ec", "ed"] {
        let token = issuer.token(&json!({ "signer": signer, "claims": { "sub": "alice/../bob", "aud": ["others", "uploads"] } })).await;
        let response =
            endpoint.ask_as(&token, &json!({ "content_type": "image/png", "size": 3 })).await;
        assert_eq!(response.status(), 200, "{signer}");
        let grant: Value = response.json().await.unwrap();
        // what stands for somebody in the key is one segment of it, whoever they are
        assert!(grant["key"].as_str().unwrap().starts_with("uploads/alice=2F..=2Fbob/"), "{grant}");
        shown.push(token);
    }

    // claims make it narrower, and never wider
    let narrow = json!({ "upload_types": ["image/png", "text/html"], "upload_max_size": 5 });
    let token = issuer.token(&json!({ "signer": "ed", "claims": narrow })).await;
    for (content_type, size, status, code) in [
        ("image/png", 5, 200, ""),
        ("image/png", 6, 403, "not_permitted"),
        ("image/gif", 5, 403, "not_permitted"),
        ("text/html", 5, 415, "content_type_not_allowed"),
    ] {
        let response =
            endpoint.ask_as(&token, &json!({ "content_type": content_type, "size": size })).await;
        assert_eq!(response.status().as_u16(), status, "{content_type}, {size} bytes");
        assert_eq!(
            response.json::<Value>().await.unwrap()["error"]["code"].as_str().unwrap_or_default(),
            code
        );
    }
    shown.push(token);

    let (code, log) = endpoint.terminate().await;
    assert_eq!(code, Some(0), "{log}");
    for token in &shown {
        let signature = token.rsplit('.').next().unwrap();
        assert!(!log.contains(signature), "a token is in the log");
    }
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let granted: Vec<_> = lines
        .iter()
        .filter(|line| line["message"] == "granted")
        .map(|line| line["subject"].as_str().unwrap())
        .collect();
    assert_eq!(granted, ["alice/../bob", "alice/../bob", "alice/../bob", "alice"]);
}

#[tokio::test]
#[ignore = "needs Node.js: run tests/all"]
async fn forged_tokens_are_refused() {
    let (issuer, _workspace, endpoint) = served().await;
    let right = json!({ "signer": "rsa" });
    assert_eq!(told(&endpoint, &issuer.token(&right).await).await, (200, String::new()));
    let hmac =
        |form: &str| json!({ "signer": format!("rsa as {form}"), "header": { "alg": "HS256" } });
    let mut accepted = Vec::new();
    for (name, of, expected) in [
        (
            "alg none",
            json!({ "signer": "rsa as nothing", "header": { "alg": "none" } }),
            "token_invalid",
        ),
        (
            "alg nOnE",
            json!({ "signer": "rsa as nothing", "header": { "alg": "nOnE" } }),
            "token_invalid",
        ),
        (
            "alg none with a signature",
            json!({ "signer": "rsa", "header": { "alg": "none" } }),
            "token_invalid",
        ),
        ("no signature", json!({ "signer": "rsa as nothing" }), "token_invalid"),
        ("the public key's PEM as a secret", hmac("pem"), "token_invalid"),
        ("the public key's PKCS #1 as a secret", hmac("pkcs1"), "token_invalid"),
        ("the public key's DER as a secret", hmac("der"), "token_invalid"),
        ("the public key's JWK as a secret", hmac("jwk"), "token_invalid"),
        ("a stranger with the issuer's key id", json!({ "signer": "stranger" }), "token_invalid"),
        (
            "a stranger who brings a key",
            json!({ "signer": "stranger", "header": { "jwk": true } }),
            "token_invalid",
        ),
        (
            "a stranger who points to keys",
            json!({ "signer": "stranger", "header": { "jku": format!("{}/keys", issuer.url) } }),
            "token_invalid",
        ),
        (
            "one key under another's id",
            json!({ "signer": "rsa", "header": { "kid": "ed" } }),
            "token_invalid",
        ),
        (
            "another algorithm's name",
            json!({ "signer": "ec", "header": { "alg": "EdDSA" } }),
            "token_invalid",
        ),
        (
            "an extension that must be understood",
            json!({ "signer": "rsa", "header": { "crit": ["exp"] } }),
            "token_invalid",
        ),
        (
            "a logout token",
            json!({ "signer": "rsa", "header": { "typ": "logout+jwt" } }),
            "token_invalid",
        ),
        (
            "expired",
            json!({ "signer": "rsa", "claims": { "exp": 1_700_000_000 } }),
            "token_expired",
        ),
        ("never expires", json!({ "signer": "rsa", "claims": { "exp": null } }), "token_invalid"),
        (
            "not yet valid",
            json!({ "signer": "rsa", "claims": { "nbf": 4_000_000_000_u32 } }),
            "token_invalid",
        ),
        (
            "another audience",
            json!({ "signer": "rsa", "claims": { "aud": "others" } }),
            "token_invalid",
        ),
        ("no audience", json!({ "signer": "rsa", "claims": { "aud": null } }), "token_invalid"),
        (
            "another issuer",
            json!({ "signer": "rsa", "claims": { "iss": "https://evil.example/" } }),
            "token_invalid",
        ),
        (
            "above 8 KiB",
            json!({ "signer": "rsa", "claims": { "more": "x".repeat(8192) } }),
            "token_invalid",
        ),
    ] {
        let told = told(&endpoint, &issuer.token(&of).await).await;
        if told != (401, expected.to_owned()) {
            accepted.push(format!("{name}: {told:?}"));
        }
    }
    assert!(accepted.is_empty(), "{accepted:#?}");

    // what no server reads to its end
    let huge = format!("{}.{}.", issuer.token(&right).await, "A".repeat(1 << 20));
    let answered = http()
        .post(format!("{}/api/upload-url", endpoint.url))
        .bearer_auth(huge)
        .json(&json!({}))
        .send()
        .await;
    assert!(
        answered.is_err() || answered.is_ok_and(|response| response.status() == 431),
        "a header of 1 MiB"
    );
    assert_eq!(told(&endpoint, &issuer.token(&right).await).await, (200, String::new()));
}

#[tokio::test]
#[ignore = "needs Node.js: run tests/all"]
async fn an_issuer_changes_its_keys() {
    let (issuer, _workspace, endpoint) = served().await;
    let token = async |signer: &str| issuer.token(&json!({ "signer": signer })).await;
    let (old, new) = (token("rsa").await, token("next").await);
    let refused = (401, "token_invalid".to_owned());
    assert_eq!(told(&endpoint, &new).await, refused, "a key that was not published");
    issuer.publish(&["ed", "next"]).await;
    // once it may ask the issuer again
    let (first, mut again) = (Instant::now(), tokio::time::interval(Duration::from_millis(100)));
    while told(&endpoint, &new).await == refused {
        again.tick().await;
        assert!(first.elapsed().as_secs() < 60, "the new key is not fetched");
    }
    assert_eq!(told(&endpoint, &new).await, (200, String::new()));
    assert_eq!(told(&endpoint, &old).await, refused, "a key that was withdrawn");

    // at once where somebody says so
    issuer.publish(&["rsa"]).await;
    endpoint.hang_up().await;
    while told(&endpoint, &old).await == refused {
        again.tick().await;
        assert!(
            first.elapsed().as_secs() < 120,
            "the contract is not read again: {}",
            endpoint.log()
        );
    }
    assert_eq!(told(&endpoint, &new).await, refused, "a key that was withdrawn");
}
