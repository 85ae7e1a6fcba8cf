//! Object keys, made by the server.

use std::fmt::{self, Write as _};

use time::OffsetDateTime;
use uuid::Uuid;

use crate::contract::{KeyPart, KeyTemplate};

use super::{CheckedUpload, Refusal};

/// The longest extension, with its dot, that survives when a file name is cut.
const MAX_KEPT_EXTENSION: usize = 16;

/// The key of one object, made from the contract's key template.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// Fills in the template. `random` becomes the UUID; `time` gives the date.
    ///
    /// # Errors
    /// [`Refusal::SubjectMissing`]
    pub(super) fn make(
        template: &KeyTemplate,
        upload: &CheckedUpload,
        time: OffsetDateTime,
        random: [u8; 16],
    ) -> Result<Self, Refusal> {
        let mut key = String::with_capacity(128);
        for part in template.parts() {
            match part {
                KeyPart::Literal(text) => key.push_str(text),
                KeyPart::Uuid => {
                    let uuid = uuid::Builder::from_random_bytes(random).into_uuid();
                    key.push_str(uuid.hyphenated().encode_lower(&mut Uuid::encode_buffer()));
                }
                KeyPart::Ext => key.push_str(upload.content_type.extension()),
                KeyPart::Subtype => {
                    key.push_str(&safe_name(upload.content_type.subtype(), KeyPart::MAX_SUBTYPE))
                }
                KeyPart::Date => push_date(&mut key, time),
                KeyPart::Filename => key.push_str(&safe_name(
                    upload.filename.as_deref().unwrap_or_default(),
                    KeyPart::MAX_FILENAME,
                )),
                KeyPart::Subject => key.push_str(
                    upload.subject.as_ref().ok_or(Refusal::SubjectMissing)?.key_segment(),
                ),
            }
        }
        Ok(Self(key))
    }

    /// A key that was made before: it was sealed into a ticket, or has the form of one.
    pub(super) fn known(key: String) -> Self {
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
        let character = if character.is_ascii_alphanumeric() || character == '.' || character == '_'
        {
            character
        } else {
            '-'
        };
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use crate::contract::{ContentType, MediaRange, Subject};

    use super::super::fixtures::EXAMPLE_TIME;
    use super::*;

    const RANDOM: [u8; 16] = [0xff; 16];

    fn key(template: &str, content_type: &str, filename: Option<&str>) -> String {
        let content_type = ContentType::parse(content_type).unwrap();
        let subject = Some(Arc::new(Subject::parse("acme/alice").unwrap()));
        let upload = CheckedUpload {
            filename: filename.map(str::to_owned),
            subject,
            ..CheckedUpload::new(content_type)
        };
        let time = OffsetDateTime::from_unix_timestamp(EXAMPLE_TIME as i64).unwrap();
        ObjectKey::make(&KeyTemplate::parse(template).unwrap(), &upload, time, RANDOM)
            .unwrap()
            .to_string()
    }

    #[test]
    fn every_placeholder() {
        let template = "uploads/{date}/{subtype}/{uuid}/{filename}.{ext}";
        insta::assert_snapshot!(
            key(template, "image/svg+xml; charset=utf-8", Some("Logo v2.svg")),
            @"uploads/2013-05-24/svg-xml/ffffffff-ffff-4fff-bfff-ffffffffffff/Logo-v2.svg.svg"
        );
        insta::assert_snapshot!(
            key(template, "x/y", None),
            @"uploads/2013-05-24/y/ffffffff-ffff-4fff-bfff-ffffffffffff/file.bin"
        );
        insta::assert_snapshot!(
            key("uploads/of-{subject}/{uuid}", "x/y", None),
            @"uploads/of-acme=2Falice/ffffffff-ffff-4fff-bfff-ffffffffffff"
        );
    }

    #[test]
    fn file_names_are_made_safe() {
        let names = [
            "photo.jpg",
            "My Photo (1).JPG",
            "résumé.pdf",
            "日本語.pdf",
            "日本語",
            "",
            ".",
            "..",
            "...",
            "/",
            "-",
            "_",
            ".bashrc",
            "a..b",
            "a...",
            "../../etc/passwd",
            "C:\\Users\\me\\x.png",
            "a/b/",
            "a\0b\nc.txt",
            "%2e%2e%2f",
            "a.tar.gz",
            "x.",
            "--help",
            "a b  c",
            "$HOME;`id`.png",
        ];
        let safe: Vec<String> =
            names.iter().map(|name| format!("{name:?} {}", safe_name(name, 255))).collect();
        insta::assert_snapshot!(safe.join("\n"), @r#"
        "photo.jpg" photo.jpg
        "My Photo (1).JPG" My-Photo-1.JPG
        "résumé.pdf" r-sum.pdf
        "日本語.pdf" file.pdf
        "日本語" file
        "" file
        "." file
        ".." file
        "..." file
        "/" file
        "-" file
        "_" _
        ".bashrc" bashrc
        "a..b" a.b
        "a..." a
        "../../etc/passwd" passwd
        "C:\\Users\\me\\x.png" x.png
        "a/b/" file
        "a\0b\nc.txt" a-b-c.txt
        "%2e%2e%2f" 2e-2e-2f
        "a.tar.gz" a.tar.gz
        "x." x
        "--help" help
        "a b  c" a-b-c
        "$HOME;`id`.png" HOME-id.png
        "#);
    }

    #[test]
    fn a_long_file_name_is_cut_before_its_extension() {
        let long = "a".repeat(300);
        assert_eq!(safe_name(&format!("{long}.jpeg"), 20), "aaaaaaaaaaaaaaa.jpeg");
        assert_eq!(safe_name(&format!("a.{long}"), 20), format!("a.{}", "a".repeat(18)));
        assert_eq!(safe_name(&format!("aaaaaaaaaaaaaa-{long}.jpeg"), 20), "aaaaaaaaaaaaaa.jpeg");
    }

    fn content_type() -> impl Strategy<Value = ContentType> {
        let known = proptest::sample::select(vec![
            "image/png",
            "image/svg+xml",
            "IMAGE/JPEG",
            "application/pdf",
            "text/plain; charset=utf-8",
        ]);
        prop_oneof![
            known.prop_map(str::to_owned),
            "(image|video|x)/[A-Za-z0-9!#$&^_.+-]{1,127}",
            "\\PC{3,20}"
        ]
        .prop_filter_map("no content type", |text| ContentType::parse(&text).ok())
    }

    fn filename() -> impl Strategy<Value = Option<String>> {
        proptest::option::of(prop_oneof![any::<String>(), "[./\\\\A-Za-z -]{0,40}", "\\PC{0,600}"])
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn no_name_and_no_type_leads_out_of_the_prefix(content_type in content_type(), filename in filename(), random: [u8; 16]) {
            let templates = [
                "uploads/{date}/{uuid}.{ext}",
                "u/{uuid}/{filename}",
                "u/v/{filename}/{subtype}/{uuid}.{ext}",
                "u/{uuid}.{filename}.{ext}",
                "u/{subtype}{filename}{uuid}",
                "u/{filename}.{subtype}.{uuid}.{ext}",
            ];
            let upload = CheckedUpload { filename, ..CheckedUpload::new(content_type) };
            for template in templates.map(|template| KeyTemplate::parse(template).unwrap()) {
                let key = ObjectKey::make(&template, &upload, OffsetDateTime::UNIX_EPOCH, random).unwrap().to_string();
                prop_assert!(key.starts_with(template.prefix()), "{key}");
                prop_assert!(key.len() <= KeyTemplate::MAX_KEY_BYTES, "{key}");
                prop_assert!(!key.contains("..") && key.split('/').all(|segment| !matches!(segment, "" | ".")), "{key}");
                prop_assert!(key.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/._-".contains(&byte)), "{key}");
                let (kind, _) = upload.content_type.essence().split_once('/').unwrap();
                for range in [kind.to_owned() + "/*", upload.content_type.essence().to_owned(), "*/*".to_owned()] {
                    let range = MediaRange::parse(&range).unwrap();
                    let seen_by_the_bucket_policy =
                        range.extensions().iter().any(|extension| key.ends_with(&format!(".{extension}")));
                    prop_assert!(!template.ends_in_extension() || seen_by_the_bucket_policy, "{key} {range}");
                }
            }
        }
    }
}
