//! `POST /api/upload-url`

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{Request, State};
use axum::response::Response;

use crate::grant::{Grant, UploadRequest, Way};

use super::caller::Caller;
use super::endpoint::Endpoint;
use super::error::ApiError;
use super::record::GrantedFile;
use super::{answer, asked, confirm};

/// Checks a request against the contract and answers with a grant.
pub(super) async fn post(State(endpoint): State<Arc<Endpoint>>, caller: Caller, request: Request) -> Result<Response, ApiError> {
    let body = asked::read(&endpoint, request, endpoint.max_body()).await?;
    let Granted { grant, ticket, file } = grant(&endpoint, &caller, UploadRequest::from_json(&body)?)?;
    answer::json(&grant.expose().with_ticket(ticket), file.record("put", grant.expires_in))
}

/// One PUT that was signed.
pub(super) struct Granted {
    pub(super) grant: Grant,
    /// What the upload is confirmed with, where the contract has uploads confirmed.
    pub(super) ticket: Option<String>,
    pub(super) file: GrantedFile,
}

/// Checks a request against the contract, and signs one PUT.
pub(super) fn grant(endpoint: &Endpoint, caller: &Caller, request: UploadRequest) -> Result<Granted, ApiError> {
    let upload = caller.check(request, Way::Put, endpoint)?;
    let random = random()?;
    let grant = endpoint.with_maker(caller, |maker| maker.grant(&upload, SystemTime::now(), random))?;
    let ticket = confirm::ticket(endpoint, caller, &grant.key, &upload, None);
    let file = GrantedFile { key: grant.key.clone(), content_type: upload.content_type, size: upload.size };
    Ok(Granted { grant, ticket, file })
}

/// What becomes a key's UUID.
pub(super) fn random() -> Result<[u8; 16], ApiError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(ApiError::internal)?;
    Ok(random)
}
