//! `POST /api/upload-url`

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{Request, State};
use axum::response::Response;

use crate::grant::{UploadRequest, Way};

use super::caller::Caller;
use super::endpoint::Endpoint;
use super::error::ApiError;
use super::record::Record;
use super::{answer, asked};

/// Checks a request against the contract and answers with a grant.
pub(super) async fn post(State(endpoint): State<Arc<Endpoint>>, caller: Caller, request: Request) -> Result<Response, ApiError> {
    let body = asked::read(&endpoint, request, endpoint.max_body()).await?;
    let upload = caller.check(UploadRequest::from_json(&body)?, Way::Put, &endpoint)?;
    let grant = endpoint.with_maker(&caller, |maker| maker.grant(&upload, SystemTime::now(), random()?).map_err(ApiError::from))?;
    let record = Record::Granted {
        key: grant.key.clone(),
        content_type: upload.content_type,
        size: upload.size,
        expires_in_seconds: grant.expires_in,
    };
    answer::json(&grant.expose(), record)
}

/// What becomes a key's UUID.
pub(super) fn random() -> Result<[u8; 16], ApiError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(ApiError::internal)?;
    Ok(random)
}
