//! Presigned URLs, sent by a bare HTTP client.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use reqwest::{Method, StatusCode};

use super::*;

/// A presigned PUT as the SDK makes it.
async fn presign(s3: &aws_sdk_s3::Client, key: &str) -> String {
    let config = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let put = s3.put_object().bucket("bucket-1").key(key).content_type("text/plain");
    put.presigned(config).await.unwrap().uri().to_owned()
}

/// Status and error code.
async fn send(method: Method, url: &str, headers: &[(&str, &str)]) -> (StatusCode, String) {
    let mut request = reqwest::Client::new().request(method, url).body("hello");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>")).map(|(code, _)| code.to_owned());
    (status, code.unwrap_or_default())
}

const TEXT: (&str, &str) = ("content-type", "text/plain");

#[tokio::test]
async fn a_presigned_put_is_taken_as_it_was_signed_and_no_other_way() {
    let running = Running::with_bucket("bucket-1").await;
    let url = presign(&running.s3(), "uploads/a.txt").await;
    assert_eq!(send(Method::PUT, &url, &[TEXT]).await, (StatusCode::OK, String::new()));
    let forbidden = |code: &str| (StatusCode::FORBIDDEN, code.to_owned());
    let mismatch = forbidden("SignatureDoesNotMatch");
    assert_eq!(send(Method::PUT, &url.replace("a.txt", "b.txt"), &[TEXT]).await, mismatch);
    assert_eq!(send(Method::GET, &url, &[TEXT]).await, mismatch);
    assert_eq!(send(Method::PUT, &url, &[("content-type", "text/html")]).await, mismatch);
    assert_eq!(send(Method::PUT, &url, &[]).await, mismatch);
    assert_eq!(send(Method::PUT, &url, &[TEXT, ("x-amz-acl", "public-read")]).await, forbidden("AccessDenied"));
    assert_eq!(send(Method::PUT, &url.replace(KEY, "AKIAAAAAAAAAAAAAAAAA"), &[TEXT]).await, forbidden("InvalidAccessKeyId"));
    assert_eq!(send(Method::PUT, url.split_once('?').unwrap().0, &[TEXT]).await, forbidden("AccessDenied"));
    let malformed = (StatusCode::BAD_REQUEST, "AuthorizationQueryParametersError".to_owned());
    assert_eq!(send(Method::PUT, &url.replace("eu-central-1", "eu-west-1"), &[TEXT]).await, malformed);
    assert_eq!(send(Method::PUT, &url.replace("X-Amz-Expires=60", "X-Amz-Expires=604801"), &[TEXT]).await, malformed);
    assert_eq!(
        send(Method::PUT, &format!("{url}&X-Amz-Security-Token=bogus"), &[TEXT]).await,
        (StatusCode::BAD_REQUEST, "InvalidToken".to_owned())
    );
}

#[tokio::test]
async fn an_expired_url_is_refused_by_that_name() {
    let running = Running::with_bucket("bucket-1").await;
    let config = PresigningConfig::builder()
        .start_time(std::time::SystemTime::now() - Duration::from_secs(120))
        .expires_in(Duration::from_secs(60))
        .build()
        .unwrap();
    let presigned = running.s3().put_object().bucket("bucket-1").key("a").presigned(config).await.unwrap();
    let response = reqwest::Client::new().put(presigned.uri()).body("x").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let text = response.text().await.unwrap();
    assert!(text.contains("<Message>Request has expired</Message>") && text.contains("<RequestId>"), "{text}");
}
