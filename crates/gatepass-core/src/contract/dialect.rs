//! What clients that were written for other servers speak.

use std::fmt;

use iam_policy::Invalid;

/// A dialect of `serve.dialects`: requests that the endpoint answers beside its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// What Uppy's `@uppy/aws-s3` asks of a Companion server. See <https://uppy.io/docs/aws-s3/>.
    UppyCompanion,
    /// What Uppy's `@uppy/aws-s3` (version 6) has signed by an app's `signRequest`. See <https://uppy.io/docs/aws-s3/>.
    UppySignRequest,
    /// What the client of better-upload asks of its server. See <https://better-upload.com/>.
    BetterUpload,
}

impl Dialect {
    const ALL: [Self; 3] = [Self::UppyCompanion, Self::UppySignRequest, Self::BetterUpload];

    /// As in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UppyCompanion => "uppy-companion",
            Self::UppySignRequest => "uppy-sign-request",
            Self::BetterUpload => "better-upload",
        }
    }

    /// Whether its clients send to the endpoint what is sent to S3 of uploads in parts.
    #[must_use]
    pub fn has_links(self) -> bool {
        matches!(self, Self::UppySignRequest | Self::BetterUpload)
    }

    /// # Errors
    /// There is no such dialect.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Self::ALL.into_iter().find(|dialect| dialect.as_str() == text).ok_or_else(|| {
            let known: Vec<String> =
                Self::ALL.iter().map(|dialect| format!("{:?}", dialect.as_str())).collect();
            Invalid::new("is no dialect").hint(format!("known are {}", known.join(", ")))
        })
    }
}

impl fmt::Display for Dialect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
