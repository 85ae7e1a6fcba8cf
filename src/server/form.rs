//! `POST /api/upload-form`

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use gatepass_core::contract::MediaRange;
use gatepass_core::grant::{CheckedForm, FormGrant, UploadRequest};

use super::caller::{Caller, Checked};
use super::endpoint::Endpoint;
use super::error::ApiError;
use super::record::GrantedFile;
use super::upload_url::random;
use super::{answer, asked, confirm};

/// Checks a request against the contract and answers with the fields of a form.
pub(super) async fn post(
    State(endpoint): State<Arc<Endpoint>>,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    let body = asked::read(&endpoint, request, endpoint.max_body()).await?;
    if !endpoint.upload().form {
        return Err(ApiError::new(StatusCode::NOT_FOUND, "form_off", "uploads by a form are turned off here")
            .hint("upload by one PUT: POST /api/upload-url; the contract turns them on with form = true under [upload]"));
    }
    let GrantedForm { grant, ticket, file } =
        grant(&endpoint, &caller, UploadRequest::from_json(&body)?)?;
    answer::json(&grant.expose().with_ticket(ticket), file.record("form", grant.expires_in))
}

/// One form that was signed.
pub(super) struct GrantedForm {
    pub(super) grant: FormGrant,
    pub(super) file: GrantedFile,
    /// What the upload is confirmed with, where the contract has uploads confirmed.
    pub(super) ticket: Option<String>,
}

/// Checks a request against the contract, and signs one form.
pub(super) fn grant(
    endpoint: &Endpoint,
    caller: &Caller,
    request: UploadRequest,
) -> Result<GrantedForm, ApiError> {
    let checked = caller.check_form(request, endpoint)?;
    sign(endpoint, caller, &checked).inspect_err(|_| checked.give_back())
}

fn sign(
    endpoint: &Endpoint,
    caller: &Caller,
    checked: &Checked<CheckedForm>,
) -> Result<GrantedForm, ApiError> {
    let Checked { upload: form, reserved } = checked;
    let random = random()?;
    let grant = endpoint.with_maker(caller, |maker| maker.form(form, SystemTime::now(), random))?;
    let range = form.content_type_range.as_ref().map(MediaRange::as_str);
    let ticket = confirm::ticket(endpoint, caller, &grant.key, &form.upload, range);
    let content_type = form.upload.content_type.clone();
    let file = GrantedFile {
        key: grant.key.clone(),
        content_type,
        size: form.upload.size,
        reserved: reserved.clone(),
    };
    Ok(GrantedForm { grant, file, ticket })
}
