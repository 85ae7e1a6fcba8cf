//! Which errors an operation can answer with.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::operations::Media;
use super::schemas::exactly;

/// A status, and the codes that come with it.
pub(super) type Errors = &'static [(u16, &'static [&'static str])];

/// Whatever is asked of anything under `/api`.
pub(super) const CALLER: Errors = &[
    (401, &["token_missing", "token_invalid", "token_expired"]),
    (403, &["origin_not_allowed", "claim_malformed"]),
    (421, &["host_not_allowed"]),
    (429, &["rate_limited"]),
    (500, &["internal"]),
    (503, &["issuer_unavailable"]),
];

/// Whatever is counted, which is all but health checks.
pub(super) const COUNTED: Errors = &[(421, &["host_not_allowed"]), (429, &["rate_limited"])];

/// Whatever has a body.
pub(super) const BODY: Errors = &[
    (400, &["body_malformed", "body_incomplete"]),
    (408, &["request_timeout"]),
    (413, &["body_too_large"]),
    (415, &["not_json"]),
];

/// Whatever asks for an upload.
pub(super) const UPLOAD: Errors = &[
    (
        400,
        &[
            "content_type_missing",
            "content_type_malformed",
            "size_missing",
            "size_zero",
            "checksum_missing",
            "checksum_malformed",
            "filename_too_long",
            "extra_not_allowed",
            "extra_malformed",
            "metadata_too_large",
        ],
    ),
    (403, &["not_permitted"]),
    (413, &["too_large", "too_large_for_one_put"]),
    (415, &["content_type_not_allowed"]),
    (429, &["quota_exceeded"]),
    (500, &["not_signed", "subject_missing"]),
    (503, &["credentials_expired", "audit_failed"]),
];

/// Whatever goes on with an upload.
pub(super) const TICKET: Errors = &[
    (403, &["ticket_invalid", "ticket_not_multipart", "ticket_of_another"]),
    (404, &["multipart_off"]),
    (410, &["ticket_expired"]),
    (503, &["audit_failed"]),
];

/// What begins uploads in parts, beside [`UPLOAD`].
pub(super) const BEGIN: Errors = &[(400, &["checksum_of_parts"]), (404, &["multipart_off"])];

/// What signs parts.
pub(super) const PARTS: Errors = &[
    (400, &["part_numbers_count", "checksum_malformed"]),
    (409, &["part_checksum_unwanted", "part_checksum_missing", "part_unknown"]),
    (500, &["not_signed"]),
    (503, &["credentials_expired", "audit_failed"]),
];

/// Whatever S3 is asked for.
pub(super) const STORE: Errors = &[
    (404, &["upload_not_found"]),
    (409, &["upload_conflict", "parts_refused"]),
    (412, &["object_exists"]),
    (502, &["storage_refused"]),
    (503, &["storage_busy", "credentials_expired"]),
    (504, &["storage_unreachable"]),
];

/// What makes an object of parts.
pub(super) const COMPLETE: Errors = &[(
    409,
    &["parts_missing", "parts_unknown", "part_twice", "parts_wrong_size", "parts_wrong_etag"],
)];

/// What asks for several files at once.
pub(super) const FILES: Errors = &[(400, &["files_count"])];

/// What asks for a form, beside [`UPLOAD`].
pub(super) const FORM: Errors =
    &[(400, &["checksum_of_form", "content_type_range"]), (404, &["form_off"])];

/// What confirms an upload.
pub(super) const CONFIRM: Errors =
    &[(404, &["confirm_off", "object_not_found", "object_not_shown"]), (409, &["object_differs"])];

/// What asks for a download.
pub(super) const DOWNLOAD: Errors = &[
    (
        400,
        &["key_malformed", "content_type_missing", "content_type_malformed", "filename_too_long"],
    ),
    (403, &["key_not_permitted"]),
    (404, &["download_off"]),
    (415, &["content_type_not_allowed", "inline_not_allowed"]),
    (500, &["not_signed", "subject_missing"]),
    (503, &["credentials_expired", "audit_failed"]),
];

/// What signs requests for Uppy.
pub(super) const SIGN_REQUEST: Errors = &[(400, &["request_unknown"])];

/// What says how large a file is in a text.
pub(super) const COMPANION: Errors = &[(400, &["size_malformed"])];

/// What names parts in a path or a query, or has parts that come without checksums.
pub(super) const COMPANION_PARTS: Errors =
    &[(400, &["part_numbers_malformed"]), (409, &["part_checksum_missing"])];

/// What is asked for several files at once by better-upload.
pub(super) const BETTER_UPLOAD: Errors = &[(400, &["too_many_files"]), (413, &["too_many_parts"])];

/// Whatever is asked by a link.
pub(super) const LINK: Errors = &[
    (403, &["origin_not_allowed", "link_invalid", "link_of_another_method"]),
    (404, &["multipart_off"]),
    (410, &["link_expired"]),
    (421, &["host_not_allowed"]),
    (429, &["rate_limited"]),
    (500, &["internal"]),
    (503, &["audit_failed"]),
];

/// What has S3's XML as its body.
pub(super) const XML_BODY: Errors = &[
    (400, &["body_malformed", "body_incomplete"]),
    (408, &["request_timeout"]),
    (413, &["body_too_large"]),
];

/// What makes an object of parts that a client cut.
pub(super) const FREE_PARTS: Errors = &[(409, &["parts_wrong_total", "parts_too_large"])];

/// The health of the endpoint.
pub(super) const READY: Errors = &[(503, &["credentials_expired", "issuer_unavailable"])];

/// The answers for these errors, by status.
pub(super) fn responses(errors: &[Errors], media: Media) -> BTreeMap<String, Value> {
    let mut codes: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
    for (status, of_status) in errors.iter().copied().flatten() {
        let known = codes.entry(*status).or_default();
        known.extend(of_status.iter().filter(|code| !known.contains(code)).collect::<Vec<_>>());
    }
    codes
        .into_iter()
        .map(|(status, codes)| (status.to_string(), response(status, &codes, media)))
        .collect()
}

fn response(status: u16, codes: &[&str], media: Media) -> Value {
    let header = |name: &str| json!({ "$ref": format!("#/components/headers/{name}") });
    let mut headers = json!({ "x-request-id": header("RequestId") });
    match status {
        401 => headers["www-authenticate"] = header("Challenge"),
        429 => headers["retry-after"] = header("RetryAfter"),
        _ => {}
    }
    let code = json!({ "type": "string", "enum": codes, "description": "Stable, for programs." });
    let message = json!({ "type": "string", "description": "For people." });
    let hint = json!({ "type": ["string", "null"], "description": "The way out, for people." });
    let schema = match media {
        Media::Json => exactly(
            json!({ "error": exactly(json!({ "code": code, "message": message, "hint": hint })) }),
        ),
        Media::Told => {
            let error =
                exactly(json!({ "type": code, "code": code, "message": message, "hint": hint }));
            exactly(json!({ "message": message, "error": error }))
        }
        Media::Xml => {
            let mut error = exactly(json!({ "Code": code, "Message": message }));
            error["xml"] = json!({ "name": "Error" });
            error
        }
    };
    json!({ "description": codes.join(", "), "headers": headers, "content": { media.as_str(): { "schema": schema } } })
}
