//! What an upload may carry beside its content type, where the contract says so.

use serde_json::{Map, Value, json};

use gatepass_core::contract::AllowedExtras;

use super::schemas::optional;

/// One line of printable ASCII, without spaces at its ends or in a row.
const LINE: &str = "[!-~]+( [!-~]+)*";

/// Adds the fields that are allowed.
pub(super) fn add(properties: &mut Value, allowed: &AllowedExtras) {
    if !allowed.metadata.is_empty() {
        let value = json!({ "type": "string", "pattern": format!("^{LINE}$"), "maxLength": 2048 });
        let names = allowed.metadata.iter().map(|name| name.as_str());
        properties["metadata"] = object(
            names,
            &value,
            "User-defined metadata; names and values have at most 2048 bytes together.",
        );
    }
    if !allowed.tags.is_empty() {
        let value =
            json!({ "type": "string", "pattern": "^[\\p{L}\\p{N} _.:/=+@-]*$", "maxLength": 256 });
        properties["tags"] =
            object(allowed.tags.iter().map(|key| key.as_str()), &value, "Tags of the object.");
    }
    if allowed.content_disposition {
        let pattern = format!(
            "^([Aa][Tt][Tt][Aa][Cc][Hh][Mm][Ee][Nn][Tt]|[Ii][Nn][Ll][Ii][Nn][Ee])( ?;( ?{LINE})?)?$"
        );
        properties["content_disposition"] =
            header(&pattern, "The object's Content-Disposition (RFC 6266).");
    }
    if allowed.cache_control {
        properties["cache_control"] =
            header(&format!("^{LINE}$"), "The object's Cache-Control (RFC 9111).");
    }
}

fn object<'a>(names: impl Iterator<Item = &'a str>, value: &Value, description: &str) -> Value {
    let properties: Map<String, Value> =
        names.map(|name| (name.to_owned(), value.clone())).collect();
    optional(
        json!({ "type": "object", "additionalProperties": false, "properties": properties, "description": description }),
    )
}

fn header(pattern: &str, description: &str) -> Value {
    optional(
        json!({ "type": "string", "pattern": pattern, "maxLength": 512, "description": description }),
    )
}
