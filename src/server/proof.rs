//! `GET` and `POST /page/proof.json`: the proof, on the page of an endpoint that has one.

use std::fmt;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::Response;

use super::endpoint::Endpoint;
use super::error::ApiError;
use super::{caller, file};

/// What makes the proof that the page shows.
pub trait ProofSource: fmt::Debug + Send + Sync + 'static {
    /// What is known so far: `{"state": "not_begun"|"running"|"ended"|"failed", "done", "of", "probes": […], "error"}`.
    fn look(&self) -> serde_json::Value;

    /// Begins it anew, unless it runs.
    fn begin(&self);
}

pub(super) async fn get(State(endpoint): State<Arc<Endpoint>>) -> Result<Response, ApiError> {
    Ok(shown(source(&endpoint)?))
}

pub(super) async fn post(
    State(endpoint): State<Arc<Endpoint>>,
    request: Request,
) -> Result<Response, ApiError> {
    caller::refuse_foreign_origin(&endpoint, request.headers())?;
    let source = source(&endpoint)?;
    source.begin();
    Ok(shown(source))
}

fn source(endpoint: &Endpoint) -> Result<&dyn ProofSource, ApiError> {
    let source = endpoint.page().and_then(|page| page.proof.as_deref());
    source.ok_or_else(|| {
        ApiError::new(StatusCode::NOT_FOUND, "proof_off", "this endpoint's page shows no proof")
            .hint("`gatepass dev` shows it, and `gatepass verify` makes it anywhere")
    })
}

fn shown(source: &dyn ProofSource) -> Response {
    let mut response = file::text("application/json", source.look().to_string());
    response
        .headers_mut()
        .insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-store"));
    response
}
