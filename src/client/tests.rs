//! What a client says when it cannot upload. Uploads that arrive are tested from outside, on real backends.

use std::error::Error;
use std::io::Write as _;
use std::sync::Arc;

use tempfile::NamedTempFile;
use tokio::net::TcpListener;

use super::{Client, Parts, Upload, UploadError, Uploaded};
use crate::ca_certificates::CaCertificates;
use crate::server::{Server, ServerOptions};
use gatepass_core::contract::{Contract, Overrides};
use gatepass_core::grant::SigningCredentials;

/// An address at which nobody listens any more.
async fn nobody() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().to_string()
}

/// An endpoint whose S3 is not there.
async fn endpoint() -> String {
    let text = format!(
        r#"
        [bucket]
        name = "acme-uploads"
        region = "eu-central-1"
        [upload]
        content_types = ["image/*"]
        max_size = "1 KiB"
        allowed_origins = []
        [[role.trust]]
        service = "ec2.amazonaws.com"
        [serve]
        listen = "127.0.0.1:0"
        [endpoint]
        url = "http://{}"
    "#,
        nobody().await
    );
    let contract = Contract::parse(&text, "gatepass.toml", &Overrides::default()).unwrap();
    let credentials = SigningCredentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret_access_key: "secret".into(),
        session_token: None,
        expires_at: None,
    };
    let server =
        Server::bind(&contract, Arc::new(credentials), ServerOptions::default()).await.unwrap();
    let address = server.address();
    tokio::spawn(server.run(std::future::pending()));
    format!("http://{address}/")
}

fn file(content: &[u8]) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(content).unwrap();
    file
}

async fn upload(
    endpoint: &str,
    file: &NamedTempFile,
    content_type: &str,
) -> Result<Uploaded, UploadError> {
    let upload = Upload {
        path: file.path().to_owned(),
        content_type: content_type.to_owned(),
        filename: None,
        checksum: true,
        parts: Parts::default(),
    };
    Client::new(endpoint, &CaCertificates::default())?.upload(&upload, |_| {}).await
}

/// An error with its causes.
fn whole(error: &UploadError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text += &format!(": {cause}");
        source = cause.source();
    }
    text
}

#[tokio::test]
async fn a_refusal_is_told_in_the_endpoints_words() {
    let error = upload(&endpoint().await, &file(b"text"), "text/plain").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"the endpoint refused (415 content_type_not_allowed): uploads of type "text/plain" are not allowed here"#
    );
    assert_eq!(error.hint().as_deref(), Some("allowed are image/*"));
    let error = upload(&endpoint().await, &file(&[0; 1025]), "image/png").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "the endpoint refused (413 too_large): `size` 1025 is above the maximum of 1024 bytes"
    );
}

#[tokio::test]
async fn an_s3_that_is_not_there_is_named_and_the_url_is_not() {
    let error = upload(&endpoint().await, &file(b"picture"), "image/png").await.unwrap_err();
    let text = whole(&error);
    assert!(text.starts_with("sending the file to 127.0.0.1: "), "{text}");
    assert!(text.contains("Connection refused"), "{text}");
    assert!(!text.contains("X-Amz"), "{text}");
    assert!(!format!("{error:?}").contains("X-Amz"), "{error:?}");
}

#[tokio::test]
async fn an_endpoint_that_is_not_there() {
    let endpoint = format!("http://{}", nobody().await);
    let error = upload(&endpoint, &file(b"picture"), "image/png").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("the endpoint {endpoint}/api/upload-url does not answer")
    );
}

#[tokio::test]
async fn something_else_than_an_endpoint() {
    let endpoint = endpoint().await;
    let error = upload(&format!("{endpoint}healthz?x#y"), &file(b"picture"), "image/png")
        .await
        .unwrap_err();
    // a JSON error of an endpoint, at a path that it does not have
    assert!(error.to_string().starts_with("the endpoint refused (404 not_found)"), "{error}");
    let error = Client::new("localhost:8080", &CaCertificates::default()).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#""localhost:8080" is not the URL of an endpoint: its scheme is "localhost""#
    );
}

#[tokio::test]
async fn a_file_that_is_not_there_or_is_none() {
    let endpoint = endpoint().await;
    let directory = tempfile::tempdir().unwrap();
    let client = Client::new(&endpoint, &CaCertificates::default()).unwrap();
    let mut upload = Upload {
        path: directory.path().to_owned(),
        content_type: "image/png".to_owned(),
        filename: None,
        checksum: false,
        parts: Parts::default(),
    };
    let error = client.upload(&upload, |_| {}).await.unwrap_err();
    assert_eq!(error.to_string(), format!("{} is not a regular file", directory.path().display()));
    upload.path = directory.path().join("missing.png");
    let error = client.upload(&upload, |_| {}).await.unwrap_err();
    assert!(whole(&error).contains("missing.png: No such file"), "{}", whole(&error));
}
