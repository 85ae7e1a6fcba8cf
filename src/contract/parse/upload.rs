//! `[upload]`

use super::super::{AllowedOrigins, Checksum, ExpiresIn, Invalid, KeyTemplate, MediaRange, Mode, ObjectSize, Origin, SignatureAge, Upload};
use super::problems::{Place, Reported};
use super::table::{Read, Table};
use super::value::{boolean, bytes, choice, span, text};

const DEFAULT_KEY: &str = "uploads/{date}/{uuid}.{ext}";

pub(super) fn read(table: &Table<'_>) -> Result<Upload, Reported> {
    let mode = table.field("mode").or(Mode::Strict, choice(&[("strict", Mode::Strict), ("compatible", Mode::Compatible)]));
    let content_types = content_types(table);
    let max_size = table.field("max_size").required("\"10 MiB\"", |value| ObjectSize::from_bytes(bytes(value)?));
    let expires_in = table.field("expires_in").or(ExpiresIn::DEFAULT, span(ExpiresIn::parse));
    let max_signature_age = table.field("max_signature_age").or(SignatureAge::DEFAULT, span(SignatureAge::parse));
    let key = table.field("key").optional(text(KeyTemplate::parse));
    let checksum =
        table.field("checksum").or(Checksum::Optional, choice(&[("optional", Checksum::Optional), ("required", Checksum::Required)]));
    let sign_encryption_headers = table.field("sign_encryption_headers").or(false, boolean);
    let allowed_origins = allowed_origins(table);
    table.finish();

    compare_times(table, &expires_in, &max_signature_age);
    needs_strict(table, &mode, &checksum, |checksum| *checksum == Checksum::Required);
    needs_strict(table, &mode, &sign_encryption_headers, |sign| *sign);

    Ok(Upload {
        mode: mode?.value,
        content_types: content_types?,
        max_size: max_size?.value,
        expires_in: expires_in?.value,
        max_signature_age: max_signature_age?.value,
        key: match key? {
            Some(key) => key.value,
            None => default_key(table)?,
        },
        checksum: checksum?.value,
        sign_encryption_headers: sign_encryption_headers?.value,
        allowed_origins: allowed_origins?,
    })
}

fn default_key(table: &Table<'_>) -> Result<KeyTemplate, Reported> {
    KeyTemplate::parse(DEFAULT_KEY).map_err(|invalid| table.problems.report(&table.at(), invalid))
}

fn content_types(table: &Table<'_>) -> Result<Vec<MediaRange>, Reported> {
    let listed = table.field("content_types").list("[\"image/*\", \"application/pdf\"]", text(MediaRange::parse))?;
    if listed.value.is_empty() {
        let refused = Invalid::new("allows no upload at all").hint("write e.g. [\"image/*\"]");
        return Err(table.problems.report(&listed.at, refused));
    }
    listed.value.into_iter().map(|element| element.map(|setting| setting.value)).collect()
}

/// The bucket policy refuses signatures above `max_signature_age`, so a URL that lives longer would die early.
fn compare_times(table: &Table<'_>, expires_in: &Read<ExpiresIn>, max_signature_age: &Read<SignatureAge>) {
    let (Ok(expires_in), Ok(max)) = (expires_in, max_signature_age) else { return };
    if expires_in.value.seconds() <= max.value.seconds() {
        return;
    }
    if expires_in.at.place == Place::Nowhere {
        let refused = Invalid::new(format!("is below upload.expires_in, which is {} unless stated", expires_in.value))
            .hint(format!("write expires_in = \"{}\" or less, or raise this", max.value));
        table.problems.contradict(&max.at, &expires_in.at, refused);
    } else {
        let refused = Invalid::new(format!(
            "is above upload.max_signature_age = \"{}\": the bucket policy would refuse the URL before it expires",
            max.value
        ))
        .hint(format!("write \"{}\" or less, or raise max_signature_age", max.value));
        table.problems.contradict(&expires_in.at, &max.at, refused);
    }
}

/// A client of the compatible mode sends no header but `Content-Type`.
fn needs_strict<T>(table: &Table<'_>, mode: &Read<Mode>, setting: &Read<T>, demands: impl Fn(&T) -> bool) {
    if let (Ok(mode), Ok(setting)) = (mode, setting)
        && mode.value == Mode::Compatible
        && demands(&setting.value)
    {
        let refused = Invalid::new("needs upload.mode = \"strict\": in the compatible mode a client sends no header but Content-Type")
            .hint("write mode = \"strict\", or leave this out");
        table.problems.report(&setting.at, refused);
    }
}

/// An element of `allowed_origins`.
enum Allowed {
    Any,
    One(Origin),
}

fn allowed_origins(table: &Table<'_>) -> Result<AllowedOrigins, Reported> {
    let listed = table.field("allowed_origins").list(
        "[\"https://app.example.com\"]",
        text(|text| if text == "*" { Ok(Allowed::Any) } else { Origin::parse(text).map(Allowed::One) }),
    );
    let allow_any = table.field("allow_any_origin").or(false, boolean);
    let (listed, allow_any) = (listed?, allow_any?);

    let any = listed.value.iter().flatten().find(|element| matches!(element.value, Allowed::Any)).map(|element| element.at.clone());
    match (any, allow_any.value) {
        (Some(at), false) => {
            let refused = Invalid::new("lets every web page of everybody upload")
                .hint("list the origins of your pages; if every page is meant, write allow_any_origin = true");
            Err(table.problems.contradict(&at, &allow_any.at, refused))
        }
        (Some(at), true) if listed.value.len() > 1 => {
            let refused = Invalid::new("stands beside other origins, which mean nothing then").hint("write [\"*\"] alone, or leave it out");
            Err(table.problems.report(&at, refused))
        }
        (Some(_), true) => Ok(AllowedOrigins::Any),
        (None, true) => {
            let refused = Invalid::new("says nothing without allowed_origins = [\"*\"]").hint("leave it out");
            Err(table.problems.report_unless_guess(&allow_any.at, refused))
        }
        (None, false) => {
            let mut origins = Vec::new();
            for element in listed.value {
                match element?.value {
                    Allowed::One(origin) if !origins.contains(&origin) => origins.push(origin),
                    Allowed::One(_) | Allowed::Any => {}
                }
            }
            Ok(AllowedOrigins::Listed(origins))
        }
    }
}
