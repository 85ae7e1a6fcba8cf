//! Which pages may ask.

use reqwest::Method;

use super::{ORIGIN, Running, compatible, error, header};
use gatepass_core::contract::AllowedOrigins;

const JSON: (&str, &str) = ("content-type", "application/json");
const BODY: &str = r#"{"content_type": "image/png"}"#;

#[tokio::test]
async fn a_page_of_an_allowed_origin() {
    let server = Running::start(&compatible()).await;
    let preflight = [("origin", ORIGIN), ("access-control-request-method", "POST"), ("access-control-request-headers", "content-type")];
    let response = server.send(Method::OPTIONS, "/api/upload-url", &preflight, "").await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "access-control-allow-origin"), Some(ORIGIN));
    assert_eq!(header(&response, "access-control-allow-methods"), Some("GET,POST"));
    assert_eq!(header(&response, "access-control-allow-headers"), Some("content-type,authorization"));

    let response = server.send(Method::POST, "/api/upload-url", &[JSON, ("origin", ORIGIN)], BODY).await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "access-control-allow-origin"), Some(ORIGIN));
    assert_eq!(header(&response, "vary"), Some("origin"));
}

#[tokio::test]
async fn an_error_can_be_read_by_an_allowed_page() {
    let server = Running::start(&compatible()).await;
    let response = server.send(Method::POST, "/api/upload-url", &[JSON, ("origin", ORIGIN)], "{}").await;
    assert_eq!(response.status(), 400);
    assert_eq!(header(&response, "access-control-allow-origin"), Some(ORIGIN));
}

#[tokio::test]
async fn a_page_of_another_origin() {
    let server = Running::start(&compatible()).await;
    for origin in ["https://evil.example", "http://app.example.com", "https://app.example.com.evil.example", "null"] {
        let preflight = [("origin", origin), ("access-control-request-method", "POST")];
        let response = server.send(Method::OPTIONS, "/api/upload-url", &preflight, "").await;
        assert_eq!(header(&response, "access-control-allow-origin"), None, "{origin}");
        let response = server.send(Method::POST, "/api/upload-url", &[JSON, ("origin", origin)], BODY).await;
        assert_eq!(response.status(), 403, "{origin}");
        assert_eq!(header(&response, "access-control-allow-origin"), None, "{origin}");
    }
    let response = server.send(Method::POST, "/api/upload-url", &[JSON, ("origin", "https://evil.example")], BODY).await;
    insta::assert_snapshot!(error(response).await, @r#"
    403 origin_not_allowed
    pages of "https://evil.example" may not upload here
    the contract's upload.allowed_origins names the origins that may
    "#);
}

#[tokio::test]
async fn any_origin_where_the_contract_says_so() {
    let mut contract = compatible();
    contract.upload.allowed_origins = AllowedOrigins::Any;
    let server = Running::start(&contract).await;
    let response = server.send(Method::POST, "/api/upload-url", &[JSON, ("origin", "https://anybody.example")], BODY).await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "access-control-allow-origin"), Some("https://anybody.example"));
}
