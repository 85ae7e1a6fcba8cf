//! `[upload]`

use super::super::{
    AllowedExtras, AllowedHeader, AllowedOrigins, Auth, Checksum, Days, ExpiresIn, KeyTemplate,
    MediaRange, MetadataName, Mode, Multipart, ObjectSize, Origin, PartSize, SignatureAge, TagKey,
    TicketExpiresIn, Upload, extras,
};
use super::bucket::Removal;
use super::problems::{Place, Reported};
use super::table::{Read, ReadOption, Setting, Table};
use super::value::{boolean, bytes, choice, span, text};
use iam_policy::Invalid;

const DEFAULT_KEY: &str = "uploads/{date}/{uuid}.{ext}";

pub(super) fn read(
    table: &Table<'_>,
    removal: &Removal,
    auth: &Result<Option<Auth>, Reported>,
) -> Result<Upload, Reported> {
    let mode = table
        .field("mode")
        .or(Mode::Strict, choice(&[("strict", Mode::Strict), ("compatible", Mode::Compatible)]));
    let content_types = content_types(table);
    let max_size = table
        .field("max_size")
        .required("\"10 MiB\"", |value| ObjectSize::from_bytes(bytes(value)?));
    let expires_in = table.field("expires_in").or(ExpiresIn::DEFAULT, span(ExpiresIn::parse));
    let max_signature_age =
        table.field("max_signature_age").or(SignatureAge::DEFAULT, span(SignatureAge::parse));
    let key = table.field("key").optional(text(KeyTemplate::parse));
    let checksum = table.field("checksum").or(
        Checksum::Optional,
        choice(&[("optional", Checksum::Optional), ("required", Checksum::Required)]),
    );
    let sign_encryption_headers = table.field("sign_encryption_headers").or(false, boolean);
    let is_multipart = table.field("multipart").or(false, boolean);
    let part_size = table.field("part_size").optional(|value| PartSize::from_bytes(bytes(value)?));
    let form = table.field("form").or(false, boolean);
    let confirm = table.field("confirm").or(false, boolean);
    let extras = allowed_extras(table, matches!(removal.unconfirmed, Ok(Some(_))));
    let ticket_expires_in =
        table.field("ticket_expires_in").or(TicketExpiresIn::DEFAULT, span(TicketExpiresIn::parse));
    let allowed_origins = allowed_origins(table);
    let allowed_headers = allowed_headers(table);
    table.finish();

    if let (Ok(Some(key)), Ok(None)) = (&key, auth)
        && key.value.has_subject()
    {
        let refused = Invalid::new("has {subject}, and the endpoint asks nobody who they are")
            .hint("say who may ask under [auth], or leave it out");
        table.problems.report_unless_guess(&key.at, refused);
    }
    if let (Ok(mode), Ok(Some(auth))) = (&mode, auth)
        && mode.value == Mode::Compatible
        && auth.jwt.as_ref().is_some_and(|jwt| jwt.claims.max_size.is_some())
    {
        let refused = Invalid::new("enforces no size, and auth.claims.max_size would narrow it")
            .hint("write mode = \"strict\", or leave out auth.claims.max_size");
        table.problems.report_unless_guess(&mode.at, refused);
    }
    compare_times(table, &expires_in, &max_signature_age);
    let multipart = multipart(table, is_multipart, part_size, &max_size);
    if let Ok(Some(_)) = multipart {
        compare_ticket(table, &ticket_expires_in, &expires_in, &removal.abort);
    }
    if let Ok(Some(unconfirmed)) = &removal.unconfirmed {
        can_be_confirmed(table, unconfirmed, &mode, &confirm, &ticket_expires_in);
    }
    form_needs_compatible(table, &mode, &form);
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
        multipart: multipart?,
        form: form?.value,
        confirm: confirm?.value,
        extras: extras?,
        ticket_expires_in: ticket_expires_in?.value,
        allowed_origins: allowed_origins?,
        allowed_headers: allowed_headers?,
    })
}

fn default_key(table: &Table<'_>) -> Result<KeyTemplate, Reported> {
    KeyTemplate::parse(DEFAULT_KEY).map_err(|invalid| table.problems.report(&table.at(), invalid))
}

fn content_types(table: &Table<'_>) -> Result<Vec<MediaRange>, Reported> {
    let listed = table
        .field("content_types")
        .list("[\"image/*\", \"application/pdf\"]", text(MediaRange::parse))?;
    if listed.value.is_empty() {
        let refused = Invalid::new("allows no upload at all").hint("write e.g. [\"image/*\"]");
        return Err(table.problems.report(&listed.at, refused));
    }
    listed.value.into_iter().map(|element| element.map(|setting| setting.value)).collect()
}

/// The bucket policy refuses signatures above `max_signature_age`, so a URL that lives longer would die early.
fn compare_times(
    table: &Table<'_>,
    expires_in: &Read<ExpiresIn>,
    max_signature_age: &Read<SignatureAge>,
) {
    let (Ok(expires_in), Ok(max)) = (expires_in, max_signature_age) else { return };
    if expires_in.value.seconds() <= max.value.seconds() {
        return;
    }
    if expires_in.at.place == Place::Nowhere {
        let refused = Invalid::new(format!(
            "is below upload.expires_in, which is {} unless stated",
            expires_in.value
        ))
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

fn multipart(
    table: &Table<'_>,
    is_on: Read<bool>,
    part_size: ReadOption<PartSize>,
    max_size: &Read<ObjectSize>,
) -> Result<Option<Multipart>, Reported> {
    let (is_on, part_size) = (is_on?, part_size?);
    if is_on.value {
        return Ok(Some(Multipart {
            part_size: part_size.map_or(PartSize::DEFAULT, |setting| setting.value),
        }));
    }
    if let Some(part_size) = part_size {
        let refused = Invalid::new("says nothing without uploads in parts")
            .hint("write multipart = true, or leave it out");
        return Err(table.problems.contradict(&part_size.at, &is_on.at, refused));
    }
    if let Ok(max_size) = max_size
        && max_size.value.bytes() > ObjectSize::MAX_PUT
    {
        let refused = Invalid::new("is above 5 GiB, the most that one S3 PUT can carry")
            .hint("write \"5 GiB\" or less, or let files be uploaded in parts: multipart = true");
        return Err(table.problems.contradict(&max_size.at, &is_on.at, refused));
    }
    Ok(None)
}

/// A ticket that outlives the parts, or that ends before a URL does, would promise too much or too little.
fn compare_ticket(
    table: &Table<'_>,
    ticket: &Read<TicketExpiresIn>,
    expires_in: &Read<ExpiresIn>,
    abort: &Read<Days>,
) {
    let Ok(ticket) = ticket else { return };
    if let Ok(abort) = abort {
        outlives(
            table,
            ticket,
            abort.value,
            "abort_incomplete_multipart_upload",
            "the parts before the ticket ends",
        );
    }
    if let Ok(expires_in) = expires_in
        && ticket.value.seconds() < expires_in.value.seconds()
    {
        let problem = format!("is below upload.expires_in, which is {}", expires_in.value);
        table.problems.report(
            &ticket.at,
            Invalid::new(problem)
                .hint("a ticket lives as long as an upload may take, several URLs long"),
        );
    }
}

/// A ticket that is good for longer than what it is for; `lost` is what S3 would remove.
fn outlives(
    table: &Table<'_>,
    ticket: &Setting<TicketExpiresIn>,
    removal: Days,
    field: &str,
    lost: &str,
) {
    if u64::from(ticket.value.seconds()) > removal.seconds() {
        let problem = format!("is above bucket.lifecycle.{field}: S3 would remove {lost}");
        let hint = format!(
            "write \"{}\" or less, or raise {field}",
            humantime::format_duration(removal.duration())
        );
        table.problems.report(&ticket.at, Invalid::new(problem).hint(hint));
    }
}

/// Whether every upload that S3 removes unless it is confirmed can be marked so, and confirmed in time.
fn can_be_confirmed(
    table: &Table<'_>,
    unconfirmed: &Setting<Days>,
    mode: &Read<Mode>,
    confirm: &Read<bool>,
    ticket: &Read<TicketExpiresIn>,
) {
    if let Ok(confirm) = confirm
        && !confirm.value
    {
        let refused = Invalid::new("needs upload.confirm = true: without it no upload is confirmed, and S3 would remove every one")
            .hint("write confirm = true under [upload], or leave this out");
        table.problems.contradict(&unconfirmed.at, &confirm.at, refused);
    }
    if let Ok(mode) = mode
        && mode.value == Mode::Compatible
    {
        let problem = "needs upload.mode = \"strict\": a client that sends no header but Content-Type cannot send the tag by which S3 \
                       knows what to remove";
        let refused = Invalid::new(problem).hint("write mode = \"strict\", or leave this out");
        table.problems.contradict(&unconfirmed.at, &mode.at, refused);
    }
    if let Ok(ticket) = ticket {
        outlives(
            table,
            ticket,
            unconfirmed.value,
            "unconfirmed_expiration",
            "an upload that could still be confirmed",
        );
    }
}

/// `is_marked` says whether uploads carry a tag of ours.
fn allowed_extras(table: &Table<'_>, is_marked: bool) -> Result<AllowedExtras, Reported> {
    let metadata =
        distinct(table.field("metadata").list_or_empty("[\"title\"]", text(MetadataName::parse)));
    let tags = table.field("tags").list_or_empty("[\"project\"]", text(TagKey::parse));
    if let Ok(tags) = &tags
        && tags.value.len() + usize::from(is_marked) > extras::MAX_TAGS
    {
        let beside = if is_marked { ", one of which is gatepass's own" } else { "" };
        let problem = format!(
            "has {} keys, and S3 takes {} tags on an object{beside}",
            tags.value.len(),
            extras::MAX_TAGS
        );
        table.problems.report(&tags.at, Invalid::new(problem));
    }
    let tags = distinct(tags);
    let content_disposition = table.field("content_disposition").or(false, boolean);
    let cache_control = table.field("cache_control").or(false, boolean);
    Ok(AllowedExtras {
        metadata: metadata?,
        tags: tags?,
        content_disposition: content_disposition?.value,
        cache_control: cache_control?.value,
    })
}

/// The most headers; a CORS rule of S3 has room for them.
const MAX_HEADERS: usize = 50;

fn allowed_headers(table: &Table<'_>) -> Result<Vec<AllowedHeader>, Reported> {
    let listed = table
        .field("allowed_headers")
        .list_or_empty("[\"traceparent\"]", text(AllowedHeader::parse));
    if let Ok(listed) = &listed
        && listed.value.len() > MAX_HEADERS
    {
        table.problems.report(
            &listed.at,
            Invalid::new(format!(
                "has {} headers, and at most {MAX_HEADERS} are taken",
                listed.value.len()
            )),
        );
    }
    distinct(listed)
}

/// The elements of a list, sorted, each once.
fn distinct<T: Ord>(listed: Read<Vec<Read<T>>>) -> Result<Vec<T>, Reported> {
    let mut elements = listed?
        .value
        .into_iter()
        .map(|element| element.map(|setting| setting.value))
        .collect::<Result<Vec<_>, _>>()?;
    elements.sort_unstable();
    elements.dedup();
    Ok(elements)
}

/// S3 takes no `if-none-match` from a form.
fn form_needs_compatible(table: &Table<'_>, mode: &Read<Mode>, form: &Read<bool>) {
    if let (Ok(mode), Ok(form)) = (mode, form)
        && mode.value == Mode::Strict
        && form.value
    {
        let problem = "needs upload.mode = \"compatible\": S3 takes no If-None-Match from a form, so that a form could be used more than once";
        let refused = Invalid::new(problem).hint("write mode = \"compatible\", or leave this out");
        table.problems.contradict(&form.at, &mode.at, refused);
    }
}

/// A client of the compatible mode sends no header but `Content-Type`.
fn needs_strict<T>(
    table: &Table<'_>,
    mode: &Read<Mode>,
    setting: &Read<T>,
    demands: impl Fn(&T) -> bool,
) {
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
    let listed =
        table.field("allowed_origins").list(
            "[\"https://app.example.com\"]",
            text(|text| {
                if text == "*" { Ok(Allowed::Any) } else { Origin::parse(text).map(Allowed::One) }
            }),
        );
    let allow_any = table.field("allow_any_origin").or(false, boolean);
    let (listed, allow_any) = (listed?, allow_any?);

    let any = listed
        .value
        .iter()
        .flatten()
        .find(|element| matches!(element.value, Allowed::Any))
        .map(|element| element.at.clone());
    match (any, allow_any.value) {
        (Some(at), false) => {
            let refused = Invalid::new("lets every web page of everybody upload")
                .hint("list the origins of your pages; if every page is meant, write allow_any_origin = true");
            Err(table.problems.contradict(&at, &allow_any.at, refused))
        }
        (Some(at), true) if listed.value.len() > 1 => {
            let refused = Invalid::new("stands beside other origins, which mean nothing then")
                .hint("write [\"*\"] alone, or leave it out");
            Err(table.problems.report(&at, refused))
        }
        (Some(_), true) => Ok(AllowedOrigins::Any),
        (None, true) => {
            let refused =
                Invalid::new("says nothing without allowed_origins = [\"*\"]").hint("leave it out");
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
