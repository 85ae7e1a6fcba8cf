//! The ARN of an IAM principal.

use std::fmt;

use super::Invalid;

/// The ARN of an IAM principal.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PrincipalArn(String);

impl PrincipalArn {
    /// Parses an ARN.
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

impl fmt::Display for PrincipalArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The ARN of a KMS key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KmsKeyArn(String);

impl KmsKeyArn {
    /// Parses an ARN.
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

impl fmt::Display for KmsKeyArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The ARN of a managed IAM policy.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct PolicyArn(String);

impl PolicyArn {
    /// Parses an ARN.
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

impl fmt::Display for PolicyArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
