//! Who may ask the endpoint for grants.

use std::fmt;

use super::{Jwt, Subject};
use iam_policy::Invalid;

/// `[auth]`: at least one way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Auth {
    /// `[[auth.keys]]`: access keys, several at a time so that one can be replaced while both work.
    pub keys: Vec<AccessKey>,
    /// `[auth.jwt]`: tokens of an identity provider.
    pub jwt: Option<Jwt>,
}

/// One `[[auth.keys]]`: an access key, known by its hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessKey {
    /// `id`: what the log calls it.
    pub id: KeyId,
    /// `sha256`
    pub hash: KeyHash,
    /// `subject`: who asks with it; the id unless stated. Several keys may have the same one.
    pub subject: Subject,
}

impl AccessKey {
    /// What every access key begins with, so that a scanner for leaked secrets finds it.
    pub const PREFIX: &'static str = "gpk_";
    /// The characters after the prefix: 256 random bits in base64url.
    pub const RANDOM_LENGTH: usize = 43;
}

/// The name of an access key: 1 to 64 letters, digits and `._-`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyId(String);

impl KeyId {
    /// Parses a name.
    ///
    /// # Errors
    /// Another length, or another character.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if let Some(other) =
            text.chars().find(|c| !c.is_ascii_alphanumeric() && !"._-".contains(*c))
        {
            return Err(Invalid::new(format!(
                "has {other:?} in it, and a key's id is made of letters, digits and ._-"
            )));
        }
        if !(1..=64).contains(&text.len()) {
            return Err(Invalid::new(format!(
                "has a length of {}, and a key's id has 1 to 64 characters",
                text.len()
            )));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The SHA-256 of an access key.
///
/// A plain hash is the right one here, where it would be wrong for a password: a key is 256 random bits, which no number of guesses
/// finds, so a slow or salted hash would add nothing but work for each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash([u8; 32]);

impl KeyHash {
    /// Parses 64 hexadecimal digits.
    ///
    /// # Errors
    /// Anything else, above all the key itself.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.starts_with(AccessKey::PREFIX) {
            return Err(Invalid::new("is the access key itself, which belongs into no file").hint(
                "make another one with `gatepass key new` and write the line that it prints",
            ));
        }
        let mut hash = [0; 32];
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(Invalid::new("is not the hexadecimal form of a SHA-256, 64 digits")
                .hint("`gatepass key new` prints the line"));
        }
        for (byte, digits) in hash.iter_mut().zip(text.as_bytes().as_chunks::<2>().0) {
            let digit = |digit: u8| {
                char::from(digit)
                    .to_digit(16)
                    .and_then(|digit| u8::try_from(digit).ok())
                    .unwrap_or_default()
            };
            *byte = digit(digits[0]) << 4 | digit(digits[1]);
        }
        Ok(Self(hash))
    }

    /// The hash's bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl From<[u8; 32]> for KeyHash {
    fn from(hash: [u8; 32]) -> Self {
        Self(hash)
    }
}

/// 64 hexadecimal digits.
impl fmt::Display for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use iam_policy::test_support::verdicts;

    #[test]
    fn ids_and_hashes() {
        let long = "a".repeat(65);
        insta::assert_snapshot!(verdicts(KeyId::parse, &["app-2026.11", "", "a b", &long]), @r#"
        "app-2026.11" → app-2026.11
        "" ✗ has a length of 0, and a key's id has 1 to 64 characters
        "a b" ✗ has ' ' in it, and a key's id is made of letters, digits and ._-
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" ✗ has a length of 65, and a key's id has 1 to 64 characters
        "#);
        let hash = "0123456789abcdefABCDEF00".repeat(2) + "0011223344556677";
        insta::assert_snapshot!(verdicts(KeyHash::parse, &[&hash, &hash[1..], &"x".repeat(64), "gpk_secret"]), @r#"
        "0123456789abcdefABCDEF000123456789abcdefABCDEF000011223344556677" → 0123456789abcdefabcdef000123456789abcdefabcdef000011223344556677
        "123456789abcdefABCDEF000123456789abcdefABCDEF000011223344556677" ✗ is not the hexadecimal form of a SHA-256, 64 digits; hint: `gatepass key new` prints the line
        "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx" ✗ is not the hexadecimal form of a SHA-256, 64 digits; hint: `gatepass key new` prints the line
        "gpk_secret" ✗ is the access key itself, which belongs into no file; hint: make another one with `gatepass key new` and write the line that it prints
        "#);
    }
}
