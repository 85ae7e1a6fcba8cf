//! Stopping finishes what is running, and nothing else.

use std::time::Duration;

use tokio::net::TcpStream;

use super::{Running, contract, read_head, read_to_end, write};

pub(super) const BODY: &str = r#"{"content_type": "image/png", "size": 5}"#;

/// A connection on which half a request has been sent, and is being waited for.
pub(super) async fn half_a_request(server: &Running) -> TcpStream {
    let mut stream = server.connect().await;
    let head = format!(
        "POST /api/upload-url HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\nexpect: 100-continue\r\n\r\n",
        BODY.len()
    );
    write(&mut stream, &head).await;
    // the handler has begun to read the body
    assert_eq!(read_head(&mut stream).await, "HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

#[tokio::test]
async fn a_running_request_is_finished() {
    let server = Running::start(&contract()).await;
    let mut idle = server.connect().await;
    write(&mut idle, "GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n").await;
    read_head(&mut idle).await;
    let mut running = half_a_request(&server).await;

    let Running { address, stop, task, .. } = server;
    stop.send(()).unwrap();
    // the idle connection is closed at once, after the rest of its answer
    assert!(read_to_end(&mut idle).await.contains("alive"));
    assert!(TcpStream::connect(address).await.is_err(), "a connection was accepted while stopping");
    assert!(!task.is_finished());

    write(&mut running, BODY).await;
    let answer = read_to_end(&mut running).await;
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    assert!(answer.contains("connection: close"), "{answer}");
    task.await.unwrap();
}

#[tokio::test]
async fn a_client_that_does_not_finish_does_not_keep_it_from_stopping() {
    let mut contract = contract();
    contract.serve.request_timeout = Duration::from_millis(300);
    let server = Running::start(&contract).await;
    let mut running = half_a_request(&server).await;
    server.stop.send(()).unwrap();
    server.task.await.unwrap();
    let rest = read_to_end(&mut running).await;
    assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 408 "), "{rest}");
}
