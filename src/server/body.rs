//! From the bytes of a request to an [`UploadRequest`], or to what is wrong with them.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::http::StatusCode;
use http_body_util::LengthLimitError;
use serde_json::Value;

use crate::grant::UploadRequest;

use super::error::ApiError;

/// A field that a client can get nearly right.
pub(super) struct Field {
    name: &'static str,
    /// Other names that people use for it, in lower case without anything but letters.
    aliases: &'static [&'static str],
}

pub(super) const CONTENT_TYPE: Field =
    Field { name: "content_type", aliases: &["contenttype", "type", "mime", "mimetype", "mediatype", "filetype"] };
pub(super) const SIZE: Field = Field { name: "size", aliases: &["size", "filesize", "length", "contentlength", "bytes"] };
pub(super) const CHECKSUM: Field = Field { name: "checksum_sha256", aliases: &["checksumsha", "sha", "checksum", "digest", "hash"] };

const EXAMPLE: &str = r#"send e.g. {"content_type": "image/png", "size": 12345}"#;

/// Reads a whole body within the endpoint's limits.
pub(super) async fn read(body: Body, max_body: usize, timeout: Duration) -> Result<Bytes, ApiError> {
    let too_large = || {
        ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", format!("the request's body is above {max_body} bytes"))
            .hint("send only the description of the file here; its bytes go to the upload_url")
    };
    if body.size_hint().lower() > max_body as u64 {
        return Err(too_large());
    }
    match tokio::time::timeout(timeout, to_bytes(body, max_body)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if std::error::Error::source(&error).is_some_and(|source| source.is::<LengthLimitError>()) => Err(too_large()),
        Ok(Err(error)) => {
            Err(ApiError::new(StatusCode::BAD_REQUEST, "body_incomplete", "the request's body could not be read to its end").cause(error))
        }
        Err(_) => Err(ApiError::new(
            StatusCode::REQUEST_TIMEOUT,
            "request_timeout",
            format!("the request's body did not arrive within {}", humantime::format_duration(timeout)),
        )),
    }
}

/// Parses a body.
pub(super) fn parse(body: &[u8]) -> Result<UploadRequest, ApiError> {
    serde_json::from_slice(body).map_err(|error| diagnose(body, &error))
}

/// The fields that the body has where `field` was wanted: "did you mean …?".
pub(super) fn did_you_mean(body: &[u8], field: &Field) -> Option<String> {
    let Ok(Value::Object(fields)) = serde_json::from_slice(body) else { return None };
    let near = fields.keys().find(|name| field.is_near(name))?;
    Some(format!("did you mean `{}` by {:?}?", field.name, cut(near)))
}

impl Field {
    fn is_near(&self, name: &str) -> bool {
        if name == self.name {
            return false;
        }
        let letters: String = name.chars().filter(char::is_ascii_alphabetic).map(|letter| letter.to_ascii_lowercase()).collect();
        self.aliases.contains(&letters.as_str()) || self.aliases.first().is_some_and(|alias| strsim::osa_distance(alias, &letters) <= 2)
    }
}

/// Names what keeps a body from being a request. Only for bodies that are none.
fn diagnose(body: &[u8], error: &serde_json::Error) -> ApiError {
    let bad = |code, message: String| ApiError::new(StatusCode::BAD_REQUEST, code, message);
    if body.is_empty() {
        return bad("malformed_json", "the request has no body".to_owned()).hint(EXAMPLE);
    }
    let value: Value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(error) => return bad("malformed_json", format!("the request's body is not JSON: {error}")).hint(EXAMPLE),
    };
    let Value::Object(fields) = value else {
        return bad("malformed_json", format!("the request's body is {}, not an object", kind(&value))).hint(EXAMPLE);
    };
    match fields.get(CONTENT_TYPE.name) {
        None | Some(Value::Null) => {
            let missing = bad("content_type_missing", "`content_type` is missing".to_owned()).hint(EXAMPLE);
            return match did_you_mean(body, &CONTENT_TYPE) {
                Some(near) => missing.also(&near),
                None => missing,
            };
        }
        Some(_) => {}
    }
    for name in [CONTENT_TYPE.name, "filename", CHECKSUM.name] {
        if let Some(value) = fields.get(name)
            && !value.is_string()
            && !value.is_null()
        {
            return bad("field_invalid", format!("`{name}` is {}, not a string", kind(value))).hint(EXAMPLE);
        }
    }
    if let Some(size) = fields.get(SIZE.name)
        && !size.is_u64()
        && !size.is_null()
    {
        let what = if size.is_number() { size.to_string() } else { kind(size).to_owned() };
        return bad("field_invalid", format!("`size` is {what}, not a whole number of bytes")).hint(EXAMPLE);
    }
    bad("malformed_json", format!("the request's body is not what is expected: {error}")).hint(EXAMPLE)
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

fn cut(text: &str) -> String {
    text.chars().take(64).collect()
}
