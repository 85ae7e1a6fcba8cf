//! Request headers that pages may send to S3 beside those of a grant.

use std::fmt;

use iam_policy::Invalid;

/// The name of a request header, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AllowedHeader(String);

impl AllowedHeader {
    /// The longest name in bytes.
    const MAX_BYTES: usize = 128;

    /// Parses a name as RFC 9110 has it (<https://www.rfc-editor.org/rfc/rfc9110#section-5.1>).
    ///
    /// # Errors
    /// Another character, also `*`; a longer name or none; a header that S3 refuses unless it is signed.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.contains('*') {
            return Err(Invalid::new("has a '*', which would allow headers that are not listed")
                .hint("list each header by its name"));
        }
        if let Some(other) =
            text.chars().find(|c| !c.is_ascii_alphanumeric() && !"!#$%&'+-.^_`|~".contains(*c))
        {
            return Err(Invalid::new(format!(
                "has {other:?} in it, which no name of a header has"
            )));
        }
        if !(1..=Self::MAX_BYTES).contains(&text.len()) {
            return Err(Invalid::new(format!(
                "has a length of {}, and a header's name has 1 to {}",
                text.len(),
                Self::MAX_BYTES
            )));
        }
        let name = text.to_ascii_lowercase();
        if name.starts_with("x-amz-") || name == "authorization" {
            return Err(Invalid::new("is a header that S3 refuses with a presigned URL unless it is signed")
                .hint("leave it out; metadata, tags and the other fields of [upload] allow what is signed"));
        }
        Ok(Self(name))
    }

    /// The name, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AllowedHeader {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iam_policy::test_support::verdicts;

    #[test]
    fn verdict() {
        let texts = [
            "traceparent",
            "X-Requested-With",
            "*",
            "x-*",
            "",
            "a b",
            "a:b",
            "a\nb",
            "gr\u{fc}n",
            "X-Amz-Acl",
            "Authorization",
            "x_1.~",
        ];
        insta::assert_snapshot!(verdicts(AllowedHeader::parse, &texts), @r#"
        "traceparent" → traceparent
        "X-Requested-With" → x-requested-with
        "*" ✗ has a '*', which would allow headers that are not listed; hint: list each header by its name
        "x-*" ✗ has a '*', which would allow headers that are not listed; hint: list each header by its name
        "" ✗ has a length of 0, and a header's name has 1 to 128
        "a b" ✗ has ' ' in it, which no name of a header has
        "a:b" ✗ has ':' in it, which no name of a header has
        "a\nb" ✗ has '\n' in it, which no name of a header has
        "grün" ✗ has 'ü' in it, which no name of a header has
        "X-Amz-Acl" ✗ is a header that S3 refuses with a presigned URL unless it is signed; hint: leave it out; metadata, tags and the other fields of [upload] allow what is signed
        "Authorization" ✗ is a header that S3 refuses with a presigned URL unless it is signed; hint: leave it out; metadata, tags and the other fields of [upload] allow what is signed
        "x_1.~" → x_1.~
        "#);
    }
}
