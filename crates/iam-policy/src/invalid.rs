//! Why a value was refused.

use std::fmt;

/// Why a value was refused, before it is known which field it stood in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// What is wrong, as the end of the sentence "`field = value` …": "is above 5 GiB, …".
    pub problem: String,
    /// The way out, as an imperative: "write …".
    pub hint: Option<String>,
}

impl Invalid {
    /// A refusal without a way out to suggest.
    pub fn new(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), hint: None }
    }

    /// The same with the way out.
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
