//! The JSON of a grant.

use std::time::SystemTime;

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use crate::grant::{Grant, Method};

/// A grant as `{upload_url, key, method, headers, expires_at, expires_in}`, written without a copy.
pub(super) struct Answer<'a>(pub(super) &'a Grant);

impl Answer<'_> {
    /// The usual answer, with a session token in its URL, fits.
    const USUAL_LENGTH: usize = 2048;

    /// # Errors
    /// None that a grant can cause.
    pub(super) fn to_json(&self) -> serde_json::Result<Vec<u8>> {
        let mut json = Vec::with_capacity(Self::USUAL_LENGTH);
        serde_json::to_writer(&mut json, self)?;
        Ok(json)
    }
}

impl Serialize for Answer<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Grant { method, upload_url, key, headers, expires_at, expires_in } = self.0;
        let mut map = serializer.serialize_map(Some(6))?;
        map.serialize_entry("upload_url", upload_url.expose())?;
        map.serialize_entry("key", key.as_str())?;
        map.serialize_entry("method", method_name(*method))?;
        map.serialize_entry("headers", &Headers(headers))?;
        map.serialize_entry("expires_at", &Timestamp(*expires_at))?;
        map.serialize_entry("expires_in", expires_in)?;
        map.end()
    }
}

fn method_name(method: Method) -> &'static str {
    match method {
        Method::Delete => "DELETE",
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
    }
}

/// Pairs as an object.
struct Headers<'a>(&'a [(&'static str, String)]);

impl Serialize for Headers<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (*name, value.as_str())))
    }
}

/// RFC 3339 in UTC, to the second.
struct Timestamp(SystemTime);

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&humantime::format_rfc3339_seconds(self.0))
    }
}
