//! What content types a contract allows.

use std::fmt;

use super::{ContentType, Invalid};

/// A media range (RFC 9110, section 12.5.1): `image/png`, `image/*` or `*/*`, without parameters, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MediaRange(String);

impl MediaRange {
    /// Parses a range.
    ///
    /// # Errors
    /// Anything else, `image*` and `*/png` among it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Ok(Self(text.to_ascii_lowercase()))
    }

    /// The range.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the type lies in the range.
    #[must_use]
    pub fn matches(&self, _content_type: &ContentType) -> bool {
        todo!()
    }

    /// Every extension that [`ContentType::extension`] can give for a type in the range, sorted.
    #[must_use]
    pub fn extensions(&self) -> Vec<&'static str> {
        todo!()
    }
}

impl fmt::Display for MediaRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
