//! The name and the path of an IAM role.

use std::fmt;

use iam_policy::Invalid;

/// The name of an IAM role: 1 to 64 letters, digits and `+=,.@_-`.
/// See <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RoleName(String);

fn is_name_character(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+=,.@_-".contains(c)
}

impl RoleName {
    /// The longest name that IAM takes.
    pub const MAX_LENGTH: usize = 64;

    /// Parses a name by IAM's rules.
    ///
    /// # Errors
    /// Another length, or another character.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if let Some(other) = text.chars().find(|c| !is_name_character(*c)) {
            return Err(Invalid::new(format!(
                "has {other:?} in a role name, which is made of letters, digits and +=,.@_-"
            )));
        }
        if text.is_empty() || text.len() > Self::MAX_LENGTH {
            return Err(Invalid::new(format!(
                "has a length of {}, and a role name has 1 to {} characters",
                text.len(),
                Self::MAX_LENGTH
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

impl fmt::Display for RoleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The path of an IAM role, beginning and ending with a slash: at most 512 characters.
///
/// IAM takes any visible ASCII here. The path becomes part of the role's ARN in conditions, where `*`, `?` and `$` stand
/// for something else, so only the characters of names are taken.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct RolePath(String);

impl Default for RolePath {
    /// `/`
    fn default() -> Self {
        Self("/".to_owned())
    }
}

impl RolePath {
    /// Parses a path.
    ///
    /// # Errors
    /// Another length, another character, no slash at an end, an empty segment.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong =
            |problem: String| Err(Invalid::new(problem).hint("write e.g. \"/\" or \"/uploads/\""));
        if !(text.starts_with('/') && text.ends_with('/')) {
            return wrong("does not begin and end with '/'".to_owned());
        }
        if text.contains("//") {
            return wrong("has an empty segment".to_owned());
        }
        if let Some(other) = text.chars().find(|c| *c != '/' && !is_name_character(*c)) {
            return wrong(format!(
                "has {other:?} in a role path, which is made of letters, digits, +=,.@_- and '/'"
            ));
        }
        if text.len() > 512 {
            return wrong(format!(
                "has a length of {}, and a role path has at most 512 characters",
                text.len()
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RolePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use iam_policy::test_support::verdicts;

    #[test]
    fn names() {
        let longest = "a".repeat(64);
        let too_long = "a".repeat(65);
        insta::assert_snapshot!(verdicts(RoleName::parse, &["app", "a+=,.@_-z", &longest, &too_long, "a/b", "a b", "a*", "größe", ""]), @r#"
        "app" → app
        "a+=,.@_-z" → a+=,.@_-z
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" → aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" ✗ has a length of 65, and a role name has 1 to 64 characters
        "a/b" ✗ has '/' in a role name, which is made of letters, digits and +=,.@_-
        "a b" ✗ has ' ' in a role name, which is made of letters, digits and +=,.@_-
        "a*" ✗ has '*' in a role name, which is made of letters, digits and +=,.@_-
        "größe" ✗ has 'ö' in a role name, which is made of letters, digits and +=,.@_-
        "" ✗ has a length of 0, and a role name has 1 to 64 characters
        "#);
    }

    #[test]
    fn paths() {
        let longest = format!("/{}/", "a".repeat(510));
        let too_long = format!("/{}/", "a".repeat(511));
        insta::assert_snapshot!(verdicts(RolePath::parse, &["/", "/uploads/", "/a/b/", &longest, &too_long, "uploads", "/uploads", "//", "/a//b/", "/a*/", "/${x}/", "/a b/", ""]), @r#"
        "/" → /
        "/uploads/" → /uploads/
        "/a/b/" → /a/b/
        "/aaaaaaaaaaaaaaaaaa… (514) → /aaaaaaaaaaaaaaaaaaa… (512)
        "/aaaaaaaaaaaaaaaaaa… (515) ✗ has a length of 513, and a role path has at most 512 characters; hint: write e.g. "/" or "/uploads/"
        "uploads" ✗ does not begin and end with '/'; hint: write e.g. "/" or "/uploads/"
        "/uploads" ✗ does not begin and end with '/'; hint: write e.g. "/" or "/uploads/"
        "//" ✗ has an empty segment; hint: write e.g. "/" or "/uploads/"
        "/a//b/" ✗ has an empty segment; hint: write e.g. "/" or "/uploads/"
        "/a*/" ✗ has '*' in a role path, which is made of letters, digits, +=,.@_- and '/'; hint: write e.g. "/" or "/uploads/"
        "/${x}/" ✗ has '$' in a role path, which is made of letters, digits, +=,.@_- and '/'; hint: write e.g. "/" or "/uploads/"
        "/a b/" ✗ has ' ' in a role path, which is made of letters, digits, +=,.@_- and '/'; hint: write e.g. "/" or "/uploads/"
        "" ✗ does not begin and end with '/'; hint: write e.g. "/" or "/uploads/"
        "#);
    }
}
