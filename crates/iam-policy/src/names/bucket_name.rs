//! The name of a general purpose bucket.

use std::fmt;

use crate::{AccountId, Invalid, Region};

/// The name of a general purpose bucket.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html>.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BucketName(String);

/// Beginnings that S3 keeps for itself.
const RESERVED_PREFIXES: [&str; 3] = ["xn--", "sthree-", "amzn-s3-demo-"];

/// Endings that S3 keeps for access points and other kinds of bucket.
const RESERVED_SUFFIXES: [&str; 5] = ["-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"];

/// The longest name that S3 takes.
const MAX_LENGTH: usize = 63;

/// The parts of a name in an account regional namespace, `PREFIX-ACCOUNT-REGION-an`.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRegionalName {
    /// The part that the account chooses.
    pub prefix: String,
    /// The only account that can create the bucket.
    pub account: AccountId,
    /// The only region that the bucket can be created in.
    pub region: Region,
}

impl AccountRegionalName {
    /// How every name in an account regional namespace ends, and no other.
    pub const SUFFIX: &str = "-an";

    fn parse(text: &str) -> Option<Self> {
        let text = text.strip_suffix(Self::SUFFIX)?;
        text.match_indices('-').find_map(|(index, _)| {
            let (prefix, rest) = (text.get(..index)?, text.get(index + 1..)?);
            let (account, region) = rest.split_once('-')?;
            let (account, region) = (AccountId::parse(account).ok()?, Region::parse(region).ok()?);
            (!prefix.is_empty()).then(|| Self { prefix: prefix.to_owned(), account, region })
        })
    }
}

impl BucketName {
    /// Parses a name by S3's rules, of the global namespace or of an account regional one.
    ///
    /// # Errors
    /// A length outside 3 to 63; other characters than lower-case letters, digits, `.` and `-`; no letter or digit at
    /// an end; two dots in a row; an IP address; a reserved beginning or ending; `-an` at the end of anything but
    /// `PREFIX-ACCOUNT-REGION-an`.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = |problem: String| Err(Invalid::new(problem));
        if let Some(other) = text.chars().find(|c| !matches!(c, 'a'..='z' | '0'..='9' | '.' | '-'))
        {
            let refused = Invalid::new(format!(
                "has {other:?} in a bucket name, which is made of lower-case letters, digits, '.' and '-'"
            ));
            let lower = text.to_ascii_lowercase().replace('_', "-");
            return Err(if lower != text && Self::parse(&lower).is_ok() {
                refused.hint(format!("write {lower:?}"))
            } else {
                refused
            });
        }
        if !(3..=MAX_LENGTH).contains(&text.len()) {
            return wrong(format!(
                "has a length of {}, and a bucket name has 3 to 63 characters",
                text.len()
            ));
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
        if text.ends_with(AccountRegionalName::SUFFIX) && AccountRegionalName::parse(text).is_none()
        {
            return wrong(
                "ends with \"-an\", which S3 keeps for names of the form PREFIX-ACCOUNT-REGION-an"
                    .to_owned(),
            );
        }
        Ok(Self(text.to_owned()))
    }

    /// Makes the name with this prefix in the account regional namespace of this account and region.
    ///
    /// # Errors
    /// A prefix that makes the name too long, or with which it is against S3's rules.
    pub fn in_account_regional_namespace(
        prefix: &str,
        account: &AccountId,
        region: &Region,
    ) -> Result<Self, Invalid> {
        if prefix.is_empty() {
            return Err(Invalid::new("is empty")
                .hint("write the part of the bucket's name before the account"));
        }
        let suffix = format!("-{account}-{region}{}", AccountRegionalName::SUFFIX);
        let name = format!("{prefix}{suffix}");
        if name.len() > MAX_LENGTH {
            let problem = format!(
                "makes a bucket name of {} characters with {suffix:?}, and a bucket name has at most {MAX_LENGTH}",
                name.len()
            );
            let hint = format!(
                "shorten it to at most {} characters",
                MAX_LENGTH.saturating_sub(suffix.len())
            );
            return Err(Invalid::new(problem).hint(hint));
        }
        Self::parse(&name)
    }

    /// The parts of a name in an account regional namespace; none for a name in the global namespace.
    #[must_use]
    pub fn account_regional(&self) -> Option<AccountRegionalName> {
        AccountRegionalName::parse(&self.0)
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
            "acme-111122223333-eu-central-1-an",
            "a.b-an-111122223333-us-gov-west-1-an",
            "-111122223333-eu-central-1-an",
            "111122223333-eu-central-1-an",
            "acme-11112222333-eu-central-1-an",
            "acme-111122223333-nowhere-an",
            "acme-111122223333-eu-central-1",
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
        "acme-an" ✗ ends with "-an", which S3 keeps for names of the form PREFIX-ACCOUNT-REGION-an
        "acme-111122223333-eu-central-1-an" → acme-111122223333-eu-central-1-an
        "a.b-an-111122223333-us-gov-west-1-an" → a.b-an-111122223333-us-gov-west-1-an
        "-111122223333-eu-central-1-an" ✗ does not begin and end with a letter or digit
        "111122223333-eu-central-1-an" ✗ ends with "-an", which S3 keeps for names of the form PREFIX-ACCOUNT-REGION-an
        "acme-11112222333-eu-central-1-an" ✗ ends with "-an", which S3 keeps for names of the form PREFIX-ACCOUNT-REGION-an
        "acme-111122223333-nowhere-an" ✗ ends with "-an", which S3 keeps for names of the form PREFIX-ACCOUNT-REGION-an
        "acme-111122223333-eu-central-1" → acme-111122223333-eu-central-1
        "" ✗ has a length of 0, and a bucket name has 3 to 63 characters
        "#);
    }

    #[test]
    fn account_regional_names() {
        let (account, region) =
            (AccountId::parse("111122223333").unwrap(), Region::parse("eu-central-1").unwrap());
        let longest = "a".repeat(34);
        let too_long = "a".repeat(35);
        let in_namespace =
            |prefix: &str| BucketName::in_account_regional_namespace(prefix, &account, &region);
        insta::assert_snapshot!(verdicts(in_namespace, &["acme", &longest, &too_long, "", "-acme", "acme_", "xn--acme"]), @r#"
        "acme" → acme-111122223333-eu-central-1-an
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" → aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa-111122223333-eu-central-1-an
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" ✗ makes a bucket name of 64 characters with "-111122223333-eu-central-1-an", and a bucket name has at most 63; hint: shorten it to at most 34 characters
        "" ✗ is empty; hint: write the part of the bucket's name before the account
        "-acme" ✗ does not begin and end with a letter or digit
        "acme_" ✗ has '_' in a bucket name, which is made of lower-case letters, digits, '.' and '-'; hint: write "acme--111122223333-eu-central-1-an"
        "xn--acme" ✗ begins with "xn--", which S3 keeps for itself
        "#);
        let whole = |name: &str| BucketName::parse(name).unwrap().account_regional();
        let parts = |prefix: &str| {
            Some(AccountRegionalName {
                prefix: prefix.to_owned(),
                account: account.clone(),
                region: region.clone(),
            })
        };
        assert_eq!(whole("acme-111122223333-eu-central-1-an"), parts("acme"));
        assert_eq!(
            whole("a-444455556666-eu-west-1-an-111122223333-eu-central-1-an"),
            parts("a-444455556666-eu-west-1-an")
        );
        assert_eq!(whole("acme-111122223333-eu-central-1"), None);
    }
}
