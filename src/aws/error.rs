//! What went wrong at AWS, told so that it can be mended.

use std::fmt;

use super::Operation;

/// What kind of failure an [`AwsError`] is, for code that decides by it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AwsErrorKind {
    /// No answer: the name does not resolve, the connection is refused, TLS fails.
    Unreachable,
    /// No answer in time.
    TimedOut,
    /// The default chain found no credentials, or a provider in it failed.
    NoCredentials,
    /// The credentials were temporary and have ended.
    CredentialsExpired,
    /// AWS does not know the access key, or the secret does not match it.
    CredentialsInvalid,
    /// This machine's clock and AWS's differ by more than AWS allows.
    ClockSkew,
    /// The credentials belong to another account than the contract states.
    OtherAccount,
    /// The credentials may not do this.
    AccessDenied,
    /// The bucket lies in another region than the contract states.
    WrongRegion {
        /// The bucket's real region, where AWS names it.
        region: Option<String>,
    },
    /// What was asked about does not exist.
    NotFound,
    /// The bucket's name is taken by another account.
    BucketAlreadyExists,
    /// The bucket is the caller's own already.
    BucketAlreadyOwnedByYou,
    /// Another change to the same thing is under way.
    Conflict,
    /// What was to be removed is not empty or still in use.
    InUse,
    /// AWS refused a document or a parameter.
    Invalid,
    /// Too many requests.
    Throttled,
    /// This endpoint does not have the operation.
    NotImplemented,
    /// Anything else.
    Other,
}

/// A failed AWS call. The message keeps AWS's error code and request id; [`hint`](Self::hint) is the way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AwsError {
    pub(super) operation: Operation,
    pub(super) kind: AwsErrorKind,
    pub(super) message: String,
    pub(super) code: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) hint: Option<String>,
}

impl AwsError {
    pub(super) fn new(operation: Operation, kind: AwsErrorKind, message: impl Into<String>) -> Self {
        Self { operation, kind, message: message.into(), code: None, request_id: None, hint: None }
    }

    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// What was being done.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.operation
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> &AwsErrorKind {
        &self.kind
    }

    /// AWS's error code, such as `AccessDenied`, where there was an answer with one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }

    /// The id under which AWS keeps the request, where there was an answer.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.request_id.as_deref()
    }

    /// The way out, as an imperative, where one is known. It is not part of the message.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.operation, self.message)?;
        match (&self.code, &self.request_id) {
            (Some(code), Some(id)) => write!(f, " ({code}, request id {id})"),
            (Some(code), None) => write!(f, " ({code})"),
            (None, Some(id)) => write!(f, " (request id {id})"),
            (None, None) => Ok(()),
        }
    }
}

impl std::error::Error for AwsError {}
