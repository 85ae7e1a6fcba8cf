//! Tags of a bucket or a role.

use std::collections::BTreeMap;

use iam_policy::Invalid;

/// Tag keys and values within the limits that S3 and IAM share.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html> and
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags(BTreeMap<String, String>);

impl Tags {
    /// AWS takes 50 tags, and one is gatepass's own.
    pub const MAX_TAGS: usize = 49;

    /// Adds one tag.
    ///
    /// # Errors
    /// A key or value that S3 or IAM would refuse, a key that AWS (`aws:…`) or gatepass (`gatepass:…`) keeps for itself,
    /// a key that is there already (IAM makes no difference between upper and lower case), or one tag too many.
    pub fn insert(&mut self, key: &str, value: &str) -> Result<(), Invalid> {
        let characters = |text: &str| text.chars().count();
        if !(1..=128).contains(&characters(key)) {
            return Err(Invalid::new(format!(
                "has a key of length {}, and a tag's key has 1 to 128 characters",
                characters(key)
            )));
        }
        if characters(value) > 256 {
            return Err(Invalid::new(format!(
                "has a length of {}, and a tag's value has at most 256 characters",
                characters(value)
            )));
        }
        if let Some(other) = key.chars().chain(value.chars()).find(|c| !is_tag_character(*c)) {
            return Err(Invalid::new(format!(
                "has {other:?} in a tag, which is made of letters, digits, spaces and _.:/=+-@"
            )));
        }
        let lower = key.to_lowercase();
        for (prefix, owner) in [("aws:", "AWS"), ("gatepass:", "gatepass")] {
            if lower.starts_with(prefix) {
                return Err(Invalid::new(format!(
                    "has a key beginning with {prefix:?}, which {owner} keeps for itself"
                )));
            }
        }
        if let Some(present) = self.0.keys().find(|present| present.to_lowercase() == lower) {
            return Err(Invalid::new(format!(
                "has the same key as the tag {present:?} (IAM ignores case)"
            )));
        }
        if self.0.len() == Self::MAX_TAGS {
            return Err(Invalid::new(format!(
                "is one tag too many: there can be {}, beside gatepass's own",
                Self::MAX_TAGS
            )));
        }
        self.0.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    /// The tags, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

fn is_tag_character(c: char) -> bool {
    c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use iam_policy::test_support::verdicts;

    #[test]
    fn verdict() {
        let longest = "k".repeat(128);
        let too_long = "k".repeat(129);
        let long_value = format!("k={}", "v".repeat(257));
        let insert = |text: &str| {
            let mut tags = Tags::default();
            tags.insert("Team", "web")?;
            let (key, value) = text.split_once('=').unwrap_or((text, ""));
            tags.insert(key, value).map(|()| "taken")
        };
        let texts = [
            "cost centre=42",
            "größe=groß",
            "a_.:/+-@=x=y",
            &longest,
            &too_long,
            &long_value,
            "",
            "a\tb",
            "a*b",
            "k=\"v\"",
            "aws:k",
            "AWS:k",
            "gatepass:contract",
            "team=ops",
        ];
        insta::assert_snapshot!(verdicts(insert, &texts), @r#"
        "cost centre=42" → taken
        "größe=groß" → taken
        "a_.:/+-@=x=y" → taken
        "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk" → taken
        "kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk" ✗ has a key of length 129, and a tag's key has 1 to 128 characters
        "k=vvvvvvvvvvvvvvvvv… (261) ✗ has a length of 257, and a tag's value has at most 256 characters
        "" ✗ has a key of length 0, and a tag's key has 1 to 128 characters
        "a\tb" ✗ has '\t' in a tag, which is made of letters, digits, spaces and _.:/=+-@
        "a*b" ✗ has '*' in a tag, which is made of letters, digits, spaces and _.:/=+-@
        "k=\"v\"" ✗ has '"' in a tag, which is made of letters, digits, spaces and _.:/=+-@
        "aws:k" ✗ has a key beginning with "aws:", which AWS keeps for itself
        "AWS:k" ✗ has a key beginning with "aws:", which AWS keeps for itself
        "gatepass:contract" ✗ has a key beginning with "gatepass:", which gatepass keeps for itself
        "team=ops" ✗ has the same key as the tag "Team" (IAM ignores case)
        "#);
    }

    #[test]
    fn one_of_fifty_is_ours() {
        let mut tags = Tags::default();
        for number in 0..49 {
            tags.insert(&format!("tag-{number}"), "").unwrap();
        }
        insta::assert_snapshot!(tags.insert("tag-49", "").unwrap_err(), @"is one tag too many: there can be 49, beside gatepass's own");
        assert_eq!(tags.iter().count(), 49);
    }
}
