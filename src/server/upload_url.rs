//! `POST /api/upload-url`

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{Request, State};
use axum::response::Response;

use crate::grant::{Grant, UploadRequest, Way};

use super::caller::Caller;
use super::endpoint::Endpoint;
use super::error::ApiError;
use super::record::Record;
use super::{answer, asked};

/// Checks a request against the contract and answers with a grant.
pub(super) async fn post(State(endpoint): State<Arc<Endpoint>>, caller: Caller, request: Request) -> Result<Response, ApiError> {
    let body = asked::read(&endpoint, request, endpoint.max_body()).await?;
    let (grant, record) = grant(&endpoint, &caller, UploadRequest::from_json(&body)?)?;
    answer::json(&grant.expose(), record)
}

/// Checks a request against the contract, and signs one PUT.
pub(super) fn grant(endpoint: &Endpoint, caller: &Caller, request: UploadRequest) -> Result<(Grant, Record), ApiError> {
    let upload = caller.check(request, Way::Put, endpoint)?;
    let random = random()?;
    let grant = endpoint.with_maker(caller, |maker| maker.grant(&upload, SystemTime::now(), random))?;
    let record = Record::Granted {
        key: grant.key.clone(),
        content_type: upload.content_type,
        size: upload.size,
        expires_in_seconds: grant.expires_in,
    };
    Ok((grant, record))
}

/// What becomes a key's UUID.
pub(super) fn random() -> Result<[u8; 16], ApiError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(ApiError::internal)?;
    Ok(random)
}
