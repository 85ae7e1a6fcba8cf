//! Who may ask.

use reqwest::{Method, Response};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{ORIGIN, Running, contract, error, header};
use crate::contract::{AccessKey, Auth, Contract, KeyId, KeyTemplate, Subject};
use crate::server::{Server, ServerOptions};

const KEY: &str = "gpk_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE";
const OTHER: &str = "gpk_BbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE";
const BODY: &str = r#"{"content_type": "image/png", "size": 5}"#;
const JSON: (&str, &str) = ("content-type", "application/json");

fn key(id: &str, key: &str, subject: &str) -> AccessKey {
    let hash: [u8; 32] = Sha256::digest(key).into();
    AccessKey { id: KeyId::parse(id).unwrap(), hash: hash.into(), subject: Subject::parse(subject).unwrap() }
}

/// A contract that asks, and whose keys say who did.
fn asking() -> Contract {
    let mut contract = contract();
    contract.auth = Some(Auth { keys: vec![key("app-1", KEY, "acme/app"), key("app-2", OTHER, "other")] });
    contract.upload.key = KeyTemplate::parse("uploads/{subject}/{uuid}").unwrap();
    contract
}

async fn ask_with(server: &Running, headers: &[(&str, &str)]) -> Response {
    let headers: Vec<_> = headers.iter().copied().chain([JSON]).collect();
    server.send(Method::POST, "/api/upload-url", &headers, BODY).await
}

#[tokio::test]
async fn an_access_key_opens_and_says_who_asks() {
    let server = Running::start(&asking()).await;
    for (token, prefix) in [(KEY, "uploads/acme=2Fapp/"), (OTHER, "uploads/other/")] {
        for scheme in ["Bearer", "bearer"] {
            let response = ask_with(&server, &[("authorization", &format!("{scheme} {token}"))]).await;
            assert_eq!(response.status(), 200);
            let grant: Value = response.json().await.unwrap();
            assert!(grant["key"].as_str().unwrap().starts_with(prefix), "{grant}");
        }
    }
}

#[tokio::test]
async fn whoever_names_nobody_or_nobody_known_is_refused() {
    let server = Running::start(&asking()).await;
    let wrong = format!("Bearer {KEY}x");
    let long = format!("Bearer {}", "a".repeat(8193));
    let right = format!("Bearer {KEY}");
    let told = [
        &[][..],
        &[("authorization", "Basic YWxhZGRpbjpvcGVuc2VzYW1l")],
        &[("authorization", "Bearer")],
        &[("authorization", "Bearer ")],
        &[("authorization", &wrong)],
        &[("authorization", &long)],
        &[("authorization", &right), ("authorization", &right)],
    ];
    let mut lines = Vec::new();
    for headers in told {
        let response = ask_with(&server, headers).await;
        let challenge = header(&response, "www-authenticate").unwrap().to_owned();
        lines.push(format!("{}\n{challenge}", error(response).await));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    401 token_missing
    the request does not say who asks
    send the header `Authorization: Bearer …` with an access key or a token
    Bearer realm="gatepass"
    401 token_missing
    the header `Authorization` has another scheme than Bearer
    send the header `Authorization: Bearer …` with an access key or a token
    Bearer realm="gatepass"
    401 token_missing
    the header `Authorization` has no scheme and token
    send the header `Authorization: Bearer …` with an access key or a token
    Bearer realm="gatepass"
    401 token_missing
    the header `Authorization` has no scheme and token
    send the header `Authorization: Bearer …` with an access key or a token
    Bearer realm="gatepass"
    401 token_invalid
    the access key is not one that is accepted here
    -
    Bearer realm="gatepass", error="invalid_token"
    401 token_invalid
    the token is longer than 8 KiB
    -
    Bearer realm="gatepass", error="invalid_token"
    401 token_invalid
    the request has the header `Authorization` twice
    -
    Bearer realm="gatepass", error="invalid_token"
    "#);
}

#[tokio::test]
async fn a_request_is_judged_before_its_body_is_read() {
    let server = Running::start(&asking()).await;
    let mut stream = server.connect().await;
    super::write(&mut stream, "POST /api/upload-url HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n")
        .await;
    assert!(super::read_head(&mut stream).await.starts_with("HTTP/1.1 401 "));
}

#[tokio::test]
async fn health_needs_no_key_and_a_foreign_page_is_one_with_a_key_too() {
    let server = Running::start(&asking()).await;
    assert_eq!(server.get("/healthz").await.status(), 200);
    assert_eq!(server.get("/readyz").await.status(), 200);
    let right = format!("Bearer {KEY}");
    let response = ask_with(&server, &[("authorization", &right), ("origin", "https://evil.example")]).await;
    assert_eq!(response.status(), 403);
    // an allowed page can read why it got nothing
    let response = ask_with(&server, &[("origin", ORIGIN)]).await;
    assert_eq!(response.status(), 401);
    assert_eq!(header(&response, "access-control-allow-origin"), Some(ORIGIN));
    assert!(header(&response, "access-control-expose-headers").unwrap().contains("www-authenticate"));
}

#[tokio::test]
async fn an_open_address_is_fine_where_everybody_is_asked() {
    let mut contract = asking();
    contract.serve.listen = "0.0.0.0:0".parse().unwrap();
    Server::bind(&contract, super::credentials(), ServerOptions::default()).await.unwrap();
}
