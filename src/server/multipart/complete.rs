//! `POST /api/multipart/complete`: makes an object of the parts.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use crate::contract::Mode;
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
    let (_, continuation) = turned_on(&endpoint)?;
    let Body { ticket, parts: said } = asked::fields(&body, r#"{"ticket": …, "parts": [{"part_number": 1, "etag": …}]}"#)?;
    let (ticket, upload) = open(continuation, &ticket, caller.subject())?;
    let said: Vec<(u32, String)> = said.into_iter().map(|part| (part.part_number, part.etag)).collect();

    let listed = continuation.objects.list_parts(&ticket.key, &upload.upload_id).await?;
    let whole = upload.whole(&said, listed)?;
    let write_once = endpoint.upload().mode == Mode::Strict;
    let completed = continuation.objects.complete_multipart_upload(&ticket.key, &upload.upload_id, &whole, write_once).await?;
    let body = json!({
        "key": ticket.key,
        "etag": completed.etag,
        "location": endpoint.address().object_url(ticket.key.as_str()),
    });
    answer::json(&body, Record::Completed { key: ticket.key, size: upload.plan.size(), parts: whole.len() })
}
