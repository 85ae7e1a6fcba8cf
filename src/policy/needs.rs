//! What the presigner role needs: one list, from which its guardrails are rendered and against which its rights are checked.

use crate::contract::Contract;

/// What every upload needs.
pub(super) const UPLOAD: &str = "s3:PutObject";

/// An action that a feature of the contract needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Need {
    /// The action with its service.
    pub(super) action: &'static str,
    /// The feature, as the end of "it is needed for …".
    pub(super) feature: &'static str,
}

/// All that this contract needs, uploading first.
pub(super) fn of(contract: &Contract) -> Vec<Need> {
    let mut needs = vec![Need { action: UPLOAD, feature: "uploading" }];
    if contract.upload.multipart.is_some() {
        needs.push(Need { action: "s3:AbortMultipartUpload", feature: "giving up an upload in parts" });
        needs.push(Need { action: "s3:ListMultipartUploadParts", feature: "going on with an upload in parts" });
    }
    needs
}
