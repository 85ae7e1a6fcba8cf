//! Who asks: the name of a user or a program, as an object key can carry it.

use std::fmt::{self, Write as _};

use sha2::{Digest as _, Sha256};

use iam_policy::Invalid;

/// Somebody who may ask for grants, under the name that a contract or a token gives: 1 to 255 bytes without control
/// characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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

    /// Takes a name.
    ///
    /// # Errors
    /// No name, a longer one, or a control character in it.
    pub fn parse(name: &str) -> Result<Self, Invalid> {
        if name.is_empty() {
            return Err(Invalid::new("names nobody"));
        }
        if name.len() > Self::MAX_BYTES {
            return Err(Invalid::new(format!("has {} bytes, and a subject has at most {}", name.len(), Self::MAX_BYTES)));
        }
        if let Some(control) = name.chars().find(|c| c.is_control()) {
            return Err(Invalid::new(format!("has {control:?} in it, a control character")));
        }
        Ok(Self { name: name.to_owned(), segment: segment(name) })
    }

    /// The name as it was given.
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

fn segment(name: &str) -> String {
    let mut segment = String::with_capacity(name.len());
    for (index, byte) in name.bytes().enumerate() {
        // writing to a string does not fail
        let _ = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'@' => segment.write_char(byte.into()),
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
        assert_eq!(segment, "=sha256-c12cb024a2e5551cca0e08fce8f1c5e314555cc3fef6329ee994a3db752166ae");
        // whoever takes that text for a name gets another one
        assert_ne!(segment_of(&segment), segment);
    }

    #[test]
    fn refused() {
        assert_eq!(Subject::parse("").unwrap_err().problem, "names nobody");
        assert_eq!(Subject::parse("a\nb").unwrap_err().problem, "has '\\n' in it, a control character");
        assert_eq!(Subject::parse(&"a".repeat(256)).unwrap_err().problem, "has 256 bytes, and a subject has at most 255");
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
