//! `POST /api/upload-url`

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{Request, State};
use axum::response::Response;

use gatepass_core::grant::{CheckedUpload, Grant, UploadRequest, Way};

use super::caller::{Caller, Checked};
use super::endpoint::Endpoint;
use super::error::ApiError;
use super::record::GrantedFile;
use super::{answer, asked, confirm};

/// Checks a request against the contract and answers with a grant.
pub(super) async fn post(
    State(endpoint): State<Arc<Endpoint>>,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    let body = asked::read(&endpoint, request, endpoint.max_body()).await?;
    let Granted { grant, ticket, file } =
        grant(&endpoint, &caller, UploadRequest::from_json(&body)?)?;
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
pub(super) fn grant(
    endpoint: &Endpoint,
    caller: &Caller,
    request: UploadRequest,
) -> Result<Granted, ApiError> {
    let checked = caller.check(request, Way::Put, endpoint)?;
    sign(endpoint, caller, &checked).inspect_err(|_| checked.give_back())
}

/// Signs one PUT. Where that fails, it is the caller's to give the bytes back.
pub(super) fn sign(
    endpoint: &Endpoint,
    caller: &Caller,
    checked: &Checked<CheckedUpload>,
) -> Result<Granted, ApiError> {
    let Checked { upload, reserved } = checked;
    let random = random()?;
    let grant =
        endpoint.with_maker(caller, |maker| maker.grant(upload, SystemTime::now(), random))?;
    endpoint.observe(&grant.upload_url, &grant.headers);
    let ticket = confirm::ticket(endpoint, caller, &grant.key, upload, None);
    let content_type = upload.content_type.clone();
    let file = GrantedFile {
        key: grant.key.clone(),
        content_type,
        size: upload.size,
        reserved: reserved.clone(),
    };
    Ok(Granted { grant, ticket, file })
}

/// What becomes a key's UUID.
pub(super) fn random() -> Result<[u8; 16], ApiError> {
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(ApiError::internal)?;
    Ok(random)
}
