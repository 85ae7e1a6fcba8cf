//! A grant as the one who asked for it gets it.

use std::borrow::Cow;
use std::time::SystemTime;

use serde::{Serialize, Serializer};

use super::{DownloadGrant, FormGrant, Grant, Method, PartGrant};

/// A grant that serializes with its whole URL: the endpoint's answer, and what `gatepass presign --json` prints.
///
/// `{"upload_url", "key", "method", "headers", "expires_at", "expires_in"}`: `headers` is an object, `expires_at` is in
/// UTC (RFC 3339), `expires_in` in seconds.
#[derive(Serialize)]
pub struct ExposedGrant<'a> {
    upload_url: &'a str,
    key: &'a str,
    method: &'static str,
    #[serde(serialize_with = "as_object")]
    headers: &'a [(Cow<'static, str>, String)],
    #[serde(serialize_with = "as_rfc3339")]
    expires_at: SystemTime,
    expires_in: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<String>,
}

impl ExposedGrant<'_> {
    /// The same with the ticket that the upload is confirmed with.
    #[must_use]
    pub fn with_ticket(self, ticket: Option<String>) -> Self {
        Self { ticket, ..self }
    }
}

impl Grant {
    /// The grant with everything that makes it a right, for the one who asked for it and nobody's log.
    #[must_use]
    pub fn expose(&self) -> ExposedGrant<'_> {
        ExposedGrant {
            upload_url: self.upload_url.expose(),
            key: self.key.as_str(),
            method: self.method.as_str(),
            headers: &self.headers,
            expires_at: self.expires_at,
            expires_in: self.expires_in,
            ticket: None,
        }
    }
}

/// A part's grant that serializes with its whole URL: `{"part_number", "url", "method", "headers", "size", "expires_at"}`.
#[derive(Serialize)]
pub struct ExposedPart<'a> {
    part_number: u32,
    url: &'a str,
    method: &'static str,
    #[serde(serialize_with = "as_object")]
    headers: &'a [(&'static str, String)],
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(serialize_with = "as_rfc3339")]
    expires_at: SystemTime,
}

impl PartGrant {
    /// The part's grant with everything that makes it a right.
    #[must_use]
    pub fn expose(&self) -> ExposedPart<'_> {
        ExposedPart {
            part_number: self.number,
            url: self.url.expose(),
            method: "PUT",
            headers: &self.headers,
            size: self.size,
            expires_at: self.expires_at,
        }
    }
}

/// A form's grant that serializes with all of its fields:
/// `{"url", "method", "fields", "key", "min_size", "max_size", "expires_at", "expires_in"}`.
#[derive(Serialize)]
pub struct ExposedForm<'a> {
    url: &'a str,
    method: &'static str,
    #[serde(serialize_with = "as_object")]
    fields: &'a [(Cow<'static, str>, String)],
    key: &'a str,
    min_size: u64,
    max_size: u64,
    #[serde(serialize_with = "as_rfc3339")]
    expires_at: SystemTime,
    expires_in: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<String>,
}

impl ExposedForm<'_> {
    /// The same with the ticket that the upload is confirmed with.
    #[must_use]
    pub fn with_ticket(self, ticket: Option<String>) -> Self {
        Self { ticket, ..self }
    }
}

impl FormGrant {
    /// The form with everything that makes it a right.
    #[must_use]
    pub fn expose(&self) -> ExposedForm<'_> {
        ExposedForm {
            url: &self.url,
            method: "POST",
            fields: self.expose_fields(),
            key: self.key.as_str(),
            min_size: self.sizes.0,
            max_size: self.sizes.1,
            expires_at: self.expires_at,
            expires_in: self.expires_in,
            ticket: None,
        }
    }
}

/// A download's grant that serializes with its whole URL: `{"download_url", "key", "method", "expires_at", "expires_in"}`.
#[derive(Serialize)]
pub struct ExposedDownload<'a> {
    download_url: &'a str,
    key: &'a str,
    method: &'static str,
    #[serde(serialize_with = "as_rfc3339")]
    expires_at: SystemTime,
    expires_in: u32,
}

impl DownloadGrant {
    /// The grant with everything that makes it a right.
    #[must_use]
    pub fn expose(&self) -> ExposedDownload<'_> {
        ExposedDownload {
            download_url: self.download_url.expose(),
            key: self.key.as_str(),
            method: Method::Get.as_str(),
            expires_at: self.expires_at,
            expires_in: self.expires_in,
        }
    }
}

fn as_object<S: Serializer, N: AsRef<str>>(
    headers: &[(N, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(headers.iter().map(|(name, value)| (name.as_ref(), value)))
}

fn as_rfc3339<S: Serializer>(time: &SystemTime, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&humantime::format_rfc3339_seconds(*time))
}
