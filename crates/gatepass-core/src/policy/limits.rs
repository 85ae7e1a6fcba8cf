//! How large AWS lets documents be.

use super::RenderError;
use iam_policy::Document;

/// A bucket policy, in bytes. See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>.
const BUCKET_POLICY_BYTES: usize = 20 * 1024;
/// A role's inline policies together, and its trust policy, in characters that are not white space.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
const INLINE_POLICIES_CHARACTERS: usize = 10_240;
const TRUST_POLICY_CHARACTERS: usize = 2_048;

/// Refuses a bucket policy that S3 would refuse for its size. A merge with somebody else's statements can be too large where
/// ours alone are not.
///
/// # Errors
/// More than 20 KiB.
pub fn check_bucket_policy_size(document: &Document) -> Result<(), RenderError> {
    let hint = "name fewer content types (each of their extensions is a line of GatepassPresignerOnlyExtensions), end upload.key without \
                .{ext}, or shorten what others put into the bucket policy";
    check(
        "the bucket policy",
        "bytes",
        document.to_json().to_string().len(),
        BUCKET_POLICY_BYTES,
        hint,
    )
}

pub(super) fn check_permissions_policy_size(document: &Document) -> Result<(), RenderError> {
    let hint = "write fewer or shorter statements into role/";
    check(
        "the role's permissions policy",
        "characters",
        characters(document),
        INLINE_POLICIES_CHARACTERS,
        hint,
    )
}

pub(super) fn check_trust_policy_size(document: &Document) -> Result<(), RenderError> {
    let hint = "trust an account or one role in front of the others; AWS raises this quota to 4,096 on request, but gatepass keeps to the default";
    check(
        "the role's trust policy",
        "characters",
        characters(document),
        TRUST_POLICY_CHARACTERS,
        hint,
    )
}

fn characters(document: &Document) -> usize {
    document.to_json().to_string().chars().filter(|c| !c.is_whitespace()).count()
}

fn check(what: &str, unit: &str, size: usize, limit: usize, hint: &str) -> Result<(), RenderError> {
    if size <= limit {
        return Ok(());
    }
    Err(RenderError {
        problem: format!("{what} has {size} {unit}, and AWS takes at most {limit}"),
        hint: Some(hint.to_owned()),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use crate::policy::fixtures::{PLAIN, Written, own_files, refused};

    #[test]
    fn documents_above_awss_limits_are_refused() {
        let many = |count: usize| {
            let resources: Vec<String> = (0..count)
                .map(|number| format!("{{{{bucket_arn}}}}/{{{{prefix}}}}{number:04}/*"))
                .collect();
            json!({"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": resources}).to_string()
        };
        insta::assert_snapshot!(refused(&PLAIN.contract(), &own_files(&[("bucket/GatepassMine.json", &many(500))])), @"
        the bucket policy has 24089 bytes, and AWS takes at most 20480
          hint: name fewer content types (each of their extensions is a line of GatepassPresignerOnlyExtensions), end upload.key without .{ext}, or shorten what others put into the bucket policy
        ");
        let allow = many(250).replace("\"Principal\":\"*\",", "").replace("Deny", "Allow");
        insta::assert_snapshot!(refused(&PLAIN.contract(), &own_files(&[("role/GatepassMine.json", &allow)])), @"
        the role's permissions policy has 11048 characters, and AWS takes at most 10240
          hint: write fewer or shorter statements into role/
        ");
        let role: String = (0..20)
            .map(|number| format!("[[role.trust]]\nprincipal = \"arn:aws:iam::111122223333:role/application-{number}\"\n"))
            .collect();
        let contract = Written { role: &role, ..PLAIN }.contract();
        insta::assert_snapshot!(refused(&contract, &crate::policy::fixtures::built_in()), @"
        the role's trust policy has 2938 characters, and AWS takes at most 2048
          hint: trust an account or one role in front of the others; AWS raises this quota to 4,096 on request, but gatepass keeps to the default
        ");
    }

    #[test]
    fn every_content_type_at_once_is_within_the_limits() {
        let documents = Written { upload: "content_types = [\"*/*\"]", ..PLAIN }.documents();
        let mut sids =
            documents.bucket_policy.statements().iter().filter_map(|statement| statement.sid());
        assert!(sids.any(|sid| sid == "GatepassPresignerOnlyExtensions"));
    }
}
