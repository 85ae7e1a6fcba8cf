//! Who may ask.

use reqwest::{Method, Response};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{ORIGIN, Running, contract, error, header};
use crate::server::auth::fixtures::{Issuer, Signer, claims_with, jwt};
use crate::server::{Server, ServerOptions};
use gatepass_core::contract::{
    AccessKey, Auth, Claims, Contract, JwksUrl, JwtAlgorithm, JwtKeys, KeyId, KeyTemplate, Limits,
    Rate, Subject,
};

pub(super) const KEY: &str = "gpk_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE";
pub(super) const OTHER: &str = "gpk_BbCdEfGhIjKlMnOpQrStUvWxYz0123456789-_AbCdE";
const BODY: &str = r#"{"content_type": "image/png", "size": 5}"#;
const JSON: (&str, &str) = ("content-type", "application/json");

fn key(id: &str, key: &str, subject: &str) -> AccessKey {
    let hash: [u8; 32] = Sha256::digest(key).into();
    AccessKey {
        id: KeyId::parse(id).unwrap(),
        hash: hash.into(),
        subject: Subject::of_api_key(subject).unwrap(),
    }
}

/// A contract that asks, and whose keys say who did.
pub(super) fn asking() -> Contract {
    let mut contract = contract();
    contract.auth = Some(Auth {
        keys: vec![key("app-1", KEY, "acme/app"), key("app-2", OTHER, "other")],
        jwt: None,
    });
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
    for (token, prefix) in
        [(KEY, "uploads/api-key=3Aacme=2Fapp/"), (OTHER, "uploads/api-key=3Aother/")]
    {
        for scheme in ["Bearer", "bearer"] {
            let response =
                ask_with(&server, &[("authorization", &format!("{scheme} {token}"))]).await;
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
    super::write(
        &mut stream,
        "POST /api/upload-url HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n",
    )
    .await;
    assert!(super::read_head(&mut stream).await.starts_with("HTTP/1.1 401 "));
}

#[tokio::test]
async fn health_needs_no_key_and_a_foreign_page_is_one_with_a_key_too() {
    let server = Running::start(&asking()).await;
    assert_eq!(server.get("/healthz").await.status(), 200);
    assert_eq!(server.get("/readyz").await.status(), 200);
    let right = format!("Bearer {KEY}");
    let response =
        ask_with(&server, &[("authorization", &right), ("origin", "https://evil.example")]).await;
    assert_eq!(response.status(), 403);
    // an allowed page can read why it got nothing
    let response = ask_with(&server, &[("origin", ORIGIN)]).await;
    assert_eq!(response.status(), 401);
    assert_eq!(header(&response, "access-control-allow-origin"), Some(ORIGIN));
    assert!(
        header(&response, "access-control-expose-headers").unwrap().contains("www-authenticate")
    );
}

#[tokio::test]
async fn an_open_address_is_fine_where_everybody_is_asked() {
    let mut contract = asking();
    contract.serve.listen = "0.0.0.0:0".parse().unwrap();
    Server::bind(&contract, super::credentials(), ServerOptions::default()).await.unwrap();
}

#[tokio::test]
async fn a_token_narrows_the_contract_and_never_widens_it() {
    let signer = Signer::ec("c");
    let issuer = Issuer::publish(&[&signer]).await;
    let mut contract = asking();
    let mut tokens =
        jwt(JwtKeys::Url(JwksUrl::parse(&issuer.url).unwrap()), &[JwtAlgorithm::Es256]);
    tokens.claims =
        Claims { content_types: Some("types".to_owned()), max_size: Some("size".to_owned()) };
    contract.auth.as_mut().unwrap().jwt = Some(tokens);
    let server = Running::start(&contract).await;
    let ask = async |claims: Value, body: &str| {
        let token = format!("Bearer {}", signer.token(&claims_with(&claims)));
        server.send(Method::POST, "/api/upload-url", &[JSON, ("authorization", &token)], body).await
    };
    let size = |size: u64| json!({ "content_type": "image/png", "size": size }).to_string();
    let max = contract.upload.max_size.bytes();

    let granted = ask(json!({ "sub": "a/b", "types": ["image/png"], "size": 5 }), &size(5)).await;
    assert_eq!(granted.status(), 200);
    let grant: Value = granted.json().await.unwrap();
    assert!(grant["key"].as_str().unwrap().starts_with("uploads/a=2Fb/"), "{grant}");
    assert_eq!(ask(json!({}), &size(max)).await.status(), 200);
    let mut told = Vec::new();
    for (claims, body) in [
        (json!({ "types": ["image/jpeg", "application/*"] }), size(5)),
        (json!({ "types": [] }), size(5)),
        (json!({ "size": 5 }), size(6)),
        // what the contract refuses, no token allows
        (
            json!({ "types": ["*/*"] }),
            json!({ "content_type": "text/html", "size": 5 }).to_string(),
        ),
        (json!({ "size": u64::MAX }), size(max + 1)),
        (json!({ "types": "image/png" }), size(5)),
        (json!({ "size": "5" }), size(5)),
    ] {
        let response = ask(claims, &body).await;
        let challenge = header(&response, "www-authenticate").unwrap_or("-").to_owned();
        told.push(format!("{}\n{challenge}", error(response).await));
    }
    insta::assert_snapshot!(told.join("\n"), @r#"
    403 not_permitted
    the token does not permit uploads of type "image/png"
    it permits image/jpeg, application/*
    Bearer realm="gatepass", error="insufficient_scope"
    403 not_permitted
    the token does not permit uploads of type "image/png"
    it permits none
    Bearer realm="gatepass", error="insufficient_scope"
    403 not_permitted
    the token permits uploads of at most 5 bytes, and `size` is 6
    -
    Bearer realm="gatepass", error="insufficient_scope"
    415 content_type_not_allowed
    uploads of type "text/html" are not allowed here
    allowed are image/*, application/pdf
    -
    413 too_large
    `size` 10485761 is above the maximum of 10485760 bytes
    upload at most 10.0 MiB
    -
    403 claim_malformed
    the token's claim "types" is not a list of media ranges such as ["image/*"]
    this is for the issuer of the token to mend
    Bearer realm="gatepass", error="insufficient_scope"
    403 claim_malformed
    the token's claim "size" is not a whole number of bytes
    this is for the issuer of the token to mend
    Bearer realm="gatepass", error="insufficient_scope"
    "#);
    // and an access key is one still
    assert_eq!(
        ask_with(&server, &[("authorization", &format!("Bearer {KEY}"))]).await.status(),
        200
    );
}

#[tokio::test]
async fn too_many_requests() {
    let mut contract = asking();
    contract.limits = Limits {
        per_address: Some(Rate::parse("3/h").unwrap()),
        per_subject: Some(Rate::parse("2/h").unwrap()),
        ..Limits::default()
    };
    let server = Running::start(&contract).await;
    let (key, other) = (format!("Bearer {KEY}"), format!("Bearer {OTHER}"));
    let mut told = Vec::new();
    for key in [&key, &key, &key, &other] {
        let response = ask_with(&server, &[("authorization", key)]).await;
        let wait = header(&response, "retry-after").map(|wait| wait.parse::<u32>().unwrap());
        told.push(match wait {
            None => response.status().to_string(),
            Some(wait) => {
                // half an hour, and twenty minutes, less what has passed
                assert!((1100..=1800).contains(&wait), "{wait}");
                error(response).await
            }
        });
    }
    insta::assert_snapshot!(told.join("\n"), @"
    200 OK
    200 OK
    429 rate_limited
    there are too many requests of this subject
    ask again after `Retry-After` seconds
    429 rate_limited
    there are too many requests of this address
    ask again after `Retry-After` seconds
    ");
    // who names nobody is counted too, and health is not
    assert_eq!(ask_with(&server, &[]).await.status(), 429);
    assert_eq!(server.get("/healthz").await.status(), 200);
}

#[tokio::test]
async fn a_proxy_says_whose_request_it_is() {
    let mut contract = contract();
    contract.limits.per_address = Some(Rate::parse("1/h").unwrap());
    contract.serve.trusted_proxies.networks = vec!["127.0.0.0/8".parse().unwrap()];
    let server = Running::start(&contract).await;
    for (client, status) in [
        ("198.51.100.1", 200),
        ("198.51.100.1", 429),
        ("1.1.1.1, 198.51.100.1", 429),
        ("198.51.100.2", 200),
    ] {
        assert_eq!(
            ask_with(&server, &[("x-forwarded-for", client)]).await.status(),
            status,
            "{client}"
        );
    }
    // the header of a stranger is nobody's word
    contract.serve.trusted_proxies.networks = vec!["10.0.0.0/8".parse().unwrap()];
    let server = Running::start(&contract).await;
    for (client, status) in [("198.51.100.1", 200), ("198.51.100.2", 429)] {
        assert_eq!(
            ask_with(&server, &[("x-forwarded-for", client)]).await.status(),
            status,
            "{client}"
        );
    }
}

#[tokio::test]
async fn a_subject_has_so_many_bytes_at_once() {
    let mut contract = asking();
    contract.limits.outstanding_bytes = Some(10);
    let server = Running::start(&contract).await;
    let (key, other) = (format!("Bearer {KEY}"), format!("Bearer {OTHER}"));
    for (key, status) in [(&key, 200), (&key, 200), (&key, 429), (&other, 200)] {
        assert_eq!(ask_with(&server, &[("authorization", key)]).await.status(), status);
    }
    let response = ask_with(&server, &[("authorization", &key)]).await;
    let wait: u32 = header(&response, "retry-after").unwrap().parse().unwrap();
    assert!((1..=309).contains(&wait), "{wait}");
    insta::assert_snapshot!(error(response).await, @"
    429 quota_exceeded
    grants for 10 bytes are outstanding, and all together may be for 10
    a grant counts until it expires; ask again after `Retry-After` seconds
    ");
}

/// A contract that takes tokens of this issuer, and API keys where it has any.
fn with_tokens(contract: &Contract, url: &str) -> Contract {
    let mut contract = contract.clone();
    let auth = contract.auth.get_or_insert(Auth { keys: Vec::new(), jwt: None });
    auth.jwt = Some(jwt(JwtKeys::Url(JwksUrl::parse(url).unwrap()), &[JwtAlgorithm::Es256]));
    contract
}

async fn ready(server: &Running) -> (u16, Value) {
    let response = server.get("/readyz").await;
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn without_its_issuer_the_endpoint_starts_and_says_so() {
    let signer = Signer::ec("c");
    let issuer = Issuer::publish(&[&signer]).await;
    issuer.answer(axum::http::StatusCode::BAD_GATEWAY, "");
    let server = Running::start(&with_tokens(&asking(), &issuer.url)).await;
    let degraded =
        json!({ "status": "degraded", "issuer": "unavailable", "credentials_expire_at": null });
    assert_eq!(ready(&server).await, (200, degraded));
    assert_eq!(
        ask_with(&server, &[("authorization", &format!("Bearer {KEY}"))]).await.status(),
        200
    );
    let token = format!("Bearer {}", signer.token(&claims_with(&json!({}))));
    let response = ask_with(&server, &[("authorization", &token)]).await;
    assert_eq!((response.status().as_u16(), header(&response, "retry-after")), (503, Some("10")));

    // where tokens are the only way in, nobody could be served
    let server = Running::start(&with_tokens(&contract(), &issuer.url)).await;
    let (status, body) = ready(&server).await;
    assert_eq!((status, body["error"]["code"].as_str()), (503, Some("issuer_unavailable")));
    assert_eq!(server.get("/healthz").await.status(), 200);
    issuer.change(&[&signer]);
    let is_ready = async {
        while ready(&server).await.0 != 200 {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(60), is_ready).await.unwrap();
    assert_eq!(ask_with(&server, &[("authorization", &token)]).await.status(), 200);
}

#[tokio::test]
async fn a_key_can_be_revoked_while_the_issuer_is_down() {
    let signer = Signer::ec("c");
    let issuer = Issuer::publish(&[&signer]).await;
    let mut contract = with_tokens(&asking(), &issuer.url);
    let server =
        Server::bind(&contract, super::credentials(), ServerOptions::default()).await.unwrap();
    let reloader = server.reloader();
    let server = Running::of(server);
    let (key, other) = (format!("Bearer {KEY}"), format!("Bearer {OTHER}"));
    let token = format!("Bearer {}", signer.token(&claims_with(&json!({}))));
    issuer.answer(axum::http::StatusCode::BAD_GATEWAY, "");
    contract.auth.as_mut().unwrap().keys.remove(0);
    reloader.reload(&contract, super::credentials(), ServerOptions::default()).await.unwrap();
    assert_eq!(ask_with(&server, &[("authorization", &key)]).await.status(), 401);
    for kept in [&other, &token] {
        assert_eq!(ask_with(&server, &[("authorization", kept)]).await.status(), 200);
    }
    let is_told = async {
        while ready(&server).await.1["issuer"] != "cached" {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), is_told).await.unwrap();
    assert_eq!(ready(&server).await.0, 200);
}

#[tokio::test]
async fn a_token_is_never_taken_for_an_api_key_of_its_name() {
    let signer = Signer::ec("c");
    let issuer = Issuer::publish(&[&signer]).await;
    let mut contract = with_tokens(&asking(), &issuer.url);
    contract.limits.outstanding_bytes = Some(10);
    let server = Running::start(&contract).await;
    let ask = async |sub: &str| {
        let token = format!("Bearer {}", signer.token(&claims_with(&json!({ "sub": sub }))));
        let response = ask_with(&server, &[("authorization", &token)]).await;
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    let key = format!("Bearer {OTHER}");
    // the key has used up its bytes, which leaves the token its own
    for status in [200, 200, 429] {
        assert_eq!(ask_with(&server, &[("authorization", &key)]).await.status(), status);
    }
    let (status, grant) = ask("other").await;
    assert_eq!(status, 200, "{grant}");
    assert!(grant["key"].as_str().unwrap().starts_with("uploads/other/"), "{grant}");
    for sub in ["api-key:other", "api-key:"] {
        let (status, refused) = ask(sub).await;
        assert_eq!(
            (status, refused["error"]["code"].as_str()),
            (403, Some("claim_malformed")),
            "{sub}"
        );
    }
}
