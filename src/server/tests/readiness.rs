//! Credentials that end, are renewed, or were never there.

use std::error::Error as _;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwapOption;
use tokio::sync::Notify;

use super::{Running, contract, credentials, error, header};
use crate::server::credentials::follow;
use crate::server::endpoint::{Endpoint, Equipment};
use crate::server::{CredentialSource, CredentialsUnavailable, Server, ServerError, ServerOptions};
use gatepass_core::grant::SigningCredentials;

const REQUEST: &str = r#"{"content_type": "image/png", "size": 5}"#;

fn that_end(expires_at: SystemTime) -> Arc<SigningCredentials> {
    Arc::new(SigningCredentials {
        expires_at: Some(expires_at),
        ..SigningCredentials::clone(&credentials())
    })
}

fn in_seconds(seconds: u64) -> SystemTime {
    SystemTime::now() + Duration::from_secs(seconds)
}

/// A source whose credentials are set by the test.
struct Settable {
    credentials: ArcSwapOption<SigningCredentials>,
    asked: Notify,
}

impl Settable {
    fn new(credentials: Option<Arc<SigningCredentials>>) -> Self {
        Self { credentials: ArcSwapOption::new(credentials), asked: Notify::new() }
    }

    /// Ends when what was answered first has been dealt with, for then the next question comes.
    async fn asked_twice(&self) {
        self.asked.notified().await;
        self.asked.notified().await;
    }
}

impl CredentialSource for Settable {
    async fn current(&self) -> Result<Arc<SigningCredentials>, CredentialsUnavailable> {
        self.asked.notify_one();
        self.credentials
            .load_full()
            .ok_or_else(|| CredentialsUnavailable("the profile has no keys".into()))
    }
}

#[tokio::test]
async fn alive_and_ready() {
    let server = Running::start(&contract()).await;
    assert_eq!(server.get("/healthz").await.text().await.unwrap(), r#"{"status":"alive"}"#);
    assert_eq!(
        server.get("/readyz").await.text().await.unwrap(),
        r#"{"status":"ready","credentials_expire_at":null}"#
    );
}

#[tokio::test]
async fn credentials_that_have_ended_are_said() {
    let server = Running::start_with(
        &contract(),
        that_end(SystemTime::UNIX_EPOCH),
        ServerOptions::default(),
    )
    .await
    .unwrap();
    assert_eq!(server.get("/healthz").await.status(), 200);
    for response in [server.get("/readyz").await, server.ask(REQUEST).await] {
        assert_eq!(header(&response, "retry-after"), Some("5"));
        let told = error(response).await;
        insta::allow_duplicates! {
            insta::assert_snapshot!(told, @"
            503 credentials_expired
            the credentials that sign have expired
            this is the server's to mend; try again in a moment
            ");
        }
    }
}

#[tokio::test]
async fn a_grant_ends_with_the_credentials_that_signed_it() {
    let end = in_seconds(60);
    let server =
        Running::start_with(&contract(), that_end(end), ServerOptions::default()).await.unwrap();
    let grant: serde_json::Value = server.ask(REQUEST).await.json().await.unwrap();
    assert!(humantime::parse_rfc3339(grant["expires_at"].as_str().unwrap()).unwrap() <= end);
    assert!(grant["expires_in"].as_u64().unwrap() <= 60);
}

#[tokio::test]
async fn new_credentials_are_followed() {
    let (ended, fresh) = (that_end(SystemTime::UNIX_EPOCH), that_end(in_seconds(3600)));
    let source = Settable::new(Some(Arc::clone(&ended)));
    let endpoint =
        Endpoint::new(contract(), SigningCredentials::clone(&ended), Equipment::default());
    let watching = async {
        source.asked_twice().await;
        // without any, the old ones stay: they may be valid still
        source.credentials.store(None);
        source.asked_twice().await;
        assert_eq!(endpoint.credentials_expire_at(), Some(SystemTime::UNIX_EPOCH));
        source.credentials.store(Some(Arc::clone(&fresh)));
        source.asked_twice().await;
        assert_eq!(endpoint.credentials_expire_at(), fresh.expires_at);
    };
    tokio::select! {
        never = follow(&source, &endpoint, ended, Duration::from_millis(1)) => match never {},
        () = watching => {}
    }
}

#[tokio::test]
async fn nothing_starts_without_credentials() {
    let Err(error) = Server::bind(&contract(), Settable::new(None), ServerOptions::default()).await
    else {
        panic!("it started")
    };
    assert_eq!(error.to_string(), "there are no credentials to sign with");
    assert_eq!(error.source().unwrap().to_string(), "the profile has no keys");
}

#[tokio::test]
async fn an_open_address_must_be_meant() {
    let mut contract = contract();
    contract.serve.listen = "0.0.0.0:0".parse().unwrap();
    let Err(error) = Server::bind(&contract, credentials(), ServerOptions::default()).await else {
        panic!("it started")
    };
    assert!(matches!(error, ServerError::Unauthenticated(_)));
    insta::assert_snapshot!(format!("{error}\n{}", error.hint().unwrap()), @"
    refusing to listen on 0.0.0.0:0: everybody who reaches that address could upload, for the endpoint asks nobody who they are
    say who may ask under [auth], listen on a loopback address behind something that authenticates, or say that this is meant: `allow_unauthenticated = true` under [serve], or --allow-unauthenticated
    ");
    let meant = ServerOptions { allow_unauthenticated: true, ..ServerOptions::default() };
    Server::bind(&contract, credentials(), meant).await.unwrap();
    contract.serve.allow_unauthenticated = true;
    Server::bind(&contract, credentials(), ServerOptions::default()).await.unwrap();
}

#[tokio::test]
async fn a_taken_address_is_named() {
    let first = Running::start(&contract()).await;
    let mut contract = contract();
    contract.serve.listen = first.address;
    let Err(error) = Server::bind(&contract, credentials(), ServerOptions::default()).await else {
        panic!("it started")
    };
    assert_eq!(error.to_string(), format!("listening on {}", first.address));
    assert_eq!(
        error.hint(),
        Some("another process listens there; choose another port, or port 0 for any free one")
    );
}
