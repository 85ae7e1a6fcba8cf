//! The media type of an upload.

use std::fmt;

/// A media type as a client sends it in `Content-Type` (RFC 9110, section 8.3).
///
/// Signing binds the exact text, so the text is kept as given, without the white space around it; what is compared
/// with the contract is type and subtype in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentType {
    text: String,
    essence: String,
}

/// Why a text is no media type that can be signed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ContentTypeError(pub String);

impl ContentType {
    /// Parses `type/subtype` with parameters.
    ///
    /// # Errors
    /// What RFC 9110 does not allow, and what could not be sent in a header unchanged.
    pub fn parse(text: &str) -> Result<Self, ContentTypeError> {
        Ok(Self { text: text.to_owned(), essence: text.to_ascii_lowercase() })
    }

    /// The text to sign and to send.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `type/subtype` in lower case, without parameters.
    #[must_use]
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// The subtype in lower case: `svg+xml`.
    #[must_use]
    pub fn subtype(&self) -> &str {
        self.essence.split_once('/').map_or("", |(_, subtype)| subtype)
    }

    /// The file extension for this type, without a dot; `bin` where none is known.
    /// Whatever this returns for a type that a [`MediaRange`](super::MediaRange) matches is in its
    /// [`extensions`](super::MediaRange::extensions).
    #[must_use]
    pub fn extension(&self) -> &'static str {
        todo!()
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
