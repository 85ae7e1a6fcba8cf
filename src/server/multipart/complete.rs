//! `POST /api/multipart/complete`: makes an object of the parts.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use crate::contract::Mode;
use crate::grant::{ObjectKey, whole_of_free_parts};
use crate::server::caller::Caller;
use crate::server::endpoint::Endpoint;
use crate::server::error::ApiError;
use crate::server::record::Record;
use crate::server::{answer, asked};

use super::{body_of, most_parts, open, turned_on};

#[derive(Deserialize)]
struct Body {
    ticket: String,
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    part_number: u32,
    etag: String,
}

pub(super) async fn post(State(endpoint): State<Arc<Endpoint>>, caller: Caller, request: Request) -> Result<Response, ApiError> {
    let most = endpoint.upload().multipart.map_or(0, |multipart| most_parts(&endpoint, multipart));
    let body = asked::read(&endpoint, request, endpoint.max_body().max(body_of(most))).await?;
    let Body { ticket, parts: said } = asked::fields(&body, r#"{"ticket": …, "parts": [{"part_number": 1, "etag": …}]}"#)?;
    let said: Vec<(u32, String)> = said.into_iter().map(|part| (part.part_number, part.etag)).collect();
    let done = completed(&endpoint, &caller, &ticket, &said).await?;
    answer::json(&json!({ "key": done.key, "etag": done.etag, "location": done.location }), done.record)
}

/// An object that was made of parts.
pub(in crate::server) struct Done {
    pub(in crate::server) key: ObjectKey,
    pub(in crate::server) location: String,
    pub(in crate::server) record: Record,
    etag: String,
}

/// Makes an object of the parts, if they are the whole file.
pub(in crate::server) async fn completed(
    endpoint: &Endpoint,
    caller: &Caller,
    ticket: &str,
    said: &[(u32, String)],
) -> Result<Done, ApiError> {
    let (_, continuation) = turned_on(endpoint)?;
    let (ticket, upload) = open(continuation, ticket, caller.subject())?;
    let listed = continuation.objects.list_parts(&ticket.key, &upload.upload_id).await?;
    let whole = match upload.plan {
        Some(plan) => plan.whole(said, listed)?,
        None => whole_of_free_parts(said, listed, ticket.size, endpoint.upload().max_size.bytes())?,
    };
    let write_once = endpoint.upload().mode == Mode::Strict;
    let completed = continuation.objects.complete_multipart_upload(&ticket.key, &upload.upload_id, &whole, write_once).await?;
    Ok(Done {
        location: endpoint.address().object_url(ticket.key.as_str()),
        etag: completed.etag,
        record: Record::Completed { key: ticket.key.clone(), size: whole.iter().map(|part| part.size).sum(), parts: whole.len() },
        key: ticket.key,
    })
}
