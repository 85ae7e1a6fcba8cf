//! Why an upload request gets no grant.

/// Why an upload request gets no grant. `Display` is a sentence for the one who asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// `content_type` is no media type.
    #[error("`content_type` {value:?} {problem}")]
    ContentTypeMalformed {
        /// As sent, cut to 128 characters.
        value: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The contract does not allow the type.
    #[error("uploads of type {value:?} are not allowed here")]
    ContentTypeNotAllowed {
        /// As sent, cut to 128 characters.
        value: String,
        /// The contract's content types.
        allowed: Vec<String>,
    },
    /// `size` is needed in strict mode.
    #[error("`size` is missing")]
    SizeMissing,
    /// `size` is zero.
    #[error("`size` is 0")]
    SizeZero,
    /// `size` is above the contract's maximum.
    #[error("`size` {size} is above the maximum of {max} bytes")]
    TooLarge {
        /// As sent, in bytes.
        size: u64,
        /// The contract's maximum in bytes.
        max: u64,
    },
    /// `checksum_sha256` is needed by this contract.
    #[error("`checksum_sha256` is missing")]
    ChecksumMissing,
    /// `checksum_sha256` is not the base64 of 32 bytes.
    #[error("`checksum_sha256` is not the base64 form of 32 bytes")]
    ChecksumMalformed,
    /// `filename` is longer than any file system takes.
    #[error("`filename` is longer than 1024 bytes")]
    FilenameTooLong,
    /// The credentials that sign have ended or end within the second.
    #[error("the credentials that sign have expired")]
    CredentialsExpired,
}

impl Refusal {
    /// A stable code for programs: `content_type_not_allowed`, …
    #[must_use]
    pub fn code(&self) -> &'static str {
        todo!()
    }

    /// The way out, where the one who asked has one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        todo!()
    }
}
