//! The forms that AssumeRole's parameters have to have, and calls that are a URL.

use aws_sdk_sts::types::Tag;
use time::macros::format_description;
use time::{Duration, OffsetDateTime};

use super::signing::Answer;
use super::*;
use crate::sigv4::{payload_hash, sign};

#[tokio::test]
async fn parameters_have_their_forms() {
    let running = Running::start().await;
    let sts = running.sts();
    let arn = |arn: &str| sts.assume_role().role_arn(arn).role_session_name("one");
    let named = |name: &str| {
        sts.assume_role().role_arn("arn:aws:iam::111122223333:role/app").role_session_name(name)
    };
    let tag = |key: &str| Tag::builder().key(key).value("1").build().unwrap();
    let mut table = Vec::new();
    for (case, assume) in [
        ("a short ARN", arn("arn:aws:iam::1")),
        ("no ARN", arn("role/app-of-111122223333")),
        ("a user's ARN", arn("arn:aws:iam::111122223333:user/app")),
        ("an account that is none", arn("arn:aws:iam::1111:role/application")),
        ("a short name", named("a")),
        ("a long name", named(&"a".repeat(65))),
        ("a name with blanks", named("a b")),
        ("a short external id", named("one").external_id("a")),
        ("an external id with blanks", named("one").external_id("a b")),
        ("too short a time", named("one").duration_seconds(899)),
        ("two keys that differ by case", named("one").tags(tag("team")).tags(tag("Team"))),
        (
            "a transitive key without its tag",
            named("one").tags(tag("team")).transitive_tag_keys("cost"),
        ),
    ] {
        let refused = assume.send().await.unwrap_err();
        let status = refused.raw_response().unwrap().status().as_u16();
        table.push(format!(
            "{case}: {status} {}: {}",
            code(&refused),
            refused.message().unwrap_or_default()
        ));
    }
    insta::assert_snapshot!(table.join("\n"), @r"
    a short ARN: 400 ValidationError: 1 validation error detected: Value 'arn:aws:iam::1' at 'roleArn' failed to satisfy constraint: Member must have length greater than or equal to 20
    no ARN: 400 ValidationError: role/app-of-111122223333 is invalid
    a user's ARN: 400 ValidationError: Request ARN is invalid
    an account that is none: 400 ValidationError: Request ARN is invalid
    a short name: 400 ValidationError: 1 validation error detected: Value 'a' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2
    a long name: 400 ValidationError: 1 validation error detected: Value 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' at 'roleSessionName' failed to satisfy constraint: Member must have length less than or equal to 64
    a name with blanks: 400 ValidationError: 1 validation error detected: Value 'a b' at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*
    a short external id: 400 ValidationError: 1 validation error detected: Value 'a' at 'externalId' failed to satisfy constraint: Member must have length greater than or equal to 2
    an external id with blanks: 400 ValidationError: 1 validation error detected: Value 'a b' at 'externalId' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@:\/-]*
    too short a time: 400 ValidationError: 1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900
    two keys that differ by case: 400 InvalidParameterValue: Duplicate tag keys found. Please note that Tag keys are case insensitive.
    a transitive key without its tag: 400 InvalidParameterValue: The specified transitive tag key must be included in the requested tags.
    ");
}

/// A URL that says who signed it, as `aws eks get-token` makes one.
async fn who_am_i(
    running: &Running,
    method: reqwest::Method,
    secret: &str,
    signed_at: OffsetDateTime,
) -> Answer {
    let date = signed_at
        .format(format_description!("[year][month][day]T[hour][minute][second]Z"))
        .unwrap();
    let scope = format!("{}/{REGION}/sts/aws4_request", &date[..8]);
    let credential = format!("{ADMINISTRATOR_KEY}/{scope}").replace('/', "%2F");
    let query = format!(
        "Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={credential}&X-Amz-Date={date}\
         &X-Amz-Expires=60&X-Amz-SignedHeaders=host"
    );
    let canonical = format!(
        "{method}\n/\n{query}\nhost:{}\n\nhost\n{}",
        running.backend.address(),
        payload_hash(b"")
    );
    let to_sign =
        format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", payload_hash(canonical.as_bytes()));
    let signature = sign(secret, &date[..8], REGION, "sts", &to_sign);
    let url = format!("{}/?{query}&X-Amz-Signature={signature}", running.url());
    Answer::of(reqwest::Client::new().request(method, url).send().await.unwrap()).await
}

#[tokio::test]
async fn a_call_can_be_a_url_that_ends() {
    let running = Running::start().await;
    let now = OffsetDateTime::now_utc();
    // boto3 signs for POST unless told otherwise
    for method in [reqwest::Method::GET, reqwest::Method::POST] {
        let asked = |secret: &'static str, signed_at: OffsetDateTime| {
            who_am_i(&running, method.clone(), secret, signed_at)
        };
        let answer = asked(ADMINISTRATOR_SECRET, now).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert!(
            answer.text.contains("<Arn>arn:aws:iam::111122223333:user/administrator</Arn>"),
            "{}",
            answer.text
        );
        assert_eq!(asked("wrong", now).await.told(), "403 SignatureDoesNotMatch");
        assert_eq!(
            asked(ADMINISTRATOR_SECRET, now - Duration::seconds(120)).await.told(),
            "403 SignatureDoesNotMatch"
        );
    }
    let unsigned =
        reqwest::get(format!("{}/?Action=GetCallerIdentity&Version=2011-06-15", running.url()))
            .await
            .unwrap();
    assert_eq!(Answer::of(unsigned).await.told(), "403 MissingAuthenticationToken");
}
