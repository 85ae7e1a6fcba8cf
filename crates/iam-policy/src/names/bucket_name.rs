//! The name of a general purpose bucket.

use std::fmt;

use crate::Invalid;

/// The name of a general purpose bucket.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BucketName(String);

/// Beginnings that S3 keeps for itself.
const RESERVED_PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];

/// Endings that S3 keeps for access points, other kinds of bucket and the account regional namespace.
const RESERVED_SUFFIXES: [&str; 6] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3", "-an"];

impl BucketName {
    /// Parses a name by S3's rules.
    ///
    /// # Errors
    /// A length outside 3 to 63; other characters than lower-case letters, digits, `.` and `-`; no letter or digit at
    /// an end; two dots in a row; an IP address; a reserved beginning or ending.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = |problem: String| Err(Invalid::new(problem));
        if let Some(other) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '.' | '-')) {
            let refused = Invalid::new(format!("has {other:?} in a bucket name, which is made of lower-case letters, digits, '.' and '-'"));
            let lower = text.to_ascii_lowercase().replace('_', "-");
            return Err(if lower != text && Self::parse(&lower).is_ok() { refused.hint(format!("write {lower:?}")) } else { refused });
        }
        if !(3..=63).contains(&text.len()) {
            return wrong(format!("has a length of {}, and a bucket name has 3 to 63 characters", text.len()));
        }
        if text.starts_with(['.', '-']) || text.ends_with(['.', '-']) {
            return wrong("does not begin and end with a letter or digit".to_owned());
        }
        if text.contains("..") {
            return wrong("has two dots in a row".to_owned());
        }
        if looks_like_address(text) {
            return wrong("is formatted as an IP address".to_owned());
        }
        if let Some(prefix) = RESERVED_PREFIXES.iter().find(|prefix| text.starts_with(*prefix)) {
            return wrong(format!("begins with {prefix:?}, which S3 keeps for itself"));
        }
        if let Some(suffix) = RESERVED_SUFFIXES.iter().find(|suffix| text.ends_with(*suffix)) {
            return wrong(format!("ends with {suffix:?}, which S3 keeps for itself"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Four numbers with dots between them, also where they are no address (`999.1.1.1`): S3 refuses the form.
fn looks_like_address(text: &str) -> bool {
    let parts: Vec<&str> = text.split('.').collect();
    parts.len() == 4 && parts.iter().all(|part| part.bytes().all(|byte| byte.is_ascii_digit()))
}

impl fmt::Display for BucketName {
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
        let longest = "a".repeat(63);
        let too_long = "a".repeat(64);
        let texts = [
            "acme-uploads",
            "a.b.c",
            "123",
            "ab",
            &longest,
            &too_long,
            "Acme_Uploads",
            "acme_uploads",
            "Ümlaut",
            "acme uploads",
            "acme/uploads",
            "-acme",
            "acme-",
            ".acme",
            "acme.",
            "a..b",
            "a.-b",
            "192.168.5.4",
            "999.999.999.999",
            "1.2.3",
            "xn--acme",
            "sthree-acme",
            "amzn-s3-demo-acme",
            "acme-s3alias",
            "acme--ol-s3",
            "acme.mrap",
            "acme--x-s3",
            "acme--table-s3",
            "acme-an",
            "",
        ];
        insta::assert_snapshot!(verdicts(BucketName::parse, &texts), @r#"
        "acme-uploads" → acme-uploads
        "a.b.c" → a.b.c
        "123" → 123
        "ab" ✗ has a length of 2, and a bucket name has 3 to 63 characters
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" → aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" ✗ has a length of 64, and a bucket name has 3 to 63 characters
        "Acme_Uploads" ✗ has 'A' in a bucket name, which is made of lower-case letters, digits, '.' and '-'; hint: write "acme-uploads"
        "acme_uploads" ✗ has '_' in a bucket name, which is made of lower-case letters, digits, '.' and '-'; hint: write "acme-uploads"
        "Ümlaut" ✗ has 'Ü' in a bucket name, which is made of lower-case letters, digits, '.' and '-'
        "acme uploads" ✗ has ' ' in a bucket name, which is made of lower-case letters, digits, '.' and '-'
        "acme/uploads" ✗ has '/' in a bucket name, which is made of lower-case letters, digits, '.' and '-'
        "-acme" ✗ does not begin and end with a letter or digit
        "acme-" ✗ does not begin and end with a letter or digit
        ".acme" ✗ does not begin and end with a letter or digit
        "acme." ✗ does not begin and end with a letter or digit
        "a..b" ✗ has two dots in a row
        "a.-b" → a.-b
        "192.168.5.4" ✗ is formatted as an IP address
        "999.999.999.999" ✗ is formatted as an IP address
        "1.2.3" → 1.2.3
        "xn--acme" ✗ begins with "xn--", which S3 keeps for itself
        "sthree-acme" ✗ begins with "sthree-", which S3 keeps for itself
        "amzn-s3-demo-acme" ✗ begins with "amzn-s3-demo-", which S3 keeps for itself
        "acme-s3alias" ✗ ends with "-s3alias", which S3 keeps for itself
        "acme--ol-s3" ✗ ends with "--ol-s3", which S3 keeps for itself
        "acme.mrap" ✗ ends with ".mrap", which S3 keeps for itself
        "acme--x-s3" ✗ ends with "--x-s3", which S3 keeps for itself
        "acme--table-s3" ✗ ends with "--table-s3", which S3 keeps for itself
        "acme-an" ✗ ends with "-an", which S3 keeps for itself
        "" ✗ has a length of 0, and a bucket name has 3 to 63 characters
        "#);
    }
}
