//! Grants to read.

use reqwest::{Method, Response};
use serde_json::Value;

use super::auth::{KEY, OTHER, asking};
use super::{Running, contract, error};
use gatepass_core::contract::{Contract, Download, ExpiresIn, MediaRange};

const UUID: &str = "1b4e28ba-2fa1-4d23-9f6b-0c5a6f3a2d11";

fn with_downloads(contract: Contract) -> Contract {
    let download = Download {
        expires_in: ExpiresIn::parse("2m").unwrap(),
        inline: vec![MediaRange::parse("image/*").unwrap()],
    };
    Contract { download: Some(download), ..contract }
}

async fn ask(server: &Running, token: Option<&str>, body: &str) -> Response {
    let bearer = format!("Bearer {}", token.unwrap_or_default());
    let headers = [("content-type", "application/json"), ("authorization", &bearer)];
    server
        .send(
            Method::POST,
            "/api/download-url",
            &headers[..if token.is_some() { 2 } else { 1 }],
            body,
        )
        .await
}

#[tokio::test]
async fn a_grant_to_read() {
    let server = Running::start(&with_downloads(contract())).await;
    let body = format!(
        r#"{{"key": "uploads/2026-01-31/{UUID}.png", "filename": "é.png", "disposition": "inline", "content_type": "image/png", "more": 1}}"#
    );
    let response = ask(&server, None, &body).await;
    assert_eq!(response.status(), 200);
    let mut grant: Value = response.json().await.unwrap();
    let url = grant["download_url"].take();
    assert!(humantime::parse_rfc3339(grant["expires_at"].take().as_str().unwrap()).is_ok());
    insta::assert_snapshot!(grant, @r#"{"download_url":null,"key":"uploads/2026-01-31/1b4e28ba-2fa1-4d23-9f6b-0c5a6f3a2d11.png","method":"GET","expires_at":null,"expires_in":120}"#);
    insta::assert_snapshot!(url.as_str().unwrap().split("&X-Amz-Algorithm").next().unwrap(), @"https://acme-uploads.s3.eu-central-1.amazonaws.com/uploads/2026-01-31/1b4e28ba-2fa1-4d23-9f6b-0c5a6f3a2d11.png?x-id=GetObject&response-content-disposition=inline%3B%20filename%3D%22_.png%22%3B%20filename%2A%3DUTF-8%27%27%25C3%25A9.png&response-content-type=image%2Fpng");
}

#[tokio::test]
async fn refused_requests() {
    let server = Running::start(&with_downloads(contract())).await;
    let key = format!("uploads/2026-01-31/{UUID}.png");
    let mut told = String::new();
    for body in [
        "[]".to_owned(),
        "{}".to_owned(),
        r#"{"key": 5}"#.to_owned(),
        r#"{"key": ""}"#.to_owned(),
        r#"{"key": "uploads/../secret"}"#.to_owned(),
        format!(r#"{{"key": "{key}", "disposition": "show"}}"#),
        format!(r#"{{"key": "{key}", "disposition": "inline"}}"#),
        format!(r#"{{"key": "{key}", "disposition": "inline", "content_type": "image/svg+xml"}}"#),
        format!(r#"{{"key": "{key}", "content_type": "text/html"}}"#),
        format!(r#"{{"key": "{key}", "content_type": "text"}}"#),
    ] {
        told += &format!("{body}\n{}\n\n", error(ask(&server, None, &body).await).await);
    }
    insta::assert_snapshot!(told, @r#"
    []
    400 body_malformed
    the body is not what is asked for here: it is not a JSON object
    send JSON such as {"key": "…", "filename": "a.png"}

    {}
    400 body_malformed
    the body is not what is asked for here: missing field `key` at line 1 column 2
    send JSON such as {"key": "…", "filename": "a.png"}

    {"key": 5}
    400 body_malformed
    the body is not what is asked for here: invalid type: integer `5`, expected a string at line 1 column 9
    send JSON such as {"key": "…", "filename": "a.png"}

    {"key": ""}
    400 key_malformed
    `key` is empty
    send the `key` that the upload's grant had

    {"key": "uploads/../secret"}
    403 key_not_permitted
    `key` is not that of an upload of yours here
    keys are made as "uploads/{date}/{uuid}.{ext}" here; send the `key` that the upload's grant had

    {"key": "uploads/2026-01-31/1b4e28ba-2fa1-4d23-9f6b-0c5a6f3a2d11.png", "disposition": "show"}
    400 body_malformed
    the body is not what is asked for here: unknown variant `show`, expected `attachment` or `inline` at line 1 column 92
    send JSON such as {"key": "…", "filename": "a.png"}

    {"key": "uploads/2026-01-31/1b4e28ba-2fa1-4d23-9f6b-0c5a6f3a2d11.png", "disposition": "inline"}
    400 content_type_missing
    `content_type` is missing, and only some types are shown
    send the file's media type, such as "image/png", or leave out `disposition`

    {"key": "uploads/2026-01-31/1b4e28ba-2fa1-4d23-9f6b-0c5a6f3a2d11.png", "disposition": "inline", "content_type": "image/svg+xml"}
    415 inline_not_allowed
    files of type "image/svg+xml" are not shown here
    leave out `disposition`; shown are image/*, without what can run scripts

    {"key": "uploads/2026-01-31/1b4e28ba-2fa1-4d23-9f6b-0c5a6f3a2d11.png", "content_type": "text/html"}
    415 content_type_not_allowed
    there are no uploads of type "text/html" here
    leave it out; allowed are image/*, application/pdf

    {"key": "uploads/2026-01-31/1b4e28ba-2fa1-4d23-9f6b-0c5a6f3a2d11.png", "content_type": "text"}
    400 content_type_malformed
    `content_type` "text" is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8
    send a media type such as "image/png", or leave it out
    "#);
    let long = format!(r#"{{"key": "{key}", "filename": "{}"}}"#, "x".repeat(256));
    assert!(error(ask(&server, None, &long).await).await.starts_with("400 filename_too_long\n"));
}

#[tokio::test]
async fn only_ones_own() {
    let server = Running::start(&with_downloads(asking())).await;
    let status = async |token, subject| {
        let body = format!(r#"{{"key": "uploads/{subject}/{UUID}"}}"#);
        let response = ask(&server, token, &body).await;
        (
            response.status().as_u16(),
            response.json::<Value>().await.unwrap()["error"]["code"].clone(),
        )
    };
    let granted = (200, Value::Null);
    assert_eq!(status(Some(KEY), "api-key=3Aacme=2Fapp").await, granted);
    assert_eq!(status(Some(OTHER), "api-key=3Aother").await, granted);
    assert_eq!(status(Some(KEY), "api-key=3Aother").await, (403, "key_not_permitted".into()));
    assert_eq!(
        status(Some(OTHER), "api-key=3Aacme=2Fapp").await,
        (403, "key_not_permitted".into())
    );
    assert_eq!(status(None, "other").await, (401, "token_missing".into()));
}

#[tokio::test]
async fn they_are_off_unless_the_contract_has_them() {
    let server = Running::start(&contract()).await;
    insta::assert_snapshot!(error(ask(&server, None, "{}").await).await, @"
    404 download_off
    downloads are turned off here
    the contract turns them on with a table [download]
    ");
    let document = async |contract: Contract| {
        Running::start(&contract).await.get("/openapi.json").await.json::<Value>().await.unwrap()
    };
    assert_eq!(document(contract()).await["paths"].get("/api/download-url"), None);
    let with = document(with_downloads(contract())).await;
    assert_eq!(with["paths"]["/api/download-url"]["post"]["operationId"], "post_download_url");
}
