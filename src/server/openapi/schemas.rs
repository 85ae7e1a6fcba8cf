//! What the bodies of requests and answers look like.

use serde_json::{Map, Value, json};

use gatepass_core::contract::{
    Checksum, ContentType, Contract, Download, KeyTemplate, MediaRange, Mode,
};
use gatepass_core::grant::Way;

use super::extras;

/// An integer from 1.
pub(super) fn counting() -> Value {
    json!({ "type": "integer", "minimum": 1 })
}

pub(super) fn text() -> Value {
    json!({ "type": "string" })
}

fn time() -> Value {
    json!({ "type": "string", "format": "date-time" })
}

/// An object that has exactly these fields.
pub(super) fn exactly(fields: Value) -> Value {
    let required: Vec<String> =
        fields.as_object().map(|fields| fields.keys().cloned().collect()).unwrap_or_default();
    json!({ "type": "object", "additionalProperties": false, "required": required, "properties": fields })
}

/// The same, where some need not be there.
pub(super) fn exactly_with(fields: Value, optional: &[(&str, Value)]) -> Value {
    let mut schema = exactly(fields);
    for (name, field) in optional {
        schema["properties"][name] = field.clone();
    }
    schema
}

/// The ticket that an upload is confirmed with, where the contract has uploads confirmed.
pub(super) fn with_ticket(contract: &Contract, fields: Value) -> Value {
    let ticket = json!({ "type": "string", "description": "What the upload is confirmed with." });
    if contract.upload.confirm {
        exactly_with(fields, &[("ticket", ticket)])
    } else {
        exactly(fields)
    }
}

/// The headers of answers.
pub(super) fn headers() -> Value {
    json!({
        "RequestId": { "description": "The request's id in the log.", "schema": { "type": "string" } },
        "Challenge": { "description": "How to say who asks (RFC 6750).", "schema": { "type": "string" } },
        "RetryAfter": { "description": "Seconds after which the request can go through.", "schema": { "type": "integer", "minimum": 1 } },
    })
}

/// Schemas that several operations share.
pub(super) fn shared(contract: &Contract) -> Map<String, Value> {
    let mut schemas = Map::new();
    schemas.insert("Upload".to_owned(), upload(contract, Way::Put));
    schemas.insert("Grant".to_owned(), grant(contract));
    if contract.upload.form {
        schemas.insert("FormUpload".to_owned(), upload(contract, Way::Form));
    }
    if contract.upload.multipart.is_some() {
        schemas.insert("MultipartUpload".to_owned(), upload(contract, Way::Multipart));
    }
    schemas
}

/// The types that the contract allows, as a pattern; with their ranges where it `is_ranged`. Parameters and other cases are
/// taken too.
pub(super) fn content_type(ranges: &[MediaRange], is_ranged: bool) -> Value {
    // a plus has something behind it
    const NAME: &str = "[a-z0-9]([a-z0-9.+-]{0,59}[a-z0-9.-])?";
    let name = if is_ranged { format!("({NAME}|[*])") } else { NAME.to_owned() };
    let alternatives: Vec<String> = ranges
        .iter()
        .map(|range| match range.as_str() {
            "*/*" => format!("{NAME}/{name}"),
            range => match range.strip_suffix("/*") {
                Some(kind) => format!("{}/{name}", escaped(kind)),
                None => escaped(range),
            },
        })
        .collect();
    json!({
        "type": "string",
        "pattern": format!("^({})$", alternatives.join("|")),
        "description": if is_ranged {
            "The media type that will be sent as Content-Type, or a range that it will lie in."
        } else {
            "The media type that will be sent as Content-Type, exactly."
        },
    })
}

/// A file name by whose extension the type is known, where the type itself is not stated.
fn known_file_name(ranges: &[MediaRange]) -> Value {
    let any_case = |extension: &str| -> String {
        let either = |letter: char| match letter {
            'a'..='z' => format!("[{letter}{}]", letter.to_ascii_uppercase()),
            digit => digit.to_string(),
        };
        extension.chars().map(either).collect()
    };
    let known: Vec<String> =
        ContentType::known_extensions(ranges).into_iter().map(any_case).collect();
    json!({ "type": "string", "pattern": format!("[.]({})$", known.join("|")) })
}

fn escaped(text: &str) -> String {
    text.replace('.', "\\.").replace('+', "\\+")
}

pub(super) fn optional(mut schema: Value) -> Value {
    schema["type"] = json!([schema["type"], "null"]);
    schema
}

/// What a client says about a file.
pub(super) fn upload(contract: &Contract, way: Way) -> Value {
    let upload = &contract.upload;
    let max = upload.max_size.bytes();
    let is_in_parts = matches!(way, Way::Multipart | Way::FreeParts);
    let max = if is_in_parts { max } else { max.min(gatepass_core::contract::ObjectSize::MAX_PUT) };
    let size = json!({ "type": "integer", "minimum": 1, "maximum": max, "description": "Bytes, exactly." });
    let filename = json!({ "type": "string", "maxLength": 1024, "description": "The client's name for the file; at most 1024 bytes." });
    let checksum = json!({
        "type": "string",
        "pattern": "^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$",
        "description": "The base64 form of the content's SHA-256.",
    });
    let mut required = Vec::new();
    let is_ranged = way == Way::Form && !upload.key.names_type();
    let content_type = optional(content_type(&upload.content_types, is_ranged));
    let mut properties = json!({ "content_type": content_type, "filename": optional(filename) });
    if upload.mode == Mode::Strict || way == Way::Multipart {
        required.push("size");
        properties["size"] = size;
    } else {
        properties["size"] = optional(size);
    }
    match way {
        // S3 knows none of the whole
        Way::FreeParts => properties["checksum_sha256"] = json!({ "type": "null" }),
        Way::Multipart => properties["part_checksums"] = json!({ "type": ["boolean", "null"] }),
        // a form's content has no checksum
        Way::Form => {}
        _ if upload.checksum == Checksum::Required => {
            required.push("checksum_sha256");
            properties["checksum_sha256"] = checksum;
        }
        _ => properties["checksum_sha256"] = optional(checksum),
    }
    extras::add(&mut properties, &upload.extras);
    let stated = json!({ "required": ["content_type"], "properties": { "content_type": { "type": "string" } } });
    let named = json!({ "required": ["filename"], "properties": { "filename": known_file_name(&upload.content_types) } });
    json!({ "type": "object", "required": required, "properties": properties, "anyOf": [stated, named] })
}

fn grant(contract: &Contract) -> Value {
    let fields = json!({
        "upload_url": { "type": "string", "format": "uri", "description": "Where to send the bytes. It is a right." },
        "key": text(),
        "method": { "const": "PUT" },
        "headers": { "type": "object", "additionalProperties": text(), "description": "Send all of them, exactly." },
        "expires_at": time(),
        "expires_in": counting(),
    });
    with_ticket(contract, fields)
}

/// A file that is refused does not make the request wrong: that is told beside the others' grants.
pub(super) fn files() -> Value {
    let file =
        json!({ "type": "object", "description": "As for one file, see the schema Upload." });
    let files = json!({ "type": "array", "minItems": 1, "maxItems": 100, "items": file });
    json!({ "type": "object", "required": ["files"], "properties": { "files": files } })
}

pub(super) fn grants() -> Value {
    let error = exactly(
        json!({ "code": text(), "message": text(), "hint": { "type": ["string", "null"] } }),
    );
    let grant = json!({ "oneOf": [{ "$ref": "#/components/schemas/Grant" }, exactly(json!({ "error": error }))] });
    exactly(json!({ "grants": { "type": "array", "items": grant } }))
}

pub(super) fn form(contract: &Contract) -> Value {
    let fields = json!({
        "url": { "type": "string", "format": "uri", "description": "Where to post the form." },
        "method": { "const": "POST" },
        "fields": { "type": "object", "additionalProperties": text(), "description": "Send all of them, then `file`." },
        "key": text(),
        "min_size": { "type": "integer", "minimum": 0 },
        "max_size": counting(),
        "expires_at": time(),
        "expires_in": counting(),
    });
    with_ticket(contract, fields)
}

/// What a client says about a download.
pub(super) fn download(contract: &Contract, download: &Download) -> Value {
    let mut ways =
        vec![json!({ "properties": { "disposition": { "enum": ["attachment", null] } } })];
    if !download.inline.is_empty() {
        // as `ContentType::can_run_scripts` has it
        let runs_scripts =
            json!({ "pattern": "^multipart/|[+]xml$|/(html|xml|xsl|rfc822|unknown)$" });
        let shown =
            json!({ "allOf": [content_type(&download.inline, false), { "not": runs_scripts }] });
        let properties = json!({ "disposition": { "const": "inline" }, "content_type": shown });
        ways.push(json!({ "required": ["disposition", "content_type"], "properties": properties }));
    }
    json!({
        "type": "object",
        "required": ["key"],
        "anyOf": ways,
        "properties": {
            "key": { "type": "string", "minLength": 1, "maxLength": KeyTemplate::MAX_KEY_BYTES, "description": "As the upload's grant told it." },
            "filename": { "type": ["string", "null"], "maxLength": 255, "description": "What a browser calls the file; at most 255 bytes." },
            "disposition": { "enum": ["attachment", "inline", null], "description": "What a browser does: save the file, or show it." },
            "content_type": optional(content_type(&contract.upload.content_types, false)),
        },
    })
}

pub(super) fn downloadable() -> Value {
    exactly(json!({
        "download_url": { "type": "string", "format": "uri", "description": "Where to get the bytes from. It is a right." },
        "key": text(),
        "method": { "const": "GET" },
        "expires_at": time(),
        "expires_in": counting(),
    }))
}

pub(super) fn confirmed() -> Value {
    let fields = json!({
        "receipt": text(),
        "iss": { "const": "gatepass" },
        "iat": { "type": "integer", "minimum": 0 },
        "bucket": text(),
        "key": text(),
        "size": { "type": "integer", "minimum": 0 },
        "etag": text(),
    });
    exactly_with(
        fields,
        &[
            ("content_type", text()),
            ("version_id", text()),
            ("checksum_sha256", text()),
            ("sub", text()),
        ],
    )
}

pub(super) fn begun() -> Value {
    exactly(json!({
        "ticket": text(),
        "key": text(),
        "content_type": text(),
        "part_size": counting(),
        "parts": counting(),
        "part_checksums": { "type": "boolean" },
        "expires_at": time(),
        "expires_in": counting(),
    }))
}

fn ticket() -> Value {
    json!({ "type": "string", "description": "As it was given when the upload was begun." })
}

pub(super) fn of_ticket() -> Value {
    json!({ "type": "object", "required": ["ticket"], "properties": { "ticket": ticket() } })
}

pub(super) fn parts_asked() -> Value {
    json!({
        "type": "object",
        "required": ["ticket", "part_numbers"],
        "properties": {
            "ticket": ticket(),
            "part_numbers": { "type": "array", "minItems": 1, "maxItems": 1000, "items": { "type": "integer", "minimum": 1, "maximum": 10_000 } },
            "checksums_sha256": { "type": "object", "additionalProperties": text(), "propertyNames": { "pattern": "^[1-9][0-9]{0,4}$" } },
        },
    })
}

pub(super) fn parts_signed() -> Value {
    let part = exactly(json!({
        "part_number": counting(),
        "url": { "type": "string", "format": "uri" },
        "method": { "const": "PUT" },
        "headers": { "type": "object", "additionalProperties": text() },
        "size": counting(),
        "expires_at": time(),
    }));
    exactly(json!({ "parts": { "type": "array", "items": part } }))
}

pub(super) fn parts_listed() -> Value {
    let part = exactly(
        json!({ "part_number": counting(), "size": { "type": "integer", "minimum": 0 }, "etag": text() }),
    );
    exactly(json!({ "parts": { "type": "array", "items": part } }))
}

pub(super) fn completion() -> Value {
    json!({
        "type": "object",
        "required": ["ticket", "parts"],
        "properties": {
            "ticket": ticket(),
            "parts": { "type": "array", "items": {
                "type": "object",
                "required": ["part_number", "etag"],
                "properties": { "part_number": { "type": "integer", "minimum": 0, "maximum": u32::MAX }, "etag": text() },
            } },
        },
    })
}

pub(super) fn completed(contract: &Contract) -> Value {
    let fields =
        json!({ "key": text(), "etag": text(), "location": { "type": "string", "format": "uri" } });
    if contract.upload.confirm {
        exactly_with(fields, &[("receipt", text())])
    } else {
        exactly(fields)
    }
}

pub(super) fn contract() -> Value {
    exactly(json!({
        "mode": { "enum": ["strict", "compatible"] },
        "content_types": { "type": "array", "items": text() },
        "max_size": counting(),
        "max_put_size": counting(),
        "checksum": { "enum": ["optional", "required"] },
        "multipart": { "type": "boolean" },
        "form": { "type": "boolean" },
        "confirm": { "type": "boolean" },
        "download": { "type": "boolean" },
    }))
}

pub(super) fn alive() -> Value {
    exactly(json!({ "status": { "const": "alive" } }))
}

pub(super) fn ready() -> Value {
    let fields = json!({
        "status": { "type": "string", "enum": ["ready", "degraded"] },
        "credentials_expire_at": { "type": ["string", "null"], "format": "date-time" },
    });
    let issuer = json!({
        "type": "string",
        "enum": ["cached", "unavailable"],
        "description": "Where the endpoint is degraded: the issuer of tokens does not answer, and tokens are checked with cached keys or refused.",
    });
    exactly_with(fields, &[("issuer", issuer)])
}
