//! A URL that is a right, and so is never printed whole by accident.

use std::fmt;

/// The parameters that make the URL a right, or say whose.
const MASKED: [&str; 3] = ["X-Amz-Signature", "X-Amz-Security-Token", "X-Amz-Credential"];

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
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some((address, query)) = self.0.split_once('?') else { return f.write_str(&self.0) };
        f.write_str(address)?;
        for (index, parameter) in query.split('&').enumerate() {
            f.write_str(if index == 0 { "?" } else { "&" })?;
            match parameter.split_once('=') {
                Some((name, _)) if MASKED.contains(&name) => write!(f, "{name}=****")?,
                _ => f.write_str(parameter)?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for PresignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
