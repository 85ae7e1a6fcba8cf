//! What a request gets that is not refused.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde::Serialize;

use super::error::ApiError;
use super::record::Record;

/// The usual answer, with a session token in its URL, fits in so many bytes.
const USUAL_LENGTH: usize = 2048;

/// Exactly so: Uppy looks into no error that says more of its type.
pub(super) const XML: HeaderValue = HeaderValue::from_static("application/xml");

/// JSON that nobody keeps, with what the log is told of it.
pub(super) fn json(answer: &impl Serialize, record: Record) -> Result<Response, ApiError> {
    let mut json = Vec::with_capacity(USUAL_LENGTH);
    serde_json::to_writer(&mut json, answer).map_err(ApiError::internal)?;
    Ok(kept_by_nobody(Body::from(json), HeaderValue::from_static("application/json"), record))
}

/// The same for XML.
pub(super) fn xml(document: String, record: Record) -> Response {
    kept_by_nobody(Body::from(document), XML, record)
}

fn kept_by_nobody(body: Body, content_type: HeaderValue, record: Record) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response.extensions_mut().insert(record);
    response
}
