//! `GET /openapi.json`: what the endpoint takes and answers, as OpenAPI 3.1, for its contract.
//!
//! Paths are the routes' own, limits the contract's, codes those of the errors. The endpoint's tests hold every answer that they get
//! against it.

mod better_upload;
mod companion;
mod errors;
mod extras;
mod links;
mod operations;
mod schemas;
mod sign_request;

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Map, Value, json};

use gatepass_core::contract::Contract;

use super::endpoint::Endpoint;
use super::error::ApiError;
use super::file::File;

pub(super) const PATH: &str = "/openapi.json";

/// The document for a contract.
pub(super) fn document(contract: &Contract) -> Value {
    let mut paths = Map::new();
    for operation in operations::of(contract) {
        let path = paths.entry(operation.path).or_insert_with(|| json!({}));
        path[operation.method] = operation.document(contract);
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "gatepass",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Rights to upload straight to S3, for one upload each.",
            "license": { "name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0" },
        },
        "paths": paths,
        "components": { "schemas": schemas::shared(contract), "headers": schemas::headers() },
    });
    if contract.auth.is_some() {
        document["components"]["securitySchemes"] = json!({
            "bearer": { "type": "http", "scheme": "bearer", "description": "An access key or a token that the contract lets in." },
        });
    }
    document
}

/// Rendering takes some ten milliseconds, and is done once for a contract, when the document is first asked for.
pub(super) async fn get(
    State(endpoint): State<Arc<Endpoint>>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    if endpoint.documents().openapi.get().is_none() {
        let endpoint = Arc::clone(&endpoint);
        // a client that disconnects does not cancel it
        tokio::task::spawn_blocking(move || {
            endpoint.documents().openapi.get_or_init(|| render(endpoint.contract())).clone()
        })
        .await
        .map_err(ApiError::internal)?;
    }
    let file = endpoint.documents().openapi.get_or_init(|| render(endpoint.contract()));
    Ok(file.answer(&headers))
}

fn render(contract: &Contract) -> File {
    File::new("application/json", document(contract).to_string())
}

/// Panics where an answer is not declared.
#[cfg(test)]
#[track_caller]
pub(super) fn expect(
    contract: &Contract,
    method: &str,
    path: &str,
    status: u16,
    code: Option<&str>,
) {
    let method = method.to_ascii_lowercase();
    let Some(operation) = operations::of(contract)
        .into_iter()
        .find(|operation| operation.path == path && operation.method == method)
    else {
        return;
    };
    let declared = operation.document(contract);
    let response = &declared["responses"][status.to_string()];
    assert!(response.is_object(), "{method} {path} answers {status}, which is not declared");
    if let Some(code) = code {
        let schema = |media: &str| &response["content"][media]["schema"]["properties"];
        let codes = match operation.media {
            operations::Media::Json | operations::Media::Told => {
                &schema("application/json")["error"]["properties"]["code"]["enum"]
            }
            operations::Media::Xml => &schema("application/xml")["Code"]["enum"],
        };
        let is_declared =
            codes.as_array().is_some_and(|codes| codes.iter().any(|declared| declared == code));
        assert!(
            is_declared,
            "{method} {path} answers {status} {code}, which is not declared: {codes}"
        );
    }
}
