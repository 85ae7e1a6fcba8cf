//! `POST /api/multipart`: begins an upload.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::json;

use crate::server::caller::{Caller, Checked};
use crate::server::endpoint::Endpoint;
use crate::server::error::ApiError;
use crate::server::record::{GrantedFile, Record};
use crate::server::upload_url::random;
use crate::server::{answer, asked};
use gatepass_core::contract::{ContentType, Multipart};
use gatepass_core::grant::{CheckedUpload, ObjectKey, PartPlan, Ticket, UploadRequest, Way};

use super::turned_on;

pub(super) async fn post(
    State(endpoint): State<Arc<Endpoint>>,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    let body = asked::read(&endpoint, request, endpoint.max_body()).await?;
    let request = UploadRequest::from_json(&body)?;
    let (cut, _) = turned_on(&endpoint)?;
    let begun = begin(&endpoint, &caller, request, Some(cut)).await?;
    let body = json!({
        "ticket": begun.ticket,
        "key": begun.key,
        "content_type": begun.content_type.as_str(),
        "part_size": begun.plan.map(|plan| plan.part_size()),
        "parts": begun.plan.map(|plan| plan.count()),
        "part_checksums": begun.part_checksums,
        "expires_at": humantime::format_rfc3339_seconds(begun.expires_at).to_string(),
        "expires_in": endpoint.upload().ticket_expires_in.seconds(),
    });
    answer::json(&body, begun.record)
}

/// An upload that was begun.
pub(in crate::server) struct Begun {
    /// Sealed.
    pub(in crate::server) ticket: String,
    /// What it states.
    pub(in crate::server) stated: Ticket,
    pub(in crate::server) key: ObjectKey,
    pub(in crate::server) record: Record,
    pub(in crate::server) plan: Option<PartPlan>,
    content_type: ContentType,
    part_checksums: bool,
    expires_at: SystemTime,
}

/// Checks a request against the contract and begins the upload, cut so, or as the client likes.
pub(in crate::server) async fn begin(
    endpoint: &Endpoint,
    caller: &Caller,
    request: UploadRequest,
    cut: Option<Multipart>,
) -> Result<Begun, ApiError> {
    turned_on(endpoint)?;
    let way = if cut.is_some() { Way::Multipart } else { Way::FreeParts };
    let checked = caller.check(request, way, endpoint)?;
    begin_checked(endpoint, caller, &checked, cut).await.inspect_err(|_| checked.give_back())
}

/// Begins an upload. Where that fails, it is the caller's to give the bytes back.
pub(in crate::server) async fn begin_checked(
    endpoint: &Endpoint,
    caller: &Caller,
    checked: &Checked<CheckedUpload>,
    cut: Option<Multipart>,
) -> Result<Begun, ApiError> {
    let (_, continuation) = turned_on(endpoint)?;
    let Checked { upload, reserved } = checked;
    let (now, random) = (SystemTime::now(), random()?);
    let new = endpoint.with_maker(caller, |maker| maker.multipart(upload, cut, now, random))?;
    let upload_id = continuation.objects.create_multipart_upload(&new).await?;
    let expires_at =
        now + Duration::from_secs(endpoint.upload().ticket_expires_in.seconds().into());
    let ticket = new.ticket(upload_id.clone(), caller.subject().map(str::to_owned), expires_at);
    let file = GrantedFile {
        key: new.key.clone(),
        content_type: new.content_type.clone(),
        size: new.size,
        reserved: reserved.clone(),
    };
    Ok(Begun {
        ticket: continuation.tickets.seal(&ticket),
        stated: ticket,
        key: new.key,
        content_type: new.content_type,
        plan: new.plan,
        part_checksums: new.part_checksums,
        expires_at,
        record: Record::Begun { file, upload_id, parts: new.plan.map(|plan| plan.count()) },
    })
}
