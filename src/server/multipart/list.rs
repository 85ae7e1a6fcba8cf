//! `POST /api/multipart/list`: what is there already.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::server::caller::Caller;
use crate::server::endpoint::Endpoint;
use crate::server::error::ApiError;
use crate::server::record::Record;
use crate::server::{answer, asked, work};
use gatepass_core::grant::StoredPart;

use super::{BODY_PER_PART, Opened, body_of};

#[derive(Deserialize)]
struct Body {
    ticket: String,
}

pub(super) async fn post(
    State(endpoint): State<Arc<Endpoint>>,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    let body = asked::read(&endpoint, request, endpoint.max_body().max(body_of(0))).await?;
    let Body { ticket } = asked::fields(&body, r#"{"ticket": …}"#).await?;
    let listed = listed(&endpoint, &Opened::by_ticket(&endpoint, &caller, &ticket)?).await?;
    answer_of(listed, |listed| {
        let part = |part: &StoredPart| json!({ "part_number": part.number, "size": part.size, "etag": part.etag });
        json!({ "parts": listed.iter().map(part).collect::<Vec<_>>() })
    })
    .await
}

/// Answers with a list of parts as JSON.
pub(in crate::server) async fn answer_of(
    listed: Vec<StoredPart>,
    render: impl FnOnce(&[StoredPart]) -> Value + Send + 'static,
) -> Result<Response, ApiError> {
    work::of_size(listed.len() * BODY_PER_PART, move || {
        answer::json(&render(&listed), Record::Quiet)
    })
    .await?
}

/// The parts that are there, in their order.
pub(in crate::server) async fn listed(
    endpoint: &Endpoint,
    opened: &Opened<'_>,
) -> Result<Vec<StoredPart>, ApiError> {
    opened.write_use(endpoint, "list").await?;
    let Opened { continuation, ticket, upload, .. } = opened;
    let mut listed = continuation.objects.list_parts(&ticket.key, &upload.upload_id).await?;
    listed.sort_unstable_by_key(|part| part.number);
    Ok(listed)
}
