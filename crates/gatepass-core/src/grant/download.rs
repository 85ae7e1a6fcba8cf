//! The grant for one download.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::Deserialize;

use crate::contract::{ContentType, Download, KeyTemplate, MediaRange, Subject, Upload};

use super::moment::second_of;
use super::request::excerpt;
use super::{
    Disposition, GrantMaker, Method, ObjectKey, PresignRequest, PresignedUrl, Refusal, key_shape,
};

/// The longest name for a file, in bytes: no file system in use takes a longer one.
const MAX_FILENAME: usize = 255;

/// The body of `POST /api/download-url`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct DownloadRequest {
    /// The object's key, as its upload's grant told it.
    pub key: String,
    /// The name that a browser gives to the file.
    #[serde(default)]
    pub filename: Option<String>,
    /// What a browser does with it; it saves it where nothing is said.
    #[serde(default)]
    pub disposition: Option<Disposition>,
    /// What the answer says as `Content-Type` in the place of the object's own.
    #[serde(default)]
    pub content_type: Option<String>,
}

/// A download that the contract allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckedDownload {
    /// One of the contract's keys; where they name who asks, one of theirs.
    pub key: ObjectKey,
    /// What the answer says as `Content-Disposition`.
    pub content_disposition: String,
    /// What it says as `Content-Type`, where that is not the object's own.
    pub content_type: Option<ContentType>,
    /// In seconds.
    expires_in: u32,
}

/// One download's rights.
#[derive(Debug, Clone)]
pub struct DownloadGrant {
    /// Where to get the bytes from, by GET.
    pub download_url: PresignedUrl,
    /// The object's key.
    pub key: ObjectKey,
    /// When the URL ends, in whole seconds since 1970: never after the credentials that signed it.
    pub expires_at: SystemTime,
    /// Seconds from the second of signing until then: `X-Amz-Expires`.
    pub expires_in: u32,
}

/// Why a download gets no grant. `Display` is a sentence for the one who asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DownloadRefusal {
    /// `key` is no key at all.
    #[error("`key` {0}")]
    KeyMalformed(&'static str),
    /// `key` is none of the contract's, or somebody else's.
    #[error("`key` is not that of an upload of yours here")]
    KeyNotPermitted {
        /// The contract's key template.
        template: String,
    },
    /// `content_type` is needed for a file that is shown.
    #[error("`content_type` is missing, and only some types are shown")]
    ContentTypeMissing,
    /// `content_type` is no media type.
    #[error("`content_type` {value:?} {problem}")]
    ContentTypeMalformed {
        /// As sent, cut to 128 characters.
        value: String,
        /// What is wrong with it.
        problem: String,
    },
    /// `content_type` is none that can be uploaded.
    #[error("there are no uploads of type {value:?} here")]
    ContentTypeNotAllowed {
        /// As sent, cut to 128 characters.
        value: String,
        /// The contract's content types.
        allowed: Vec<String>,
    },
    /// A browser is not told to show files of the type.
    #[error("files of type {value:?} are not shown here")]
    InlineNotAllowed {
        /// As sent, cut to 128 characters.
        value: String,
        /// What is shown.
        allowed: Vec<String>,
    },
    /// `filename` is longer than file systems take.
    #[error("`filename` is longer than {MAX_FILENAME} bytes")]
    FilenameTooLong,
    /// Nothing that the request could be changed to would help.
    #[error(transparent)]
    Other(#[from] Refusal),
}

impl DownloadRefusal {
    /// A stable code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::KeyMalformed(_) => "key_malformed",
            Self::KeyNotPermitted { .. } => "key_not_permitted",
            Self::ContentTypeMissing => "content_type_missing",
            Self::ContentTypeMalformed { .. } => "content_type_malformed",
            Self::ContentTypeNotAllowed { .. } => "content_type_not_allowed",
            Self::InlineNotAllowed { .. } => "inline_not_allowed",
            Self::FilenameTooLong => "filename_too_long",
            Self::Other(refusal) => refusal.code(),
        }
    }

    /// The way out, where the one who asked has one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::KeyMalformed(_) => "send the `key` that the upload's grant had".to_owned(),
            Self::KeyNotPermitted { template } => format!(
                "keys are made as {template:?} here; send the `key` that the upload's grant had"
            ),
            Self::ContentTypeMissing => {
                "send the file's media type, such as \"image/png\", or leave out `disposition`"
                    .to_owned()
            }
            Self::ContentTypeMalformed { .. } => {
                "send a media type such as \"image/png\", or leave it out".to_owned()
            }
            Self::ContentTypeNotAllowed { allowed, .. } => {
                format!("leave it out; allowed are {}", allowed.join(", "))
            }
            Self::InlineNotAllowed { allowed, .. } if allowed.is_empty() => {
                "leave out `disposition`: files are saved here".to_owned()
            }
            Self::InlineNotAllowed { allowed, .. } => {
                format!(
                    "leave out `disposition`; shown are {}, without what can run scripts",
                    allowed.join(", ")
                )
            }
            Self::FilenameTooLong => "send a shorter name, or none".to_owned(),
            Self::Other(refusal) => return refusal.hint(),
        })
    }
}

impl DownloadRequest {
    /// Checks the request, which `subject` makes, against the contract.
    ///
    /// # Errors
    /// The first reason to refuse it.
    pub fn check(
        self,
        download: &Download,
        upload: &Upload,
        subject: Option<&Subject>,
    ) -> Result<CheckedDownload, DownloadRefusal> {
        if self.key.is_empty() {
            return Err(DownloadRefusal::KeyMalformed("is empty"));
        }
        if self.key.len() > KeyTemplate::MAX_KEY_BYTES {
            return Err(DownloadRefusal::KeyMalformed(
                "is longer than 1024 bytes, the most that S3 takes",
            ));
        }
        if !key_shape::fits(&upload.key, &self.key, subject)? {
            return Err(DownloadRefusal::KeyNotPermitted { template: upload.key.to_string() });
        }
        if self.filename.as_ref().is_some_and(|name| name.len() > MAX_FILENAME) {
            return Err(DownloadRefusal::FilenameTooLong);
        }
        let content_type =
            self.content_type.as_deref().map(|text| content_type(text, upload)).transpose()?;
        let disposition = self.disposition.unwrap_or_default();
        if disposition == Disposition::Inline {
            let content_type = content_type.as_ref().ok_or(DownloadRefusal::ContentTypeMissing)?;
            if content_type.can_run_scripts()
                || !download.inline.iter().any(|range| range.matches(content_type))
            {
                return Err(DownloadRefusal::InlineNotAllowed {
                    value: excerpt(content_type.as_str()),
                    allowed: told(&download.inline),
                });
            }
        }
        Ok(CheckedDownload {
            key: ObjectKey::known(self.key),
            content_disposition: disposition.header(self.filename.as_deref()),
            content_type,
            expires_in: download.expires_in.seconds(),
        })
    }
}

fn content_type(text: &str, upload: &Upload) -> Result<ContentType, DownloadRefusal> {
    let content_type = ContentType::parse(text).map_err(|error| {
        DownloadRefusal::ContentTypeMalformed { value: excerpt(text), problem: error.to_string() }
    })?;
    if upload.content_types.iter().any(|range| range.matches(&content_type)) {
        Ok(content_type)
    } else {
        Err(DownloadRefusal::ContentTypeNotAllowed {
            value: excerpt(text),
            allowed: told(&upload.content_types),
        })
    }
}

fn told(ranges: &[MediaRange]) -> Vec<String> {
    ranges.iter().map(MediaRange::to_string).collect()
}

impl GrantMaker {
    /// Makes the grant for a checked download. What the answer is to say of itself is signed: nobody can change it.
    ///
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>.
    ///
    /// # Errors
    /// [`Refusal::CredentialsExpired`]; [`Refusal::NotSigned`] if `now` is no time that can be signed at.
    pub fn download(
        &self,
        download: &CheckedDownload,
        now: SystemTime,
    ) -> Result<DownloadGrant, Refusal> {
        let signed_at = UNIX_EPOCH + Duration::from_secs(second_of(now)?.unsigned_abs());
        let expires_in = self.at_most(download.expires_in, signed_at)?;
        let mut query = vec![
            ("x-id", "GetObject"),
            ("response-content-disposition", download.content_disposition.as_str()),
        ];
        query.extend(
            download
                .content_type
                .as_ref()
                .map(|content_type| ("response-content-type", content_type.as_str())),
        );
        let request = PresignRequest {
            method: Method::Get,
            address: &self.address,
            key: download.key.as_str(),
            query: &query,
            headers: &[],
            expires_in,
        };
        Ok(DownloadGrant {
            download_url: self.signer.presign(&request, now)?,
            key: download.key.clone(),
            expires_at: signed_at + Duration::from_secs(expires_in.into()),
            expires_in,
        })
    }
}

#[cfg(test)]
mod tests;
