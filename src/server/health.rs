//! `GET /healthz` and `GET /readyz`

use std::sync::Arc;
use std::time::SystemTime;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::endpoint::Endpoint;
use super::error::ApiError;
use super::record::Record;

pub(super) const HEALTHZ: &str = "/healthz";
pub(super) const READYZ: &str = "/readyz";

/// The process answers.
pub(super) async fn healthz() -> Response {
    quiet(Json(json!({ "status": "alive" })))
}

/// Credentials can sign now.
pub(super) async fn readyz(State(endpoint): State<Arc<Endpoint>>) -> Response {
    let expires_at = endpoint.credentials_expire_at();
    if expires_at.is_some_and(|end| end <= SystemTime::now()) {
        // what follows the credentials has logged it, once
        return quiet(ApiError::credentials_expired());
    }
    let body = json!({
        "status": "ready",
        "credentials_expire_at": expires_at.map(|end| humantime::format_rfc3339_seconds(end).to_string()),
    });
    quiet(Json(body))
}

fn quiet(answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(Record::Quiet);
    response
}
