//! The name of an IAM role. See <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.

use std::fmt;

use super::Invalid;

/// The name of an IAM role. See <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RoleName(String);

impl RoleName {
    /// Parses a name by IAM's rules.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The path of an IAM role, beginning and ending with a slash. See <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RolePath(String);

impl RolePath {
    /// Parses a path by IAM's rules.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Ok(Self(text.to_owned()))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RolePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
