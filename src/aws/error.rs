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
    /// The bucket's name belongs to another account (`BucketAlreadyExists`).
    NameTaken,
    /// The bucket is the caller's own already (`BucketAlreadyOwnedByYou`), or the role exists.
    AlreadyExists,
    /// Another change to the same thing is under way (`OperationAborted`, `ConcurrentModification`).
    Conflict,
    /// What was to be removed is not empty, or something still hangs on it.
    NotEmpty,
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
    // boxed, so that a result is small where all goes well
    details: Box<Details>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Details {
    operation: Operation,
    pub(super) doing: String,
    pub(super) kind: AwsErrorKind,
    pub(super) message: String,
    pub(super) code: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) hint: Option<String>,
    pub(super) may_be_done: bool,
}

impl AwsError {
    /// `subject` is the bucket or the role.
    pub(super) fn new(
        operation: Operation,
        subject: &str,
        kind: AwsErrorKind,
        message: impl Into<String>,
    ) -> Self {
        let (doing, message) = (operation.doing(subject), message.into());
        Self {
            details: Box::new(Details {
                operation,
                doing,
                kind,
                message,
                code: None,
                request_id: None,
                hint: None,
                may_be_done: false,
            }),
        }
    }

    /// What AWS answered with.
    pub(super) fn with_answer(mut self, code: Option<&str>, request_id: Option<&str>) -> Self {
        self.details.code = code.map(str::to_owned);
        self.details.request_id = request_id.map(str::to_owned);
        self
    }

    pub(super) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.details.hint = Some(hint.into());
        self
    }

    /// Whether AWS may have done what it was asked for although the call failed.
    pub(super) fn that_may_be_done(mut self, may_be_done: bool) -> Self {
        self.details.may_be_done = may_be_done;
        self
    }

    pub(super) fn into_details(self) -> Details {
        *self.details
    }

    /// The call that failed.
    #[must_use]
    pub fn operation(&self) -> Operation {
        self.details.operation
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> &AwsErrorKind {
        &self.details.kind
    }

    /// AWS's error code, such as `AccessDenied`, where there was an answer with one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.details.code.as_deref()
    }

    /// The id under which AWS keeps the request, where there was an answer.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.details.request_id.as_deref()
    }

    /// What AWS said, or what is wrong.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.details.message
    }

    /// The way out, as an imperative, where one is known. It is not part of the message.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.details.hint.as_deref()
    }
}

impl fmt::Display for AwsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Details { doing, message, .. } = &*self.details;
        write!(f, "{doing}: ")?;
        match self.code() {
            Some(code) => write!(f, "{code}: {message}")?,
            None => f.write_str(message)?,
        }
        match self.request_id() {
            Some(id) => write!(f, " (request id {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for AwsError {}
