//! Clients that send too much, too slowly, or come in too great a number.

use std::time::Duration;

use reqwest::Method;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::stopping::{BODY, half_a_request};
use super::{ORIGIN, Running, contract, credentials, header, read_head, read_to_end, write};
use crate::server::ServerOptions;
use gatepass_core::contract::{Contract, Dialect, Rate};

const HEAD: &str =
    "POST /api/upload-url HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n";
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
    assert!(
        answer.contains(
            r#""code":"request_timeout","message":"the request's body did not arrive within 200ms""#
        ),
        "{answer}"
    );
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
    assert_eq!(
        body,
        r#"{"error":{"code":"request_timeout","message":"the request did not arrive in time"}}"#
    );
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

const HEALTH: &str = "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
const METRICS: &str = "GET /metrics HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// Asks something on a connection that is kept.
async fn ask(stream: &mut TcpStream, request: &str) {
    write(stream, request).await;
    let head = read_head(stream).await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).await.unwrap();
}

/// A contract with so few connections, and metrics.
fn narrow(max_connections: usize) -> Contract {
    let mut contract = contract();
    contract.serve.max_connections = max_connections;
    contract.serve.metrics_listen = Some("127.0.0.1:0".parse().unwrap());
    contract
}

#[tokio::test]
async fn a_connection_above_the_limit_waits_while_all_are_busy() {
    let server = Running::start(&narrow(2)).await;
    let mut busy = [half_a_request(&server).await, half_a_request(&server).await];
    let mut waiting = server.connect().await;
    write(&mut waiting, HEALTH).await;
    assert!(
        timeout(QUICK, read_head(&mut waiting)).await.is_err(),
        "the third connection was served beside the others"
    );
    // the one that is idle first makes room
    write(&mut busy[1], BODY).await;
    assert!(read_head(&mut waiting).await.starts_with("HTTP/1.1 200 "));
    assert!(read_to_end(&mut busy[1]).await.starts_with("HTTP/1.1 200 "));
    write(&mut busy[0], BODY).await;
    assert!(read_head(&mut busy[0]).await.starts_with("HTTP/1.1 200 "));
}

#[tokio::test]
async fn the_connection_that_has_been_idle_longest_makes_room() {
    let server = Running::start(&narrow(3)).await;
    let (mut silent, mut kept, mut metrics) = (
        server.connect().await,
        server.connect().await,
        TcpStream::connect(server.metrics.unwrap()).await.unwrap(),
    );
    ask(&mut metrics, METRICS).await;
    ask(&mut kept, HEALTH).await;
    // one on which nothing ever came has been idle since it was accepted
    let mut fourth = server.connect().await;
    ask(&mut fourth, HEALTH).await;
    assert_eq!(read_to_end(&mut silent).await, "");
    let mut fifth = TcpStream::connect(server.metrics.unwrap()).await.unwrap();
    ask(&mut fifth, METRICS).await;
    assert_eq!(read_to_end(&mut metrics).await, "");
    for stream in [&mut kept, &mut fourth] {
        ask(stream, HEALTH).await;
    }
    ask(&mut fifth, METRICS).await;
}

#[tokio::test]
async fn a_crowd_that_keeps_its_connections_shuts_nobody_out() {
    let server = Running::start(&narrow(8)).await;
    let metrics = server.metrics.unwrap();
    let mut crowd = Vec::new();
    for _ in 0..100 {
        let (mut of_endpoint, mut of_metrics) =
            (server.connect().await, TcpStream::connect(metrics).await.unwrap());
        ask(&mut of_endpoint, HEALTH).await;
        ask(&mut of_metrics, METRICS).await;
        crowd.extend([of_endpoint, of_metrics, server.connect().await]);
    }
    // all but the last eight were closed
    let last = crowd.split_off(crowd.len() - 8);
    for mut stream in crowd {
        assert_eq!(read_to_end(&mut stream).await, "");
    }
    drop(last);
}

#[tokio::test]
async fn metrics_have_the_limits_of_the_endpoint() {
    let mut contract = narrow(8);
    contract.serve.request_timeout = QUICK;
    let server = Running::start(&contract).await;
    let connect = async || TcpStream::connect(server.metrics.unwrap()).await.unwrap();
    assert_eq!(read_to_end(&mut connect().await).await, "");
    let mut slow = connect().await;
    write(&mut slow, "GET /metrics HTTP/1.1\r\n").await;
    assert!(read_to_end(&mut slow).await.starts_with("HTTP/1.1 408 "));
    let mut large = connect().await;
    write(&mut large, &format!("GET /metrics HTTP/1.1\r\nx: {}", "y".repeat(16 * 1024))).await;
    assert!(read_head(&mut large).await.starts_with("HTTP/1.1 431 "));
}

type Headers = &'static [(&'static str, &'static str)];

#[tokio::test]
async fn every_request_but_health_checks_counts_against_the_limit_of_an_address() {
    let mut contract = contract();
    contract.limits.per_address = Some(Rate::parse("1/h").unwrap());
    contract.serve.dialects = vec![Dialect::UppyCompanion];
    let json: Headers = &[("content-type", "application/json"), ("origin", ORIGIN)];
    let preflight: Headers = &[("origin", ORIGIN), ("access-control-request-method", "POST")];
    let foreign: Headers = &[("origin", "https://evil.example.com")];
    let own: Headers = &[("origin", ORIGIN)];
    let requests: [(Method, &str, Headers, u16); 11] = [
        (Method::GET, "/openapi.json", own, 200),
        (Method::GET, "/api/contract", own, 200),
        (Method::GET, "/gatepass.js", own, 200),
        (Method::HEAD, "/gatepass.d.ts", own, 200),
        (Method::GET, "/", own, 200),
        (Method::GET, "/page/page.js", own, 200),
        (Method::GET, "/nothing", own, 404),
        (Method::DELETE, "/api/upload-url", own, 405),
        (Method::OPTIONS, "/api/upload-url", preflight, 200),
        (Method::POST, "/api/upload-url", foreign, 403),
        (Method::POST, "/s3/multipart", json, 400),
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
        assert_eq!(
            (second.status().as_u16(), header(&second, "retry-after")),
            (429, Some("3600")),
            "{method} {path}"
        );
        let readable = (headers != foreign).then_some(ORIGIN);
        assert_eq!(header(&second, "access-control-allow-origin"), readable, "{method} {path}");
        assert_eq!(server.get("/healthz").await.status(), 200);
    }
}
