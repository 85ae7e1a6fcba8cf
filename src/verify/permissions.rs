//! What the operator must be allowed to do.

use serde_json::{Value, json};

use crate::contract::{Contract, Encryption, Trust};

/// The permissions policy that a proof of this contract needs, and no more.
///
/// Where the contract names no account, `*` stands in its place in the role's ARN.
#[must_use]
pub fn permissions(contract: &Contract) -> Value {
    let partition = contract.bucket.region.partition();
    let bucket = format!("arn:{partition}:s3:::{}", contract.bucket.name);
    let account = contract.account_id.as_ref().map_or("*", |account| account.as_str());
    let role = format!("arn:{partition}:iam::{account}:role{}{}", contract.role.path, contract.role.name);
    let has_session = contract.role.trust.iter().any(|trust| matches!(trust, Trust::SameAccount { .. } | Trust::Principal { .. }));

    let mut objects = vec!["s3:DeleteObject", "s3:GetObject"];
    let mut settings = vec![
        "s3:GetBucketCORS",
        "s3:GetBucketOwnershipControls",
        "s3:GetBucketPolicy",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketVersioning",
        "s3:GetEncryptionConfiguration",
    ];
    if contract.bucket.versioning {
        objects.insert(1, "s3:DeleteObjectVersion");
        settings.push("s3:ListBucketVersions");
    }
    if !has_session {
        objects.push("s3:PutObject");
    }
    let allow =
        |sid: &str, actions: &[&str], resource: &Value| json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource});
    let mut statements = vec![
        allow("ReadSettings", &settings, &json!(bucket)),
        // an attack that goes through may leave an object outside of the prefix
        allow("LookAtObjectsAndRemoveThem", &objects, &json!(format!("{bucket}/*"))),
    ];
    if has_session {
        statements.push(allow("AssumeThePresignerRole", &["sts:AssumeRole"], &json!(role)));
    }
    if let Encryption::SseKms { key } = &contract.bucket.encryption {
        let actions: &[&str] = if has_session { &["kms:Decrypt"] } else { &["kms:Decrypt", "kms:GenerateDataKey"] };
        statements.push(allow("ReadWhatIsEncrypted", actions, &json!(key.as_str())));
    }
    if contract.endpoint.is_some() {
        let scratch_bucket = format!("arn:{partition}:s3:::gatepass-verify-*");
        let scratch_role = format!("arn:{partition}:iam::{account}:role/gatepass-verify-*");
        statements.push(allow(
            "MakeScratchBuckets",
            &[
                "s3:CreateBucket",
                "s3:DeleteBucket",
                "s3:DeleteObject",
                "s3:PutBucketCORS",
                "s3:PutBucketOwnershipControls",
                "s3:PutBucketPolicy",
                "s3:PutObject",
                "s3:TagResource",
            ],
            &json!([scratch_bucket, format!("{scratch_bucket}/*")]),
        ));
        statements.push(allow(
            "MakeScratchRoles",
            &["iam:CreateRole", "iam:DeleteRole", "iam:TagRole", "sts:AssumeRole"],
            &json!(scratch_role),
        ));
    }
    json!({"Version": "2012-10-17", "Statement": statements})
}
