//! Files that are part of the endpoint.

use axum::body::Body;
use axum::http::{HeaderValue, header};
use axum::response::Response;

use super::record::Record;

/// Answers with a file.
pub(super) fn text(content_type: &'static str, text: impl Into<Body>) -> Response {
    let mut response = Response::new(text.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response.extensions_mut().insert(Record::Quiet);
    response
}
