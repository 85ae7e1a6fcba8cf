//! What content types a contract allows.

use std::collections::BTreeSet;
use std::fmt;

use super::{ContentType, Invalid, extension};

/// A media range (RFC 9110, section 12.5.1): `image/png`, `image/*` or `*/*`, without parameters, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MediaRange(String);

impl MediaRange {
    /// Parses a range.
    ///
    /// # Errors
    /// Anything else, `image*` and `*/png` among it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = |problem: &str| Err(Invalid::new(problem).hint("write e.g. \"image/png\", \"image/*\" or \"*/*\""));
        let lower = text.trim().to_ascii_lowercase();
        if lower == "*/*" {
            return Ok(Self(lower));
        }
        if lower.contains(';') {
            return Err(Invalid::new("has parameters, and types are compared without").hint("leave out the ';' and what follows"));
        }
        // With a name in the place of the wildcard, a range is a content type.
        let example = if lower.ends_with("/*") { lower.replacen("/*", "/any", 1) } else { lower.clone() };
        match ContentType::parse(&example) {
            Ok(content_type) if content_type.essence() == example => Ok(Self(lower)),
            _ => wrong("is not a media range"),
        }
    }

    /// The range.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What every type in the range begins with; None for a range of one type.
    fn wildcard(&self) -> Option<&str> {
        if self.0 == "*/*" { Some("") } else { self.0.strip_suffix('*') }
    }

    /// Whether the type lies in the range.
    #[must_use]
    pub fn matches(&self, content_type: &ContentType) -> bool {
        match self.wildcard() {
            Some(beginning) => content_type.essence().starts_with(beginning),
            None => content_type.essence() == self.0,
        }
    }

    /// Every extension that [`ContentType::extension`] can give for a type in the range, sorted.
    ///
    /// A range with a wildcard also matches types that no list knows, so `bin` is among its extensions.
    #[must_use]
    pub fn extensions(&self) -> Vec<&'static str> {
        match self.wildcard() {
            Some(beginning) => {
                let known: BTreeSet<_> = extension::beginning(beginning).chain([extension::UNKNOWN]).collect();
                known.into_iter().collect()
            }
            None => vec![extension::of(&self.0).unwrap_or(extension::UNKNOWN)],
        }
    }
}

impl fmt::Display for MediaRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
