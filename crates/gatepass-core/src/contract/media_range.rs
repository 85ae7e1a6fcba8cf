//! What content types a contract allows.

use std::collections::BTreeSet;
use std::fmt;

use super::{ContentType, extension};
use iam_policy::Invalid;

/// A media range (RFC 9110, section 12.5.1): `image/png`, `image/*` or `*/*`, without parameters, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct MediaRange(String);

impl MediaRange {
    /// Parses a range.
    ///
    /// # Errors
    /// Anything else, `image*` and `*/png` among it.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = |problem: &str| {
            Err(Invalid::new(problem).hint("write e.g. \"image/png\", \"image/*\" or \"*/*\""))
        };
        let lower = text.trim().to_ascii_lowercase();
        if lower == "*/*" {
            return Ok(Self(lower));
        }
        if lower.contains(';') {
            return Err(Invalid::new("has parameters, and types are compared without")
                .hint("leave out the ';' and what follows"));
        }
        // With a name in the place of the wildcard, a range is a content type.
        let example =
            if lower.ends_with("/*") { lower.replacen("/*", "/any", 1) } else { lower.clone() };
        match ContentType::parse(&example) {
            Ok(content_type) if content_type.essence() == example => Ok(Self(lower)),
            _ => wrong("is not a media range"),
        }
    }

    /// The range.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What every type in the range begins with; None for a range of one type.
    #[must_use]
    pub fn wildcard(&self) -> Option<&str> {
        if self.0 == "*/*" { Some("") } else { self.0.strip_suffix('*') }
    }

    /// Whether the type lies in the range.
    #[must_use]
    pub fn matches(&self, content_type: &ContentType) -> bool {
        match self.wildcard() {
            Some(beginning) => content_type.essence().starts_with(beginning),
            None => content_type.essence() == self.0,
        }
    }

    /// Whether every type of another range lies in this one.
    #[must_use]
    pub fn contains(&self, other: &Self) -> bool {
        match self.wildcard() {
            Some(beginning) => other.0.starts_with(beginning),
            None => self == other,
        }
    }

    /// Every extension that [`ContentType::extension`] can give for a type in the range, sorted.
    ///
    /// A range with a wildcard also matches types that no list knows, so `bin` is among its extensions.
    #[must_use]
    pub fn extensions(&self) -> Vec<&'static str> {
        match self.wildcard() {
            Some(beginning) => {
                let known: BTreeSet<_> =
                    extension::beginning(beginning).chain([extension::UNKNOWN]).collect();
                known.into_iter().collect()
            }
            None => vec![extension::of(&self.0).unwrap_or(extension::UNKNOWN)],
        }
    }
}

impl fmt::Display for MediaRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use iam_policy::test_support::verdicts;

    use proptest::prelude::*;

    #[test]
    fn verdict() {
        let texts = [
            "image/png",
            "Image/*",
            "*/*",
            " text/plain ",
            "image/svg+xml",
            "image*",
            "image",
            "*",
            "*/png",
            "image/**",
            "image/p*",
            "image/",
            "/*",
            "image/png; q=1",
            "image/png,image/gif",
            "",
            "im age/*",
            "image/any",
        ];
        insta::assert_snapshot!(verdicts(MediaRange::parse, &texts), @r#"
        "image/png" → image/png
        "Image/*" → image/*
        "*/*" → */*
        " text/plain " → text/plain
        "image/svg+xml" → image/svg+xml
        "image*" ✗ is not a media range; hint: write e.g. "image/png", "image/*" or "*/*"
        "image" ✗ is not a media range; hint: write e.g. "image/png", "image/*" or "*/*"
        "*" ✗ is not a media range; hint: write e.g. "image/png", "image/*" or "*/*"
        "*/png" ✗ is not a media range; hint: write e.g. "image/png", "image/*" or "*/*"
        "image/**" ✗ is not a media range; hint: write e.g. "image/png", "image/*" or "*/*"
        "image/p*" ✗ is not a media range; hint: write e.g. "image/png", "image/*" or "*/*"
        "image/" ✗ is not a media range; hint: write e.g. "image/png", "image/*" or "*/*"
        "/*" ✗ is not a media range; hint: write e.g. "image/png", "image/*" or "*/*"
        "image/png; q=1" ✗ has parameters, and types are compared without; hint: leave out the ';' and what follows
        "image/png,image/gif" ✗ is not a media range; hint: write e.g. "image/png", "image/*" or "*/*"
        "" ✗ is not a media range; hint: write e.g. "image/png", "image/*" or "*/*"
        "im age/*" ✗ is not a media range; hint: write e.g. "image/png", "image/*" or "*/*"
        "image/any" → image/any
        "#);
    }

    #[test]
    fn extensions() {
        let extensions =
            |text: &str| MediaRange::parse(text).map(|range| range.extensions().join(" "));
        insta::assert_snapshot!(verdicts(extensions, &["image/png", "image/x-unknown", "font/*", "chemical/*"]), @r#"
        "image/png" → png
        "image/x-unknown" → bin
        "font/*" → bin otf ttc ttf woff woff2
        "chemical/*" → bin
        "#);
        assert!(MediaRange::parse("*/*").unwrap().extensions().len() > 80);
    }

    #[test]
    fn matching() {
        let matches = |range: &str, content_type: &str| {
            MediaRange::parse(range).unwrap().matches(&ContentType::parse(content_type).unwrap())
        };
        assert!(matches("image/*", "IMAGE/png; a=b"));
        assert!(matches("image/png", "image/PNG"));
        assert!(matches("*/*", "a/b"));
        assert!(!matches("image/*", "imagex/png"));
        assert!(!matches("image/png", "image/png2"));
        assert!(!matches("image/svg", "image/svg+xml"));
    }

    proptest! {
        /// A bucket policy refuses keys with other extensions, so an upload that the contract allows must not get one.
        #[test]
        fn a_types_extension_is_among_its_ranges(
            essence in prop_oneof![prop::sample::select(extension::all()), "[a-z]{1,5}/[a-z]{1,5}".prop_map(String::from)],
            upper in any::<bool>(),
            range in 0..3_usize,
        ) {
            let content_type = if upper { essence.to_ascii_uppercase() } else { essence.clone() };
            let content_type = ContentType::parse(&format!("{content_type}; a=b")).unwrap();
            let kind = essence.split('/').next().unwrap();
            let range = [essence.clone(), format!("{kind}/*"), "*/*".to_owned()][range].clone();
            let range = MediaRange::parse(&range).unwrap();
            prop_assert!(range.matches(&content_type));
            prop_assert!(range.extensions().contains(&content_type.extension()));
            prop_assert!(range.extensions().is_sorted());
        }
    }
}
