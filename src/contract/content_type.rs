//! The media type of an upload.

use std::fmt;

use mediatype::MediaType;

use super::extension;

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
    /// The longest text that is taken.
    pub const MAX_LENGTH: usize = 255;

    /// Parses `type/subtype` with parameters.
    ///
    /// # Errors
    /// What RFC 9110 does not allow, wildcards, and what a header would not carry unchanged to where the signature is
    /// checked: characters other than visible ASCII and single spaces.
    pub fn parse(text: &str) -> Result<Self, ContentTypeError> {
        let wrong = |problem: &str| Err(ContentTypeError(problem.to_owned()));
        // Only what HTTP itself strips from the ends of a header (RFC 9110, section 5.5)
        let text = text.trim_matches([' ', '\t']);
        if text.is_empty() {
            return wrong("is empty; a content type is e.g. image/png");
        }
        if text.len() > Self::MAX_LENGTH {
            return wrong("is longer than 255 bytes");
        }
        if let Some(other) = text.chars().find(|c| !matches!(c, ' '..='~')) {
            return Err(ContentTypeError(format!("contains {other:?}; a content type is made of visible ASCII characters and spaces")));
        }
        // SigV4 folds runs of spaces before it signs, and proxies may or may not.
        if text.contains("  ") {
            return wrong("contains two spaces in a row, which signing cannot keep");
        }
        if text.contains(',') && !text.contains('"') {
            return wrong("names more than one type; an upload has one");
        }
        let Ok(parsed) = MediaType::parse(text) else {
            return wrong("is not a media type; a content type is e.g. image/png or text/plain; charset=utf-8");
        };
        // The library also reads media ranges, other characters than RFC 6838 allows in names, and empty values.
        let essence = text.split([';', ' ']).next().unwrap_or_default().to_ascii_lowercase();
        if essence.contains('*') {
            return wrong("is a media range; an upload has one type");
        }
        if essence.contains(['%', '\'']) {
            return wrong("has characters in its type or subtype that RFC 6838 does not allow");
        }
        if parsed.params.iter().any(|(_, value)| value.as_str().is_empty()) {
            return wrong("has a parameter without a value");
        }
        Ok(Self { text: text.to_owned(), essence })
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
        extension::of(&self.essence).unwrap_or(extension::UNKNOWN)
    }
}

impl fmt::Display for ContentType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
