//! How object keys are made.

use std::fmt;

use super::Subject;
use iam_policy::Invalid;

/// A template such as `uploads/{date}/{uuid}.{ext}`.
///
/// Every key made from it begins with [`prefix`](Self::prefix), cannot leave it, and is unique.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyTemplate {
    text: String,
    parts: Vec<KeyPart>,
}

/// One part of a [`KeyTemplate`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyPart {
    /// Text that stands as it is.
    Literal(String),
    /// `{uuid}`: a random UUID (RFC 9562, version 4).
    Uuid,
    /// `{ext}`: the extension of the content type.
    Ext,
    /// `{subtype}`: the content type's subtype, made safe.
    Subtype,
    /// `{date}`: the UTC date, `2026-01-31`.
    Date,
    /// `{filename}`: the client's file name, made safe.
    Filename,
    /// `{subject}`: who asks, see [`Subject::key_segment`].
    Subject,
}

/// The placeholders' names.
const PLACEHOLDERS: [(&str, KeyPart); 6] = [
    ("uuid", KeyPart::Uuid),
    ("ext", KeyPart::Ext),
    ("subtype", KeyPart::Subtype),
    ("date", KeyPart::Date),
    ("filename", KeyPart::Filename),
    ("subject", KeyPart::Subject),
];

impl KeyPart {
    /// The most bytes that a client's file name gives to a key.
    pub const MAX_FILENAME: usize = 200;
    /// The most bytes that a content type's subtype gives to a key; registered names have at most 127 (RFC 6838).
    pub const MAX_SUBTYPE: usize = 127;

    /// The most bytes that this part can become.
    #[must_use]
    pub fn max_bytes(&self) -> usize {
        match self {
            Self::Literal(text) => text.len(),
            Self::Uuid => 36,
            Self::Ext => 16,
            Self::Subtype => Self::MAX_SUBTYPE,
            Self::Date => 10,
            Self::Filename => Self::MAX_FILENAME,
            Self::Subject => Subject::MAX_SEGMENT,
        }
    }
}

impl KeyTemplate {
    /// The longest key that S3 takes, in bytes.
    pub const MAX_KEY_BYTES: usize = 1024;

    /// Parses a template.
    ///
    /// # Errors
    /// An unknown or unclosed placeholder, `{subject}` beside another one in its segment, no prefix ending in `/` before
    /// the first placeholder, no `{uuid}`, a path segment `.` or `..`, an empty segment, a character that S3 advises
    /// against or that would be a wildcard or a variable in a policy, keys that could pass 1,024 bytes.
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html>.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() {
            return Err(Invalid::new("is empty").hint("write e.g. \"uploads/{date}/{uuid}.{ext}\""));
        }
        let parts = split(text)?;
        for part in &parts {
            if let KeyPart::Literal(literal) = part {
                check_characters(literal)?;
            }
        }
        check_segments(text)?;
        if !text.split('{').next().unwrap_or_default().contains('/') {
            return Err(Invalid::new("has no prefix before its first placeholder: bucket policy and role could not be limited to it")
                .hint(format!("write e.g. \"uploads/{text}\"")));
        }
        if text
            .split('/')
            .any(|segment| segment.contains("{subject}") && segment.matches('{').count() > 1)
        {
            return Err(Invalid::new("has {subject} and another placeholder in one segment, so that two subjects could share one")
                .hint("write e.g. \"uploads/{subject}/{date}/{uuid}.{ext}\""));
        }
        if !parts.contains(&KeyPart::Uuid) {
            return Err(Invalid::new("has no {uuid}, so that two uploads could get the same key")
                .hint("write e.g. \"uploads/{date}/{uuid}.{ext}\""));
        }
        let longest: usize = parts.iter().map(KeyPart::max_bytes).sum();
        if longest > Self::MAX_KEY_BYTES {
            return Err(Invalid::new(format!(
                "can make keys of {longest} bytes, and S3 takes {}",
                Self::MAX_KEY_BYTES
            )));
        }
        Ok(Self { text: text.to_owned(), parts })
    }

    /// The template as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The key prefix that every key begins with, ending in `/`: `uploads/`.
    #[must_use]
    pub fn prefix(&self) -> &str {
        let literal = self.text.split('{').next().unwrap_or_default();
        literal.rfind('/').map_or("", |slash| &literal[..=slash])
    }

    /// The parts in order.
    #[must_use]
    pub fn parts(&self) -> &[KeyPart] {
        &self.parts
    }

    /// Whether keys name who asks: such a contract has to ask.
    #[must_use]
    pub fn has_subject(&self) -> bool {
        self.parts.contains(&KeyPart::Subject)
    }

    /// Whether keys say something of the content type.
    #[must_use]
    pub fn names_type(&self) -> bool {
        self.parts.iter().any(|part| matches!(part, KeyPart::Ext | KeyPart::Subtype))
    }

    /// Whether every key ends in a dot and the extension of its content type, so that a bucket policy can see it.
    #[must_use]
    pub fn ends_in_extension(&self) -> bool {
        self.text.ends_with(".{ext}")
    }
}

/// Takes a template apart, without judging its literals.
fn split(text: &str) -> Result<Vec<KeyPart>, Invalid> {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(open) = rest.find(['{', '}']) {
        let (literal, after) = rest.split_at(open);
        if !literal.is_empty() {
            parts.push(KeyPart::Literal(literal.to_owned()));
        }
        let Some((name, following)) =
            after.strip_prefix('{').and_then(|after| after.split_once('}'))
        else {
            let problem = if after.starts_with('{') {
                "has a '{' without its '}'"
            } else {
                "has a '}' without its '{'"
            };
            return Err(Invalid::new(problem));
        };
        let Some((_, placeholder)) = PLACEHOLDERS.iter().find(|(known, _)| *known == name) else {
            let hint = match iam_policy::closest(name, PLACEHOLDERS.iter().map(|(known, _)| *known))
            {
                Some(known) => format!("did you mean {{{known}}}?"),
                None => "there are {uuid}, {ext}, {subtype}, {date}, {filename} and {subject}"
                    .to_owned(),
            };
            return Err(Invalid::new(format!("has the unknown placeholder {{{name}}}")).hint(hint));
        };
        parts.push(placeholder.clone());
        rest = following;
    }
    if !rest.is_empty() {
        parts.push(KeyPart::Literal(rest.to_owned()));
    }
    Ok(parts)
}

/// The characters that S3 calls safe, and of those that may need care the ones that are no wildcard (`*`, `?`) and no
/// variable (`$`) in a policy.
fn check_characters(literal: &str) -> Result<(), Invalid> {
    match literal.chars().find(|c| !c.is_ascii_alphanumeric() && !"/!-_.'()=@+,:;&".contains(*c)) {
        Some(other) => {
            Err(Invalid::new(format!("has {other:?} in it, which S3 advises against in keys or which means something in policies"))
                .hint("use letters, digits and /!-_.'()=@+,:;&"))
        }
        None => Ok(()),
    }
}

fn check_segments(text: &str) -> Result<(), Invalid> {
    for segment in text.split('/') {
        match segment {
            "" => {
                return Err(Invalid::new("has an empty segment: a '/' at an end, or two in a row"));
            }
            "." | ".." => {
                return Err(Invalid::new(format!(
                    "has the segment {segment:?}, which many clients resolve as a path"
                )));
            }
            _ => {}
        }
    }
    Ok(())
}

impl fmt::Display for KeyTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
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
        let too_long = format!("{}/{{uuid}}", "a".repeat(990));
        let texts = [
            "uploads/{date}/{uuid}.{ext}",
            "a/b/c-{uuid}-{filename}",
            "y={date}/{uuid}",
            "u/x-{subtype}/{uuid}",
            "u/of-{subject}/{uuid}",
            "u/{subject}-{uuid}",
            "{uuid}",
            "{date}/{uuid}.{ext}",
            "uploads-{uuid}",
            "uploads/{date}.{ext}",
            "uploads/",
            "",
            "uploads/{uid}",
            "uploads/{UUID}",
            "uploads/{year}/{uuid}",
            "uploads/{}",
            "uploads/{uuid",
            "uploads/uuid}",
            "uploads/{{uuid}}",
            "/uploads/{uuid}",
            "uploads//{uuid}",
            "uploads/{uuid}/",
            "../{uuid}",
            "uploads/../{uuid}",
            "uploads/./{uuid}",
            "uploads/{uuid}/..",
            "uploads/..{uuid}",
            "upl*ads/{uuid}",
            "upl?ads/{uuid}",
            "uploads/$x/{uuid}",
            "uploads/${uuid}",
            "up loads/{uuid}",
            "uploads/%2e%2e/{uuid}",
            "up\\loads/{uuid}",
            "größe/{uuid}",
            "uploads/\"{uuid}",
            "uploads/~{uuid}",
            "uploads/#{uuid}",
            "uploads/\n{uuid}",
            &too_long,
        ];
        insta::assert_snapshot!(verdicts(KeyTemplate::parse, &texts), @r#"
        "uploads/{date}/{uuid}.{ext}" → uploads/{date}/{uuid}.{ext}
        "a/b/c-{uuid}-{filename}" → a/b/c-{uuid}-{filename}
        "y={date}/{uuid}" ✗ has no prefix before its first placeholder: bucket policy and role could not be limited to it; hint: write e.g. "uploads/y={date}/{uuid}"
        "u/x-{subtype}/{uuid}" → u/x-{subtype}/{uuid}
        "u/of-{subject}/{uuid}" → u/of-{subject}/{uuid}
        "u/{subject}-{uuid}" ✗ has {subject} and another placeholder in one segment, so that two subjects could share one; hint: write e.g. "uploads/{subject}/{date}/{uuid}.{ext}"
        "{uuid}" ✗ has no prefix before its first placeholder: bucket policy and role could not be limited to it; hint: write e.g. "uploads/{uuid}"
        "{date}/{uuid}.{ext}" ✗ has no prefix before its first placeholder: bucket policy and role could not be limited to it; hint: write e.g. "uploads/{date}/{uuid}.{ext}"
        "uploads-{uuid}" ✗ has no prefix before its first placeholder: bucket policy and role could not be limited to it; hint: write e.g. "uploads/uploads-{uuid}"
        "uploads/{date}.{ext}" ✗ has no {uuid}, so that two uploads could get the same key; hint: write e.g. "uploads/{date}/{uuid}.{ext}"
        "uploads/" ✗ has an empty segment: a '/' at an end, or two in a row
        "" ✗ is empty; hint: write e.g. "uploads/{date}/{uuid}.{ext}"
        "uploads/{uid}" ✗ has the unknown placeholder {uid}; hint: did you mean {uuid}?
        "uploads/{UUID}" ✗ has the unknown placeholder {UUID}; hint: did you mean {uuid}?
        "uploads/{year}/{uuid}" ✗ has the unknown placeholder {year}; hint: there are {uuid}, {ext}, {subtype}, {date}, {filename} and {subject}
        "uploads/{}" ✗ has the unknown placeholder {}; hint: there are {uuid}, {ext}, {subtype}, {date}, {filename} and {subject}
        "uploads/{uuid" ✗ has a '{' without its '}'
        "uploads/uuid}" ✗ has a '}' without its '{'
        "uploads/{{uuid}}" ✗ has the unknown placeholder {{uuid}; hint: did you mean {uuid}?
        "/uploads/{uuid}" ✗ has an empty segment: a '/' at an end, or two in a row
        "uploads//{uuid}" ✗ has an empty segment: a '/' at an end, or two in a row
        "uploads/{uuid}/" ✗ has an empty segment: a '/' at an end, or two in a row
        "../{uuid}" ✗ has the segment "..", which many clients resolve as a path
        "uploads/../{uuid}" ✗ has the segment "..", which many clients resolve as a path
        "uploads/./{uuid}" ✗ has the segment ".", which many clients resolve as a path
        "uploads/{uuid}/.." ✗ has the segment "..", which many clients resolve as a path
        "uploads/..{uuid}" → uploads/..{uuid}
        "upl*ads/{uuid}" ✗ has '*' in it, which S3 advises against in keys or which means something in policies; hint: use letters, digits and /!-_.'()=@+,:;&
        "upl?ads/{uuid}" ✗ has '?' in it, which S3 advises against in keys or which means something in policies; hint: use letters, digits and /!-_.'()=@+,:;&
        "uploads/$x/{uuid}" ✗ has '$' in it, which S3 advises against in keys or which means something in policies; hint: use letters, digits and /!-_.'()=@+,:;&
        "uploads/${uuid}" ✗ has '$' in it, which S3 advises against in keys or which means something in policies; hint: use letters, digits and /!-_.'()=@+,:;&
        "up loads/{uuid}" ✗ has ' ' in it, which S3 advises against in keys or which means something in policies; hint: use letters, digits and /!-_.'()=@+,:;&
        "uploads/%2e%2e/{uuid}" ✗ has '%' in it, which S3 advises against in keys or which means something in policies; hint: use letters, digits and /!-_.'()=@+,:;&
        "up\\loads/{uuid}" ✗ has '\\' in it, which S3 advises against in keys or which means something in policies; hint: use letters, digits and /!-_.'()=@+,:;&
        "größe/{uuid}" ✗ has 'ö' in it, which S3 advises against in keys or which means something in policies; hint: use letters, digits and /!-_.'()=@+,:;&
        "uploads/\"{uuid}" ✗ has '"' in it, which S3 advises against in keys or which means something in policies; hint: use letters, digits and /!-_.'()=@+,:;&
        "uploads/~{uuid}" ✗ has '~' in it, which S3 advises against in keys or which means something in policies; hint: use letters, digits and /!-_.'()=@+,:;&
        "uploads/#{uuid}" ✗ has '#' in it, which S3 advises against in keys or which means something in policies; hint: use letters, digits and /!-_.'()=@+,:;&
        "uploads/\n{uuid}" ✗ has '\n' in it, which S3 advises against in keys or which means something in policies; hint: use letters, digits and /!-_.'()=@+,:;&
        "aaaaaaaaaaaaaaaaaaa… (999) ✗ can make keys of 1027 bytes, and S3 takes 1024
        "#);
    }

    #[test]
    fn prefix_and_extension() {
        let template = KeyTemplate::parse("a/b/c-{uuid}/d.{ext}").unwrap();
        assert_eq!((template.prefix(), template.ends_in_extension()), ("a/b/", true));
        let template = KeyTemplate::parse("a/{ext}/{uuid}").unwrap();
        assert_eq!((template.prefix(), template.ends_in_extension()), ("a/", false));
    }

    /// What a placeholder can become, by what it promises.
    fn filled(part: &KeyPart, name: &str) -> String {
        match part {
            KeyPart::Literal(text) => text.clone(),
            KeyPart::Uuid => "f81d4fae-7dec-41d0-a765-00a0c91e6bf6".to_owned(),
            KeyPart::Ext => "webmanifest".to_owned(),
            KeyPart::Date => "2026-01-31".to_owned(),
            KeyPart::Subtype => name.chars().take(KeyPart::MAX_SUBTYPE).collect(),
            KeyPart::Filename => name.to_owned(),
            KeyPart::Subject => Subject::parse(name).unwrap().key_segment().to_owned(),
        }
    }

    proptest! {
        #[test]
        fn no_key_leaves_the_prefix(
            pieces in prop::collection::vec(prop_oneof![
                "[a-z.]{0,3}", Just("/".to_owned()), Just("..".to_owned()), Just(".".to_owned()), Just("{uuid}".to_owned()),
                Just("{filename}".to_owned()), Just("{subtype}".to_owned()), Just("{ext}".to_owned()), Just("{date}".to_owned()), Just("{subject}".to_owned()), "[*?${}\\\\ é]",
            ], 0..9),
            name in "[a-zA-Z0-9_][a-zA-Z0-9._-]{0,199}",
        ) {
            if let Ok(template) = KeyTemplate::parse(&format!("up/{}", pieces.concat())) {
                let key: String = template.parts().iter().map(|part| filled(part, &name)).collect();
                prop_assert!(template.prefix().starts_with("up/") && template.prefix().ends_with('/'));
                prop_assert!(key.starts_with(template.prefix()) && key.len() > template.prefix().len());
                prop_assert!(key.split('/').all(|segment| !matches!(segment, "" | "." | "..")), "{key}");
                prop_assert!(!key.contains(['*', '?', '$', '{', '}', '\\', ' ']) && key.is_ascii(), "{key}");
                prop_assert!(key.len() <= KeyTemplate::MAX_KEY_BYTES);
                prop_assert!(key.contains("f81d4fae"));
                prop_assert_eq!(template.as_str(), format!("up/{}", pieces.concat()));
            }
        }
    }
}
