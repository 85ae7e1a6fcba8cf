//! `POST /api/multipart/list`: what is there already.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::grant::StoredPart;
use crate::server::caller::Caller;
use crate::server::endpoint::Endpoint;
use crate::server::error::ApiError;
use crate::server::record::Record;
use crate::server::{answer, asked};

use super::{Opened, body_of};

#[derive(Deserialize)]
struct Body {
    ticket: String,
}

pub(super) async fn post(State(endpoint): State<Arc<Endpoint>>, caller: Caller, request: Request) -> Result<Response, ApiError> {
    let body = asked::read(&endpoint, request, endpoint.max_body().max(body_of(0))).await?;
    let Body { ticket } = asked::fields(&body, r#"{"ticket": …}"#)?;
    let listed: Vec<Value> = listed(&Opened::by_ticket(&endpoint, &caller, &ticket)?)
        .await?
        .iter()
        .map(|part| json!({ "part_number": part.number, "size": part.size, "etag": part.etag }))
        .collect();
    answer::json(&json!({ "parts": listed }), Record::Quiet)
}

/// The parts that are there, in their order.
pub(in crate::server) async fn listed(opened: &Opened<'_>) -> Result<Vec<StoredPart>, ApiError> {
    let Opened { continuation, ticket, upload } = opened;
    let mut listed = continuation.objects.list_parts(&ticket.key, &upload.upload_id).await?;
    listed.sort_unstable_by_key(|part| part.number);
    Ok(listed)
}
