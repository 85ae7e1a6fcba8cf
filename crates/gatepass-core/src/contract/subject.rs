//! Who asks: the name of a user or a program, as an object key can carry it.

use std::fmt::{self, Write as _};

use sha2::{Digest as _, Sha256};

use iam_policy::Invalid;

/// An authenticated caller, under a name that is unique across both authorities.
///
/// The subject of a token is the token's own: 1 to 255 bytes without control characters. The subject of an API key is the name in the
/// contract behind [`Subject::API_KEY`], which no token's subject may begin with. Quotas, tickets, receipts, object keys and logs
/// therefore never take one for the other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    name: String,
    segment: String,
}

impl Subject {
    /// The longest name in bytes: OpenID Connect lets `sub` be no longer.
    /// See <https://openid.net/specs/openid-connect-core-1_0.html#IDToken>.
    pub const MAX_BYTES: usize = 255;

    /// The most bytes that a subject gives to a key.
    pub const MAX_SEGMENT: usize = 128;

    /// What the subject of every API key begins with, and that of no token.
    pub const API_KEY: &'static str = "api-key:";

    /// The subject of an API key that the contract names so.
    ///
    /// # Errors
    /// No name, a longer one, or a control character in it.
    pub fn of_api_key(name: &str) -> Result<Self, Invalid> {
        check(name)?;
        Ok(Self::new(format!("{}{name}", Self::API_KEY)))
    }

    /// The subject of a token with this claim.
    ///
    /// # Errors
    /// No name, a longer one, a control character in it, or the beginning that marks the subject of an API key.
    pub fn of_token(name: &str) -> Result<Self, Invalid> {
        check(name)?;
        if name.starts_with(Self::API_KEY) {
            return Err(Invalid::new(format!(
                "begins with {:?}, which marks the subject of an API key",
                Self::API_KEY
            )));
        }
        Ok(Self::new(name.to_owned()))
    }

    /// Parses what [`Self::as_str`] returns: the subject of an API key or of a token.
    ///
    /// # Errors
    /// As [`Self::of_api_key`] and [`Self::of_token`].
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        text.strip_prefix(Self::API_KEY).map_or_else(|| Self::of_token(text), Self::of_api_key)
    }

    fn new(name: String) -> Self {
        Self { segment: segment(&name), name }
    }

    /// The whole name; an API key's with its beginning.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// What stands for `{subject}` in a key: one path segment of at most [`Self::MAX_SEGMENT`] bytes, another one for every
    /// other subject.
    ///
    /// Letters, digits, `-`, `_`, `@` and a dot that is not the first character stand as they are; every other byte is `=` and two
    /// hexadecimal digits, so that nothing leaves the segment and no two names become one. Where that gets too long, it is
    /// `=sha256-` and the name's SHA-256 in hexadecimal, which no shorter name becomes.
    #[must_use]
    pub fn key_segment(&self) -> &str {
        &self.segment
    }
}

/// Checks a name as a contract or a token gives it.
fn check(name: &str) -> Result<(), Invalid> {
    if name.is_empty() {
        return Err(Invalid::new("names nobody"));
    }
    if name.len() > Subject::MAX_BYTES {
        return Err(Invalid::new(format!(
            "has {} bytes, and a subject has at most {}",
            name.len(),
            Subject::MAX_BYTES
        )));
    }
    match name.chars().find(|c| c.is_control()) {
        Some(control) => Err(Invalid::new(format!("has {control:?} in it, a control character"))),
        None => Ok(()),
    }
}

fn segment(name: &str) -> String {
    let mut segment = String::with_capacity(name.len());
    for (index, byte) in name.bytes().enumerate() {
        // writing to a string does not fail
        let _ = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'@' => {
                segment.write_char(byte.into())
            }
            b'.' if index > 0 => segment.write_char('.'),
            other => write!(segment, "={other:02X}"),
        };
    }
    if segment.len() <= Subject::MAX_SEGMENT {
        return segment;
    }
    let mut hashed = String::from("=sha256-");
    for byte in Sha256::digest(name) {
        let _ = write!(hashed, "{byte:02x}");
    }
    hashed
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn segment_of(name: &str) -> String {
        Subject::parse(name).unwrap().key_segment().to_owned()
    }

    #[test]
    fn segments() {
        for (name, segment) in [
            ("alice", "alice"),
            ("alice@example.com", "alice@example.com"),
            ("auth0|5f7c8ec7", "auth0=7C5f7c8ec7"),
            ("..", "=2E."),
            (".", "=2E"),
            ("a..b", "a..b"),
            ("../../etc", "=2E.=2F..=2Fetc"),
            ("a/b", "a=2Fb"),
            ("a=2Fb", "a=3D2Fb"),
            ("Å b", "=C3=85=20b"),
            ("*?${}", "=2A=3F=24=7B=7D"),
        ] {
            assert_eq!(segment_of(name), segment);
        }
    }

    #[test]
    fn a_long_name_is_hashed() {
        let fits = "a".repeat(Subject::MAX_SEGMENT);
        assert_eq!(segment_of(&fits), fits);
        let segment = segment_of(&"a".repeat(Subject::MAX_SEGMENT + 1));
        assert_eq!(
            segment,
            "=sha256-c12cb024a2e5551cca0e08fce8f1c5e314555cc3fef6329ee994a3db752166ae"
        );
        // whoever takes that text for a name gets another one
        assert_ne!(segment_of(&segment), segment);
    }

    #[test]
    fn refused() {
        assert_eq!(Subject::parse("").unwrap_err().problem, "names nobody");
        assert_eq!(
            Subject::parse("a\nb").unwrap_err().problem,
            "has '\\n' in it, a control character"
        );
        assert_eq!(
            Subject::parse(&"a".repeat(256)).unwrap_err().problem,
            "has 256 bytes, and a subject has at most 255"
        );
    }

    #[test]
    fn no_token_has_the_subject_of_an_api_key() {
        let key = Subject::of_api_key("service").unwrap();
        assert_eq!((key.as_str(), key.key_segment()), ("api-key:service", "api-key=3Aservice"));
        assert_ne!(Subject::of_token("service").unwrap(), key);
        for name in ["api-key:service", "api-key:", "api-key:api-key:service"] {
            let refused = Subject::of_token(name).unwrap_err();
            assert_eq!(
                refused.problem,
                "begins with \"api-key:\", which marks the subject of an API key"
            );
        }
        // a name in the contract is only ever a name
        assert_eq!(
            Subject::of_api_key("api-key:service").unwrap().as_str(),
            "api-key:api-key:service"
        );
        assert_eq!(Subject::parse("api-key:service").unwrap(), key);
        assert_eq!(
            Subject::parse("API-KEY:service").unwrap(),
            Subject::of_token("API-KEY:service").unwrap()
        );
        let longest = "k".repeat(Subject::MAX_BYTES);
        assert_eq!(
            Subject::parse(Subject::of_api_key(&longest).unwrap().as_str()),
            Subject::of_api_key(&longest)
        );
    }

    /// The inverse, where there is one.
    fn unescaped(segment: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut rest = segment.as_bytes();
        while let Some((first, following)) = rest.split_first() {
            if *first == b'=' {
                let (digits, following) = following.split_at(2);
                bytes.push(u8::from_str_radix(std::str::from_utf8(digits).unwrap(), 16).unwrap());
                rest = following;
            } else {
                bytes.push(*first);
                rest = following;
            }
        }
        bytes
    }

    proptest! {
        #[test]
        fn the_authorities_never_share_a_name_or_a_segment(key in "[^\\p{Cc}]{1,40}", token in "(api-key[:=]?(3A)?)?[^\\p{Cc}]{1,60}") {
            let key = Subject::of_api_key(&key).unwrap();
            if let Ok(token) = Subject::of_token(&token) {
                prop_assert_ne!(token.as_str(), key.as_str());
                prop_assert_ne!(token.key_segment(), key.key_segment());
            }
        }

        #[test]
        fn one_segment_from_which_the_name_can_be_told(name in "[^\\p{Cc}]{1,60}") {
            let subject = Subject::parse(&name).unwrap();
            let segment = subject.key_segment();
            prop_assert!((1..=Subject::MAX_SEGMENT).contains(&segment.len()));
            prop_assert!(!segment.contains(['/', '\\', '*', '?', '$', '%']) && segment.is_ascii() && !segment.starts_with('.'), "{segment}");
            if !segment.starts_with("=sha256-") {
                prop_assert_eq!(unescaped(segment), name.into_bytes());
            }
        }
    }
}
