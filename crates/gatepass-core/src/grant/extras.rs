//! What an upload carries beside its content type: metadata, tags, two headers. All of it is signed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::contract::{AllowedExtras, UNCONFIRMED_TAG};

use super::encode::{all, push_encoded};

/// What S3 takes as user-defined metadata, names and values together, in bytes.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html>.
const MAX_METADATA: usize = 2048;
/// The longest value of one of the headers, in bytes.
const MAX_HEADER: usize = 512;
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>.
const MAX_TAG_VALUE: usize = 256;

/// What a client asks for beside its content type.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AskedExtras<'a> {
    pub(super) metadata: Option<&'a BTreeMap<String, String>>,
    pub(super) tags: Option<&'a BTreeMap<String, String>>,
    pub(super) content_disposition: Option<&'a str>,
    pub(super) cache_control: Option<&'a str>,
}

/// What an upload carries beside its content type, as the contract allows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extras {
    /// Names without `x-amz-meta-`, and values of printable ASCII.
    pub metadata: BTreeMap<String, String>,
    /// Object tags.
    pub tags: BTreeMap<String, String>,
    /// `Content-Disposition`
    pub content_disposition: Option<String>,
    /// `Cache-Control`
    pub cache_control: Option<String>,
}

/// Why an upload may not carry something.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExtraRefusal {
    /// The contract does not have it.
    #[error("`{field}` is not allowed here")]
    NotAllowed {
        /// With its name or key: `metadata.title`.
        field: String,
        /// What is allowed in its place.
        allowed: Vec<String>,
    },
    /// S3 or HTTP would not carry the value as it is.
    #[error("`{field}` {problem}")]
    Malformed {
        /// With its name or key.
        field: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// S3's limit.
    #[error("`metadata` has {0} bytes, names and values together, and S3 takes {MAX_METADATA}")]
    MetadataTooLarge(usize),
}

impl ExtraRefusal {
    /// A stable code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotAllowed { .. } => "extra_not_allowed",
            Self::Malformed { .. } => "extra_malformed",
            Self::MetadataTooLarge(_) => "metadata_too_large",
        }
    }

    /// The way out.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::NotAllowed { allowed, .. } if allowed.is_empty() => {
                "leave it out; the contract turns it on under [upload]".to_owned()
            }
            Self::NotAllowed { allowed, .. } => format!("allowed are {}", allowed.join(", ")),
            Self::Malformed { problem, .. } if *problem == NOT_ASCII => {
                "encode it, for example with encodeURIComponent".to_owned()
            }
            Self::Malformed { .. } => "correct it, or leave it out".to_owned(),
            Self::MetadataTooLarge(_) => {
                "send less, and keep the rest elsewhere under the key".to_owned()
            }
        }
    }
}

const NOT_ASCII: &str = "has characters other than printable ASCII, which a header does not carry";

impl Extras {
    /// Checks what was asked for against the contract.
    pub(super) fn check(
        asked: AskedExtras<'_>,
        allowed: &AllowedExtras,
    ) -> Result<Self, ExtraRefusal> {
        let not_allowed =
            |field: String, allowed: Vec<String>| ExtraRefusal::NotAllowed { field, allowed };
        let mut extras = Self::default();
        for (name, value) in asked.metadata.into_iter().flatten() {
            let field = || format!("metadata.{}", excerpt(name));
            if !allowed.metadata.iter().any(|known| known.as_str() == name) {
                return Err(not_allowed(
                    field(),
                    allowed.metadata.iter().map(ToString::to_string).collect(),
                ));
            }
            check_value(value)
                .map_err(|problem| ExtraRefusal::Malformed { field: field(), problem })?;
            extras.metadata.insert(name.clone(), value.clone());
        }
        let bytes = extras.metadata.iter().map(|(name, value)| name.len() + value.len()).sum();
        if bytes > MAX_METADATA {
            return Err(ExtraRefusal::MetadataTooLarge(bytes));
        }
        for (key, value) in asked.tags.into_iter().flatten() {
            let field = || format!("tags.{}", excerpt(key));
            if !allowed.tags.iter().any(|known| known.as_str() == key) {
                return Err(not_allowed(
                    field(),
                    allowed.tags.iter().map(ToString::to_string).collect(),
                ));
            }
            check_tag_value(value)
                .map_err(|problem| ExtraRefusal::Malformed { field: field(), problem })?;
            extras.tags.insert(key.clone(), value.clone());
        }
        let header = |field: &str,
                      value: Option<&str>,
                      allowed: bool,
                      check: fn(&str) -> Result<(), &'static str>| {
            let Some(value) = value else { return Ok(None) };
            if !allowed {
                return Err(not_allowed(field.to_owned(), Vec::new()));
            }
            let checked = if value.len() > MAX_HEADER {
                Err("is longer than 512 bytes")
            } else {
                check_value(value).and_then(|()| check(value))
            };
            checked
                .map_err(|problem| ExtraRefusal::Malformed { field: field.to_owned(), problem })?;
            Ok(Some(value.to_owned()))
        };
        extras.content_disposition = header(
            "content_disposition",
            asked.content_disposition,
            allowed.content_disposition,
            check_disposition,
        )?;
        extras.cache_control =
            header("cache_control", asked.cache_control, allowed.cache_control, |_| Ok(()))?;
        Ok(extras)
    }

    /// The same, with the tag of what was not confirmed yet.
    pub(super) fn unconfirmed(mut self) -> Self {
        let (key, value) = UNCONFIRMED_TAG;
        self.tags.insert(key.to_owned(), value.to_owned());
        self
    }

    /// Whether the tag of what was not confirmed yet is among them.
    pub(super) fn is_unconfirmed(&self) -> bool {
        let (key, value) = UNCONFIRMED_TAG;
        self.tags.get(key).is_some_and(|tagged| tagged == value)
    }

    /// The headers that carry them: how each is usually written, in lower case, and its value.
    pub(super) fn headers(
        &self,
    ) -> impl Iterator<Item = (Cow<'static, str>, Cow<'static, str>, String)> {
        let usual = |usual: &'static str, signed: &'static str| {
            (Cow::Borrowed(usual), Cow::Borrowed(signed))
        };
        let with = |(usual, signed), value: &String| (usual, signed, value.clone());
        let cache_control = self
            .cache_control
            .as_ref()
            .map(|value| with(usual("Cache-Control", "cache-control"), value));
        let disposition = self
            .content_disposition
            .as_ref()
            .map(|value| with(usual("Content-Disposition", "content-disposition"), value));
        let metadata = self.metadata.iter().map(|(name, value)| {
            let name: Cow<'static, str> = Cow::Owned(format!("x-amz-meta-{name}"));
            (name.clone(), name, value.clone())
        });
        let tagging =
            self.tagging().map(|value| with(usual("x-amz-tagging", "x-amz-tagging"), &value));
        cache_control.into_iter().chain(disposition).chain(metadata).chain(tagging)
    }

    /// The value of `x-amz-tagging`, where there are tags.
    #[must_use]
    pub fn tagging(&self) -> Option<String> {
        let mut tagging = String::new();
        for (key, value) in &self.tags {
            if !tagging.is_empty() {
                tagging.push('&');
            }
            push_encoded(&mut tagging, key);
            tagging.push('=');
            push_encoded(&mut tagging, value);
        }
        (!tagging.is_empty()).then_some(tagging)
    }

    /// The fields of a form that carry them.
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html>.
    pub(super) fn fields(&self) -> impl Iterator<Item = (Cow<'static, str>, String)> {
        let tagging = (!self.tags.is_empty()).then(|| {
            let tag = |(key, value): (&String, &String)| {
                format!("<Tag><Key>{}</Key><Value>{}</Value></Tag>", xml_text(key), xml_text(value))
            };
            let tags: String = self.tags.iter().map(tag).collect();
            (Cow::Borrowed("tagging"), format!("<Tagging><TagSet>{tags}</TagSet></Tagging>"))
        });
        let headers = self
            .headers()
            .filter(|(_, signed, _)| signed != "x-amz-tagging")
            .map(|(usual, _, value)| (usual, value));
        headers.collect::<Vec<_>>().into_iter().chain(tagging)
    }
}

/// What HTTP clients and S3 read alike: one line of printable ASCII without spaces at its ends or in a row.
fn check_value(value: &str) -> Result<(), &'static str> {
    if value.is_empty() {
        return Err("is empty");
    }
    if !all(value, |byte| matches!(byte, b' '..=b'~')) {
        return Err(NOT_ASCII);
    }
    if value.starts_with(' ') || value.ends_with(' ') || value.contains("  ") {
        return Err("has spaces at its ends or in a row, which signing does not keep");
    }
    Ok(())
}

fn check_tag_value(value: &str) -> Result<(), &'static str> {
    if value.chars().count() > MAX_TAG_VALUE {
        return Err("is longer than 256 characters");
    }
    if !value.chars().all(|c| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c)) {
        return Err("has characters other than letters, digits, spaces and _.:/=+-@");
    }
    Ok(())
}

/// See <https://www.rfc-editor.org/rfc/rfc6266>.
fn check_disposition(value: &str) -> Result<(), &'static str> {
    let kind = value.split(';').next().unwrap_or_default().trim();
    if kind.eq_ignore_ascii_case("attachment") || kind.eq_ignore_ascii_case("inline") {
        Ok(())
    } else {
        Err("is neither `attachment` nor `inline`, each with parameters or without")
    }
}

/// Tags have none of the characters that mean something in XML; this is for the day they do.
fn xml_text(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

fn excerpt(text: &str) -> String {
    text.chars().take(64).collect()
}

#[cfg(test)]
mod tests;
