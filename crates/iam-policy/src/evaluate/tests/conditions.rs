//! Every condition operator against present, absent, multiple and malformed values.
//! The rows follow <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html> and
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>.

use serde_json::json;

use super::{RequestContext, condition_holds};

/// Rows of: operator, the policy's values (`|` between them), the request's values (`-`: the key is absent), holds.
fn check(rows: &[(&str, &str, &str, bool)]) {
    let wrong: Vec<_> = rows
        .iter()
        .filter(|(operator, policy, request, holds)| {
            let values: Vec<&str> = policy.split('|').collect();
            let context = match *request {
                "-" => RequestContext::new(),
                values => RequestContext::new().with_all("test:key", values.split('|')),
            };
            condition_holds(&json!({*operator: {"Test:Key": values}}), &context) != *holds
        })
        .collect();
    assert!(wrong.is_empty(), "decided otherwise than these rows say: {wrong:#?}");
}

#[test]
fn strings() {
    check(&[
        ("StringEquals", "a", "a", true),
        ("StringEquals", "a", "A", false),
        ("StringEquals", "a", "b", false),
        ("StringEquals", "a", "-", false),
        ("StringEquals", "a|b", "b", true),
        ("StringEquals", "a|b", "c", false),
        ("StringEquals", "a*", "ab", false),
        ("StringEquals", "a*", "a*", true),
        ("StringEquals", "a?", "ab", false),
        ("StringEquals", "", "", true),
        ("StringEquals", "", "a", false),
        ("StringEquals", "é", "é", true),
        ("StringEquals", "a**", "a**", true),
        ("StringEquals", "a**", "a*", false),
        ("StringEquals", " a", "a", false),
        ("stringequals", "a", "a", true),
        ("StringNotEquals", "a", "a", false),
        ("StringNotEquals", "a", "A", true),
        ("StringNotEquals", "a", "b", true),
        ("StringNotEquals", "a", "-", true),
        ("StringNotEquals", "a|b", "b", false),
        ("StringNotEquals", "a|b", "c", true),
        ("StringNotEquals", "a*", "ab", true),
        ("StringEqualsIgnoreCase", "AbC", "aBc", true),
        ("StringEqualsIgnoreCase", "abc", "abd", false),
        ("StringEqualsIgnoreCase", "abc", "-", false),
        ("StringEqualsIgnoreCase", "a*", "AB", false),
        ("StringEqualsIgnoreCase", "a*", "A*", true),
        ("StringEqualsIgnoreCase", "É", "é", true),
        ("StringNotEqualsIgnoreCase", "AbC", "aBc", false),
        ("StringNotEqualsIgnoreCase", "abc", "abd", true),
        ("StringNotEqualsIgnoreCase", "abc", "-", true),
        ("StringLike", "a*", "abc", true),
        ("StringLike", "a*", "a", true),
        ("StringLike", "*c", "abc", true),
        ("StringLike", "a*c*e", "abcde", true),
        ("StringLike", "a*c*e", "abcd", false),
        ("StringLike", "*ab", "aab", true),
        ("StringLike", "*aab", "aaab", true),
        ("StringLike", "a?c", "abc", true),
        ("StringLike", "a?c", "ac", false),
        ("StringLike", "a?c", "aéc", true),
        ("StringLike", "?", "", false),
        ("StringLike", "*", "", true),
        ("StringLike", "**", "x", true),
        ("StringLike", "*", "-", false),
        ("StringLike", "A*", "abc", false),
        ("StringLike", "a|b*", "bcd", true),
        ("StringLike", "a*/b", "a/x/b", true),
        ("StringNotLike", "a*", "abc", false),
        ("StringNotLike", "a*", "bc", true),
        ("StringNotLike", "a*", "-", true),
        ("StringNotLike", "a*|b*", "bc", false),
        ("StringNotLike", "a*|b*", "c", true),
    ]);
}

#[test]
fn numbers() {
    check(&[
        ("NumericEquals", "5", "5", true),
        ("NumericEquals", "5", "5.0", true),
        ("NumericEquals", "5", "6", false),
        ("NumericEquals", "5", "-", false),
        ("NumericEquals", "5", "five", false),
        ("NumericEquals", "5|6", "6", true),
        ("NumericNotEquals", "5", "5", false),
        ("NumericNotEquals", "5", "6", true),
        ("NumericNotEquals", "5", "-", true),
        ("NumericNotEquals", "5|6", "6", false),
        ("NumericLessThan", "5", "4", true),
        ("NumericLessThan", "5", "5", false),
        ("NumericLessThan", "5", "-", false),
        ("NumericLessThan", "1.2", "1.1", true),
        ("NumericLessThan", "1.2", "1.2", false),
        ("NumericLessThan", "1.2", "1.3", false),
        ("NumericLessThan", "10", "9", true),
        ("NumericLessThan", "5|10", "7", true),
        ("NumericLessThan", "5|10", "12", false),
        ("NumericLessThan", "5", "", false),
        ("NumericLessThanEquals", "5", "5", true),
        ("NumericLessThanEquals", "5", "6", false),
        ("NumericLessThanEquals", "5", "-", false),
        ("NumericGreaterThan", "900000", "900000", false),
        ("NumericGreaterThan", "900000", "900001", true),
        ("NumericGreaterThan", "900000", "-", false),
        ("NumericGreaterThan", "-1", "0", true),
        ("NumericGreaterThanEquals", "5", "5", true),
        ("NumericGreaterThanEquals", "5", "4", false),
        ("NumericGreaterThanEquals", "5", "-", false),
        ("NumericGreaterThanIfExists", "900000", "900000", false),
        ("NumericGreaterThanIfExists", "900000", "900001", true),
        ("NumericGreaterThanIfExists", "900000", "-", true),
        ("NumericLessThanIfExists", "5", "-", true),
        ("NumericLessThanEqualsIfExists", "5", "6", false),
        ("NumericEqualsIfExists", "5", "-", true),
        ("NumericNotEqualsIfExists", "5", "5", false),
        ("NumericGreaterThanEqualsIfExists", "5", "-", true),
    ]);
}

#[test]
fn dates() {
    check(&[
        ("DateEquals", "2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z", true),
        ("DateEquals", "2026-01-31T00:00:00Z", "2026-01-31T01:00:00+01:00", true),
        ("DateEquals", "2026-01-31", "2026-01-31T00:00:00Z", true),
        ("DateEquals", "1769817600", "2026-01-31T00:00:00Z", true),
        ("DateEquals", "2026-01-31T00:00:00Z", "2026-01-31T00:00:01Z", false),
        ("DateEquals", "2026-01-31T00:00:00Z", "-", false),
        ("DateEquals", "2026-01-31T00:00:00Z", "yesterday", false),
        ("DateNotEquals", "2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z", true),
        ("DateNotEquals", "2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z", false),
        ("DateNotEquals", "2026-01-31T00:00:00Z", "-", true),
        ("DateLessThan", "2026-01-31T00:00:00Z", "2026-01-30T23:59:59Z", true),
        ("DateLessThan", "2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z", false),
        ("DateLessThan", "2026-01-31T00:00:00Z", "-", false),
        ("DateLessThanEquals", "2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z", true),
        ("DateLessThanEquals", "2026-01-31T00:00:00Z", "2026-01-31T00:00:01Z", false),
        ("DateGreaterThan", "2026-01-31T00:00:00Z", "2026-01-31T00:00:01Z", true),
        ("DateGreaterThan", "2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z", false),
        ("DateGreaterThanEquals", "2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z", true),
        ("DateGreaterThanEquals", "2026-01-31T00:00:00Z", "2026-01-30T00:00:00Z", false),
        ("DateGreaterThanIfExists", "2026-01-31T00:00:00Z", "-", true),
        ("DateLessThanIfExists", "2026-01-31T00:00:00Z", "2026-02-01T00:00:00Z", false),
        ("DateEqualsIfExists", "2026-01-31T00:00:00Z", "-", true),
    ]);
}

#[test]
fn booleans_and_binary() {
    check(&[
        ("Bool", "true", "true", true),
        ("Bool", "true", "false", false),
        ("Bool", "false", "false", true),
        ("Bool", "false", "true", false),
        ("Bool", "true", "TRUE", true),
        ("Bool", "False", "false", true),
        ("Bool", "false", "-", false),
        ("Bool", "true", "-", false),
        ("Bool", "true|false", "false", true),
        ("Bool", "true", "yes", false),
        ("Bool", "true", "", false),
        ("Bool", "true|false", "-", false),
        ("Bool", "false", "false|true", true),
        ("BoolIfExists", "true", "-", true),
        ("BoolIfExists", "true", "false", false),
        ("BoolIfExists", "true", "true", true),
        ("BinaryEquals", "QmluYXJ5", "QmluYXJ5", true),
        ("BinaryEquals", "QmluYXJ5", "qmluYXJ5", false),
        ("BinaryEquals", "QmluYXJ5", "-", false),
        ("BinaryEqualsIfExists", "QmluYXJ5", "-", true),
    ]);
}

#[test]
fn addresses() {
    check(&[
        ("IpAddress", "203.0.113.0/24", "203.0.113.7", true),
        ("IpAddress", "203.0.113.0/24", "203.0.114.7", false),
        ("IpAddress", "203.0.113.7", "203.0.113.7", true),
        ("IpAddress", "203.0.113.7", "203.0.113.8", false),
        ("IpAddress", "0.0.0.0/0", "8.8.8.8", true),
        ("IpAddress", "0.0.0.0/0", "2001:db8::1", false),
        ("IpAddress", "203.0.113.128/25", "203.0.113.127", false),
        ("IpAddress", "203.0.113.128/25", "203.0.113.128", true),
        ("IpAddress", "10.0.0.0/8|192.168.0.0/16", "192.168.7.7", true),
        ("IpAddress", "2001:db8::/32", "2001:db8:1::1", true),
        ("IpAddress", "2001:db8::/32", "2001:db9::1", false),
        ("IpAddress", "::/0", "2001:db9::1", true),
        ("IpAddress", "203.0.113.0/24", "-", false),
        ("IpAddress", "203.0.113.0/24", "nowhere", false),
        ("NotIpAddress", "203.0.113.0/24", "203.0.113.7", false),
        ("NotIpAddress", "203.0.113.0/24", "203.0.114.7", true),
        ("NotIpAddress", "203.0.113.0/24", "-", true),
        ("NotIpAddress", "10.0.0.0/8|192.168.0.0/16", "192.168.7.7", false),
        ("IpAddressIfExists", "203.0.113.0/24", "-", true),
        ("NotIpAddressIfExists", "203.0.113.0/24", "203.0.113.7", false),
    ]);
}

#[test]
fn arns() {
    check(&[
        (
            "ArnEquals",
            "arn:aws:iam::111122223333:role/app/p",
            "arn:aws:iam::111122223333:role/app/p",
            true,
        ),
        (
            "ArnEquals",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:iam::111122223333:role/app/p",
            true,
        ),
        (
            "ArnEquals",
            "arn:aws:iam::111122223333:role/p",
            "arn:aws:iam::111122223333:role/app/p",
            false,
        ),
        ("ArnEquals", "arn:aws:iam::*:role/p", "arn:aws:iam::111122223333:role/p", true),
        ("ArnEquals", "arn:aws:iam::1111222233??:role/p", "arn:aws:iam::111122223333:role/p", true),
        (
            "ArnEquals",
            "arn:aws:iam::111122223333:role/P",
            "arn:aws:iam::111122223333:role/p",
            false,
        ),
        ("ArnEquals", "arn:aws:iam::111122223333:role/p", "-", false),
        ("ArnEquals", "*", "arn:aws:iam::111122223333:role/p", true),
        (
            "ArnLike",
            "arn:aws:ecs:eu-central-1:111122223333:*",
            "arn:aws:ecs:eu-central-1:111122223333:task/x/y",
            true,
        ),
        (
            "ArnLike",
            "arn:aws:ecs:eu-central-1:111122223333:*",
            "arn:aws:ecs:eu-west-1:111122223333:task/x/y",
            false,
        ),
        // a wildcard stays within its part of the ARN
        ("ArnLike", "arn:aws:*:111122223333:role/p", "arn:aws:iam::111122223333:role/p", false),
        ("ArnLike", "arn:aws:s3:::b*", "arn:aws:s3:::b/a:b:c", true),
        ("ArnLike", "arn:aws:s3:::b", "arn:aws:s3:eu-central-1::b", false),
        (
            "ArnLike",
            "arn:aws:iam::111122223333:role/a|arn:aws:iam::111122223333:role/b",
            "arn:aws:iam::111122223333:role/b",
            true,
        ),
        ("ArnLike", "arn:aws:iam::111122223333:role/p", "not-an-arn", false),
        ("ArnLike", "*", "not-an-arn", true),
        ("ArnLike", "arn:*", "arn:aws:iam::111122223333:role/p", false),
        ("ArnLike", "arn:aws:iam::*", "arn:aws:iam::111122223333:role/p", false),
        ("ArnLike", "arn:aws:iam::1*3:role/p", "arn:aws:iam::111122223333:role/p", true),
        (
            "ArnLike",
            "arn:aws:sts::111122223333:assumed-role/?/*",
            "arn:aws:sts::111122223333:assumed-role/p/one",
            true,
        ),
        (
            "ArnLike",
            "arn:aws:iam::111122223333:role/*p",
            "arn:aws:iam::111122223333:role/app/p",
            true,
        ),
        ("ArnNotLike", "arn:aws:iam::111122223333:role/*", "not-an-arn", true),
        (
            "ArnNotEquals",
            "arn:aws:iam::111122223333:role/p",
            "arn:aws:iam::111122223333:role/p",
            false,
        ),
        (
            "ArnNotEquals",
            "arn:aws:iam::111122223333:role/p",
            "arn:aws:iam::111122223333:role/q",
            true,
        ),
        ("ArnNotEquals", "arn:aws:iam::111122223333:role/p", "-", true),
        (
            "ArnNotLike",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:iam::111122223333:role/q",
            false,
        ),
        (
            "ArnNotLike",
            "arn:aws:iam::111122223333:role/*",
            "arn:aws:iam::111122223333:user/q",
            true,
        ),
        ("ArnEqualsIfExists", "arn:aws:iam::111122223333:role/p", "-", true),
        (
            "ArnLikeIfExists",
            "arn:aws:iam::111122223333:role/p",
            "arn:aws:iam::111122223333:role/q",
            false,
        ),
        ("ArnNotEqualsIfExists", "arn:aws:iam::111122223333:role/p", "-", true),
    ]);
}

#[test]
fn null() {
    check(&[
        ("Null", "true", "-", true),
        ("Null", "true", "a", false),
        ("Null", "false", "-", false),
        ("Null", "false", "a", true),
        ("Null", "true|false", "a", true),
        ("Null", "false", "", true),
        ("Null", "True", "-", true),
        ("null", "false", "a|b", true),
    ]);
}

#[test]
fn if_exists() {
    check(&[
        ("StringEqualsIfExists", "a", "-", true),
        ("StringEqualsIfExists", "a", "a", true),
        ("StringEqualsIfExists", "a", "b", false),
        ("StringNotEqualsIfExists", "a", "-", true),
        ("StringNotEqualsIfExists", "a", "a", false),
        ("StringNotEqualsIfExists", "a", "b", true),
        ("StringEqualsIgnoreCaseIfExists", "A", "a", true),
        ("StringEqualsIgnoreCaseIfExists", "A", "-", true),
        ("StringNotEqualsIgnoreCaseIfExists", "A", "a", false),
        ("StringLikeIfExists", "a*", "-", true),
        ("StringLikeIfExists", "a*", "b", false),
        ("StringNotLikeIfExists", "a*", "-", true),
        ("StringNotLikeIfExists", "a*", "ab", false),
        ("DateNotEqualsIfExists", "2026-01-31T00:00:00Z", "-", true),
        ("DateLessThanEqualsIfExists", "2026-01-31T00:00:00Z", "2026-01-31T00:00:00Z", true),
        ("DateGreaterThanEqualsIfExists", "2026-01-31T00:00:00Z", "2026-01-30T00:00:00Z", false),
    ]);
}

#[test]
fn sets() {
    check(&[
        ("ForAllValues:StringEquals", "a|b", "a", true),
        ("ForAllValues:StringEquals", "a|b", "a|b", true),
        ("ForAllValues:StringEquals", "a|b", "a|c", false),
        ("ForAllValues:StringEquals", "a|b", "-", true),
        ("ForAllValues:StringEqualsIfExists", "a|b", "-", true),
        ("ForAllValues:StringNotEquals", "a|b", "c|d", true),
        ("ForAllValues:StringNotEquals", "a|b", "a|c", false),
        ("ForAllValues:StringNotEquals", "a|b", "-", true),
        ("ForAllValues:StringLike", "a*|b*", "ab|bc", true),
        ("ForAllValues:StringLike", "a*|b*", "ab|cd", false),
        ("ForAllValues:StringNotLike", "a*", "b|c", true),
        ("ForAllValues:StringEqualsIgnoreCase", "A", "a|A", true),
        ("ForAllValues:ArnLike", "arn:aws:s3:::a*", "arn:aws:s3:::a1|arn:aws:s3:::a2", true),
        ("ForAllValues:ArnLike", "arn:aws:s3:::a*", "arn:aws:s3:::a1|arn:aws:s3:::b", false),
        ("ForAllValues:NumericLessThan", "5", "1|4", true),
        ("ForAllValues:NumericLessThan", "5", "1|5", false),
        ("ForAllValues:Bool", "true", "true|true", true),
        ("ForAllValues:Bool", "true", "true|false", false),
        ("ForAllValues:IpAddress", "10.0.0.0/8", "10.1.1.1|10.2.2.2", true),
        ("ForAnyValue:StringEquals", "a|b", "c|b", true),
        ("ForAnyValue:StringEquals", "a|b", "c|d", false),
        ("ForAnyValue:StringEquals", "a|b", "-", false),
        ("ForAnyValue:StringEqualsIfExists", "a|b", "-", true),
        ("ForAnyValue:StringEqualsIfExists", "a|b", "c", false),
        ("ForAnyValue:StringNotEquals", "a|b", "a|c", true),
        ("ForAnyValue:StringNotEquals", "a|b", "a|b", false),
        ("ForAnyValue:StringNotEquals", "a|b", "-", false),
        ("ForAnyValue:StringLike", "a*", "x|ab", true),
        ("ForAnyValue:StringLike", "a*", "x|y", false),
        ("ForAnyValue:ArnEquals", "arn:aws:s3:::a", "arn:aws:s3:::b|arn:aws:s3:::a", true),
        ("ForAnyValue:NumericGreaterThan", "5", "1|6", true),
        (
            "ForAnyValue:DateLessThan",
            "2026-01-31T00:00:00Z",
            "2026-01-30T00:00:00Z|2027-01-01T00:00:00Z",
            true,
        ),
        ("foranyvalue:stringequals", "a", "a", true),
        // a set of nothing but an empty text counts as empty
        ("ForAllValues:StringEquals", "a", "", true),
        ("ForAllValues:StringLike", "a*", "", true),
        ("ForAllValues:StringEquals", "a", "|b", false),
        ("ForAnyValue:StringEquals", "a", "", false),
        ("ForAnyValue:StringNotEqualsIfExists", "a", "-", true),
        ("ForAnyValue:StringNotLike", "a*", "ab|b", true),
        ("ForAnyValue:StringNotLike", "a*", "ab|ac", false),
        ("ForAllValues:StringNotLikeIfExists", "a*", "-", true),
        ("ForAllValues:StringNotEqualsIgnoreCase", "A", "b|a", false),
        ("ForAnyValue:IpAddress", "10.0.0.0/8", "192.168.1.1|10.2.2.2", true),
        ("ForAnyValue:NotIpAddress", "10.0.0.0/8", "10.1.1.1|10.2.2.2", false),
        ("ForAnyValue:Bool", "true", "false|true", true),
        ("ForAnyValue:ArnNotLike", "arn:aws:s3:::a*", "arn:aws:s3:::a1|arn:aws:s3:::b", true),
        (
            "ForAllValues:DateGreaterThan",
            "2026-01-31T00:00:00Z",
            "2026-02-01T00:00:00Z|2026-01-30T00:00:00Z",
            false,
        ),
        // several values without a prefix
        ("StringEquals", "a", "a|b", true),
        ("StringNotEquals", "a", "a|b", false),
    ]);
}

/// A value of the policy, one of a request that the operator holds for, and one that it does not. Each is said for the
/// operator without negation.
const EVERY_OPERATOR: [(&str, Option<&str>, &str, &str, &str); 17] = [
    ("StringEquals", Some("StringNotEquals"), "a", "a", "b"),
    ("StringEqualsIgnoreCase", Some("StringNotEqualsIgnoreCase"), "a", "A", "b"),
    ("StringLike", Some("StringNotLike"), "a*", "ab", "b"),
    ("NumericEquals", Some("NumericNotEquals"), "5", "5.0", "6"),
    ("NumericLessThan", None, "5", "4", "5"),
    ("NumericLessThanEquals", None, "5", "5", "6"),
    ("NumericGreaterThan", None, "5", "6", "5"),
    ("NumericGreaterThanEquals", None, "5", "5", "4"),
    (
        "DateEquals",
        Some("DateNotEquals"),
        "2026-01-31T00:00:00Z",
        "2026-01-31T01:00:00+01:00",
        "2026-01-30T00:00:00Z",
    ),
    ("DateLessThan", None, "2026-01-31T00:00:00Z", "2026-01-30T00:00:00Z", "2026-01-31T00:00:00Z"),
    (
        "DateLessThanEquals",
        None,
        "2026-01-31T00:00:00Z",
        "2026-01-31T00:00:00Z",
        "2026-02-01T00:00:00Z",
    ),
    (
        "DateGreaterThan",
        None,
        "2026-01-31T00:00:00Z",
        "2026-02-01T00:00:00Z",
        "2026-01-31T00:00:00Z",
    ),
    (
        "DateGreaterThanEquals",
        None,
        "2026-01-31T00:00:00Z",
        "2026-01-31T00:00:00Z",
        "2026-01-30T00:00:00Z",
    ),
    ("Bool", None, "true", "TRUE", "false"),
    ("BinaryEquals", None, "YQ==", "YQ==", "Yg=="),
    ("IpAddress", Some("NotIpAddress"), "10.0.0.0/8", "10.1.2.3", "11.1.2.3"),
    ("ArnLike", Some("ArnNotLike"), "arn:aws:s3:::a*", "arn:aws:s3:::a1", "arn:aws:s3:::b"),
];

/// Each operator, plain, with `IfExists`, and over sets of values, for a key that is there and one that is not.
#[test]
fn every_operator_in_every_form() {
    for (operator, negated, policy, right, wrong) in EVERY_OPERATOR {
        let both = format!("{right}|{wrong}");
        check(&[
            (operator, policy, right, true),
            (operator, policy, wrong, false),
            (operator, policy, "-", false),
            (&format!("{operator}IfExists"), policy, right, true),
            (&format!("{operator}IfExists"), policy, wrong, false),
            (&format!("{operator}IfExists"), policy, "-", true),
            (&format!("ForAllValues:{operator}"), policy, right, true),
            (&format!("ForAllValues:{operator}"), policy, &both, false),
            (&format!("ForAllValues:{operator}"), policy, "-", true),
            (&format!("ForAnyValue:{operator}"), policy, &both, true),
            (&format!("ForAnyValue:{operator}"), policy, wrong, false),
            (&format!("ForAnyValue:{operator}"), policy, "-", false),
            (&format!("ForAnyValue:{operator}IfExists"), policy, "-", true),
        ]);
        let Some(negated) = negated else { continue };
        check(&[
            (negated, policy, right, false),
            (negated, policy, wrong, true),
            (negated, policy, &both, false),
            (negated, policy, "-", true),
            (&format!("{negated}IfExists"), policy, right, false),
            (&format!("{negated}IfExists"), policy, wrong, true),
            (&format!("{negated}IfExists"), policy, "-", true),
            (&format!("ForAllValues:{negated}"), policy, wrong, true),
            (&format!("ForAllValues:{negated}"), policy, &both, false),
            (&format!("ForAllValues:{negated}"), policy, "-", true),
            (&format!("ForAnyValue:{negated}"), policy, &both, true),
            (&format!("ForAnyValue:{negated}"), policy, right, false),
            (&format!("ForAnyValue:{negated}"), policy, "-", false),
        ]);
    }
}

#[test]
fn several_keys_and_operators_must_all_hold() {
    let context = RequestContext::new().with("a:one", "1").with("a:two", "2");
    let both = |one: &str, two: &str| {
        condition_holds(&json!({"StringEquals": {"a:one": one, "a:two": two}}), &context)
            && condition_holds(
                &json!({"StringEquals": {"a:one": one}, "StringLike": {"a:two": two}}),
                &context,
            )
    };
    assert!(both("1", "2"));
    assert!(!both("1", "3"));
    assert!(!both("0", "2"));
}

#[test]
fn variables_in_values() {
    let context = RequestContext::new()
        .with("aws:username", "ann")
        .with("test:key", "home/ann/1")
        .with("test:star", "*");
    let like = |value: &str| condition_holds(&json!({"StringLike": {"test:key": value}}), &context);
    assert!(like("home/${aws:username}/*"));
    assert!(like("home/${AWS:UserName}/*"));
    assert!(!like("home/${aws:userid}/*"));
    assert!(like("home/${aws:userid, 'ann'}/*"));
    assert!(!like("home/${aws:userid, 'bob'}/*"));
    // a value that holds a wildcard is text, and so are the escapes
    assert!(!like("home/${test:star}"));
    assert!(!like("home/${*}"));
    assert!(condition_holds(&json!({"StringLike": {"test:star": "${*}"}}), &context));
    assert!(condition_holds(
        &json!({"StringEquals": {"aws:username": "${aws:username}"}}),
        &context
    ));
}

/// AWS says that a variable without a value "might" make the whole statement void. Here it matches nothing: that denies more
/// and allows less, but for negated operators in an `Allow`.
#[test]
fn variables_of_tags_and_without_a_value() {
    let arn = "arn:aws:iam::111122223333:role/p";
    let context = RequestContext::new()
        .with("aws:PrincipalTag/Team", "web")
        .with("aws:ResourceTag/Team", "web")
        .with_all("aws:TagKeys", ["web", "app"])
        .with("aws:PrincipalArn", arn)
        .with("aws:SourceArn", arn);
    for (operator, key, value, holds) in [
        ("StringEquals", "aws:ResourceTag/Team", "${aws:PrincipalTag/Team}", true),
        ("StringEquals", "aws:resourcetag/team", "${aws:principaltag/team}", true),
        ("StringEquals", "aws:ResourceTag/Team", "${aws:PrincipalTag/Other}", false),
        ("StringNotEquals", "aws:ResourceTag/Team", "${aws:PrincipalTag/Team}", false),
        ("StringNotEquals", "aws:ResourceTag/Team", "${aws:PrincipalTag/Other}", true),
        ("StringEquals", "aws:ResourceTag/Team", "${aws:PrincipalTag/Other, 'web'}", true),
        // a variable holds one value
        ("StringEquals", "aws:ResourceTag/Team", "${aws:TagKeys}", false),
        ("StringLike", "aws:ResourceTag/Team", "${aws:TagKeys}*", false),
        ("ForAnyValue:StringEquals", "aws:TagKeys", "${aws:PrincipalTag/Team}", true),
        ("ForAllValues:StringEquals", "aws:TagKeys", "${aws:PrincipalTag/Team}", false),
        ("StringEqualsIgnoreCase", "aws:ResourceTag/Team", "${aws:PrincipalTag/Team}", true),
        ("ArnEquals", "aws:SourceArn", "${aws:PrincipalArn}", true),
        ("ArnNotEquals", "aws:SourceArn", "${aws:PrincipalArn}", false),
        ("ArnEquals", "aws:SourceArn", "${aws:ResourceTag/Team}", false),
        (
            "ArnLike",
            "aws:SourceArn",
            "arn:aws:iam::111122223333:role/${aws:PrincipalTag/Path, 'p'}",
            true,
        ),
        ("StringLike", "aws:ResourceTag/Team", "${aws:PrincipalTag/Team", false),
        ("StringEquals", "aws:ResourceTag/Team", "${}", false),
    ] {
        assert_eq!(
            condition_holds(&json!({operator: {key: value}}), &context),
            holds,
            "{operator} {key} {value}"
        );
    }
}

#[test]
fn what_aws_refuses_is_refused() {
    for condition in [
        json!({"StringSimilar": {"k": "a"}}),
        json!({"NullIfExists": {"k": "true"}}),
        json!({"NumericEquals": {"k": "many"}}),
        json!({"Bool": {"k": "maybe"}}),
        json!({"DateEquals": {"k": "tomorrow"}}),
        json!({"IpAddress": {"k": "10.0.0.0/40"}}),
        json!({"StringEquals": "a"}),
        json!({"StringEquals": {"k": {"a": 1}}}),
        json!({"StringEquals": {"k": []}}),
        json!({"ForSomeValues:StringEquals": {"k": "a"}}),
        json!({"NumericLessThan": {"k": "${aws:username}"}}),
        json!(["StringEquals"]),
    ] {
        let document = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}});
        assert!(super::Policy::parse(&document).is_err(), "{condition} was taken");
    }
}
