//! What clients that were written for other servers speak.

use std::fmt;

use super::Invalid;

/// A dialect of `serve.dialects`: requests that the endpoint answers beside its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// What Uppy's `@uppy/aws-s3` asks of a Companion server. See <https://uppy.io/docs/aws-s3/>.
    UppyCompanion,
    /// What the client of better-upload asks of its server. See <https://better-upload.com/>.
    BetterUpload,
}

impl Dialect {
    const ALL: [Self; 2] = [Self::UppyCompanion, Self::BetterUpload];

    /// As in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UppyCompanion => "uppy-companion",
            Self::BetterUpload => "better-upload",
        }
    }

    /// # Errors
    /// There is no such dialect.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|dialect| dialect.as_str() == text).ok_or_else(|| {
            let known: Vec<String> = Self::ALL.iter().map(|dialect| format!("{:?}", dialect.as_str())).collect();
            Invalid::new("is no dialect").hint(format!("known are {}", known.join(" and ")))
        })
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
