//! What must not be written into a bucket policy, found before AWS would say so, or would not.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::{Document, Statement};

use super::super::desired::Desired;
use super::refusal::Refusal;

/// What begins the condition keys that keep a statement for everybody from being public.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>.
const NARROWING_KEYS: [&str; 6] =
    ["aws:principal", "aws:source", "aws:userid", "aws:vpce", "s3:dataaccesspoint", "s3:x-amz-server-side-encryption-aws-kms-key-id"];

/// Without these nobody can mend a bucket policy.
const POLICY_ACTIONS: [&str; 2] = ["s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];

type Elements = BTreeMap<String, BTreeSet<String>>;

/// The statements that the public access block would refuse, and those that would lock everybody out.
pub(super) fn check(policy: &Document, desired: &Desired) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for statement in policy.statements() {
        let elements = statement.elements();
        if statement.is_allow() && is_public(&elements) {
            refusals.push(Refusal::PublicStatement { statement: name(statement) });
        }
        if !statement.is_allow() && locks_out(&elements, desired) {
            refusals.push(Refusal::LockOut { statement: name(statement) });
        }
    }
    refusals
}

fn name(statement: &Statement) -> String {
    statement
        .sid()
        .map_or_else(|| format!("the statement {}", serde_json::Value::Object(statement.json().clone())), |sid| format!("statement {sid}"))
}

fn is_public(elements: &Elements) -> bool {
    let for_everybody =
        has(elements, "Principal AWS", |principal| principal == "*") || elements.keys().any(|name| name.starts_with("NotPrincipal"));
    let narrowed = elements.keys().filter_map(|name| name.strip_prefix("Condition ")).any(|condition| {
        let key = condition.split_once(' ').map_or("", |(_, key)| key).to_ascii_lowercase();
        NARROWING_KEYS.iter().any(|narrowing| key.starts_with(narrowing))
    });
    for_everybody && !narrowed
}

/// A condition can let its author through, so only a statement without one is certain to lock out.
fn locks_out(elements: &Elements, desired: &Desired) -> bool {
    let bucket = format!("arn:{}:s3:::{}", desired.region.partition(), desired.bucket.name);
    let account = desired.bucket.owner.as_str();
    let everybody = has(elements, "Principal AWS", |principal| {
        principal == "*" || principal == account || principal.ends_with(&format!(":iam::{account}:root"))
    });
    let covers = |name: &str, negated: &str, value: &str, fold: fn(&str) -> String| {
        if elements.contains_key(negated) {
            !has(elements, negated, |pattern| matches(&fold(pattern), &fold(value)))
        } else {
            has(elements, name, |pattern| matches(&fold(pattern), &fold(value)))
        }
    };
    everybody
        && POLICY_ACTIONS.iter().any(|action| covers("Action", "NotAction", action, str::to_ascii_lowercase))
        && covers("Resource", "NotResource", &bucket, str::to_owned)
        && !elements.keys().any(|name| name.starts_with("Condition"))
}

fn has(elements: &Elements, name: &str, is: impl Fn(&str) -> bool) -> bool {
    elements.get(name).is_some_and(|values| values.iter().any(|value| is(value)))
}

/// IAM's wildcards: `*` for any text, `?` for any one character.
fn matches(pattern: &str, text: &str) -> bool {
    let mut pattern_rest = pattern.chars();
    match pattern_rest.next() {
        None => text.is_empty(),
        Some('*') => {
            let rest = pattern_rest.as_str();
            matches(rest, text) || text.char_indices().any(|(index, char)| matches(rest, &text[index + char.len_utf8()..]))
        }
        Some(wanted) => {
            let mut text_rest = text.chars();
            text_rest.next().is_some_and(|found| wanted == '?' || wanted == found) && matches(pattern_rest.as_str(), text_rest.as_str())
        }
    }
}
