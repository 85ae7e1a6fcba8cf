//! What Uppy asks of a Companion server.

use serde_json::{Value, json};

use gatepass_core::contract::{Checksum, Contract, Mode};
use gatepass_core::grant::Way;

use super::schemas::{counting, exactly, text, upload, with_ticket};

fn parameter(
    name: &str,
    place: &str,
    is_required: bool,
    schema: Value,
    description: &str,
) -> Value {
    json!({ "name": name, "in": place, "required": is_required, "schema": schema, "description": description })
}

pub(super) fn ticket() -> Value {
    parameter(
        "ticket",
        "path",
        true,
        text(),
        "The ticket that stands in the place of S3's upload id.",
    )
}

pub(super) fn number() -> Value {
    parameter(
        "number",
        "path",
        true,
        json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX }),
        "Which part.",
    )
}

pub(super) fn numbers() -> Value {
    let schema = json!({ "type": "string", "pattern": "^[0-9]{1,9}(,[0-9]{1,9}){0,999}$" });
    parameter("partNumbers", "query", true, schema, "Which parts, with commas between them.")
}

/// A size, which these clients also write as text, and where they do not know it, as one of theirs.
fn size(schema: &Value, contract: &Contract) -> Value {
    // a pattern that takes as many digits as the largest size has would take larger ones
    let digits = contract.upload.max_size.bytes().to_string().len().saturating_sub(2);
    let unknown = if contract.upload.mode == Mode::Strict { "" } else { "|^(null|undefined)?$" };
    json!({ "anyOf": [schema, { "type": "string", "pattern": format!("^[1-9][0-9]{{0,{digits}}}${unknown}") }] })
}

/// How a file is told of where the contract has forms, or has not.
fn way(contract: &Contract) -> Way {
    if contract.upload.form { Way::Form } else { Way::Put }
}

pub(super) fn file_in_query(contract: &Contract) -> Vec<Value> {
    let schema = upload(contract, way(contract));
    let of = |name: &str| {
        let mut field = schema["properties"][name].clone();
        // a query has no null
        if let Some(kind) = field["type"].get(0).cloned() {
            field["type"] = kind;
        }
        field
    };
    let is_sized = contract.upload.mode == Mode::Strict;
    vec![
        parameter(
            "type",
            "query",
            true,
            of("content_type"),
            "The media type that will be sent as Content-Type.",
        ),
        parameter(
            "filename",
            "query",
            false,
            of("filename"),
            "The client's name for the file; at most 1024 bytes.",
        ),
        parameter(
            "metadata[size]",
            "query",
            is_sized,
            size(&of("size"), contract),
            "Bytes, exactly.",
        ),
    ]
}

pub(super) fn params(contract: &Contract) -> Value {
    let texts = json!({ "type": "object", "additionalProperties": text() });
    let url = json!({ "type": "string", "format": "uri", "description": "Where to send the file. It is a right." });
    let mut fields = json!({ "method": { "const": "POST" }, "url": url, "fields": texts, "expires": counting() });
    if !contract.upload.form {
        fields["method"] = json!({ "const": "PUT" });
        fields["fields"] = exactly(json!({}));
        fields["headers"] = texts;
    }
    with_ticket(contract, fields)
}

pub(super) fn file(contract: &Contract) -> Value {
    let schema = upload(contract, Way::FreeParts);
    let (content_type, filename, size) =
        ["content_type", "filename", "size"].map(|name| schema["properties"][name].clone()).into();
    let mut metadata = json!({ "type": ["object", "null"], "properties": { "size": self::size(&size, contract) } });
    let mut required = vec!["type"];
    if contract.upload.mode == Mode::Strict {
        metadata["required"] = json!(["size"]);
        metadata["type"] = json!("object");
        required.push("metadata");
    }
    let properties = json!({ "type": content_type, "filename": filename, "metadata": metadata });
    let mut schema = json!({ "type": "object", "required": required, "properties": properties });
    if contract.upload.checksum == Checksum::Required {
        schema["description"] = json!("Refused, as these clients send no checksums of parts.");
    }
    schema
}

pub(super) fn begun() -> Value {
    exactly(json!({ "key": text(), "uploadId": text(), "bucket": text() }))
}

pub(super) fn listed() -> Value {
    let part = exactly(
        json!({ "PartNumber": counting(), "Size": { "type": "integer", "minimum": 0 }, "ETag": text() }),
    );
    json!({ "type": "array", "items": part })
}

pub(super) fn signed() -> Value {
    exactly(json!({ "url": { "type": "string", "format": "uri" }, "expires": counting() }))
}

pub(super) fn batch() -> Value {
    let urls =
        json!({ "type": "object", "additionalProperties": { "type": "string", "format": "uri" } });
    exactly(json!({ "presignedUrls": urls }))
}

pub(super) fn completion() -> Value {
    let number = json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX });
    let part = json!({ "type": "object", "required": ["PartNumber", "ETag"], "properties": { "PartNumber": number, "ETag": text() } });
    json!({ "type": "object", "required": ["parts"], "properties": { "parts": { "type": "array", "items": part } } })
}

pub(super) fn completed() -> Value {
    exactly(
        json!({ "location": { "type": "string", "format": "uri" }, "key": text(), "bucket": text() }),
    )
}
