//! A web origin (RFC 6454): scheme, host and port, or scheme and a host with one wildcard label as S3 allows it.

use std::fmt;

use super::Invalid;

/// A web origin (RFC 6454): scheme, host and port, or scheme and a host with one wildcard label as S3 allows it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin(String);

impl Origin {
    /// Parses an origin.
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

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The origins whose pages may upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedOrigins {
    /// These and no others.
    Listed(Vec<Origin>),
    /// `allowed_origins = ["*"]` together with `allow_any_origin = true`.
    Any,
}

impl AllowedOrigins {
    /// Whether a request with this `Origin` header comes from an allowed origin.
    #[must_use]
    pub fn allows(&self, _origin: &str) -> bool {
        todo!()
    }
}
