//! HTTPS, on the same port as HTTP.

use aws_sdk_s3::primitives::ByteStream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::*;

fn authority(running: &Running) -> reqwest::Certificate {
    reqwest::Certificate::from_pem(&std::fs::read(running.backend.ca_certificate()).unwrap())
        .unwrap()
}

fn client(running: &Running) -> reqwest::ClientBuilder {
    reqwest::Client::builder().no_proxy().tls_certs_only([authority(running)])
}

#[tokio::test]
async fn the_sdk_works_by_https_once_it_knows_the_authority() {
    let running = Running::with_bucket("bucket-1").await;
    let config = running.config_by_https(root());
    let s3 = s3_client(&config);
    s3.put_object()
        .bucket("bucket-1")
        .key("a")
        .body(ByteStream::from_static(b"hello"))
        .send()
        .await
        .unwrap();
    let got = running.s3().get_object().bucket("bucket-1").key("a").send().await.unwrap();
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"hello");
    let caller = aws_sdk_sts::Client::new(&config).get_caller_identity().send().await.unwrap();
    assert_eq!(caller.account(), Some(ACCOUNT));
}

#[tokio::test]
async fn every_name_of_this_machine_is_vouched_for_and_no_other() {
    let running = Running::start().await;
    let address = running.backend.address();
    let names =
        ["localhost", "127.0.0.1", "bucket-1.localhost", "my.bucket.localhost", "example.com"];
    for (name, is_vouched_for) in names.into_iter().zip([true, true, true, true, false]) {
        let http = client(&running).resolve(name, address).build().unwrap();
        let answer = http.get(format!("https://{name}:{}/", address.port())).send().await;
        assert_eq!(answer.is_ok(), is_vouched_for, "{name}: {answer:?}");
    }
}

#[tokio::test]
async fn a_stranger_does_not_believe_it() {
    let running = Running::start().await;
    let other = Running::start().await;
    let http = client(&other).build().unwrap();
    http.get(format!("https://{}/", running.backend.address())).send().await.unwrap_err();
}

#[tokio::test]
async fn tls_1_2_and_1_3_are_spoken() {
    let running = Running::start().await;
    for version in [reqwest::tls::Version::TLS_1_2, reqwest::tls::Version::TLS_1_3] {
        let http =
            client(&running).tls_version_min(version).tls_version_max(version).build().unwrap();
        http.get(format!("https://{}/", running.backend.address())).send().await.unwrap();
    }
}

/// TLS itself refuses it, before S3 could look at `s3:TlsVersion`.
#[tokio::test]
async fn tls_1_1_is_refused() {
    let running = Running::start().await;
    // a ClientHello of version 3.2 with TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, signature_algorithms and supported_groups
    let mut hello = vec![22, 3, 2, 0, 65, 1, 0, 0, 61, 3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0, 2, 0xc0, 0x09, 1, 0, 0, 18]);
    hello.extend([0, 13, 0, 6, 0, 4, 4, 1, 4, 3]);
    hello.extend([0, 10, 0, 4, 0, 2, 0, 23]);
    let mut stream = tokio::net::TcpStream::connect(running.backend.address()).await.unwrap();
    stream.write_all(&hello).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    // a fatal alert: protocol_version
    assert_eq!((answer[0], &answer[5..]), (21, &[2, 70][..]), "{answer:?}");
}

#[tokio::test]
async fn a_handshake_that_never_ends_does_not_keep_the_backend_from_stopping() {
    let running = Running::start().await;
    let mut stream = tokio::net::TcpStream::connect(running.backend.address()).await.unwrap();
    stream.write_all(&[22]).await.unwrap();
    let idle = tokio::net::TcpStream::connect(running.backend.address()).await.unwrap();
    let started = std::time::Instant::now();
    running.backend.shutdown().await;
    assert!(started.elapsed() < std::time::Duration::from_secs(4), "{:?}", started.elapsed());
    drop((stream, idle));
}

/// As boto3 uploads by HTTPS: in chunks of HTTP's, with the length in a header of its own. Without that one S3 knows no length.
#[tokio::test]
async fn a_body_in_chunks_says_how_long_it_is() {
    let running = Running::with_bucket("bucket-1").await;
    let http = client(&running).build().unwrap();
    let put = async |length: Option<&str>| {
        let chunks = futures::stream::iter([Ok::<_, std::io::Error>("hello")]);
        let mut request = http
            .put(format!("https://{}/bucket-1/a", running.backend.address()))
            .body(reqwest::Body::wrap_stream(chunks));
        if let Some(length) = length {
            request = request.header("x-amz-decoded-content-length", length);
        }
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(put(None).await, 501);
    assert_eq!(put(Some("5")).await, 403, "nobody signed it");
}
