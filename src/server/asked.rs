//! What every request for a grant goes through before it is looked into.

use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Number;

use gatepass_core::grant::whole;

use super::body;
use super::endpoint::Endpoint;
use super::error::ApiError;
use super::work;

/// Reads a request's body, at most `max_body` bytes of it, if it says that it is JSON.
pub(super) async fn read(
    endpoint: &Endpoint,
    request: Request,
    max_body: usize,
) -> Result<Bytes, ApiError> {
    let (parts, body) = request.into_parts();
    refuse_other_than_json(&parts.headers)?;
    body::read(body, max_body, endpoint.request_timeout()).await
}

/// A body of fixed fields. `example` is one.
pub(super) async fn fields<T: DeserializeOwned + Send + 'static>(
    body: &Bytes,
    example: &'static str,
) -> Result<T, ApiError> {
    let body = body.clone();
    work::of_size(body.len(), move || parse(&body, example)).await?
}

fn parse<T: DeserializeOwned>(body: &[u8], example: &'static str) -> Result<T, ApiError> {
    let malformed = |problem: &dyn std::fmt::Display| {
        ApiError::new(
            StatusCode::BAD_REQUEST,
            "body_malformed",
            format!("the body is not what is asked for here: {problem}"),
        )
        .hint(format!("send JSON such as {example}"))
    };
    // a derived reader would also take an array of the values
    if body.trim_ascii_start().first().is_some_and(|first| *first != b'{') {
        return Err(malformed(&"it is not a JSON object"));
    }
    serde_json::from_slice(body).map_err(|error| malformed(&error))
}

/// A number of a part, as JSON writes whole numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PartNumber(pub(super) u32);

impl<'de> Deserialize<'de> for PartNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let number = Number::deserialize(deserializer)?;
        let part = whole(&number).and_then(|number| u32::try_from(number).ok());
        part.map(Self)
            .ok_or_else(|| D::Error::custom(format!("{number} is not the number of a part")))
    }
}

/// Reads a number of bytes, as JSON writes whole numbers.
pub(super) fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u64, D::Error> {
    let number = Number::deserialize(deserializer)?;
    whole(&number)
        .ok_or_else(|| D::Error::custom(format!("{number} is not a whole number of bytes")))
}

/// Only JSON by name: a foreign page can send any other type without asking by a preflight first.
fn refuse_other_than_json(headers: &HeaderMap) -> Result<(), ApiError> {
    let content_type =
        headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or("unreadable"));
    let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let message = match content_type {
        Some(_) => format!("the request is {essence:?}, not \"application/json\""),
        None => "the request does not say what it is".to_owned(),
    };
    Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", message)
        .hint("send the header `Content-Type: application/json`; the file's own type goes into the body's `content_type`"))
}
