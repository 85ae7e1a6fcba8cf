//! `POST /api/upload-urls`: grants for several files in one request.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use gatepass_core::grant::UploadRequest;

use super::caller::Caller;
use super::endpoint::Endpoint;
use super::error::ApiError;
use super::record::{GrantedFile, Record};
use super::upload_url::{self, Granted};
use super::{answer, asked};

/// How many files one request can ask for.
const MAX_FILES: usize = 100;
/// What one of them takes in the body, at most, where all of them are there.
const BODY_PER_FILE: usize = 1024;

#[derive(Deserialize)]
struct Body {
    files: Vec<Map<String, Value>>,
}

/// Checks each file against the contract and answers with its grant, or with why there is none, in their order.
pub(super) async fn post(
    State(endpoint): State<Arc<Endpoint>>,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    let max_body = endpoint.max_body().max(MAX_FILES * BODY_PER_FILE);
    let body = asked::read(&endpoint, request, max_body).await?;
    let Body { files } =
        asked::fields(&body, r#"{"files": [{"content_type": "image/png", "size": 12345}]}"#)
            .await?;
    if files.is_empty() || files.len() > MAX_FILES {
        let message = format!("`files` has {} elements", files.len());
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "files_count", message)
            .hint(format!("ask for 1 to {MAX_FILES} files at once")));
    }
    let (mut granted, mut expires_in_seconds) = (Vec::new(), 0);
    let mut answers = Vec::with_capacity(files.len());
    for file in &files {
        let request =
            UploadRequest::from_json(&serde_json::to_vec(file).map_err(ApiError::internal)?)
                .map_err(ApiError::from);
        answers.push(
            match request.and_then(|request| upload_url::grant(&endpoint, &caller, request)) {
                Ok(Granted { grant, ticket, file }) => {
                    expires_in_seconds = grant.expires_in.max(expires_in_seconds);
                    granted.push(file);
                    serde_json::to_value(grant.expose().with_ticket(ticket))
                        .map_err(ApiError::internal)?
                }
                Err(error) if error.is_internal() => {
                    granted.iter().for_each(GrantedFile::give_back);
                    return Err(error);
                }
                Err(error) => error.to_json(),
            },
        );
    }
    let refused = files.len() - granted.len();
    answer::json(
        &json!({ "grants": answers }),
        Record::GrantedSeveral { files: granted, refused, expires_in_seconds },
    )
}
