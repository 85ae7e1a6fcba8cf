//! What is granted, and what is refused in which words.

use reqwest::Method;
use serde_json::Value;

use super::{Running, compatible, contract, error, header};

#[tokio::test]
async fn a_strict_grant() {
    let server = Running::start(&contract()).await;
    let response = server.ask(r#"{"content_type": "image/png", "size": 5}"#).await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "content-type"), Some("application/json"));
    assert_eq!(header(&response, "cache-control"), Some("no-store"));
    assert_eq!(header(&response, "x-content-type-options"), Some("nosniff"));
    assert!(header(&response, "x-request-id").is_some());
    let mut grant: Value = response.json().await.unwrap();
    let (key, url) = (grant["key"].take(), grant["upload_url"].take());
    let (key, url) = (key.as_str().unwrap(), url.as_str().unwrap());
    assert!(key.starts_with("uploads/") && key.ends_with(".png"), "{key}");
    assert!(
        url.starts_with(&format!("https://acme-uploads.s3.eu-central-1.amazonaws.com/{key}?")),
        "{url}"
    );
    let expires_at =
        humantime::parse_rfc3339(grant["expires_at"].take().as_str().unwrap()).unwrap();
    let left = expires_at.duration_since(std::time::SystemTime::now()).unwrap().as_secs();
    assert!((290..=300).contains(&left), "{left}");
    insta::assert_snapshot!(grant, @r#"{"upload_url":null,"key":null,"method":"PUT","headers":{"Content-Length":"5","Content-Type":"image/png","If-None-Match":"*"},"expires_at":null,"expires_in":300}"#);
}

#[tokio::test]
async fn a_client_that_knows_only_types_gets_a_compatible_grant() {
    let server = Running::start(&compatible()).await;
    let response = server.ask(r#"{"content_type": "image/svg+xml"}"#).await;
    assert_eq!(response.status(), 200);
    let grant: Value = response.json().await.unwrap();
    insta::assert_snapshot!(grant["headers"], @r#"{"Content-Type":"image/svg+xml"}"#);
}

#[tokio::test]
async fn fields_of_other_endpoints_are_left_alone() {
    let server = Running::start(&compatible()).await;
    let response =
        server.ask(r#"{"content_type": "image/png", "userId": 7, "folder": "../.."}"#).await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn refused_requests() {
    let server = Running::start(&contract()).await;
    let mut told = String::new();
    for body in [
        "{",
        "[]",
        "{}",
        r#"{"contentType": "image/png"}"#,
        r#"{"content_type": 5}"#,
        r#"{"content_type": "image/png", "size": "5"}"#,
        r#"{"content_type": "image/png", "size": 1.5}"#,
        r#"{"content_type": "image/png", "size": -1}"#,
        r#"{"content_type": "image/png", "size": 5, "filename": ["a"]}"#,
        r#"{"content_type": "image/../../x", "size": 5}"#,
        r#"{"content_type": "text/html", "size": 5}"#,
        r#"{"content_type": "image/png"}"#,
        r#"{"content_type": "image/png", "size": 0}"#,
        r#"{"content_type": "image/png", "size": 10485761}"#,
        r#"{"content_type": "image/png", "size": 5, "checksum_sha256": "abc"}"#,
    ] {
        told += &format!("{body}\n{}\n\n", error(server.ask(body).await).await);
    }
    insta::assert_snapshot!(told, @r#"
    {
    400 body_malformed
    the body is not an upload request: EOF while parsing an object at line 1 column 1
    send JSON such as {"content_type": "image/png", "size": 12345}

    []
    400 body_malformed
    the body is not an upload request: it is not a JSON object
    send JSON such as {"content_type": "image/png", "size": 12345}

    {}
    400 content_type_missing
    `content_type` is missing
    send the file's media type, such as "image/png", or a `filename` with a known extension, such as "photo.png"

    {"contentType": "image/png"}
    400 content_type_missing
    `content_type` is missing
    did you mean `content_type` where "contentType" stands?

    {"content_type": 5}
    400 body_malformed
    the body is not an upload request: `content_type` is 5, not a string
    send JSON such as {"content_type": "image/png", "size": 12345}

    {"content_type": "image/png", "size": "5"}
    400 body_malformed
    the body is not an upload request: `size` is "5", not a whole number of bytes
    send JSON such as {"content_type": "image/png", "size": 12345}

    {"content_type": "image/png", "size": 1.5}
    400 body_malformed
    the body is not an upload request: `size` is 1.5, not a whole number of bytes
    send JSON such as {"content_type": "image/png", "size": 12345}

    {"content_type": "image/png", "size": -1}
    400 body_malformed
    the body is not an upload request: `size` is -1, not a whole number of bytes
    send JSON such as {"content_type": "image/png", "size": 12345}

    {"content_type": "image/png", "size": 5, "filename": ["a"]}
    400 body_malformed
    the body is not an upload request: `filename` is ["a"], not a string
    send JSON such as {"content_type": "image/png", "size": 12345}

    {"content_type": "image/../../x", "size": 5}
    400 content_type_malformed
    `content_type` "image/../../x" is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8
    send a media type such as "image/png"

    {"content_type": "text/html", "size": 5}
    415 content_type_not_allowed
    uploads of type "text/html" are not allowed here
    allowed are image/*, application/pdf

    {"content_type": "image/png"}
    400 size_missing
    `size` is missing
    send the file's size in bytes

    {"content_type": "image/png", "size": 0}
    400 size_zero
    `size` is 0
    an empty file is not uploaded; send the file's size in bytes

    {"content_type": "image/png", "size": 10485761}
    413 too_large
    `size` 10485761 is above the maximum of 10485760 bytes
    upload at most 10.0 MiB

    {"content_type": "image/png", "size": 5, "checksum_sha256": "abc"}
    400 checksum_malformed
    `checksum_sha256` is not the base64 form of 32 bytes
    send the base64 form of the content's SHA-256, 44 characters
    "#);
}

#[tokio::test]
async fn only_json_is_read() {
    let server = Running::start(&compatible()).await;
    let body = r#"{"content_type": "image/png"}"#;
    for content_type in
        ["application/json; charset=utf-8", "Application/JSON", "application/json ;x=y"]
    {
        let response = server
            .send(Method::POST, "/api/upload-url", &[("content-type", content_type)], body)
            .await;
        assert_eq!(response.status(), 200, "{content_type}");
    }
    let plain = server
        .send(
            Method::POST,
            "/api/upload-url",
            &[("content-type", "text/plain;charset=UTF-8")],
            body,
        )
        .await;
    insta::assert_snapshot!(error(plain).await, @r#"
    415 not_json
    the request is "text/plain", not "application/json"
    send the header `Content-Type: application/json`; the file's own type goes into the body's `content_type`
    "#);
    let untold = server.send(Method::POST, "/api/upload-url", &[], body).await;
    insta::assert_snapshot!(error(untold).await, @"
    415 not_json
    the request does not say what it is
    send the header `Content-Type: application/json`; the file's own type goes into the body's `content_type`
    ");
}

#[tokio::test]
async fn other_routes_and_methods() {
    let server = Running::start(&contract()).await;
    insta::assert_snapshot!(error(server.get("/api/uploads?x=1").await).await, @r#"
    404 not_found
    there is nothing at "/api/uploads"
    grants are given at POST /api/upload-url
    "#);
    let get = server.get("/api/upload-url").await;
    assert_eq!(header(&get, "allow"), Some("POST"));
    insta::assert_snapshot!(error(get).await, @r#"
    405 method_not_allowed
    GET is not a method of "/api/upload-url"
    the header `Allow` names the methods that are
    "#);
    // the page is off unless it is turned on
    assert_eq!(server.get("/").await.status(), 404);
}

#[tokio::test]
async fn a_request_keeps_its_id() {
    let server = Running::start(&contract()).await;
    let kept =
        server.send(Method::GET, "/healthz", &[("x-request-id", "from-the-proxy-1")], "").await;
    assert_eq!(header(&kept, "x-request-id"), Some("from-the-proxy-1"));
    let replaced = server.send(Method::GET, "/healthz", &[("x-request-id", "a b\"c")], "").await;
    assert!(header(&replaced, "x-request-id").is_some_and(|id| !id.contains(' ')));
}
