//! What an app asks for, before and after it was checked.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;

use crate::contract::{Checksum, ContentType, MediaRange, Mode, Upload};

use super::Refusal;

/// The most bytes of a client's file name that are looked at.
const MAX_FILENAME: usize = 1024;

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
    /// Reads a request from JSON. Fields that it does not know are left alone, for clients written for another
    /// endpoint send more than is needed here.
    ///
    /// # Errors
    /// [`Refusal::BodyMalformed`] and [`Refusal::ContentTypeMissing`].
    pub fn from_json(body: &[u8]) -> Result<Self, Refusal> {
        serde_json::from_slice(body).map_err(|error| match serde_json::from_slice(body) {
            Ok(Value::Object(fields)) if !fields.contains_key("content_type") => {
                Refusal::ContentTypeMissing { instead: fields.keys().find(|name| means_content_type(name)).cloned() }
            }
            Ok(Value::Object(_)) | Err(_) => Refusal::BodyMalformed { problem: error.to_string() },
            Ok(_) => Refusal::BodyMalformed { problem: "it is not a JSON object".to_owned() },
        })
    }

    /// Checks the request against the contract.
    ///
    /// # Errors
    /// The first reason to refuse it.
    pub fn check(self, upload: &Upload) -> Result<CheckedUpload, Refusal> {
        let content_type = ContentType::parse(&self.content_type)
            .map_err(|error| Refusal::ContentTypeMalformed { value: excerpt(&self.content_type), problem: error.to_string() })?;
        if !upload.content_types.iter().any(|range| range.matches(&content_type)) {
            return Err(Refusal::ContentTypeNotAllowed {
                value: excerpt(&self.content_type),
                allowed: upload.content_types.iter().map(MediaRange::to_string).collect(),
            });
        }
        match self.size {
            None if upload.mode == Mode::Strict => return Err(Refusal::SizeMissing),
            Some(0) => return Err(Refusal::SizeZero),
            Some(size) if size > upload.max_size.bytes() => {
                return Err(Refusal::TooLarge { size, max: upload.max_size.bytes() });
            }
            None | Some(_) => {}
        }
        match &self.checksum_sha256 {
            None if upload.checksum == Checksum::Required => return Err(Refusal::ChecksumMissing),
            Some(checksum) if !is_sha256(checksum) => return Err(Refusal::ChecksumMalformed),
            None | Some(_) => {}
        }
        if self.filename.as_ref().is_some_and(|name| name.len() > MAX_FILENAME) {
            return Err(Refusal::FilenameTooLong);
        }
        Ok(CheckedUpload { content_type, size: self.size, filename: self.filename, checksum_sha256: self.checksum_sha256 })
    }
}

/// S3 refuses a checksum in any other than base64's one canonical form.
fn is_sha256(text: &str) -> bool {
    STANDARD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

/// Whether a field's name is what somebody else calls `content_type`.
fn means_content_type(name: &str) -> bool {
    let plain: String = name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    matches!(plain.as_str(), "type" | "mime" | "mimetype" | "mediatype" | "filetype") || strsim::osa_distance(&plain, "contenttype") <= 2
}

/// At most 128 characters of a text, for a message.
fn excerpt(text: &str) -> String {
    text.chars().take(128).collect()
}
