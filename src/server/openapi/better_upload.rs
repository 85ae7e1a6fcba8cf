//! What better-upload asks of its server.

use serde_json::{Value, json};

use gatepass_core::contract::Contract;
use gatepass_core::grant::Way;

use super::schemas::{counting, exactly, exactly_with, text, upload, with_ticket};

pub(super) fn asked(contract: &Contract) -> Value {
    let way = if contract.upload.multipart.is_some() { Way::Multipart } else { Way::Put };
    let schema = upload(contract, way);
    let properties = &schema["properties"];
    let mut content_type = properties["content_type"].clone();
    content_type["type"] = json!("string");
    let file = json!({
        "type": "object",
        "required": ["name", "size", "type"],
        "properties": {
            "name": { "type": "string", "maxLength": 1024, "description": "At most 1024 bytes." },
            "size": { "type": "integer", "minimum": 1, "maximum": properties["size"]["maximum"], "description": "Bytes, exactly." },
            "type": content_type,
        },
    });
    let files = json!({ "type": "array", "maxItems": 100, "items": file });
    json!({ "type": "object", "required": ["files"], "properties": { "files": files } })
}

pub(super) fn granted(contract: &Contract) -> Value {
    let url = || json!({ "type": "string", "format": "uri", "description": "It is a right." });
    let nothing = || exactly(json!({}));
    let file = || {
        let info = exactly(json!({ "key": text(), "metadata": nothing() }));
        with_ticket(
            contract,
            json!({ "name": text(), "size": counting(), "type": text(), "objectInfo": info }),
        )
    };
    let headers = json!({ "type": "object", "additionalProperties": text() });
    let single = exactly(json!({ "signedUrl": url(), "headers": headers, "file": file() }));
    let files = |file: Value| json!({ "type": "array", "items": file });
    let mut optional = vec![("files", files(single.clone()))];
    if contract.upload.multipart.is_some() {
        let part =
            exactly(json!({ "signedUrl": url(), "partNumber": counting(), "size": counting() }));
        let in_parts = exactly(json!({
            "file": file(),
            "parts": { "type": "array", "items": part },
            "uploadId": text(),
            "completeSignedUrl": url(),
            "abortSignedUrl": url(),
        }));
        let multipart = exactly(
            json!({ "files": files(json!({ "oneOf": [single, in_parts] })), "partSize": counting() }),
        );
        optional.push(("multipart", multipart));
    }
    exactly_with(json!({ "metadata": nothing() }), &optional)
}
