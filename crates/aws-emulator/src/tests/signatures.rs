//! Signatures in headers, wrong in every way there is.

use reqwest::Method;
use time::Duration;

use super::signing::{Answer, ByHand, Seed};
use super::*;
use crate::sigv4::{payload_hash, sign};

fn put(body: &[u8]) -> ByHand {
    ByHand::new(Method::PUT, "/bucket-1/a", body)
}

#[tokio::test]
async fn a_signature_in_the_header_counts_only_for_what_was_signed() {
    let running = Running::with_bucket("bucket-1").await;
    let told = async |change: &dyn Fn(&mut ByHand)| {
        let mut request = put(b"x");
        change(&mut request);
        request.send(&running).await.told()
    };
    assert_eq!(told(&|_| ()).await, "200");
    assert_eq!(
        told(&|request| request.payload_hash = Some("UNSIGNED-PAYLOAD".to_owned())).await,
        "200"
    );
    assert_eq!(
        told(&|request| request.credentials = Credentials::new(KEY, "wrong", None, None, "test"))
            .await,
        "403 SignatureDoesNotMatch"
    );
    let (mut headers, _) = put(b"x").sign(&running);
    for (name, value) in &mut headers {
        if *name == "authorization" {
            value.push('0');
        }
    }
    assert_eq!(
        put(b"x").send_with(&running, headers, b"x".to_vec()).await.told(),
        "403 SignatureDoesNotMatch",
        "65 digits"
    );
    let unknown = Credentials::new("AKIAAAAAAAAAAAAAAAAA", SECRET, None, None, "test");
    assert_eq!(
        told(&|request| request.credentials = unknown.clone()).await,
        "403 InvalidAccessKeyId"
    );
    let bogus = Credentials::new(KEY, SECRET, Some("bogus".to_owned()), None, "test");
    assert_eq!(told(&|request| request.credentials = bogus.clone()).await, "400 InvalidToken");
    assert_eq!(
        told(&|request| request.region = "eu-west-1").await,
        "400 AuthorizationHeaderMalformed"
    );
    assert_eq!(told(&|request| request.service = "ec2").await, "400 AuthorizationHeaderMalformed");
    assert_eq!(
        told(&|request| request.signed_at -= Duration::minutes(16)).await,
        "403 RequestTimeTooSkewed"
    );
    assert_eq!(
        told(&|request| request.signed_at += Duration::minutes(16)).await,
        "403 RequestTimeTooSkewed"
    );
    assert_eq!(told(&|request| request.signed_at -= Duration::minutes(14)).await, "200");
    assert_eq!(
        told(&|request| request.unsigned.push(("x-amz-meta-a", "1"))).await,
        "403 AccessDenied"
    );
    assert_eq!(
        told(&|request| request.payload_hash = Some(payload_hash(b"y"))).await,
        "400 XAmzContentSHA256Mismatch"
    );
    assert_eq!(
        told(&|request| request.payload_hash = Some("nonsense".to_owned())).await,
        "400 InvalidArgument"
    );
    assert_eq!(
        told(&|request| request.signed.push(("content-type", "text/plain".to_owned()))).await,
        "200"
    );
}

#[tokio::test]
async fn other_ways_to_authenticate_are_refused() {
    let running = Running::with_bucket("bucket-1").await;
    let url = format!("{}/bucket-1/a", running.url());
    let with = async |authorization: &str, query: &str| {
        let request = reqwest::Client::new()
            .put(format!("{url}{query}"))
            .header("authorization", authorization);
        Answer::of(request.body("x").send().await.unwrap()).await.told()
    };
    assert_eq!(with("Bearer abc", "").await, "400 InvalidArgument");
    assert_eq!(with("AWS4-HMAC-SHA256", "").await, "400 AuthorizationHeaderMalformed");
    assert_eq!(with("AWS AKIAIOSFODNN7EXAMPLE:c2lnbmF0dXJl", "").await, "400 InvalidRequest");
    assert_eq!(
        with("AWS4-HMAC-SHA256 Credential=a", "?X-Amz-Algorithm=AWS4-HMAC-SHA256").await,
        "400 InvalidArgument"
    );
    let old = format!("{url}?AWSAccessKeyId={KEY}&Expires=9999999999&Signature=c2lnbmF0dXJl");
    assert_eq!(Answer::of(reqwest::get(old).await.unwrap()).await.told(), "400 InvalidRequest");
    let chunked = reqwest::Body::wrap_stream(futures::stream::iter([Ok::<_, std::io::Error>("x")]));
    let unknown_length = reqwest::Client::new().put(&url).body(chunked).send().await.unwrap();
    assert_eq!(Answer::of(unknown_length).await.told(), "501 NotImplemented");
}

/// A body in chunks, each signed on top of the one before.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html>.
fn chunks(seed: &Seed, contents: &[&[u8]], wrong: Option<usize>) -> Vec<u8> {
    let Seed { date, scope, signature } = seed;
    let (mut previous, mut body) = (signature.clone(), Vec::new());
    for (index, content) in contents.iter().chain([&b"".as_slice()]).enumerate() {
        let to_sign = format!(
            "AWS4-HMAC-SHA256-PAYLOAD\n{date}\n{scope}\n{previous}\n{}\n{}",
            payload_hash(b""),
            payload_hash(content)
        );
        previous = sign(SECRET, &date[..8], REGION, "s3", &to_sign);
        let shown = if wrong == Some(index) { "0".repeat(64) } else { previous.clone() };
        body.extend(format!("{:x};chunk-signature={shown}\r\n", content.len()).bytes());
        body.extend(*content);
        body.extend(b"\r\n");
    }
    body
}

#[tokio::test]
async fn every_chunk_of_a_body_has_to_be_signed() {
    let running = Running::with_bucket("bucket-1").await;
    let contents: [&[u8]; 2] = [&[b'a'; 65536], &[b'b'; 100]];
    let send = async |wrong: Option<usize>| {
        let mut request = put(b"");
        request.payload_hash = Some("STREAMING-AWS4-HMAC-SHA256-PAYLOAD".to_owned());
        request.signed = vec![
            ("content-encoding", "aws-chunked".to_owned()),
            ("x-amz-decoded-content-length", (65536 + 100).to_string()),
        ];
        let (headers, seed) = request.sign(&running);
        let body = chunks(&seed, &contents, wrong);
        request.send_with(&running, headers, body).await.told()
    };
    assert_eq!(send(Some(1)).await, "403 SignatureDoesNotMatch");
    assert_eq!(send(Some(2)).await, "403 SignatureDoesNotMatch");
    assert_eq!(
        code(&running.s3().head_object().bucket("bucket-1").key("a").send().await.unwrap_err()),
        "NotFound"
    );
    assert_eq!(send(None).await, "200");
    let got = running.s3().get_object().bucket("bucket-1").key("a").send().await.unwrap();
    assert_eq!((got.content_length(), got.content_encoding()), (Some(65636), None));
}

#[tokio::test]
async fn a_checksum_after_the_bytes_counts_like_one_before_them() {
    let running = Running::with_bucket("bucket-1").await;
    let send = async |crc32: &str| {
        let mut request =
            put(format!("5\r\nhello\r\n0\r\nx-amz-checksum-crc32:{crc32}\r\n\r\n").as_bytes());
        request.payload_hash = Some("STREAMING-UNSIGNED-PAYLOAD-TRAILER".to_owned());
        request.signed = vec![
            ("content-encoding", "aws-chunked".to_owned()),
            ("x-amz-decoded-content-length", "5".to_owned()),
            ("x-amz-trailer", "x-amz-checksum-crc32".to_owned()),
        ];
        request.send(&running).await.told()
    };
    assert_eq!(send("AAAAAA==").await, "400 BadDigest");
    assert_eq!(
        code(&running.s3().head_object().bucket("bucket-1").key("a").send().await.unwrap_err()),
        "NotFound"
    );
    assert_eq!(send("NhCmhg==").await, "200");
}

#[tokio::test]
async fn checksums_have_to_be_those_of_the_bytes() {
    let running = Running::with_bucket("bucket-1").await;
    let told = async |name: &'static str, value: &str| {
        let mut request = put(b"hello");
        request.signed = vec![(name, value.to_owned())];
        request.send(&running).await.told()
    };
    assert_eq!(
        told("x-amz-checksum-sha256", "LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ=").await,
        "200"
    );
    assert_eq!(
        told("x-amz-checksum-sha256", "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=").await,
        "400 BadDigest"
    );
    assert_eq!(told("x-amz-checksum-sha256", "nonsense").await, "400 InvalidRequest");
    assert_eq!(told("x-amz-checksum-crc32", "NhCmhg==").await, "200");
    assert_eq!(told("x-amz-checksum-crc32", "AAAAAA==").await, "400 BadDigest");
    assert_eq!(told("x-amz-checksum-sha1", "qvTGHdzF6KLavt4PO0gs2a6pQ00=").await, "200");
    assert_eq!(told("content-md5", "XUFAKrxLKna5cZ2REBfFkg==").await, "200");
    assert_eq!(told("content-md5", "CY9rzUYh03PK3k6DJie09g==").await, "400 BadDigest");
    assert_eq!(told("content-md5", "nonsense").await, "400 InvalidDigest");
}
