//! Parameters of a query that S3 refuses by their form, whatever they are asked for with.

use s3s::S3Result;

use crate::account::Account;
use crate::objects::{NULL, is_version_id};

use super::elements::invalid_argument;
use super::needs::Operation;

/// Checks the parameters of a request that may go on.
pub(super) fn check(account: &Account, operation: &Operation<'_>) -> S3Result<()> {
    let get = |wanted: &str| {
        operation.query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
    };
    let writes = [
        "PutObject",
        "CopyObject",
        "CreateMultipartUpload",
        "UploadPart",
        "UploadPartCopy",
        "CompleteMultipartUpload",
    ];
    if let Some(id) = get("versionId").filter(|_| writes.contains(&operation.name)) {
        return Err(invalid_argument(
            "This operation does not accept a version-id.",
            "versionId",
            id,
        ));
    }
    if let (Some(bucket), Some(id)) = (operation.path.get_bucket_name(), get("versionId")) {
        check_version_id(account, bucket, id)?;
    }
    if let Some(kind) =
        get("list-type").filter(|kind| operation.name == "ListObjects" && *kind != "1")
    {
        return Err(invalid_argument("Invalid List Type specified in Request", "list-type", kind));
    }
    Ok(())
}

/// A bucket that never kept versions has the version `null` only.
pub(super) fn check_version_id(account: &Account, bucket: &str, id: &str) -> S3Result<()> {
    if id.is_empty() {
        return Err(invalid_argument("Version id cannot be the empty string", "versionId", id));
    }
    let keeps_versions = || {
        account.store.read().buckets.get(bucket).is_some_and(|bucket| bucket.versioning.is_some())
    };
    if id == NULL || (is_version_id(id) && keeps_versions()) {
        return Ok(());
    }
    Err(invalid_argument("Invalid version id specified", "versionId", id))
}
