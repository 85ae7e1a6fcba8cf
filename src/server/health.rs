//! `GET /healthz` and `GET /readyz`

use std::sync::Arc;
use std::time::SystemTime;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::endpoint::Endpoint;
use super::error::ApiError;
use super::record::Record;

/// The process answers.
pub(super) async fn healthz() -> Response {
    quiet(json!({ "status": "alive" }))
}

/// Credentials can sign now.
pub(super) async fn readyz(State(endpoint): State<Arc<Endpoint>>) -> Result<Response, ApiError> {
    let expires_at = endpoint.credentials_expire_at();
    if expires_at.is_some_and(|end| end <= SystemTime::now()) {
        let error = ApiError::credentials_expired();
        return Err(error);
    }
    Ok(quiet(json!({
        "status": "ready",
        "credentials_expire_at": expires_at.map(|end| humantime::format_rfc3339_seconds(end).to_string()),
    })))
}

fn quiet(body: serde_json::Value) -> Response {
    let mut response = (StatusCode::OK, [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(body)).into_response();
    response.extensions_mut().insert(Record::Quiet);
    response
}
