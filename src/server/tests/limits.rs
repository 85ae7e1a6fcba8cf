//! Clients that send too much, too slowly, or come in too great a number.

use std::time::Duration;

use reqwest::Method;
use tokio::time::timeout;

use super::{ORIGIN, Running, contract, credentials, header, read_head, read_to_end, write};
use crate::server::ServerOptions;
use gatepass_core::contract::{Contract, Dialect, Rate};

const HEAD: &str = "POST /api/upload-url HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
const QUICK: Duration = Duration::from_millis(200);

/// A contract with little patience.
fn impatient() -> Contract {
    let mut contract = contract();
    contract.serve.request_timeout = QUICK;
    contract
}

#[tokio::test]
async fn an_announced_body_that_is_too_large_is_not_waited_for() {
    let server = Running::start(&contract()).await;
    let mut stream = server.connect().await;
    write(&mut stream, &format!("{HEAD}content-length: 1000000000\r\n\r\n")).await;
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert!(answer.ends_with(
        r#"{"error":{"code":"body_too_large","message":"the request's body is above 16384 bytes","hint":"send only the description of the file here; its bytes go to the upload_url"}}"#
    ), "{answer}");
}

#[tokio::test]
async fn a_body_that_becomes_too_large() {
    let server = Running::start(&contract()).await;
    let mut stream = server.connect().await;
    let chunk = format!("4000\r\n{}\r\n", " ".repeat(0x4000));
    write(&mut stream, &format!("{HEAD}transfer-encoding: chunked\r\n\r\n{chunk}1\r\n \r\n")).await;
    let head = read_head(&mut stream).await;
    assert!(head.starts_with("HTTP/1.1 413 "), "{head}");
}

#[tokio::test]
async fn a_body_of_just_the_limit_is_read() {
    let server = Running::start(&contract()).await;
    let request = r#"{"content_type": "image/png", "size": 5}"#;
    let response = server.ask(&format!("{request}{}", " ".repeat(16 * 1024 - request.len()))).await;
    assert_eq!(response.status(), 200);
}

#[tokio::test]
async fn a_body_that_does_not_come() {
    let server = Running::start(&impatient()).await;
    let mut stream = server.connect().await;
    write(&mut stream, &format!("{HEAD}content-length: 10\r\n\r\n{{")).await;
    let answer = read_to_end(&mut stream).await;
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains(r#""code":"request_timeout","message":"the request's body did not arrive within 200ms""#), "{answer}");
}

#[tokio::test]
async fn a_head_that_does_not_end() {
    let server = Running::start(&impatient()).await;
    let mut stream = server.connect().await;
    write(&mut stream, HEAD).await;
    let answer = read_to_end(&mut stream).await;
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 408 "), "{head}");
    assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
    assert_eq!(body, r#"{"error":{"code":"request_timeout","message":"the request did not arrive in time"}}"#);
}

#[tokio::test]
async fn a_connection_on_which_nothing_comes_is_closed() {
    let server = Running::start(&impatient()).await;
    assert_eq!(read_to_end(&mut server.connect().await).await, "");
}

#[tokio::test]
async fn a_head_that_is_too_large() {
    let server = Running::start(&contract()).await;
    let mut stream = server.connect().await;
    write(&mut stream, &format!("{HEAD}x: {}", "y".repeat(16 * 1024))).await;
    let head = read_head(&mut stream).await;
    assert!(head.starts_with("HTTP/1.1 431 "), "{head}");
}

#[tokio::test]
async fn a_connection_above_the_limit_waits_for_another_to_end() {
    let mut contract = contract();
    contract.serve.max_connections = 1;
    let server = Running::start(&contract).await;
    let mut first = server.connect().await;
    write(&mut first, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(read_head(&mut first).await.starts_with("HTTP/1.1 200 "));

    let mut second = server.connect().await;
    write(&mut second, "GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(timeout(QUICK, read_head(&mut second)).await.is_err(), "the second connection was served beside the first");
    drop(first);
    assert!(read_head(&mut second).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn every_request_but_health_checks_counts_against_the_limit_of_an_address() {
    let mut contract = contract();
    contract.limits.per_address = Some(Rate::parse("1/h").unwrap());
    contract.serve.dialects = vec![Dialect::UppyCompanion];
    let json = [("content-type", "application/json"), ("origin", ORIGIN)];
    let preflight = [("origin", ORIGIN), ("access-control-request-method", "POST")];
    let foreign = [("origin", "https://evil.example.com")];
    let own = [("origin", ORIGIN)];
    let requests: [(Method, &str, &[(&str, &str)], u16); 11] = [
        (Method::GET, "/openapi.json", &own, 200),
        (Method::GET, "/api/contract", &own, 200),
        (Method::GET, "/gatepass.js", &own, 200),
        (Method::HEAD, "/gatepass.d.ts", &own, 200),
        (Method::GET, "/", &own, 200),
        (Method::GET, "/page/page.js", &own, 200),
        (Method::GET, "/nothing", &own, 404),
        (Method::DELETE, "/api/upload-url", &own, 405),
        (Method::OPTIONS, "/api/upload-url", &preflight, 200),
        (Method::POST, "/api/upload-url", &foreign, 403),
        (Method::POST, "/s3/multipart", &json, 400),
    ];
    for (method, path, headers, status) in requests {
        let options = ServerOptions { page: true, ..ServerOptions::default() };
        let server = Running::start_with(&contract, credentials(), options).await.unwrap();
        for check in ["/healthz", "/readyz", "/healthz"] {
            assert_eq!(server.get(check).await.status(), 200);
        }
        let first = server.send(method.clone(), path, headers, "").await;
        assert_eq!(first.status(), status, "{method} {path}");
        let second = server.send(method.clone(), path, headers, "").await;
        assert_eq!((second.status().as_u16(), header(&second, "retry-after")), (429, Some("3600")), "{method} {path}");
        let readable = (headers != foreign).then_some(ORIGIN);
        assert_eq!(header(&second, "access-control-allow-origin"), readable, "{method} {path}");
        assert_eq!(server.get("/healthz").await.status(), 200);
    }
}
