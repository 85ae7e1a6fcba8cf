//! S3's XML, where the endpoint speaks it.

use serde_json::{Value, json};

use super::schemas::{counting, exactly, text};

/// What a link is known by.
pub(super) fn parameter() -> Value {
    let description = "As it stands in the URL that was given. It is a right.";
    json!({ "name": "link", "in": "query", "required": true, "schema": { "type": "string" }, "description": description })
}

/// An element with exactly these in it.
fn element(name: &str, fields: Value) -> Value {
    let mut schema = exactly(fields);
    schema["xml"] = json!({ "name": name });
    schema
}

/// Elements that follow each other.
fn parts(fields: Value) -> Value {
    json!({ "type": "array", "items": element("Part", fields) })
}

pub(super) fn parts_listed() -> Value {
    let mut schema = element(
        "ListPartsResult",
        json!({
            "Bucket": text(),
            "Key": text(),
            "UploadId": text(),
            "IsTruncated": { "const": "false" },
            "Part": parts(json!({ "PartNumber": counting(), "ETag": text(), "Size": { "type": "integer", "minimum": 0 } })),
        }),
    );
    schema["required"] = json!(["Bucket", "Key", "UploadId", "IsTruncated"]);
    schema
}

pub(super) fn completion() -> Value {
    element(
        "CompleteMultipartUpload",
        json!({ "Part": parts(json!({ "PartNumber": counting(), "ETag": text() })) }),
    )
}

pub(super) fn begun_or_completed() -> Value {
    let uri = json!({ "type": "string", "format": "uri" });
    json!({ "oneOf": [
        element("InitiateMultipartUploadResult", json!({ "Bucket": text(), "Key": text(), "UploadId": text() })),
        element("CompleteMultipartUploadResult", json!({ "Location": uri, "Bucket": text(), "Key": text(), "ETag": text() })),
    ] })
}
