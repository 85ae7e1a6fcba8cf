//! Which pages may ask.

use reqwest::Method;

use super::{ORIGIN, Running, auth::asking, compatible, contract, error, header};
use gatepass_core::contract::{AllowedOrigins, Dialect, ServeUrl};

const JSON: (&str, &str) = ("content-type", "application/json");
const BODY: &str = r#"{"content_type": "image/png"}"#;

#[tokio::test]
async fn a_page_of_an_allowed_origin() {
    let server = Running::start(&compatible()).await;
    let preflight = [
        ("origin", ORIGIN),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type"),
    ];
    let response = server.send(Method::OPTIONS, "/api/upload-url", &preflight, "").await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "access-control-allow-origin"), Some(ORIGIN));
    assert_eq!(header(&response, "access-control-allow-methods"), Some("GET,POST"));
    assert_eq!(header(&response, "access-control-allow-headers"), Some("content-type"));

    let response =
        server.send(Method::POST, "/api/upload-url", &[JSON, ("origin", ORIGIN)], BODY).await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "access-control-allow-origin"), Some(ORIGIN));
    assert_eq!(header(&response, "vary"), Some("origin, access-control-request-headers"));
}

#[tokio::test]
async fn an_error_can_be_read_by_an_allowed_page() {
    let server = Running::start(&compatible()).await;
    let response =
        server.send(Method::POST, "/api/upload-url", &[JSON, ("origin", ORIGIN)], "{}").await;
    assert_eq!(response.status(), 400);
    assert_eq!(header(&response, "access-control-allow-origin"), Some(ORIGIN));
}

#[tokio::test]
async fn a_page_of_another_origin() {
    let server = Running::start(&compatible()).await;
    for origin in [
        "https://evil.example",
        "http://app.example.com",
        "https://app.example.com.evil.example",
        "null",
    ] {
        let preflight = [("origin", origin), ("access-control-request-method", "POST")];
        let response = server.send(Method::OPTIONS, "/api/upload-url", &preflight, "").await;
        let allowed: Vec<_> = response
            .headers()
            .keys()
            .filter(|name| name.as_str().starts_with("access-control-"))
            .collect();
        assert!(allowed.is_empty(), "{origin}: {allowed:?}");
        let response =
            server.send(Method::POST, "/api/upload-url", &[JSON, ("origin", origin)], BODY).await;
        assert_eq!(response.status(), 403, "{origin}");
        assert_eq!(header(&response, "access-control-allow-origin"), None, "{origin}");
    }
    let response = server
        .send(Method::POST, "/api/upload-url", &[JSON, ("origin", "https://evil.example")], BODY)
        .await;
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
    let response = server
        .send(Method::POST, "/api/upload-url", &[JSON, ("origin", "https://anybody.example")], BODY)
        .await;
    assert_eq!(response.status(), 200);
    assert_eq!(header(&response, "access-control-allow-origin"), Some("https://anybody.example"));
}

#[tokio::test]
async fn an_allowed_page_may_send_any_header() {
    let server = Running::start(&compatible()).await;
    let asked = "baggage,content-type,traceparent,x-requested-with";
    let preflight = [
        ("origin", ORIGIN),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", asked),
    ];
    let response = server.send(Method::OPTIONS, "/api/upload-url", &preflight, "").await;
    assert_eq!(header(&response, "access-control-allow-headers"), Some(asked));
    assert_eq!(header(&response, "access-control-allow-credentials"), None);
}

#[tokio::test]
async fn an_allowed_page_may_send_credentials_where_the_contract_says_so() {
    let mut contract = compatible();
    contract.serve.allow_credentials = true;
    let server = Running::start(&contract).await;
    let preflight = [
        ("origin", ORIGIN),
        ("access-control-request-method", "POST"),
        ("access-control-request-headers", "content-type"),
    ];
    for response in [
        server.send(Method::OPTIONS, "/api/upload-url", &preflight, "").await,
        server.send(Method::POST, "/api/upload-url", &[JSON, ("origin", ORIGIN)], BODY).await,
        server.send(Method::POST, "/api/upload-url", &[JSON, ("origin", ORIGIN)], "{}").await,
    ] {
        assert_eq!(header(&response, "access-control-allow-credentials"), Some("true"));
        assert_eq!(header(&response, "access-control-allow-origin"), Some(ORIGIN));
        let is_wild = response
            .headers()
            .iter()
            .any(|(name, value)| name.as_str().starts_with("access-control-") && value == "*");
        assert!(!is_wild, "{:?}", response.headers());
    }
    let response = server
        .send(Method::POST, "/api/upload-url", &[JSON, ("origin", "https://evil.example")], BODY)
        .await;
    assert_eq!(header(&response, "access-control-allow-credentials"), None);
}

/// A request without a body, as a browser sends it for an image.
async fn seen(server: &Running, path: &str, headers: &[(&str, &str)]) -> (u16, Option<String>) {
    let response = server.send(Method::GET, path, headers, "").await;
    let status = response.status().as_u16();
    let body = response.json::<serde_json::Value>().await.unwrap_or_default();
    (status, body["error"]["code"].as_str().map(str::to_owned))
}

#[tokio::test]
async fn a_page_of_another_site_gets_no_grant_by_an_image() {
    let mut contract = compatible();
    contract.serve.dialects = vec![Dialect::UppyCompanion];
    let server = Running::start(&contract).await;
    let grant = "/s3/params?filename=a.png&type=image%2Fpng";
    let rejected = (403, Some("origin_not_allowed".to_owned()));
    for path in [
        grant,
        "/s3/multipart/ticket",
        "/s3/multipart/ticket/1",
        "/s3/multipart/ticket/batch",
        "/api/contract",
    ] {
        for site in ["cross-site", "same-site"] {
            assert_eq!(
                seen(&server, path, &[("sec-fetch-site", site), ("sec-fetch-mode", "no-cors")])
                    .await,
                rejected,
                "{path} {site}"
            );
        }
    }
    for headers in [
        &[][..],
        &[("sec-fetch-site", "same-origin")],
        &[("sec-fetch-site", "none")],
        &[("sec-fetch-site", "cross-site"), ("origin", ORIGIN)],
        &[("sec-fetch-site", "same-site"), ("origin", ORIGIN)],
    ] {
        assert_eq!(seen(&server, grant, headers).await, (200, None), "{headers:?}");
    }
    let foreign = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    assert_eq!(seen(&server, grant, &foreign).await, rejected);
}

#[tokio::test]
async fn a_name_that_was_pointed_at_this_machine_opens_nothing() {
    let mut contract = compatible();
    contract.serve.dialects = vec![Dialect::UppyCompanion];
    contract.serve.url = Some(ServeUrl::parse("https://uploads.example.com/a").unwrap());
    let server = Running::start(&contract).await;
    let evil = ("host", "evil.test");
    let rejected = (421, Some("host_not_allowed".to_owned()));
    for path in [
        "/s3/params?filename=a.png&type=image%2Fpng",
        "/api/contract",
        "/openapi.json",
        "/gatepass.js",
        "/nothing",
    ] {
        assert_eq!(seen(&server, path, &[evil]).await, rejected, "{path}");
        assert_ne!(seen(&server, path, &[("host", "localhost:1")]).await.0, 421, "{path}");
    }
    for path in ["/healthz", "/readyz"] {
        assert_eq!(seen(&server, path, &[evil]).await, (200, None), "{path}");
    }
    for method in [Method::POST, Method::OPTIONS, Method::DELETE] {
        assert_eq!(server.send(method, "/api/upload-url", &[JSON, evil], BODY).await.status(), 421);
    }
    let response = server
        .send(Method::POST, "/api/upload-url", &[JSON, ("host", "uploads.example.com")], BODY)
        .await;
    assert_eq!(response.status(), 200);
    let response = server.send(Method::POST, "/api/upload-url", &[JSON, evil], BODY).await;
    insta::assert_snapshot!(error(response).await, @"
    421 host_not_allowed
    the request names a host that is neither this machine nor that of serve.url
    set serve.url in the contract to the URL that clients use, or authenticate them under [auth]
    ");
    let mut stream = server.connect().await;
    super::write(&mut stream, "GET /api/contract HTTP/1.0\r\n\r\n").await;
    assert!(super::read_head(&mut stream).await.starts_with("HTTP/1.0 421 "));
}

#[tokio::test]
async fn any_host_is_fine_where_callers_are_authenticated_or_others_connect() {
    let mut open = contract();
    open.serve.listen = "0.0.0.0:0".parse().unwrap();
    open.serve.allow_unauthenticated = true;
    let mut open = Running::start(&open).await;
    open.address.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    for (server, status) in [(Running::start(&asking()).await, 401), (open, 200)] {
        assert_eq!(
            server
                .send(Method::GET, "/api/contract", &[("host", "uploads.example.com")], "")
                .await
                .status(),
            status
        );
    }
}
