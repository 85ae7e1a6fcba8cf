//! CORS, by a bare HTTP client.

use aws_sdk_s3::types::{CorsConfiguration, CorsRule};
use reqwest::{Method, Response, StatusCode};

use super::*;

async fn with_cors() -> Running {
    let running = Running::with_bucket("bucket-1").await;
    let rule = CorsRule::builder()
        .allowed_origins("https://*.example.com")
        .allowed_methods("PUT")
        .allowed_headers("Content-Type")
        .allowed_headers("x-amz-checksum-*")
        .expose_headers("ETag")
        .build()
        .unwrap();
    let cors = CorsConfiguration::builder().cors_rules(rule).build().unwrap();
    running
        .s3()
        .put_bucket_cors()
        .bucket("bucket-1")
        .cors_configuration(cors)
        .send()
        .await
        .unwrap();
    running
}

async fn preflight(running: &Running, origin: &str, method: &str, headers: &str) -> Response {
    let request = reqwest::Client::new()
        .request(Method::OPTIONS, format!("{}/bucket-1/uploads/a", running.url()));
    let request = request.header("origin", origin).header("access-control-request-method", method);
    let request = if headers.is_empty() {
        request
    } else {
        request.header("access-control-request-headers", headers)
    };
    request.send().await.unwrap()
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_preflight_is_answered_by_the_buckets_rules() {
    let running = with_cors().await;
    let allowed =
        preflight(&running, "https://app.example.com", "PUT", "content-type,x-amz-checksum-sha256")
            .await;
    assert_eq!(allowed.status(), StatusCode::OK);
    assert_eq!(header(&allowed, "access-control-allow-origin"), Some("https://app.example.com"));
    assert_eq!(
        header(&allowed, "access-control-allow-headers"),
        Some("content-type, x-amz-checksum-sha256")
    );
    for (origin, method, headers) in [
        ("https://evil.test", "PUT", ""),
        ("https://app.example.com", "DELETE", ""),
        ("https://app.example.com", "PUT", "content-type,x-amz-acl"),
    ] {
        let refused = preflight(&running, origin, method, headers).await;
        assert_eq!(
            (refused.status(), header(&refused, "access-control-allow-origin")),
            (StatusCode::FORBIDDEN, None)
        );
        let text = refused.text().await.unwrap();
        assert!(
            text.contains("<Code>AccessForbidden</Code><Message>CORSResponse: ")
                && text.contains("<ResourceType>OBJECT"),
            "{text}"
        );
    }
}

#[tokio::test]
async fn a_page_can_read_a_refusal_too() {
    let running = with_cors().await;
    let url = format!("{}/bucket-1/uploads/a", running.url());
    let put = |origin: &'static str| {
        reqwest::Client::new().put(&url).header("origin", origin).body("x").send()
    };
    let ours = put("https://app.example.com").await.unwrap();
    assert_eq!(ours.status(), StatusCode::FORBIDDEN);
    assert_eq!(header(&ours, "access-control-allow-origin"), Some("https://app.example.com"));
    assert_eq!(header(&ours, "access-control-expose-headers"), Some("ETag"));
    let foreign = put("https://evil.test").await.unwrap();
    assert_eq!(header(&foreign, "access-control-allow-origin"), None);
    assert_eq!(
        header(&foreign, "vary"),
        Some("Origin, Access-Control-Request-Headers, Access-Control-Request-Method")
    );
}
