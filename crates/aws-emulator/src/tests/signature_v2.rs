//! SigV2, in a bucket of before June 2020.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;
use time::format_description::well_known::Rfc2822;
use time::macros::datetime;
use time::{Duration, OffsetDateTime};

use super::signing::Answer;
use super::*;

const LAST_DAY: OffsetDateTime = datetime!(2020-06-23 12:00 UTC);
const PERMISSIONS: &str = r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;

/// A backend of this region with a bucket that is this old, and credentials of a session that was there before.
async fn aged(region: &str, made: OffsetDateTime) -> (Running, Credentials) {
    let running = Running::with_bucket("bucket-1").await;
    let session = session_of(&running, "app", PERMISSIONS, None).await;
    let Running { backend, dir } = running;
    backend.shutdown().await;
    let path = dir.path().join("state.json");
    let mut state: serde_json::Value =
        serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    state["buckets"]["bucket-1"]["created"] = made.unix_timestamp().into();
    std::fs::write(&path, state.to_string()).unwrap();
    let options = BackendOptions { region: Region::parse(region).unwrap(), ..options(dir.path()) };
    (Running { backend: Backend::start(options).await.unwrap(), dir }, session)
}

fn sign(secret: &str, text: &str) -> String {
    let mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).unwrap();
    STANDARD.encode(mac.chain_update(text.as_bytes()).finalize().into_bytes())
}

/// Status and code of a PUT of `bucket-1/a` that is signed in its header.
async fn put(running: &Running, signed_at: OffsetDateTime, key: &str, secret: &str) -> String {
    let date = signed_at.format(&Rfc2822).unwrap();
    let signature =
        sign(secret, &format!("PUT\n\ntext/plain\n{date}\nx-amz-meta-a:1\n/bucket-1/a"));
    let put = reqwest::Client::new()
        .put(format!("{}/bucket-1/a", running.url()))
        .body("hello")
        .header("content-type", "text/plain");
    let put = put
        .header("x-amz-meta-a", "1")
        .header("date", date)
        .header("authorization", format!("AWS {key}:{signature}"));
    Answer::of(put.send().await.unwrap()).await.told()
}

/// The same, signed in its query.
async fn presigned(
    running: &Running,
    credentials: &Credentials,
    expires: &str,
    token: Option<&str>,
) -> String {
    let line = token.map(|token| format!("x-amz-security-token:{token}\n")).unwrap_or_default();
    let signature =
        sign(credentials.secret_access_key(), &format!("PUT\n\n\n{expires}\n{line}/bucket-1/a"));
    let mut url = reqwest::Url::parse(&format!("{}/bucket-1/a", running.url())).unwrap();
    url.query_pairs_mut()
        .append_pair("AWSAccessKeyId", credentials.access_key_id())
        .append_pair("Expires", expires)
        .append_pair("Signature", &signature);
    if let Some(token) = token {
        url.query_pairs_mut().append_pair("x-amz-security-token", token);
    }
    Answer::of(reqwest::Client::new().put(url).body("hello").send().await.unwrap()).await.told()
}

fn in_a_minute() -> String {
    (OffsetDateTime::now_utc() + Duration::minutes(1)).unix_timestamp().to_string()
}

#[tokio::test]
async fn only_old_buckets_of_old_regions_take_it() {
    for (region, made, told) in [
        ("eu-west-1", LAST_DAY, "200"),
        ("eu-west-1", LAST_DAY + Duration::days(1), "400 InvalidRequest"),
        ("eu-central-1", LAST_DAY, "400 InvalidRequest"),
    ] {
        let (running, session) = aged(region, made).await;
        assert_eq!(
            put(&running, OffsetDateTime::now_utc(), KEY, SECRET).await,
            told,
            "{region} {made}"
        );
        let presigned =
            presigned(&running, &session, &in_a_minute(), session.session_token()).await;
        assert_eq!(presigned, told, "{region} {made}");
    }
}

#[tokio::test]
async fn what_is_wrong_about_it_is_told_as_by_aws() {
    let (running, session) = aged("eu-west-1", LAST_DAY).await;
    let now = OffsetDateTime::now_utc();
    assert_eq!(put(&running, now, KEY, "wrong").await, "403 SignatureDoesNotMatch");
    assert_eq!(put(&running, now, "AKIAAAAAAAAAAAAAAAAA", SECRET).await, "403 InvalidAccessKeyId");
    assert_eq!(
        put(&running, now - Duration::minutes(16), KEY, SECRET).await,
        "403 RequestTimeTooSkewed"
    );
    let root = root();
    assert_eq!(presigned(&running, &root, &in_a_minute(), None).await, "200");
    assert_eq!(presigned(&running, &root, "1000", None).await, "403 AccessDenied");
    assert_eq!(presigned(&running, &root, "soon", None).await, "403 AccessDenied");
    assert_eq!(presigned(&running, &root, &in_a_minute(), Some("bogus")).await, "400 InvalidToken");
    assert_eq!(presigned(&running, &session, &in_a_minute(), None).await, "403 InvalidAccessKeyId");
    let other = Credentials::new(KEY, "wrong", None, None, "test");
    assert_eq!(
        presigned(&running, &other, &in_a_minute(), None).await,
        "403 SignatureDoesNotMatch"
    );
    let told = async |query: &str, headers: &[(&str, &str)]| {
        let mut get = reqwest::Client::new().get(format!("{}/bucket-1/a{query}", running.url()));
        for (name, value) in headers {
            get = get.header(*name, *value);
        }
        Answer::of(get.send().await.unwrap()).await.told()
    };
    assert_eq!(told("?AWSAccessKeyId=a&Expires=1", &[]).await, "403 AccessDenied");
    assert_eq!(told("", &[("authorization", "AWS nonsense")]).await, "400 InvalidArgument");
    assert_eq!(
        told("", &[("authorization", "AWS a:b")]).await,
        "403 AccessDenied",
        "without a date"
    );
    assert_eq!(
        told("?AWSAccessKeyId=a&Expires=1&Signature=b", &[("authorization", "AWS a:b")]).await,
        "400 InvalidArgument"
    );
}

#[tokio::test]
async fn policies_see_which_version_it_is() {
    let (running, session) = aged("eu-west-1", LAST_DAY).await;
    let config =
        running.config(root()).to_builder().region(aws_config::Region::new("eu-west-1")).build();
    let s3 = s3_client(&config);
    for (condition, told) in [
        (r#"{"StringEquals":{"s3:signatureversion":"AWS"}}"#, "403 AccessDenied"),
        (r#"{"StringEquals":{"s3:signatureversion":"AWS4-HMAC-SHA256"}}"#, "200"),
        (r#"{"StringEquals":{"s3:authType":"REST-QUERY-STRING"}}"#, "403 AccessDenied"),
        (r#"{"Null":{"s3:signatureAge":"true"}}"#, "403 AccessDenied"),
        (r#"{"NumericGreaterThan":{"s3:signatureAge":"0"}}"#, "200"),
    ] {
        let policy = format!(
            r#"{{"Statement":{{"Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"arn:aws:s3:::bucket-1/*","Condition":{condition}}}}}"#
        );
        s3.put_bucket_policy().bucket("bucket-1").policy(policy).send().await.unwrap();
        assert_eq!(
            presigned(&running, &session, &in_a_minute(), session.session_token()).await,
            told,
            "{condition}"
        );
    }
}

#[tokio::test]
async fn a_form_can_be_signed_so() {
    let (running, session) = aged("eu-west-1", LAST_DAY).await;
    let token = session.session_token().unwrap();
    let ends = (OffsetDateTime::now_utc() + Duration::minutes(1))
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap();
    let policy = format!(
        r#"{{"expiration":"{}Z","conditions":[{{"bucket":"bucket-1"}},{{"key":"a"}},{{"x-amz-security-token":"{token}"}}]}}"#,
        &ends[..19]
    );
    let policy = STANDARD.encode(policy);
    let post = async |secret: &str| {
        let form = [
            ("key", "a"),
            ("AWSAccessKeyId", session.access_key_id()),
            ("x-amz-security-token", token),
            ("policy", policy.as_str()),
            ("signature", &sign(secret, &policy)),
            ("file", "hello"),
        ];
        let mut body = String::new();
        for (name, value) in form {
            body.push_str(&format!(
                "--limit\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            ));
        }
        body.push_str("--limit--\r\n");
        let post = reqwest::Client::new().post(format!("{}/bucket-1", running.url())).body(body);
        Answer::of(
            post.header("content-type", "multipart/form-data; boundary=limit")
                .send()
                .await
                .unwrap(),
        )
        .await
        .told()
    };
    assert_eq!(post(session.secret_access_key()).await, "204");
    assert_eq!(post("wrong").await, "403 SignatureDoesNotMatch");
}
