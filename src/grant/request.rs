//! What an app asks for, before and after it was checked.

use serde::Deserialize;

use crate::contract::{ContentType, Upload};

use super::Refusal;

/// The body of `POST /api/upload-url`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct UploadRequest {
    /// The media type that the client will send as `Content-Type`.
    pub content_type: String,
    /// The exact number of bytes.
    #[serde(default)]
    pub size: Option<u64>,
    /// The client's name for the file; it can become part of the key only where the key template says so.
    #[serde(default)]
    pub filename: Option<String>,
    /// The base64 form of the content's SHA-256.
    #[serde(default)]
    pub checksum_sha256: Option<String>,
}

/// A request that the contract allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedUpload {
    /// Allowed by the contract.
    pub content_type: ContentType,
    /// Within the contract's maximum.
    pub size: Option<u64>,
    /// As sent.
    pub filename: Option<String>,
    /// The base64 form of 32 bytes.
    pub checksum_sha256: Option<String>,
}

impl UploadRequest {
    /// Checks the request against the contract.
    ///
    /// # Errors
    /// The first reason to refuse it.
    pub fn check(self, _upload: &Upload) -> Result<CheckedUpload, Refusal> {
        todo!()
    }
}
