//! A URL that is a right, and so is never printed whole by accident.

use std::fmt;

/// A presigned URL. `Debug` and `Display` mask its signature, security token and credential;
/// [`expose`](Self::expose) gives it whole.
#[derive(Clone, PartialEq, Eq)]
pub struct PresignedUrl(String);

impl PresignedUrl {
    pub(super) fn new(url: String) -> Self {
        Self(url)
    }

    /// The whole URL, for the one who asked for it.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PresignedUrl {
    fn fmt(&self, _f: &mut fmt::Formatter<'_>) -> fmt::Result {
        todo!()
    }
}

impl fmt::Debug for PresignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
