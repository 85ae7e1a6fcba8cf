//! What the presigner role needs: one list, from which its guardrails are rendered and against which its rights are checked.

use crate::contract::{Contract, Looks};
use iam_policy::S3Resource;

/// What every upload needs.
pub(super) const UPLOAD: &str = "s3:PutObject";

/// What an upload with tags needs.
pub(super) const TAG: &str = "s3:PutObjectTagging";

/// What the endpoint looks with, where uploads are confirmed by listing.
pub(super) fn listing(contract: &Contract) -> Option<&'static str> {
    match contract.looks() {
        _ if !contract.upload.confirm => None,
        Looks::Head => None,
        Looks::Versions => Some("s3:ListBucketVersions"),
        Looks::Listing => Some("s3:ListBucket"),
    }
}

/// What a download needs.
pub(super) const READ: &str = "s3:GetObject";

/// An action that a feature of the contract needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Need {
    /// The action with its service.
    pub(super) action: &'static str,
    /// What it is about.
    pub(super) resource: S3Resource,
    /// The feature, as the end of "it is needed for …".
    pub(super) feature: &'static str,
}

/// All that this contract needs, uploading first.
pub(super) fn of(contract: &Contract) -> Vec<Need> {
    let mut needs = vec![on_objects(UPLOAD, "uploading")];
    if contract.upload.multipart.is_some() {
        needs.push(on_objects("s3:AbortMultipartUpload", "giving up an upload in parts"));
        needs.push(on_objects("s3:ListMultipartUploadParts", "going on with an upload in parts"));
    }
    if contract.tag_keys().next().is_some() {
        needs.push(on_objects(TAG, "tagging what is uploaded"));
    }
    if contract.download.is_some() {
        needs.push(on_objects(READ, "downloading"));
    }
    if let Some(action) = listing(contract) {
        needs.push(Need { action, resource: S3Resource::Bucket, feature: "confirming an upload" });
    }
    if contract.bucket.lifecycle.unconfirmed_expiration.is_some() {
        let feature = "keeping what was confirmed";
        needs.extend(
            ["s3:GetObjectTagging", "s3:DeleteObjectTagging"]
                .map(|action| on_objects(action, feature)),
        );
    }
    needs
}

fn on_objects(action: &'static str, feature: &'static str) -> Need {
    Need { action, resource: S3Resource::Object, feature }
}
