//! `POST /api/multipart`: begins an upload.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::json;

use crate::grant::{UploadRequest, Way};
use crate::server::caller::Caller;
use crate::server::endpoint::Endpoint;
use crate::server::error::ApiError;
use crate::server::record::Record;
use crate::server::upload_url::random;
use crate::server::{answer, asked};

use super::turned_on;

pub(super) async fn post(State(endpoint): State<Arc<Endpoint>>, caller: Caller, request: Request) -> Result<Response, ApiError> {
    let body = asked::read(&endpoint, request, endpoint.max_body()).await?;
    let (multipart, continuation) = turned_on(&endpoint)?;
    let upload = caller.check(UploadRequest::from_json(&body)?, Way::Multipart, &endpoint)?;
    let (now, random) = (SystemTime::now(), random()?);
    let new = endpoint.with_maker(&caller, |maker| maker.multipart(&upload, multipart, now, random))?;
    let upload_id = continuation.objects.create_multipart_upload(&new).await?;

    let expires_in_seconds = endpoint.upload().ticket_expires_in.seconds();
    let expires_at = now + Duration::from_secs(expires_in_seconds.into());
    let ticket = new.ticket(upload_id, caller.subject().map(str::to_owned), expires_at);
    let body = json!({
        "ticket": continuation.tickets.seal(&ticket),
        "key": new.key,
        "part_size": new.plan.part_size(),
        "parts": new.plan.count(),
        "part_checksums": new.part_checksums,
        "expires_at": humantime::format_rfc3339_seconds(expires_at).to_string(),
        "expires_in": expires_in_seconds,
    });
    let record = Record::Begun { key: new.key, content_type: new.content_type, size: new.plan.size(), parts: new.plan.count() };
    answer::json(&body, record)
}
