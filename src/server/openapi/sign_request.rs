//! `POST /s3/sign-request`

use serde_json::{Value, json};

use gatepass_core::contract::Contract;
use gatepass_core::grant::Way;

use super::schemas::{exactly_with, text, upload};

fn nothing() -> Value {
    json!({ "type": "null" })
}

/// A file, as it is described elsewhere but for the name of its type.
fn of_file(contract: &Contract, method: &str, way: Way) -> Value {
    let mut schema = upload(contract, way);
    let content_type = schema["properties"]
        .as_object_mut()
        .and_then(|properties| properties.remove("content_type"));
    schema["properties"]["contentType"] = content_type.unwrap_or_default();
    schema["properties"]["method"] = json!({ "const": method });
    schema["properties"]["uploadId"] = nothing();
    schema["properties"]["partNumber"] = nothing();
    if let Some(required) = schema["required"].as_array_mut() {
        required.push(json!("method"));
    }
    schema["anyOf"][0] = json!({ "required": ["contentType"], "properties": { "contentType": { "type": "string" } } });
    schema
}

pub(super) fn asked(contract: &Contract) -> Value {
    let upload_id = json!({ "type": "string", "description": "The id that the link to create the upload answered with." });
    let number = json!({ "type": "integer", "minimum": 0, "maximum": u32::MAX });
    let part = json!({
        "required": ["method", "uploadId", "partNumber"],
        "properties": { "method": { "const": "PUT" }, "uploadId": upload_id, "partNumber": number },
    });
    let whole = json!({
        "required": ["method", "uploadId"],
        "properties": { "method": { "enum": ["POST", "GET", "DELETE"] }, "uploadId": upload_id, "partNumber": nothing() },
    });
    json!({
        "type": "object",
        "properties": { "key": { "description": "What Uppy would call the object. Nobody looks at it." } },
        "oneOf": [of_file(contract, "PUT", Way::Put), of_file(contract, "POST", Way::FreeParts), part, whole],
    })
}

pub(super) fn signed(contract: &Contract) -> Value {
    let url = json!({ "type": "string", "format": "uri", "description": "Where Uppy sends the request. It is a right." });
    let headers = json!({ "type": "object", "additionalProperties": text() });
    let ticket = json!({ "type": "string", "description": "What the upload is confirmed with." });
    let mut more = vec![("key", text()), ("headers", headers)];
    if contract.upload.confirm {
        more.push(("ticket", ticket));
    }
    exactly_with(json!({ "url": url }), &more)
}
