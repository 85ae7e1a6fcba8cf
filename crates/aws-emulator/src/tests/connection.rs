//! What is not of one operation: refusals that explain themselves, other ways to address and to sign.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration, Tag};
use reqwest::StatusCode;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

#[tokio::test]
async fn a_refused_signature_is_explained() {
    let running = Running::with_bucket("bucket-1").await;
    let config = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let presigned = running
        .s3()
        .put_object()
        .bucket("bucket-1")
        .key("a")
        .content_type("text/plain")
        .presigned(config)
        .await
        .unwrap();
    let response = reqwest::Client::new()
        .put(presigned.uri())
        .header("content-type", "text/html")
        .body("x")
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let text = response.text().await.unwrap();
    assert!(text.contains("<Code>SignatureDoesNotMatch</Code>"), "{text}");
    assert!(
        text.contains("<CanonicalRequest>PUT\n/bucket-1/a\n")
            && text.contains("\ncontent-type:text/html\n"),
        "{text}"
    );
    assert!(text.contains("<StringToSign>AWS4-HMAC-SHA256\n") && !text.contains(SECRET), "{text}");
}

/// Without `Expect`, as browsers and most clients send: the answer must come through although the body is not wanted.
#[tokio::test]
async fn whoever_sends_a_large_body_hears_that_it_is_refused() {
    let running = Running::with_bucket("bucket-1").await;
    let mut stream = tokio::net::TcpStream::connect(running.backend.address()).await.unwrap();
    let length = 32 << 20;
    let head = format!(
        "PUT /bucket-1/a HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![0; length]).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
}

/// With it, nobody is asked to send what is not wanted.
#[tokio::test]
async fn whoever_asks_before_sending_is_told_at_once() {
    let running = Running::with_bucket("bucket-1").await;
    let mut stream = tokio::net::TcpStream::connect(running.backend.address()).await.unwrap();
    let head = "PUT /bucket-1/a HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nexpect: 100-continue\r\ncontent-length: 1000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 403 Forbidden\r\n"), "{answer}");
}

#[tokio::test]
async fn a_bucket_can_stand_in_the_host() {
    let running = Running::with_bucket("bucket-1").await;
    let config = running.config(root());
    let url = format!("http://localhost:{}", running.backend.address().port());
    let config = aws_sdk_s3::config::Builder::from(&config)
        .endpoint_url(url)
        .force_path_style(false)
        .build();
    let s3 = aws_sdk_s3::Client::from_conf(config);
    let presigning = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let presigned =
        s3.put_object().bucket("bucket-1").key("a/b").presigned(presigning).await.unwrap();
    let url = url::Url::parse(presigned.uri()).unwrap();
    let host = format!("bucket-1.localhost:{}", url.port().unwrap());
    assert_eq!(format!("{}:{}", url.host_str().unwrap(), url.port().unwrap()), host);
    let http = reqwest::Client::builder()
        .resolve("bucket-1.localhost", running.backend.address())
        .build()
        .unwrap();
    assert_eq!(http.put(url).body("hello").send().await.unwrap().status(), StatusCode::OK);
    let got = running.s3().get_object().bucket("bucket-1").key("a/b").send().await.unwrap();
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"hello");
}

#[tokio::test]
async fn a_bucket_is_made_with_its_tags() {
    let running = Running::start().await;
    let configuration = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::from(REGION))
        .tags(Tag::builder().key("gatepass:contract").value("bucket-1").build().unwrap())
        .build();
    running
        .s3()
        .create_bucket()
        .bucket("bucket-1")
        .create_bucket_configuration(configuration)
        .send()
        .await
        .unwrap();
    let tags = running.s3().get_bucket_tagging().bucket("bucket-1").send().await.unwrap();
    assert_eq!(
        (tags.tag_set()[0].key(), tags.tag_set()[0].value()),
        ("gatepass:contract", "bucket-1")
    );
}
