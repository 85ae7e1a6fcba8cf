//! The reason to reject a value.

use std::fmt;

/// Reason to reject a value, independent of the field that holds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// The problem, as the end of the sentence "`field = value` …": "is above 5 GiB, …".
    pub problem: String,
    /// The hint, as an imperative: "write …".
    pub hint: Option<String>,
}

impl Invalid {
    /// Creates a reason without a hint.
    pub fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), hint: None }
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem)?;
        match &self.hint {
            Some(hint) => write!(f, "; hint: {hint}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Invalid {}
