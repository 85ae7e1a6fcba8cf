//! Object keys, made by the server.

use std::fmt::{self, Write as _};

use time::OffsetDateTime;
use uuid::Uuid;

use crate::contract::{KeyPart, KeyTemplate};

use super::CheckedUpload;

/// The longest extension, with its dot, that survives when a file name is cut.
const MAX_KEPT_EXTENSION: usize = 16;

/// The key of one object. Only [`GrantMaker`](super::GrantMaker) makes one, from the contract's key template.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// Fills in the template. `random` becomes the UUID; `time` gives the date.
    pub(super) fn make(template: &KeyTemplate, upload: &CheckedUpload, time: OffsetDateTime, random: [u8; 16]) -> Self {
        let mut key = String::with_capacity(128);
        for part in template.parts() {
            match part {
                KeyPart::Literal(text) => key.push_str(text),
                KeyPart::Uuid => {
                    let uuid = uuid::Builder::from_random_bytes(random).into_uuid();
                    key.push_str(uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
                }
                KeyPart::Ext => key.push_str(upload.content_type.extension()),
                KeyPart::Subtype => key.push_str(&safe_name(upload.content_type.subtype(), KeyPart::MAX_SUBTYPE)),
                KeyPart::Date => push_date(&mut key, time),
                KeyPart::Filename => key.push_str(&safe_name(upload.filename.as_deref().unwrap_or_default(), KeyPart::MAX_FILENAME)),
            }
        }
        Self(key)
    }

    /// The key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn push_date(key: &mut String, time: OffsetDateTime) {
    let (year, month, day) = (time.year(), u8::from(time.month()), time.day());
    // writing to a string does not fail
    let _ = write!(key, "{year:04}-{month:02}-{day:02}");
}

/// One path segment of ASCII letters, digits, `.`, `_` and `-`, not empty, at most `max` bytes, without dots at its ends
/// or in a row. Everything else in the text becomes `-`, folders are dropped, an extension survives.
fn safe_name(text: &str, max: usize) -> String {
    let name = text.rsplit(['/', '\\']).next().unwrap_or_default().trim_start_matches('.');
    let mut safe = String::with_capacity(name.len());
    for character in name.chars() {
        let character = if character.is_ascii_alphanumeric() || character == '.' || character == '_' { character } else { '-' };
        let repeated = matches!(character, '.' | '-') && safe.ends_with(character);
        if !repeated {
            safe.push(character);
        }
    }
    let ends = ['.', '-'];
    let safe = safe.trim_end_matches(ends);
    let (stem, extension) = match safe.rfind('.') {
        Some(dot) if safe.len() - dot <= MAX_KEPT_EXTENSION => safe.split_at(dot),
        _ => (safe, ""),
    };
    let stem = stem.trim_start_matches(ends);
    let stem = stem[..stem.len().min(max - extension.len())].trim_end_matches(ends);
    format!("{}{extension}", if stem.is_empty() { "file" } else { stem })
}
