//! A resource as somebody types it.

use super::Action;
use gatepass_core::contract::Contract;
use iam_policy::S3Resource;
use iam_policy::{AccountId, Invalid};

/// The ARN that is meant: an ARN as it stands, `s3://bucket/key`, a key of the contract's bucket, or nothing for the bucket
/// itself and, where a role is assumed, the presigner role.
///
/// # Errors
/// A key for an action about buckets, a bucket for one about objects, what is neither for one about something else.
pub fn resource(
    text: Option<&str>,
    action: &Action,
    contract: &Contract,
    account: &AccountId,
) -> Result<String, Invalid> {
    let bucket = &contract.bucket;
    let partition = bucket.region.partition();
    let own_bucket = format!("arn:{partition}:s3:::{}", bucket.name);
    let Some(text) = text else {
        return match action.about() {
            Some(S3Resource::Object) => Err(Invalid::new("is about an object, and none is named")
                .hint(format!("name a key after it, e.g. {}x.png", contract.upload.key.prefix()))),
            Some(S3Resource::Bucket) => Ok(own_bucket),
            None if action.assumes_a_role() => Ok(contract.role_arn(account)),
            Some(S3Resource::Other) | None => {
                Err(Invalid::new("is about something that is neither bucket nor object")
                    .hint("name its ARN"))
            }
        };
    };
    let arn = match text.strip_prefix("s3://") {
        _ if text.starts_with("arn:") => text.to_owned(),
        Some(named) => format!("arn:{partition}:s3:::{}", named.trim_end_matches('/')),
        None if matches!(action.about(), Some(S3Resource::Other) | None) => {
            return Err(Invalid::new("is no ARN")
                .hint("an action that is not about buckets or objects needs one"));
        }
        None if text == bucket.name.as_str() && action.about() == Some(S3Resource::Bucket) => {
            own_bucket.clone()
        }
        None => format!("{own_bucket}/{}", text.strip_prefix('/').unwrap_or(text)),
    };
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [_, _, service, _, _, named] = parts.as_slice() else {
        return Err(Invalid::new("is no ARN").hint(format!("write e.g. \"{own_bucket}\"")));
    };
    match action.about() {
        Some(S3Resource::Bucket) if *service == "s3" && named.contains('/') => {
            let hint = "leave the key out; for what a listing begins with, write --context s3:prefix=PREFIX".to_owned();
            Err(Invalid::new(format!("names an object, and {action} is about a bucket")).hint(hint))
        }
        Some(S3Resource::Object) if *service == "s3" && !named.contains('/') => {
            Err(Invalid::new(format!("names a bucket, and {action} is about an object"))
                .hint(format!("write \"{arn}/KEY\"")))
        }
        _ => Ok(arn),
    }
}
