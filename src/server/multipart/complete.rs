//! `POST /api/multipart/complete`: makes an object of the parts.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use crate::server::asked::PartNumber;
use crate::server::caller::Caller;
use crate::server::endpoint::Endpoint;
use crate::server::error::ApiError;
use crate::server::objects::Continuation;
use crate::server::record::Record;
use crate::server::{answer, asked, confirm, work};
use gatepass_core::contract::Mode;
use gatepass_core::grant::{MultipartTicket, ObjectKey, StoredObject, Ticket, whole_of_free_parts};

use super::{BODY_PER_PART, Opened, body_of, most_parts};

#[derive(Deserialize)]
struct Body {
    ticket: String,
    parts: Vec<Part>,
}

#[derive(Deserialize)]
struct Part {
    part_number: PartNumber,
    etag: String,
}

pub(super) async fn post(
    State(endpoint): State<Arc<Endpoint>>,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    let most = endpoint.upload().multipart.map_or(0, |multipart| most_parts(&endpoint, multipart));
    let body = asked::read(&endpoint, request, endpoint.max_body().max(body_of(most))).await?;
    let Body { ticket, parts: said } =
        asked::fields(&body, r#"{"ticket": …, "parts": [{"part_number": 1, "etag": …}]}"#).await?;
    let said: Vec<(u32, String)> =
        said.into_iter().map(|part| (part.part_number.0, part.etag)).collect();
    let done = completed(&endpoint, Opened::by_ticket(&endpoint, &caller, &ticket)?, said).await?;
    let mut body = json!({ "key": done.key, "etag": done.etag, "location": done.location });
    if let Some(receipt) = done.receipt {
        body["receipt"] = receipt.into();
    }
    answer::json(&body, done.record)
}

/// An object that was made of parts.
pub(in crate::server) struct Done {
    pub(in crate::server) key: ObjectKey,
    pub(in crate::server) location: String,
    pub(in crate::server) record: Record,
    pub(in crate::server) etag: String,
    /// Where the contract has uploads confirmed.
    receipt: Option<String>,
}

/// Makes an object of the parts, if they are the whole file.
pub(in crate::server) async fn completed(
    endpoint: &Endpoint,
    opened: Opened<'_>,
    said: Vec<(u32, String)>,
) -> Result<Done, ApiError> {
    opened.write_use(endpoint, "complete").await?;
    let Opened { continuation, ticket, upload, .. } = opened;
    let parts = said.len();
    let object = match make(endpoint, continuation, &ticket, &upload, said).await {
        Err(error) => done_before(endpoint, continuation, &ticket, parts).await.ok_or(error)?,
        Ok(object) => object,
    };
    let (size, etag) = (object.size, object.etag.clone());
    Ok(Done {
        receipt: confirm::receipt(endpoint, &ticket, object).await?.map(|(receipt, _)| receipt),
        location: endpoint.address().object_url(ticket.key.as_str()),
        etag,
        record: Record::Completed { key: ticket.key.clone(), size, parts },
        key: ticket.key,
    })
}

async fn make(
    endpoint: &Endpoint,
    continuation: &Continuation,
    ticket: &Ticket,
    upload: &MultipartTicket,
    said: Vec<(u32, String)>,
) -> Result<StoredObject, ApiError> {
    let listed = continuation.objects.list_parts(&ticket.key, &upload.upload_id).await?;
    let (plan, declared, max) = (upload.plan, ticket.size, endpoint.upload().max_size.bytes());
    let whole = work::of_size((said.len() + listed.len()) * BODY_PER_PART, move || match plan {
        Some(plan) => plan.whole(&said, listed),
        None => whole_of_free_parts(&said, listed, declared, max),
    });
    let whole = whole.await??;
    let write_once = endpoint.upload().mode == Mode::Strict;
    let completed = continuation
        .objects
        .complete_multipart_upload(&ticket.key, &upload.upload_id, &whole, write_once)
        .await?;
    let size = whole.iter().map(|part| part.size).sum();
    Ok(StoredObject {
        size,
        etag: completed.etag,
        version_id: completed.version_id,
        ..StoredObject::default()
    })
}

/// The object where the upload was completed before and its answer got lost: nothing else makes one of that size and that many
/// parts at a key that was made for this upload. Nobody can look where the contract has no uploads confirmed.
async fn done_before(
    endpoint: &Endpoint,
    continuation: &Continuation,
    ticket: &Ticket,
    parts: usize,
) -> Option<StoredObject> {
    if !endpoint.upload().confirm {
        return None;
    }
    let object = continuation.objects.find(&ticket.key).await.ok()??;
    let is_it = ticket.size.is_none_or(|size| size == object.size)
        && object.etag.ends_with(&format!("-{parts}"));
    is_it.then_some(object)
}
