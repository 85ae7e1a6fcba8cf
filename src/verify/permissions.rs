//! What the operator must be allowed to do.

use serde_json::{Value, json};

use gatepass_core::contract::{Contract, Encryption, Trust};
use iam_policy::Partition;

use super::names::RunName;
use super::place::Place;

/// The permissions policy that a proof of this contract needs, and no more.
///
/// Where the contract names no account, `*` stands in its place in the role's ARN. `may_widen_role` says whether the
/// proof gives the presigner role a wider policy for some seconds.
#[must_use]
pub fn permissions(contract: &Contract, may_widen_role: bool) -> Value {
    let names = Names::of(contract);
    let has_session = contract
        .role
        .trust
        .iter()
        .any(|trust| matches!(trust, Trust::SameAccount { .. } | Trust::Principal { .. }));
    let mut statements = names.bucket(contract, has_session);
    statements.extend(names.role(has_session, may_widen_role));
    if let Encryption::SseKms { key } = &contract.bucket.encryption {
        let actions: &[&str] = if must_upload(contract, has_session) {
            &["kms:Decrypt", "kms:GenerateDataKey"]
        } else {
            &["kms:Decrypt"]
        };
        statements.push(allow("ReadWhatIsEncrypted", actions, json!(key.as_str())));
    }
    if contract.endpoint.is_some() {
        statements.extend(names.scratch(contract));
    }
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// Whether the operator uploads: for want of a session of the role, or what the role must not read outside of its prefix.
fn must_upload(contract: &Contract, has_session: bool) -> bool {
    !has_session || contract.download.is_some()
}

struct Names {
    partition: Partition,
    account: String,
    bucket: String,
    role: String,
    /// What the keys of all runs begin with.
    keys: [String; 2],
}

impl Names {
    fn of(contract: &Contract) -> Self {
        let partition = contract.bucket.region.partition();
        let account =
            contract.account_id.as_ref().map_or("*", |account| account.as_str()).to_owned();
        let (prefix, run) = (contract.upload.key.prefix(), RunName::beginning());
        Self {
            bucket: format!("arn:{partition}:s3:::{}", contract.bucket.name),
            role: format!(
                "arn:{partition}:iam::{account}:role{}{}",
                contract.role.path, contract.role.name
            ),
            // a template whose keys are nearly too long for S3 has no room for the run's name
            keys: [
                if Place::key_of_run(contract, &"x".repeat(RunName::LENGTH)).is_some() {
                    format!("{prefix}{run}")
                } else {
                    prefix.to_owned()
                },
                run.to_owned(),
            ],
            partition,
            account,
        }
    }

    fn bucket(&self, contract: &Contract, has_session: bool) -> Vec<Value> {
        let settings = [
            "s3:GetBucketCORS",
            "s3:GetBucketOwnershipControls",
            "s3:GetBucketPolicy",
            "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketVersioning",
            "s3:GetEncryptionConfiguration",
        ];
        let (mut objects, mut listing) =
            (vec!["s3:DeleteObject", "s3:GetObject"], vec!["s3:ListBucket"]);
        if contract.bucket.versioning {
            objects.push("s3:DeleteObjectVersion");
            listing.push("s3:ListBucketVersions");
        }
        if must_upload(contract, has_session) {
            objects.push("s3:PutObject");
            if contract.bucket.lifecycle.unconfirmed_expiration.is_some() {
                objects.push("s3:PutObjectTagging");
            }
        }
        if contract.upload.multipart.is_some() {
            objects.push("s3:AbortMultipartUpload");
        }
        let keys = self.keys.each_ref().map(|key| format!("{key}*"));
        let resources = keys.each_ref().map(|key| format!("{}/{key}", self.bucket));
        let mut find = allow("FindWhatEarlierRunsLeft", &listing, json!(self.bucket));
        find["Condition"] = json!({"StringLike": {"s3:prefix": keys}});
        let mut statements = vec![
            allow("ReadSettings", &settings, json!(self.bucket)),
            allow("LookAtObjectsAndRemoveThem", &objects, json!(resources)),
            find,
        ];
        if contract.upload.multipart.is_some() {
            statements.push(allow(
                "FindUploadsThatEarlierRunsLeft",
                &["s3:ListBucketMultipartUploads"],
                json!(self.bucket),
            ));
        }
        statements
    }

    fn role(&self, has_session: bool, may_widen_role: bool) -> Vec<Value> {
        let mut actions = vec![
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListRolePolicies",
        ];
        if has_session && may_widen_role {
            actions.extend(["iam:PutRolePolicy", "iam:DeleteRolePolicy"]);
        }
        if has_session {
            actions.push("sts:AssumeRole");
        }
        let managed = ["iam:GetPolicy", "iam:GetPolicyVersion"];
        vec![
            allow("ThePresignerRole", &actions, json!(self.role)),
            allow(
                "ReadPoliciesAttachedToIt",
                &managed,
                json!(format!("arn:{}:iam::*:policy/*", self.partition)),
            ),
        ]
    }

    fn scratch(&self, contract: &Contract) -> [Value; 3] {
        let run = RunName::beginning();
        let bucket = format!("arn:{}:s3:::{run}*", self.partition);
        let mut buckets = vec![
            "s3:CreateBucket",
            "s3:DeleteBucket",
            "s3:DeleteBucketPolicy",
            "s3:DeleteObject",
            "s3:GetBucketCORS",
            "s3:GetBucketPolicy",
            "s3:ListBucket",
            "s3:PutBucketCORS",
            "s3:PutBucketOwnershipControls",
            "s3:PutBucketPolicy",
            "s3:PutObject",
            "s3:TagResource",
        ];
        if contract.upload.multipart.is_some() {
            buckets.push("s3:AbortMultipartUpload");
        }
        let roles = [
            "iam:CreateRole",
            "iam:DeleteRole",
            "iam:DeleteRolePolicy",
            "iam:PutRolePolicy",
            "iam:TagRole",
            "sts:AssumeRole",
        ];
        [
            allow("ScratchBuckets", &buckets, json!([bucket, format!("{bucket}/*")])),
            allow(
                "ScratchRoles",
                &roles,
                json!(format!("arn:{}:iam::{}:role/{run}*", self.partition, self.account)),
            ),
            allow("FindScratchThings", &["iam:ListRoles", "s3:ListAllMyBuckets"], json!("*")),
        ]
    }
}

fn allow(sid: &str, actions: &[&str], resource: Value) -> Value {
    json!({"Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource})
}
