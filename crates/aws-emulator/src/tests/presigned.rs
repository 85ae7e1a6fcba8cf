//! Presigned URLs, sent by a bare HTTP client.

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use reqwest::{Method, StatusCode};

use super::*;

/// A presigned PUT as the SDK makes it.
async fn presign(s3: &aws_sdk_s3::Client, key: &str) -> String {
    let config = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let put = s3.put_object().bucket("bucket-1").key(key).content_type("text/plain");
    put.presigned(config).await.unwrap().uri().to_owned()
}

/// Status and error code.
async fn send(method: Method, url: &str, headers: &[(&str, &str)]) -> (StatusCode, String) {
    let mut request = reqwest::Client::new().request(method, url).body("hello");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    (status, error_code(&text))
}

fn error_code(text: &str) -> String {
    let code = text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
    code.map(|(code, _)| code.to_owned()).unwrap_or_default()
}

const TEXT: (&str, &str) = ("content-type", "text/plain");

#[tokio::test]
async fn a_presigned_put_is_taken_as_it_was_signed_and_no_other_way() {
    let running = Running::with_bucket("bucket-1").await;
    let url = presign(&running.s3(), "uploads/a.txt").await;
    assert_eq!(send(Method::PUT, &url, &[TEXT]).await, (StatusCode::OK, String::new()));
    let forbidden = |code: &str| (StatusCode::FORBIDDEN, code.to_owned());
    let mismatch = forbidden("SignatureDoesNotMatch");
    assert_eq!(send(Method::PUT, &url.replace("a.txt", "b.txt"), &[TEXT]).await, mismatch);
    assert_eq!(
        send(Method::PUT, &url.replace("X-Amz-Signature=", "X-Amz-Signature=0"), &[TEXT]).await,
        mismatch,
        "65 digits"
    );
    assert_eq!(send(Method::GET, &url, &[TEXT]).await, mismatch);
    assert_eq!(send(Method::PUT, &url, &[("content-type", "text/html")]).await, mismatch);
    assert_eq!(send(Method::PUT, &url, &[]).await, mismatch);
    assert_eq!(
        send(Method::PUT, &url, &[TEXT, ("x-amz-acl", "public-read")]).await,
        forbidden("AccessDenied")
    );
    assert_eq!(
        send(Method::PUT, &url.replace(KEY, "AKIAAAAAAAAAAAAAAAAA"), &[TEXT]).await,
        forbidden("InvalidAccessKeyId")
    );
    assert_eq!(
        send(Method::PUT, url.split_once('?').unwrap().0, &[TEXT]).await,
        forbidden("AccessDenied")
    );
    let malformed = (StatusCode::BAD_REQUEST, "AuthorizationQueryParametersError".to_owned());
    assert_eq!(
        send(Method::PUT, &url.replace("eu-central-1", "eu-west-1"), &[TEXT]).await,
        malformed
    );
    assert_eq!(
        send(Method::PUT, &url.replace("X-Amz-Expires=60", "X-Amz-Expires=604801"), &[TEXT]).await,
        malformed
    );
    assert_eq!(
        send(Method::PUT, &format!("{url}&X-Amz-Security-Token=bogus"), &[TEXT]).await,
        (StatusCode::BAD_REQUEST, "InvalidToken".to_owned())
    );
}

#[tokio::test]
async fn an_expired_url_is_refused_by_that_name() {
    let running = Running::with_bucket("bucket-1").await;
    let config = PresigningConfig::builder()
        .start_time(std::time::SystemTime::now() - Duration::from_secs(120))
        .expires_in(Duration::from_secs(60))
        .build()
        .unwrap();
    let presigned =
        running.s3().put_object().bucket("bucket-1").key("a").presigned(config).await.unwrap();
    let response = reqwest::Client::new().put(presigned.uri()).body("x").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::FORBIDDEN);
    let text = response.text().await.unwrap();
    assert!(
        text.contains("<Message>Request has expired</Message>") && text.contains("<RequestId>"),
        "{text}"
    );
}

#[tokio::test]
async fn what_a_url_says_in_its_query_counts_as_a_header() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let query = [
        ("x-amz-meta-who", "me"),
        ("x-amz-checksum-crc32", "AAAAAA=="),
        ("x-amz-sdk-checksum-algorithm", "CRC32"),
    ];
    let url = signed_by_hand(&running, &Method::PUT, &root(), "/bucket-1/a", &query);
    // S3 ignores a checksum there, which an SDK signs before it has the body
    assert_eq!(send(Method::PUT, &url, &[]).await, (StatusCode::OK, String::new()));
    let got = s3.get_object().bucket("bucket-1").key("a").send().await.unwrap();
    assert_eq!(got.metadata().unwrap()["who"], "me");
    // one that is signed as a header is checked
    let config = PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let put = s3
        .put_object()
        .bucket("bucket-1")
        .key("b")
        .checksum_sha256("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    let presigned = put.presigned(config).await.unwrap();
    let headers: Vec<(&str, &str)> = presigned.headers().collect();
    assert_eq!(
        send(Method::PUT, presigned.uri(), &headers).await,
        (StatusCode::BAD_REQUEST, "BadDigest".to_owned())
    );
    assert_eq!(
        code(&s3.get_object().bucket("bucket-1").key("b").send().await.unwrap_err()),
        "NoSuchKey"
    );
}

/// A URL with these parameters under its signature, signed for `host` only.
fn signed_by_hand(
    running: &Running,
    method: &Method,
    credentials: &Credentials,
    path: &str,
    query: &[(&str, &str)],
) -> String {
    use time::macros::format_description;
    let date = time::OffsetDateTime::now_utc()
        .format(format_description!("[year][month][day]T[hour][minute][second]Z"))
        .unwrap();
    let scope = format!("{}/{REGION}/s3/aws4_request", &date[..8]);
    let credential = format!("{}/{scope}", credentials.access_key_id());
    let mut all = vec![
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Credential", &credential),
        ("X-Amz-Date", &date),
        ("X-Amz-Expires", "60"),
        ("X-Amz-SignedHeaders", "host"),
    ];
    all.extend(credentials.session_token().map(|token| ("X-Amz-Security-Token", token)));
    all.extend(query);
    let encode = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let encode = |text: &str| {
        ["-", ".", "_", "~"]
            .iter()
            .fold(encode(text), |text, kept| text.replace(&encode(kept), kept))
    };
    let mut pairs: Vec<String> =
        all.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.sort();
    let query = pairs.join("&");
    let canonical = format!(
        "{method}\n{path}\n{query}\nhost:{}\n\nhost\nUNSIGNED-PAYLOAD",
        running.backend.address()
    );
    let to_sign = format!(
        "AWS4-HMAC-SHA256\n{date}\n{scope}\n{}",
        crate::sigv4::payload_hash(canonical.as_bytes())
    );
    let signature =
        crate::sigv4::sign(credentials.secret_access_key(), &date[..8], REGION, "s3", &to_sign);
    format!("{}{path}?{query}&X-Amz-Signature={signature}", running.url())
}

#[tokio::test]
async fn a_condition_in_the_query_holds_as_one_in_a_header() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let signed = |method: &Method, path: &str, query: &[(&str, &str)]| {
        signed_by_hand(&running, method, &root(), path, query)
    };
    let failed = (StatusCode::PRECONDITION_FAILED, "PreconditionFailed".to_owned());
    let done = (StatusCode::OK, String::new());
    for name in ["If-None-Match", "if-none-match", "IF-NONE-MATCH"] {
        let key = format!("/bucket-1/{name}");
        let url = signed(&Method::PUT, &key, &[(name, "*")]);
        assert_eq!(send(Method::PUT, &url, &[]).await, done, "{name}");
        assert_eq!(send(Method::PUT, &url, &[]).await, failed, "{name}");
        // what is signed cannot be replaced by a header that is not
        assert_eq!(send(Method::PUT, &url, &[("if-none-match", "\"x\"")]).await, failed, "{name}");
    }
    let etag = s3.put_object().bucket("bucket-1").key("k").send().await.unwrap().e_tag.unwrap();
    let without_quotes = etag.trim_matches('"');
    for (method, name, value, told) in [
        (Method::PUT, "If-Match", "\"other\"", failed.clone()),
        (Method::DELETE, "If-Match", "\"other\"", failed.clone()),
        (Method::GET, "If-Match", "\"other\"", failed.clone()),
        (Method::GET, "If-None-Match", &etag, (StatusCode::NOT_MODIFIED, String::new())),
        (Method::PUT, "If-Match", without_quotes, done.clone()),
        (Method::DELETE, "If-Match", "*", (StatusCode::NO_CONTENT, String::new())),
    ] {
        assert_eq!(
            send(method.clone(), &signed(&method, "/bucket-1/k", &[(name, value)]), &[]).await,
            told,
            "{method} {name}"
        );
    }
    let copy = [("x-amz-copy-source", "bucket-1/If-None-Match"), ("If-None-Match", "*")];
    let url = signed(&Method::PUT, "/bucket-1/copy", &copy);
    assert_eq!(
        (send(Method::PUT, &url, &[]).await, send(Method::PUT, &url, &[]).await),
        (done, failed.clone())
    );

    let upload = s3
        .create_multipart_upload()
        .bucket("bucket-1")
        .key("copy")
        .send()
        .await
        .unwrap()
        .upload_id
        .unwrap();
    let part = s3
        .upload_part()
        .bucket("bucket-1")
        .key("copy")
        .upload_id(&upload)
        .part_number(1)
        .send()
        .await
        .unwrap();
    let body = format!(
        "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{}</ETag></Part></CompleteMultipartUpload>",
        part.e_tag().unwrap()
    );
    let url =
        signed(&Method::POST, "/bucket-1/copy", &[("uploadId", &upload), ("If-None-Match", "*")]);
    let response = reqwest::Client::new().post(url).body(body).send().await.unwrap();
    assert_eq!((response.status(), error_code(&response.text().await.unwrap())), failed);
}

#[tokio::test]
async fn a_policy_sees_a_condition_in_the_query() {
    let running = Running::with_bucket("bucket-1").await;
    let permissions = r#"{"Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"*","Condition":{"StringEquals":{"s3:if-none-match":"*"}}}}"#;
    let session = session_of(&running, "app", permissions, None).await;
    let url = |query: &[(&str, &str)]| {
        signed_by_hand(&running, &Method::PUT, &session, "/bucket-1/k", query)
    };
    assert_eq!(
        send(Method::PUT, &url(&[]), &[]).await,
        (StatusCode::FORBIDDEN, "AccessDenied".to_owned())
    );
    assert_eq!(
        send(Method::PUT, &url(&[("If-None-Match", "*")]), &[]).await,
        (StatusCode::OK, String::new())
    );
}

/// A PUT signed in its header, for a body with this hash.
async fn put_signed_for(
    running: &Running,
    payload_hash: &str,
    body: Vec<u8>,
) -> (StatusCode, String) {
    use aws_sigv4::http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        sign,
    };
    let url = format!("{}/bucket-1/a", running.url());
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    let identity = root().into();
    let params = aws_sigv4::sign::v4::SigningParams::builder()
        .identity(&identity)
        .region(REGION)
        .name("s3")
        .time(std::time::SystemTime::now())
        .settings(settings)
        .build()
        .unwrap();
    let signable = SignableRequest::new(
        "PUT",
        &url,
        std::iter::empty(),
        SignableBody::Precomputed(payload_hash.to_owned()),
    )
    .unwrap();
    let (instructions, _) = sign(signable, &params.into()).unwrap().into_parts();
    let mut request = reqwest::Client::new().put(&url).body(body);
    for (name, value) in instructions.headers() {
        request = request.header(name, value);
    }
    let response = request.send().await.unwrap();
    (response.status(), error_code(&response.text().await.unwrap()))
}

#[tokio::test]
async fn a_body_other_than_the_signed_one_is_refused() {
    let running = Running::with_bucket("bucket-1").await;
    for length in [5, 2 << 20] {
        let body = vec![b'x'; length];
        let hash = crate::sigv4::payload_hash(&body);
        let other = crate::sigv4::payload_hash(b"other");
        let refused = (StatusCode::BAD_REQUEST, "XAmzContentSHA256Mismatch".to_owned());
        assert_eq!(put_signed_for(&running, &other, body.clone()).await, refused);
        assert_eq!(
            code(&running.s3().get_object().bucket("bucket-1").key("a").send().await.unwrap_err()),
            "NoSuchKey"
        );
        assert_eq!(put_signed_for(&running, &hash, body).await.0, StatusCode::OK);
        running.s3().delete_object().bucket("bucket-1").key("a").send().await.unwrap();
    }
}

#[tokio::test]
async fn the_parameters_of_a_signature_have_their_forms() {
    let running = Running::with_bucket("bucket-1").await;
    let url = presign(&running.s3(), "a").await;
    let told = async |url: String| send(Method::PUT, &url, &[TEXT]).await;
    let malformed = (StatusCode::BAD_REQUEST, "AuthorizationQueryParametersError".to_owned());
    for (from, to) in [
        ("X-Amz-Expires=60", "X-Amz-Expires=-1"),
        ("X-Amz-Expires=60", "X-Amz-Expires=soon"),
        ("X-Amz-Expires=60&", ""),
        ("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"),
        ("%2Fs3%2F", "%2Fec2%2F"),
        ("%2Faws4_request", "%2Faws4"),
    ] {
        assert!(url.contains(from), "{url}");
        assert_eq!(told(url.replacen(from, to, 1)).await, malformed, "{to}");
    }
    let start = url.find("X-Amz-Signature=").unwrap();
    let end = url[start..].find('&').map_or(url.len(), |length| start + length);
    assert_eq!(told(format!("{}{}", &url[..start], &url[end..])).await, malformed);
}

#[tokio::test]
async fn a_url_from_tomorrow_is_not_valid_yet() {
    let running = Running::with_bucket("bucket-1").await;
    let config = PresigningConfig::builder()
        .start_time(std::time::SystemTime::now() + Duration::from_secs(24 * 3600))
        .expires_in(Duration::from_secs(60))
        .build()
        .unwrap();
    let presigned =
        running.s3().put_object().bucket("bucket-1").key("a").presigned(config).await.unwrap();
    assert_eq!(
        send(Method::PUT, presigned.uri(), &[]).await,
        (StatusCode::FORBIDDEN, "AccessDenied".to_owned())
    );
}

#[tokio::test]
async fn a_roles_url_carries_its_rights_its_token_and_its_age() {
    let running = Running::with_bucket("bucket-1").await;
    let permissions = r#"{"Statement":{"Effect":"Allow","Action":"s3:PutObject","Resource":"arn:aws:s3:::bucket-1/uploads/*"}}"#;
    let app = s3_client(&running.config(session_of(&running, "app", permissions, None).await));
    let url = presign(&app, "uploads/a").await;
    assert_eq!(send(Method::PUT, &url, &[TEXT]).await.0, StatusCode::OK);
    let denied = (StatusCode::FORBIDDEN, "AccessDenied".to_owned());
    assert_eq!(send(Method::PUT, &presign(&app, "other/a").await, &[TEXT]).await, denied);
    let config = || PresigningConfig::expires_in(Duration::from_secs(60)).unwrap();
    let get =
        app.get_object().bucket("bucket-1").key("uploads/a").presigned(config()).await.unwrap();
    assert_eq!(send(Method::GET, get.uri(), &[]).await, denied);
    let start = url.find("X-Amz-Security-Token=").unwrap();
    let end = url[start..].find('&').map_or(url.len(), |length| start + length + 1);
    let without_token = format!("{}{}", &url[..start], &url[end..]);
    assert_eq!(
        send(Method::PUT, &without_token, &[TEXT]).await,
        (StatusCode::FORBIDDEN, "InvalidAccessKeyId".to_owned())
    );

    let old = |seconds: u64| {
        let start = std::time::SystemTime::now() - Duration::from_secs(seconds);
        let config = PresigningConfig::builder()
            .start_time(start)
            .expires_in(Duration::from_secs(3600))
            .build()
            .unwrap();
        app.put_object().bucket("bucket-1").key("uploads/a").presigned(config)
    };
    let policy = r#"{"Statement":{"Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::bucket-1/*","Condition":{"NumericGreaterThan":{"s3:signatureAge":"600000"}}}}"#;
    running.s3().put_bucket_policy().bucket("bucket-1").policy(policy).send().await.unwrap();
    assert_eq!(send(Method::PUT, old(590).await.unwrap().uri(), &[]).await.0, StatusCode::OK);
    assert_eq!(send(Method::PUT, old(601).await.unwrap().uri(), &[]).await, denied);
    // a signature in a header has no age
    running.s3().put_object().bucket("bucket-1").key("uploads/b").send().await.unwrap();
    let policy = policy.replace(
        r#"{"NumericGreaterThan":{"s3:signatureAge":"600000"}}"#,
        r#"{"StringNotEquals":{"s3:authType":"REST-QUERY-STRING"}}"#,
    );
    running.s3().put_bucket_policy().bucket("bucket-1").policy(policy).send().await.unwrap();
    assert_eq!(send(Method::PUT, old(1).await.unwrap().uri(), &[]).await.0, StatusCode::OK);
    assert_eq!(
        code(&running.s3().put_object().bucket("bucket-1").key("a").send().await.unwrap_err()),
        "AccessDenied"
    );
}
