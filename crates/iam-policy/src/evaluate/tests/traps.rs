//! The condition keys of S3 that are easily used wrong: what the right form decides, and what the wrong forms would.

use serde_json::{Value, json};

use super::super::{PolicySet, Request, RequestContext};
use super::{ACCOUNT, OBJECT, denied_by, policy, presigner};

/// Whether a deny with this condition hits the presigner's `action`.
fn denies(action: &str, condition: &Value, context: &RequestContext) -> bool {
    let resource = policy(
        &json!([{"Sid": "D", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": condition}]),
    );
    let set =
        PolicySet { resource: Some(&resource), resource_account: ACCOUNT, ..PolicySet::default() };
    denied_by(&set.decide(&Request::new(&presigner(), action, OBJECT, context))).is_some()
}

#[test]
fn signature_age_is_in_milliseconds_and_absent_for_header_authentication() {
    let limit = json!({"NumericGreaterThan": {"s3:signatureAge": "900000"}});
    let aged = |age: &str| RequestContext::new().with("s3:signatureAge", age);
    for (age, denied) in
        [("0", false), ("899999", false), ("900000", false), ("900001", true), ("604800000", true)]
    {
        assert_eq!(denies("s3:PutObject", &limit, &aged(age)), denied, "{age} ms");
    }
    let header = RequestContext::new();
    assert!(!denies("s3:PutObject", &limit, &header));
    assert!(denies(
        "s3:PutObject",
        &json!({"NumericGreaterThanIfExists": {"s3:signatureAge": "900000"}}),
        &header
    ));
}

#[test]
fn a_sigv2_request_needs_a_deny_of_its_own() {
    let sigv2 =
        RequestContext::new().with("s3:signatureversion", "AWS").with("s3:signatureAge", "0");
    assert!(!denies(
        "s3:PutObject",
        &json!({"NumericGreaterThan": {"s3:signatureAge": "900000"}}),
        &sigv2
    ));
    let guard = json!({"StringEquals": {"s3:signatureversion": "AWS"}});
    assert!(denies("s3:PutObject", &guard, &sigv2));
    assert!(!denies(
        "s3:PutObject",
        &guard,
        &RequestContext::new().with("s3:signatureversion", "AWS4-HMAC-SHA256")
    ));
}

#[test]
fn foreign_encryption_is_denied_only_where_it_is_named() {
    let right = json!({
        "Null": {"s3:x-amz-server-side-encryption": "false"},
        "StringNotEquals": {"s3:x-amz-server-side-encryption": "AES256"}
    });
    let with = |value: &str| RequestContext::new().with("s3:x-amz-server-side-encryption", value);
    assert!(!denies("s3:PutObject", &right, &RequestContext::new()));
    assert!(!denies("s3:PutObject", &right, &with("AES256")));
    assert!(denies("s3:PutObject", &right, &with("aws:kms")));
    for wrong in ["StringNotEquals", "StringNotEqualsIfExists"] {
        assert!(
            denies(
                "s3:PutObject",
                &json!({wrong: {"s3:x-amz-server-side-encryption": "AES256"}}),
                &RequestContext::new()
            ),
            "{wrong}"
        );
    }
}

#[test]
fn sse_c_is_seen_by_its_algorithm() {
    let guard = json!({"Null": {"s3:x-amz-server-side-encryption-customer-algorithm": "false"}});
    let sse_c =
        RequestContext::new().with("s3:x-amz-server-side-encryption-customer-algorithm", "AES256");
    assert!(denies("s3:PutObject", &guard, &sse_c));
    assert!(!denies("s3:PutObject", &guard, &RequestContext::new()));
}

#[test]
fn write_once_bites_only_where_an_object_comes_to_be() {
    let guard = json!({
        "Null": {"s3:if-none-match": "true"},
        "Bool": {"s3:ObjectCreationOperation": "true"}
    });
    let create =
        |creation: &str| RequestContext::new().with("s3:ObjectCreationOperation", creation);
    assert!(denies("s3:PutObject", &guard, &create("true")));
    assert!(!denies("s3:PutObject", &guard, &create("true").with("s3:if-none-match", "*")));
    // CreateMultipartUpload and UploadPart are s3:PutObject too, and create no object yet
    assert!(!denies("s3:PutObject", &guard, &create("false")));
    assert!(denies(
        "s3:PutObject",
        &json!({"Null": {"s3:if-none-match": "true"}}),
        &create("false")
    ));
}

#[test]
fn unsigned_payload_is_what_every_presigned_put_has() {
    let guard = json!({"StringEquals": {"s3:x-amz-content-sha256": "UNSIGNED-PAYLOAD"}});
    assert!(denies(
        "s3:PutObject",
        &guard,
        &RequestContext::new().with("s3:x-amz-content-sha256", "UNSIGNED-PAYLOAD")
    ));
}

#[test]
fn requiring_a_query_signature_denies_the_servers_own_calls() {
    let guard = json!({"StringNotEquals": {"s3:authType": "REST-QUERY-STRING"}});
    assert!(denies(
        "s3:AbortMultipartUpload",
        &guard,
        &RequestContext::new().with("s3:authType", "REST-HEADER")
    ));
    assert!(!denies(
        "s3:PutObject",
        &guard,
        &RequestContext::new().with("s3:authType", "REST-QUERY-STRING")
    ));
}

#[test]
fn transport() {
    let http = json!({"Bool": {"aws:SecureTransport": "false"}});
    assert!(denies(
        "s3:PutObject",
        &http,
        &RequestContext::new().with("aws:SecureTransport", "false")
    ));
    assert!(!denies(
        "s3:PutObject",
        &http,
        &RequestContext::new().with("aws:SecureTransport", "true")
    ));
    let tls = json!({"NumericLessThan": {"s3:TlsVersion": "1.2"}});
    for (version, denied) in [("1.0", true), ("1.1", true), ("1.2", false), ("1.3", false)] {
        assert_eq!(
            denies("s3:PutObject", &tls, &RequestContext::new().with("s3:TlsVersion", version)),
            denied,
            "TLS {version}"
        );
    }
    // plain HTTP has no TLS version: this guard does not replace the other
    assert!(!denies("s3:PutObject", &tls, &RequestContext::new()));
}

#[test]
fn the_principal_arn_is_the_roles_and_not_the_sessions() {
    let guard = |arn: &str| json!({"ArnEquals": {"aws:PrincipalArn": arn}});
    let arn = presigner().principal_arn().unwrap();
    let context = RequestContext::new().with("aws:PrincipalArn", arn);
    assert!(denies(
        "s3:PutObject",
        &guard(&format!("arn:aws:iam::{ACCOUNT}:role/app/presigner")),
        &context
    ));
    assert!(!denies(
        "s3:PutObject",
        &guard(&format!("arn:aws:iam::{ACCOUNT}:role/presigner")),
        &context
    ));
    assert!(!denies(
        "s3:PutObject",
        &guard(&format!("arn:aws:sts::{ACCOUNT}:assumed-role/presigner/one")),
        &context
    ));
    assert!(!denies(
        "s3:PutObject",
        &guard(&format!("arn:aws:iam::{ACCOUNT}:role/app/presigner")),
        &RequestContext::new()
    ));
}
