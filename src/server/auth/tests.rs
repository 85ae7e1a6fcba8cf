//! Tokens: what is accepted, and every trick that is known.

use std::time::Duration;

use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use http_body_util::BodyExt as _;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use super::fixtures::{Issuer, Signer, claims, claims_with, from_now, jwt, message};
use super::jwks::{IssuerState, Schedule, fetch};
use super::tokens::Tokens;
use super::{ApiError, Identity};
use crate::ca_certificates::CaCertificates;
use gatepass_core::contract::{JwksUrl, JwtAlgorithm, JwtKeys};

const ALL: [JwtAlgorithm; 3] = [JwtAlgorithm::Rs256, JwtAlgorithm::Es256, JwtAlgorithm::EdDsa];
const NEVER: Duration = Duration::MAX;

/// Nothing is fetched again but for a key that is not known.
const ON_DEMAND: Schedule = Schedule {
    fresh: NEVER,
    stale: NEVER,
    pause: Duration::ZERO,
    retry: NEVER,
    longest_retry: NEVER,
};

/// The same, and after a failure again and again.
const RETRYING: Schedule = Schedule {
    retry: Duration::from_millis(1),
    longest_retry: Duration::from_millis(1),
    ..ON_DEMAND
};

async fn tokens(issuer: &Issuer, schedule: Schedule) -> Tokens {
    tokens_after(issuer, schedule, None).await
}

/// Those of a contract that takes the place of another one.
async fn tokens_after(issuer: &Issuer, schedule: Schedule, present: Option<&Tokens>) -> Tokens {
    let url = JwksUrl::parse(&issuer.url).unwrap();
    Tokens::open_with(&jwt(JwtKeys::Url(url), &ALL), &CaCertificates::default(), schedule, present)
        .await
        .unwrap()
}

async fn until(tokens: &Tokens, state: IssuerState) {
    let is_reached = async {
        while tokens.state() != state {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), is_reached).await.unwrap();
}

/// Who it is, or status, code and message.
async fn told(verified: Result<Identity, ApiError>) -> String {
    match verified {
        Ok(identity) => format!("ok {}", identity.subject()),
        Err(error) => {
            let response = error.into_response();
            let status = response.status().as_u16();
            assert!(status == 503 || response.headers().contains_key("www-authenticate"));
            let body = response.into_body().collect().await.unwrap().to_bytes();
            let body: Value = serde_json::from_slice(&body).unwrap();
            format!(
                "{status} {}: {}",
                body["error"]["code"].as_str().unwrap(),
                body["error"]["message"].as_str().unwrap()
            )
        }
    }
}

#[tokio::test]
async fn tokens_of_every_algorithm() {
    let signers = [Signer::rsa("r"), Signer::ec("c"), Signer::ed("d")];
    let issuer = Issuer::publish(&[&signers[0], &signers[1], &signers[2]]).await;
    let tokens = tokens(&issuer, ON_DEMAND).await;
    for signer in &signers {
        assert_eq!(told(tokens.verify(&signer.token(&claims())).await).await, "ok alice");
        // one key of its algorithm: then a token need not say which
        let header = json!({ "alg": signer.algorithm }).to_string();
        assert_eq!(
            told(tokens.verify(&signer.token_with(&header, &claims().to_string())).await).await,
            "ok alice"
        );
    }
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn a_secret_in_a_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("secret");
    let secret = "0123456789abcdef0123456789abcdef";
    std::fs::write(&path, format!("{secret}\n")).unwrap();
    let settings = jwt(JwtKeys::Secret(path.clone()), &[JwtAlgorithm::Hs256]);
    let tokens = Tokens::open(&settings, &CaCertificates::default(), None).await.unwrap();
    let signer = Signer::secret(secret.as_bytes());
    assert_eq!(told(tokens.verify(&signer.token(&claims())).await).await, "ok alice");
    let other = Signer::secret(b"another secret that is long enough");
    assert_eq!(
        told(tokens.verify(&other.token(&claims())).await).await,
        "401 token_invalid: the token is not one that is accepted here"
    );
    std::fs::write(&path, "short").unwrap();
    let error = Tokens::open(&settings, &CaCertificates::default(), None).await.err().unwrap();
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "the secret has 5 bytes, and HS256 takes 32 or more"
    );
    // a set with a symmetric key in it has none that checks anything
    std::fs::write(&path, json!({ "keys": [signer.jwk()] }).to_string()).unwrap();
    let error = Tokens::open(&jwt(JwtKeys::File(path), &ALL), &CaCertificates::default(), None)
        .await
        .err()
        .unwrap();
    assert_eq!(
        std::error::Error::source(&error).unwrap().to_string(),
        "it has no key that checks RS256 or ES256 or EdDSA"
    );
}

/// With a right signature over a wrong header.
fn header(signer: &Signer, changes: &Value) -> String {
    let mut header = signer.header();
    for (name, value) in changes.as_object().unwrap() {
        header[name] = value.clone();
    }
    signer.token_with(&header.to_string(), &claims().to_string())
}

#[tokio::test]
async fn every_known_trick_with_a_header() {
    let (rsa, ec, stranger) = (Signer::rsa("r"), Signer::ec("c"), Signer::rsa("r"));
    let issuer = Issuer::publish(&[&rsa, &Signer::rsa("r2"), &ec]).await;
    let tokens = tokens(&issuer, ON_DEMAND).await;
    let right = rsa.token(&claims());
    assert_eq!(told(tokens.verify(&right).await).await, "ok alice");

    let unsigned = |alg: &str| {
        format!(
            "{}.",
            message(&json!({ "alg": alg, "kid": "r" }).to_string(), &claims().to_string())
        )
    };
    // the public key as everybody has it, taken for the secret of an HMAC
    let confused = |secret: Vec<u8>| {
        let signer =
            Signer { id: "r", algorithm: Algorithm::HS256, key: EncodingKey::from_secret(&secret) };
        signer.token(&claims())
    };
    let modulus = URL_SAFE_NO_PAD.decode(rsa.jwk()["n"].as_str().unwrap()).unwrap();
    let as_another =
        |algorithm| Signer { id: "r", algorithm, key: rsa.key.clone() }.token(&claims());
    let (head, rest) = right.split_once('.').unwrap();
    let tricks = [
        unsigned("none"),
        unsigned("None"),
        unsigned("NONE"),
        unsigned("RS256"),
        unsigned(""),
        header(&rsa, &json!({ "alg": "none" })),
        header(&rsa, &json!({ "alg": null })),
        header(&rsa, &json!({ "alg": ["RS256"] })),
        header(&rsa, &json!({ "alg": "ES256" })),
        confused(modulus),
        confused(rsa.jwk().to_string().into_bytes()),
        confused(rsa.jwk()["n"].as_str().unwrap().as_bytes().to_vec()),
        as_another(Algorithm::RS512),
        as_another(Algorithm::PS256),
        stranger.token(&claims()),
        header(&stranger, &json!({ "jwk": stranger.jwk() })),
        header(&rsa, &json!({ "jwk": rsa.jwk() })),
        header(&stranger, &json!({ "jku": "https://evil.example/keys" })),
        header(&rsa, &json!({ "jku": issuer.url })),
        header(&stranger, &json!({ "x5u": "https://evil.example/cert" })),
        header(&stranger, &json!({ "x5c": ["MII"] })),
        header(&rsa, &json!({ "crit": ["exp"] })),
        header(&rsa, &json!({ "crit": [] })),
        header(&rsa, &json!({ "b64": false })),
        header(&rsa, &json!({ "kid": "c" })),
        header(&rsa, &json!({ "kid": "r2" })),
        header(&rsa, &json!({ "kid": "R" })),
        header(&rsa, &json!({ "kid": "" })),
        header(&rsa, &json!({ "kid": "../../../dev/null" })),
        header(&rsa, &json!({ "kid": "' or 1=1 --" })),
        header(&rsa, &json!({ "kid": 1 })),
        header(&rsa, &json!({ "kid": null })),
        // which of two keys?
        rsa.token_with(r#"{"alg":"RS256"}"#, &claims().to_string()),
        header(&rsa, &json!({ "typ": "logout+jwt" })),
        header(&rsa, &json!({ "typ": "dpop+jwt" })),
        header(&rsa, &json!({ "typ": 1 })),
        rsa.token_with(r#"{"alg":"none","alg":"RS256","kid":"r"}"#, &claims().to_string()),
        rsa.token_with(r#"["RS256"]"#, &claims().to_string()),
        rsa.token_with("", &claims().to_string()),
        format!("{head}=.{rest}"),
        format!("{}.{rest}", STANDARD.encode(rsa.header().to_string())),
        format!(" {right}"),
        format!("{right}."),
        format!("{right}.{head}"),
        format!("{head}..{}", rest.rsplit('.').next().unwrap()),
        right[..right.len() - 8].to_owned(),
        head.to_owned(),
        "..".to_owned(),
        String::new(),
    ];
    let mut accepted = Vec::new();
    for (number, trick) in tricks.iter().enumerate() {
        let told = told(tokens.verify(trick).await).await;
        if !told.starts_with("401 token_invalid: ") {
            accepted.push(format!("{number}: {told} {trick}"));
        }
    }
    assert!(accepted.is_empty(), "{accepted:#?}");
}

#[tokio::test]
async fn every_known_trick_with_claims() {
    let signer = Signer::ed("d");
    let issuer = Issuer::publish(&[&signer]).await;
    let tokens = tokens(&issuer, ON_DEMAND).await;
    let of = |changes: Value| signer.token(&claims_with(&changes));
    let raw = |claims: &str| signer.token_with(&signer.header().to_string(), claims);
    let right = claims().to_string();
    let (head, signature) = {
        let token = signer.token(&claims());
        let mut parts = token.split('.');
        (parts.next().unwrap().to_owned(), parts.nth(1).unwrap().to_owned())
    };
    let elevated = URL_SAFE_NO_PAD.encode(claims_with(&json!({ "sub": "root" })).to_string());
    let cases = [
        ("as it should be", of(json!({}))),
        ("one audience of several", of(json!({ "aud": ["other", "uploads"] }))),
        ("expired within the leeway", of(json!({ "exp": from_now(-10) }))),
        ("not yet valid within the leeway", of(json!({ "nbf": from_now(10) }))),
        ("expired", of(json!({ "exp": from_now(-60) }))),
        ("expired long ago", of(json!({ "exp": 0 }))),
        ("never expires", of(json!({ "exp": null }))),
        ("expires in words", of(json!({ "exp": "tomorrow" }))),
        ("expires before 1970", of(json!({ "exp": -1 }))),
        (
            "expires never, in numbers",
            raw(&right.replacen(&format!("{}", from_now(3600)), "1e400", 1)),
        ),
        ("not yet valid", of(json!({ "nbf": from_now(60) }))),
        ("valid from, in words", of(json!({ "nbf": "now" }))),
        ("no audience", of(json!({ "aud": null }))),
        ("another audience", of(json!({ "aud": "other" }))),
        ("audience in another case", of(json!({ "aud": "Uploads" }))),
        ("part of the audience", of(json!({ "aud": ["upload", "uploads "] }))),
        ("audience is empty", of(json!({ "aud": [] }))),
        ("audience is no text", of(json!({ "aud": { "uploads": true } }))),
        ("no issuer", of(json!({ "iss": null }))),
        ("another issuer", of(json!({ "iss": "https://login.example.com" }))),
        (
            "several issuers",
            of(json!({ "iss": ["https://login.example.com/", "https://evil.example/"] })),
        ),
        ("subject twice", raw(&right.replacen("{", r#"{"sub":"root","#, 1))),
        ("audience twice", raw(&right.replacen("{", r#"{"aud":"other","#, 1))),
        ("twice, deeper down", raw(&right.replacen("{", r#"{"x":{"a":1,"a":2},"#, 1))),
        ("other claims under the same signature", format!("{head}.{elevated}.{signature}")),
        ("no object", raw("[]")),
        ("no JSON", raw("sub=alice")),
        ("nested deeply", raw(&format!("{{\"x\":{}1{}}}", "[".repeat(3000), "]".repeat(3000)))),
        ("no subject", of(json!({ "sub": null }))),
        ("subject is a number", of(json!({ "sub": 7 }))),
        ("subject is empty", of(json!({ "sub": "" }))),
        ("subject with a line of its own", of(json!({ "sub": "alice\nroot" }))),
        ("subject of an access key", of(json!({ "sub": "api-key:app" }))),
        ("subject is long", of(json!({ "sub": "a".repeat(256) }))),
    ];
    let mut lines = Vec::new();
    for (name, token) in cases {
        lines.push(format!("{name} → {}", told(tokens.verify(&token).await).await));
    }
    insta::assert_snapshot!(lines.join("\n"), @r#"
    as it should be → ok alice
    one audience of several → ok alice
    expired within the leeway → ok alice
    not yet valid within the leeway → ok alice
    expired → 401 token_expired: the token has expired
    expired long ago → 401 token_expired: the token has expired
    never expires → 401 token_invalid: the token has no claim "exp" that can be used
    expires in words → 401 token_invalid: the token has no claim "exp" that can be used
    expires before 1970 → 401 token_invalid: the token has no claim "exp" that can be used
    expires never, in numbers → 401 token_invalid: the token is not one that is accepted here
    not yet valid → 401 token_invalid: the token is not valid yet
    valid from, in words → 401 token_invalid: the token is not one that is accepted here
    no audience → 401 token_invalid: the token has no claim "aud" that can be used
    another audience → 401 token_invalid: the token is for another audience
    audience in another case → 401 token_invalid: the token is for another audience
    part of the audience → 401 token_invalid: the token is for another audience
    audience is empty → 401 token_invalid: the token is for another audience
    audience is no text → 401 token_invalid: the token has no claim "aud" that can be used
    no issuer → 401 token_invalid: the token has no claim "iss" that can be used
    another issuer → 401 token_invalid: the token is of another issuer
    several issuers → 401 token_invalid: the token is of another issuer
    subject twice → 401 token_invalid: the token is not one that is accepted here
    audience twice → 401 token_invalid: the token is not one that is accepted here
    twice, deeper down → 401 token_invalid: the token is not one that is accepted here
    other claims under the same signature → 401 token_invalid: the token is not one that is accepted here
    no object → 401 token_invalid: the token is not one that is accepted here
    no JSON → 401 token_invalid: the token is not one that is accepted here
    nested deeply → 401 token_invalid: the token is not one that is accepted here
    no subject → 403 claim_malformed: the token's claim "sub" is not the name of a subject: 1 to 255 bytes without control characters, and not "api-key:" at its beginning
    subject is a number → 403 claim_malformed: the token's claim "sub" is not the name of a subject: 1 to 255 bytes without control characters, and not "api-key:" at its beginning
    subject is empty → 403 claim_malformed: the token's claim "sub" is not the name of a subject: 1 to 255 bytes without control characters, and not "api-key:" at its beginning
    subject with a line of its own → 403 claim_malformed: the token's claim "sub" is not the name of a subject: 1 to 255 bytes without control characters, and not "api-key:" at its beginning
    subject of an access key → 403 claim_malformed: the token's claim "sub" is not the name of a subject: 1 to 255 bytes without control characters, and not "api-key:" at its beginning
    subject is long → 403 claim_malformed: the token's claim "sub" is not the name of a subject: 1 to 255 bytes without control characters, and not "api-key:" at its beginning
    "#);
}

#[tokio::test]
async fn a_new_key_is_fetched_when_it_is_needed_and_not_more_often() {
    let (first, second, unknown) =
        (Signer::ed("first"), Signer::ed("second"), Signer::ed("unknown"));
    let issuer = Issuer::publish(&[&first]).await;
    let eager = tokens(&issuer, ON_DEMAND).await;
    let patient = tokens(&issuer, Schedule { pause: NEVER, ..ON_DEMAND }).await;
    issuer.change(&[&first, &second]);
    let asked = issuer.asked();
    assert_eq!(told(eager.verify(&second.token(&claims())).await).await, "ok alice");
    assert_eq!(issuer.asked(), asked + 1);
    assert_eq!(told(eager.verify(&first.token(&claims())).await).await, "ok alice");
    assert_eq!(issuer.asked(), asked + 1, "a known key needs no fetch");
    let refused = "401 token_invalid: the token is not one that is accepted here";
    for _ in 0..3 {
        assert_eq!(told(patient.verify(&unknown.token(&claims())).await).await, refused);
        assert_eq!(told(patient.verify(&second.token(&claims())).await).await, refused);
    }
    assert_eq!(issuer.asked(), asked + 1, "a stranger's key ids make no requests");
}

#[tokio::test]
async fn a_key_that_is_withdrawn_ends() {
    let (first, second) = (Signer::ed("first"), Signer::ed("second"));
    let issuer = Issuer::publish(&[&first]).await;
    let tokens = tokens(&issuer, Schedule { fresh: Duration::ZERO, ..ON_DEMAND }).await;
    issuer.change(&[&second]);
    let token = first.token(&claims());
    // the fetch goes on beside the request that began it
    tokio::time::timeout(Duration::from_secs(30), async {
        while told(tokens.verify(&token).await).await == "ok alice" {
            tokio::task::yield_now().await;
        }
    })
    .await
    .unwrap();
    assert_eq!(told(tokens.verify(&second.token(&claims())).await).await, "ok alice");
}

#[tokio::test]
async fn an_issuer_that_fails() {
    let (known, unknown) = (Signer::ed("known"), Signer::ed("unknown"));
    let issuer = Issuer::publish(&[&known]).await;
    let lasting = tokens(&issuer, ON_DEMAND).await;
    issuer.answer(StatusCode::INTERNAL_SERVER_ERROR, "");
    assert_eq!(told(lasting.verify(&known.token(&claims())).await).await, "ok alice");
    let unavailable =
        "503 issuer_unavailable: the token cannot be checked: its issuer's keys cannot be had now";
    assert_eq!(told(lasting.verify(&unknown.token(&claims())).await).await, unavailable);
    issuer.change(&[&known]);
    let stale = tokens(&issuer, Schedule { stale: Duration::ZERO, ..ON_DEMAND }).await;
    issuer.answer(StatusCode::INTERNAL_SERVER_ERROR, "");
    assert_eq!(told(stale.verify(&known.token(&claims())).await).await, unavailable);
    issuer.change(&[&known, &unknown]);
    for signer in [&known, &unknown] {
        assert_eq!(told(lasting.verify(&signer.token(&claims())).await).await, "ok alice");
    }
}

#[tokio::test]
async fn tokens_are_refused_until_the_issuer_has_keys() {
    let signer = Signer::ed("d");
    let issuer = Issuer::publish(&[&signer]).await;
    let url = JwksUrl::parse(&issuer.url).unwrap();
    let http = CaCertificates::default()
        .http_client()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let mut lines = Vec::new();
    for (status, body) in [
        (StatusCode::NOT_FOUND, "{}".to_owned()),
        (StatusCode::FOUND, String::new()),
        (StatusCode::OK, "<html>".to_owned()),
        (
            StatusCode::OK,
            "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}, {\"kty\":\"new\"}, 7]}".to_owned(),
        ),
        (StatusCode::OK, format!("{{\"keys\":[],\"x\":\"{}\"}}", "x".repeat(300_000))),
    ] {
        issuer.answer(status, &body);
        lines.push(fetch(&http, &url, &ALL).await.err().unwrap().to_string());
        let tokens = tokens(&issuer, RETRYING).await;
        assert_eq!(tokens.state(), IssuerState::Unavailable);
        let refused = told(tokens.verify(&signer.token(&claims())).await).await;
        assert_eq!(
            refused,
            "503 issuer_unavailable: the token cannot be checked: its issuer's keys cannot be had now"
        );
        // it is asked again without a request that needs it
        issuer.change(&[&signer]);
        until(&tokens, IssuerState::Available).await;
        assert_eq!(told(tokens.verify(&signer.token(&claims())).await).await, "ok alice");
    }
    insta::assert_snapshot!(lines.join("\n"), @"
    it answered 404 Not Found
    it answered 302 Found
    it is not a JSON Web Key Set
    it has no key that checks RS256 or ES256 or EdDSA
    127.0.0.1 answered with more than 262144 bytes
    ");
}

#[tokio::test]
async fn cached_keys_outlive_a_reload_while_the_issuer_is_down() {
    let (known, other) = (Signer::ed("known"), Signer::ec("other"));
    let issuer = Issuer::publish(&[&known, &other]).await;
    let first = tokens(&issuer, RETRYING).await;
    issuer.answer(StatusCode::INTERNAL_SERVER_ERROR, "");
    let second = tokens_after(&issuer, RETRYING, Some(&first)).await;
    drop(first);
    until(&second, IssuerState::Cached).await;
    assert_eq!(told(second.verify(&known.token(&claims())).await).await, "ok alice");
    // also under other algorithms, as far as there are keys for them
    let reload = async |algorithms: &[JwtAlgorithm], url: &str| {
        let settings = jwt(JwtKeys::Url(JwksUrl::parse(url).unwrap()), algorithms);
        Tokens::open_with(&settings, &CaCertificates::default(), RETRYING, Some(&second))
            .await
            .unwrap()
    };
    let fewer = reload(&[JwtAlgorithm::Es256], &issuer.url).await;
    assert_eq!(told(fewer.verify(&other.token(&claims())).await).await, "ok alice");
    assert!(told(fewer.verify(&known.token(&claims())).await).await.starts_with("401 "));
    assert_eq!(reload(&[JwtAlgorithm::Rs256], &issuer.url).await.state(), IssuerState::Unavailable);
    // those of another address are another issuer's
    assert_eq!(
        reload(&ALL, &issuer.url.replace("/keys", "/other")).await.state(),
        IssuerState::Unavailable
    );
    issuer.change(&[&known]);
    until(&second, IssuerState::Available).await;
    assert_eq!(told(second.verify(&known.token(&claims())).await).await, "ok alice");
}

#[tokio::test]
async fn an_issuer_that_hangs_delays_a_start_by_seconds() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = JwksUrl::parse(&format!("http://{}/keys", silent.local_addr().unwrap())).unwrap();
    let start = tokio::time::Instant::now();
    let tokens = Tokens::open(&jwt(JwtKeys::Url(url), &ALL), &CaCertificates::default(), None)
        .await
        .unwrap();
    assert_eq!(tokens.state(), IssuerState::Unavailable);
    assert!(start.elapsed() < Duration::from_secs(6), "{:?}", start.elapsed());
}
