//! What AWS answered instead of what was asked for.

use std::fmt;

use iam_policy::Region;

/// A call that failed: what was being done, AWS's own words and codes, and the way out where one is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateError {
    /// What was being done: "reading the bucket policy of acme-uploads".
    pub doing: String,
    /// What it means for whoever has to act on it.
    pub kind: StateErrorKind,
    /// AWS's error code, such as `AccessDenied`.
    pub code: Option<String>,
    /// AWS's message, or that of the connection.
    pub message: String,
    /// AWS's request id, which AWS support asks for.
    pub request_id: Option<String>,
    /// The way out, as an imperative.
    pub hint: Option<String>,
    /// Whether a write that failed in this way may have been made: its answer was lost, or says nothing about it.
    pub may_be_done: bool,
}

/// What a failed call means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateErrorKind {
    /// `NoSuchBucket`, `NoSuchEntity`: what was to be written to is not there, or not yet.
    NotFound,
    /// `AccessDenied`, or another 403.
    AccessDenied,
    /// 501, `NotImplemented`, or `MethodNotAllowed` from another endpoint than AWS's.
    NotSupported,
    /// `OperationAborted`, `ConcurrentModification`: another change to the same thing is still under way.
    Conflict,
    /// `BucketAlreadyExists`: the name belongs to another account.
    NameTaken,
    /// `BucketAlreadyOwnedByYou`, `EntityAlreadyExists`: it is there already.
    AlreadyExists,
    /// `BucketNotEmpty`, `DeleteConflict`: something still hangs on it.
    NotEmpty,
    /// The bucket lies in another region.
    WrongRegion {
        /// Where it lies, if AWS said so.
        actual: Option<Region>,
    },
    /// Anything else: throttling that did not end, no connection, no credentials, a malformed answer.
    Other,
}

impl fmt::Display for StateError {
    /// "doing: Code: message (request id …)", on one line; the hint is told apart, see [`StateError::hint`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.doing)?;
        match &self.code {
            Some(code) if self.message.is_empty() => f.write_str(code)?,
            Some(code) => write!(f, "{code}: {}", self.message)?,
            None => f.write_str(&self.message)?,
        }
        match &self.request_id {
            Some(id) => write!(f, " (request id {id})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for StateError {}
