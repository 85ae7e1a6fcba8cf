//! The error for a text that is no policy document.

/// Error for a value that is no policy document; its text names the reason.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DocumentError(pub String);
