//! What a client may say about an object beside its type: metadata, tags, two headers.

use std::fmt;

use super::Tags;
use iam_policy::Invalid;

/// What an upload may carry beside its content type. Nothing, unless the contract says so.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AllowedExtras {
    /// `metadata`: names of user-defined metadata, sorted.
    pub metadata: Vec<MetadataName>,
    /// `tags`: keys of object tags, sorted.
    pub tags: Vec<TagKey>,
    /// `content_disposition`
    pub content_disposition: bool,
    /// `cache_control`
    pub cache_control: bool,
}

/// A name of user-defined metadata, without its `x-amz-meta-`: lower-case letters, digits and hyphens.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MetadataName(String);

impl MetadataName {
    /// Parses a name.
    ///
    /// # Errors
    /// Other characters, or not 1 to 64 of them.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let name = text.strip_prefix("x-amz-meta-").unwrap_or(text);
        if name != text {
            return Err(Invalid::new("begins with x-amz-meta-, which is put in front")
                .hint(format!("write {name:?}")));
        }
        if name.is_empty() || name.len() > 64 {
            return Err(Invalid::new(format!(
                "has a length of {}, and a metadata name has 1 to 64 characters here",
                name.len()
            )));
        }
        match name.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '-')) {
            Some(other) => {
                let problem = format!(
                    "has {other:?} in a metadata name, which is made of lower-case letters, digits and '-'"
                );
                Err(Invalid::new(problem))
            }
            None => Ok(Self(name.to_owned())),
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The header that carries it.
    #[must_use]
    pub fn header(&self) -> String {
        format!("x-amz-meta-{}", self.0)
    }
}

impl fmt::Display for MetadataName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A key of an object's tag.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct TagKey(String);

impl TagKey {
    /// Parses a key.
    ///
    /// # Errors
    /// What S3 does not take as a tag's key, and keys that AWS or gatepass keep for themselves.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        Tags::default().insert(text, "")?;
        Ok(Self(text.to_owned()))
    }

    /// The key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TagKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The tag of an upload that was not confirmed yet, where the contract has those removed: key and value.
pub const UNCONFIRMED_TAG: (&str, &str) = ("gatepass:unconfirmed", "true");

/// S3 takes so many tags on an object.
pub(super) const MAX_TAGS: usize = 10;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use iam_policy::test_support::verdicts;

    #[test]
    fn metadata_names() {
        let names = [
            "title",
            "x-1",
            "",
            "Title",
            "a b",
            "a:b",
            "x-amz-meta-title",
            "ü",
            &"n".repeat(65),
            "a_b",
        ];
        insta::assert_snapshot!(verdicts(MetadataName::parse, &names), @r#"
        "title" → title
        "x-1" → x-1
        "" ✗ has a length of 0, and a metadata name has 1 to 64 characters here
        "Title" ✗ has 'T' in a metadata name, which is made of lower-case letters, digits and '-'
        "a b" ✗ has ' ' in a metadata name, which is made of lower-case letters, digits and '-'
        "a:b" ✗ has ':' in a metadata name, which is made of lower-case letters, digits and '-'
        "x-amz-meta-title" ✗ begins with x-amz-meta-, which is put in front; hint: write "title"
        "ü" ✗ has 'ü' in a metadata name, which is made of lower-case letters, digits and '-'
        "nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn" ✗ has a length of 65, and a metadata name has 1 to 64 characters here
        "a_b" ✗ has '_' in a metadata name, which is made of lower-case letters, digits and '-'
        "#);
    }

    #[test]
    fn tag_keys() {
        let keys = ["project", "Kosten stelle", "aws:x", "gatepass:x", "", "a?b", &"k".repeat(129)];
        insta::assert_snapshot!(verdicts(TagKey::parse, &keys), @r#"
        "project" → project
        "Kosten stelle" → Kosten stelle
        "aws:x" ✗ has a key beginning with "aws:", which AWS keeps for itself
        "gatepass:x" ✗ has a key beginning with "gatepass:", which gatepass keeps for itself
        "" ✗ has a key of length 0, and a tag's key has 1 to 128 characters
        "a?b" ✗ has '?' in a tag, which is made of letters, digits, spaces and _.:/=+-@
        "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk" ✗ has a key of length 129, and a tag's key has 1 to 128 characters
        "#);
    }
}
