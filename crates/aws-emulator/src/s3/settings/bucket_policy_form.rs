//! What S3 refuses a bucket policy for beyond what every policy is refused for.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>.

use serde_json::{Map, Value};

use crate::account::Account;
use crate::iam;
use crate::policy_form::{elements, texts};
use iam_policy::evaluate::matches_wildcards;
use iam_policy::{S3Resource, s3_actions};

/// Tells what is wrong with a policy that is well-formed otherwise.
pub(super) fn check(account: &Account, bucket_arn: &str, document: &Value) -> Result<(), String> {
    for statement in elements(&document["Statement"]).into_iter().filter_map(Value::as_object) {
        check_actions(bucket_arn, statement)?;
        check_condition_keys(statement)?;
        let state = account.store.read();
        for element in ["Principal", "NotPrincipal"] {
            if let Some(names) = statement.get(element).and_then(|principal| principal.get("AWS")) {
                let names = texts(names).map_err(str::to_owned)?;
                if !names.iter().all(|name| iam::is_aws_principal(account, &state, name)) {
                    return Err("Invalid principal in policy".to_owned());
                }
            }
        }
    }
    Ok(())
}

/// Every action has to be one of S3's, and about one of the statement's resources.
fn check_actions(bucket_arn: &str, statement: &Map<String, Value>) -> Result<(), String> {
    let Some(actions) = statement.get("Action").or_else(|| statement.get("NotAction")) else {
        return Ok(());
    };
    let resources = statement.get("Resource").map(texts).transpose()?;
    let is_about = |kind: S3Resource| {
        resources.as_ref().is_none_or(|resources| {
            resources.iter().any(|resource| {
                let rest = resource.strip_prefix(bucket_arn).unwrap_or_default();
                match kind {
                    S3Resource::Object => !rest.is_empty(),
                    S3Resource::Bucket => !rest.contains('/'),
                    S3Resource::Other => true,
                }
            })
        })
    };
    for wanted in texts(actions)? {
        if wanted == "*" {
            continue;
        }
        let Some(name) = wanted.get(3..).filter(|_| wanted.to_ascii_lowercase().starts_with("s3:"))
        else {
            return Err("Policy has invalid action".to_owned());
        };
        let pattern = name.to_ascii_lowercase();
        let kinds: Vec<S3Resource> = s3_actions()
            .filter(|(action, _)| matches_wildcards(&pattern, &action.to_ascii_lowercase()))
            .map(|(_, kind)| kind)
            .collect();
        if kinds.is_empty() {
            return Err("Policy has invalid action".to_owned());
        }
        if statement.contains_key("Action") && !kinds.into_iter().any(is_about) {
            return Err("Action does not apply to any resource(s) in statement".to_owned());
        }
    }
    Ok(())
}

/// Keys of S3's own have to be ones that it knows.
fn check_condition_keys(statement: &Map<String, Value>) -> Result<(), String> {
    const KNOWN: [&str; 57] = [
        "accessgrantsinstancearn",
        "accesspointnetworkorigin",
        "accesspointtag",
        "authtype",
        "bucketkeyenabled",
        "buckettag",
        "dataaccesspointaccount",
        "dataaccesspointarn",
        "delimiter",
        "destinationregion",
        "existingjoboperation",
        "existingjobpriority",
        "existingobjecttag",
        "if-match",
        "if-none-match",
        "inventoryaccessibleoptionalfields",
        "isreplicationpauserequest",
        "jobsuspendedcause",
        "locationconstraint",
        "max-keys",
        "object-lock-legal-hold",
        "object-lock-mode",
        "object-lock-remaining-retention-days",
        "object-lock-retain-until-date",
        "objectcreationoperation",
        "prefix",
        "requestjoboperation",
        "requestjobpriority",
        "requestobjecttag",
        "requestobjecttagkeys",
        "resourceaccount",
        "signatureage",
        "signatureversion",
        "tlsversion",
        "versionid",
        "x-amz-acl",
        "x-amz-annotation-name",
        "x-amz-bucket-namespace",
        "x-amz-content-sha256",
        "x-amz-copy-source",
        "x-amz-grant-full-control",
        "x-amz-grant-read",
        "x-amz-grant-read-acp",
        "x-amz-grant-write",
        "x-amz-grant-write-acp",
        "x-amz-metadata-directive",
        "x-amz-object-lock-legal-hold",
        "x-amz-object-lock-mode",
        "x-amz-object-lock-retain-until-date",
        "x-amz-object-ownership",
        "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-aws-kms-key-id",
        "x-amz-server-side-encryption-customer-algorithm",
        "x-amz-storage-class",
        "x-amz-tagging",
        "x-amz-tagging-directive",
        "x-amz-website-redirect-location",
    ];
    let operators = statement.get("Condition").and_then(Value::as_object).into_iter().flatten();
    for key in operators.filter_map(|(_, keys)| keys.as_object()).flat_map(Map::keys) {
        let lower = key.to_ascii_lowercase();
        let Some(name) = lower.strip_prefix("s3:") else { continue };
        let name = name.split_once('/').map_or(name, |(name, _)| name);
        if !KNOWN.contains(&name) {
            return Err(format!("Policy has an invalid condition key - {key}"));
        }
    }
    Ok(())
}
