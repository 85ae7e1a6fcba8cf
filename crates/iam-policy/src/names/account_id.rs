//! The id of an AWS account.

use std::fmt;

use crate::Invalid;

/// A 12-digit AWS account id.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccountId(String);

impl AccountId {
    /// Parses twelve ASCII digits.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Invalid::new("is not an AWS account id")
                .hint("write its 12 digits as a string, e.g. \"111122223333\""))
        }
    }

    /// The twelve digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AccountId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use crate::test_support::verdicts;

    #[test]
    fn verdict() {
        insta::assert_snapshot!(verdicts(AccountId::parse, &["111122223333", "000000000000", "11112222333", "1111-2222-3333", "１１１１２２２２３３３３", ""]), @r#"
        "111122223333" → 111122223333
        "000000000000" → 000000000000
        "11112222333" ✗ is not an AWS account id; hint: write its 12 digits as a string, e.g. "111122223333"
        "1111-2222-3333" ✗ is not an AWS account id; hint: write its 12 digits as a string, e.g. "111122223333"
        "１１１１２２２２３３３３" ✗ is not an AWS account id; hint: write its 12 digits as a string, e.g. "111122223333"
        "" ✗ is not an AWS account id; hint: write its 12 digits as a string, e.g. "111122223333"
        "#);
    }
}
