//! `GET /healthz` and `GET /readyz`

use std::sync::Arc;
use std::time::SystemTime;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::auth::{self, IssuerState};
use super::endpoint::Endpoint;
use super::error::ApiError;
use super::record::Record;

pub(super) const HEALTHZ: &str = "/healthz";
pub(super) const READYZ: &str = "/readyz";

/// The process answers.
pub(super) async fn healthz() -> Response {
    quiet(Json(json!({ "status": "alive" })))
}

/// Credentials can sign now, and callers can be authenticated.
///
/// An issuer that does not answer takes no copy of the endpoint out of a load balancer while it still serves some callers: those with API
/// keys, and those with tokens while there are cached keys to check them with.
pub(super) async fn readyz(State(endpoint): State<Arc<Endpoint>>) -> Response {
    let expires_at = endpoint.credentials_expire_at();
    if expires_at.is_some_and(|end| end <= SystemTime::now()) {
        // what follows the credentials has logged it, once
        return quiet(ApiError::credentials_expired());
    }
    let expires_at = expires_at.map(|end| humantime::format_rfc3339_seconds(end).to_string());
    let (issuer, serves_some) =
        endpoint.authenticator().map_or((IssuerState::Available, true), |authenticator| {
            (authenticator.issuer(), authenticator.has_keys())
        });
    quiet(match issuer {
        IssuerState::Available => {
            Json(json!({ "status": "ready", "credentials_expire_at": expires_at })).into_response()
        }
        IssuerState::Unavailable if !serves_some => auth::issuer_unavailable().into_response(),
        IssuerState::Cached | IssuerState::Unavailable => {
            let issuer = if issuer == IssuerState::Cached { "cached" } else { "unavailable" };
            Json(json!({ "status": "degraded", "issuer": issuer, "credentials_expire_at": expires_at })).into_response()
        }
    })
}

fn quiet(answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response.extensions_mut().insert(Record::Quiet);
    response
}
