//! Issuers of tokens for tests: keys are made anew each time, and a token can be whatever an attacker likes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use arc_swap::ArcSwap;
use aws_lc_rs::encoding::{AsDer as _, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use axum::Router;
use axum::http::StatusCode;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};

use gatepass_core::contract::{Claims, Jwt, JwtAlgorithm, JwtKeys};

pub(in crate::server) const ISSUER: &str = "https://login.example.com/";
pub(in crate::server) const AUDIENCE: &str = "uploads";

/// A key that signs tokens.
pub(in crate::server) struct Signer {
    pub(in crate::server) id: &'static str,
    pub(in crate::server) algorithm: Algorithm,
    pub(in crate::server) key: EncodingKey,
}

impl Signer {
    pub(in crate::server) fn rsa(id: &'static str) -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let der: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        // PKCS #8 has the key itself behind 26 bytes that say that it is one of RSA
        Self {
            id,
            algorithm: Algorithm::RS256,
            key: EncodingKey::from_rsa_der(&der.as_ref()[26..]),
        }
    }

    pub(in crate::server) fn ec(id: &'static str) -> Self {
        let der =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
                .unwrap();
        Self { id, algorithm: Algorithm::ES256, key: EncodingKey::from_ec_der(der.as_ref()) }
    }

    pub(in crate::server) fn ed(id: &'static str) -> Self {
        let der = Ed25519KeyPair::generate_pkcs8v1(&SystemRandom::new()).unwrap();
        Self { id, algorithm: Algorithm::EdDSA, key: EncodingKey::from_ed_der(der.as_ref()) }
    }

    pub(in crate::server) fn secret(secret: &[u8]) -> Self {
        Self { id: "secret", algorithm: Algorithm::HS256, key: EncodingKey::from_secret(secret) }
    }

    /// What the issuer publishes of it.
    pub(in crate::server) fn jwk(&self) -> Value {
        let mut jwk =
            serde_json::to_value(Jwk::from_encoding_key(&self.key, self.algorithm).unwrap())
                .unwrap();
        jwk["kid"] = self.id.into();
        jwk["use"] = "sig".into();
        jwk
    }

    pub(in crate::server) fn header(&self) -> Value {
        json!({ "alg": self.algorithm, "typ": "JWT", "kid": self.id })
    }

    /// A token that is as it should be.
    pub(in crate::server) fn token(&self, claims: &Value) -> String {
        self.token_with(&self.header().to_string(), &claims.to_string())
    }

    /// A token with any texts for header and claims, and a signature that is right for them.
    pub(in crate::server) fn token_with(&self, header: &str, claims: &str) -> String {
        let message = message(header, claims);
        let signature =
            jsonwebtoken::crypto::sign(message.as_bytes(), &self.key, self.algorithm).unwrap();
        format!("{message}.{signature}")
    }
}

/// What is signed of a token.
pub(in crate::server) fn message(header: &str, claims: &str) -> String {
    format!("{}.{}", URL_SAFE_NO_PAD.encode(header), URL_SAFE_NO_PAD.encode(claims))
}

/// In seconds since 1970.
pub(in crate::server) fn from_now(seconds: i64) -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().cast_signed() + seconds
}

/// Claims that are as they should be.
pub(in crate::server) fn claims() -> Value {
    json!({ "iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "exp": from_now(3600) })
}

/// The same with some put in the place of others; null leaves one out.
pub(in crate::server) fn claims_with(changes: &Value) -> Value {
    let mut claims = claims();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Value::Null => drop(claims.as_object_mut().unwrap().remove(name)),
            value => claims[name] = value.clone(),
        }
    }
    claims
}

pub(in crate::server) fn jwt(keys: JwtKeys, algorithms: &[JwtAlgorithm]) -> Jwt {
    Jwt {
        issuer: ISSUER.to_owned(),
        audience: AUDIENCE.to_owned(),
        algorithms: algorithms.to_vec(),
        keys,
        subject: "sub".to_owned(),
        leeway: Duration::from_secs(30),
        claims: Claims::default(),
    }
}

/// An issuer that publishes keys under an address.
pub(in crate::server) struct Issuer {
    pub(in crate::server) url: String,
    answer: Arc<ArcSwap<(StatusCode, String)>>,
    asked: Arc<AtomicU32>,
}

impl Issuer {
    pub(in crate::server) async fn publish(signers: &[&Signer]) -> Self {
        let answer = Arc::new(ArcSwap::from_pointee((StatusCode::OK, set(signers))));
        let asked = Arc::new(AtomicU32::new(0));
        let (given, counted) = (Arc::clone(&answer), Arc::clone(&asked));
        let routes = Router::new().route(
            "/keys",
            get(async move || {
                counted.fetch_add(1, Ordering::SeqCst);
                let (status, body) = &**given.load();
                (*status, [("location", "/keys")], body.clone())
            }),
        );
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self { url, answer, asked }
    }

    /// From now on it publishes these.
    pub(in crate::server) fn change(&self, signers: &[&Signer]) {
        self.answer(StatusCode::OK, &set(signers));
    }

    pub(in crate::server) fn answer(&self, status: StatusCode, body: &str) {
        self.answer.store(Arc::new((status, body.to_owned())));
    }

    /// How often it was asked.
    pub(in crate::server) fn asked(&self) -> u32 {
        self.asked.load(Ordering::SeqCst)
    }
}

fn set(signers: &[&Signer]) -> String {
    json!({ "keys": signers.iter().map(|signer| signer.jwk()).collect::<Vec<_>>() }).to_string()
}
