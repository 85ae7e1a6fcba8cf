//! What S3 would refuse in a bucket policy that is merged with others' statements, found before anything is written.
//!
//! What is wrong with our own statements alone is found when they are rendered, see [`gatepass_core::policy`].

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use gatepass_core::policy::check_bucket_policy_size;
use iam_policy::{Document, Statement};

use super::refusal::Refusal;

/// What begins the condition keys that keep a statement for everybody from being public.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>.
const NARROWING_KEYS: [&str; 6] = [
    "aws:principal",
    "aws:source",
    "aws:userid",
    "aws:vpce",
    "s3:dataaccesspoint",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// The statements that `BlockPublicPolicy` refuses, and a document that is too large.
pub(super) fn check(policy: &Document) -> Vec<Refusal> {
    let public = policy
        .statements()
        .iter()
        .filter(|statement| statement.is_allow() && is_public(&statement.elements()));
    let mut refusals: Vec<Refusal> =
        public.map(|statement| Refusal::PublicStatement { statement: name(statement) }).collect();
    refusals.extend(check_bucket_policy_size(policy).err().map(Refusal::PolicyTooLarge));
    refusals
}

fn name(statement: &Statement) -> String {
    statement
        .sid()
        .map_or_else(|| Value::Object(statement.json().clone()).to_string(), str::to_owned)
}

fn is_public(elements: &BTreeMap<String, BTreeSet<String>>) -> bool {
    let for_everybody = elements.iter().any(|(name, principals)| match name.as_str() {
        "Principal AWS" => principals.contains("*"),
        name => name.starts_with("NotPrincipal"),
    });
    let narrowed = elements
        .keys()
        .filter_map(|name| name.strip_prefix("Condition ")?.split_once(' '))
        .any(|(_, key)| {
            let key = key.to_ascii_lowercase();
            NARROWING_KEYS.iter().any(|narrowing| key.starts_with(narrowing))
        });
    for_everybody && !narrowed
}
