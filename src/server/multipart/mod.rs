//! `POST /api/multipart` and what follows it: uploads in parts.
//!
//! The client begins an upload and gets a ticket, with which it has parts signed, listed and completed, or gives the upload
//! up. Key and upload id stand in the ticket only, which is sealed: no client can name one that is not its own.

mod abort;
mod complete;
mod create;
mod list;
mod parts;

use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::post;

use gatepass_core::contract::{Multipart, PartSize};
use gatepass_core::grant::{MultipartTicket, PartPlan, Ticket};

use super::audit;
use super::caller::Caller;
use super::endpoint::Endpoint;
use super::error::ApiError;
use super::learned::Learned;
use super::objects::Continuation;

/// What one part takes in the body of a request, at most: its number, its ETag, its checksum, and JSON or XML around them.
const BODY_PER_PART: usize = 256;
/// What a ticket takes.
const BODY_OF_TICKET: usize = 8192;

pub(super) use abort::{abort_untold, aborted};
pub(super) use complete::completed;
pub(super) use create::{begin, begin_checked};
pub(super) use list::{answer_of, listed};
pub(super) use parts::{answer_of_signed, signed};

pub(super) fn routes() -> Router<Arc<Endpoint>> {
    Router::new()
        .route("/api/multipart", post(create::post))
        .route("/api/multipart/parts", post(parts::post))
        .route("/api/multipart/list", post(list::post))
        .route("/api/multipart/complete", post(complete::post))
        .route("/api/multipart/abort", post(abort::post))
}

/// What uploads in parts are begun and gone on with, if the contract has them.
fn turned_on(endpoint: &Endpoint) -> Result<(Multipart, &Continuation), ApiError> {
    endpoint.upload().multipart.zip(endpoint.continuation()).ok_or_else(|| {
        ApiError::new(StatusCode::NOT_FOUND, "multipart_off", "uploads in parts are turned off here")
            .hint("upload by one PUT: POST /api/upload-url; the contract turns them on with multipart = true under [upload]")
    })
}

/// The largest body of a request about so many parts.
fn body_of(parts: u32) -> usize {
    BODY_OF_TICKET + BODY_PER_PART * parts as usize
}

/// How many parts an upload that the endpoint cuts can have under this contract.
fn most_parts(endpoint: &Endpoint, multipart: Multipart) -> u32 {
    PartPlan::new(endpoint.upload().max_size.bytes(), multipart)
        .map_or(PartPlan::MAX_PARTS, |plan| plan.count())
}

/// An upload in parts that is gone on with.
pub(super) struct Opened<'e> {
    continuation: &'e Continuation,
    pub(super) ticket: Ticket,
    upload: MultipartTicket,
    learned: Option<Arc<Learned>>,
}

impl<'e> Opened<'e> {
    /// The upload of a ticket, which has to be the caller's.
    pub(super) fn by_ticket(
        endpoint: &'e Endpoint,
        caller: &Caller,
        text: &str,
    ) -> Result<Self, ApiError> {
        let (_, continuation) = turned_on(endpoint)?;
        let ticket = continuation.tickets.open(text, caller.subject(), SystemTime::now())?;
        Self::of(endpoint, ticket, caller.learned().cloned())
    }

    /// The upload of an id that a link to create it gave, which has to be the caller's.
    pub(super) fn by_upload_id(
        endpoint: &'e Endpoint,
        caller: &Caller,
        text: &str,
    ) -> Result<Self, ApiError> {
        let (_, continuation) = turned_on(endpoint)?;
        let ticket =
            continuation.tickets.open_upload_id(text, caller.subject(), SystemTime::now())?;
        Self::of(endpoint, ticket, caller.learned().cloned())
    }

    /// The upload of a ticket that was opened.
    pub(super) fn of(
        endpoint: &'e Endpoint,
        ticket: Ticket,
        learned: Option<Arc<Learned>>,
    ) -> Result<Self, ApiError> {
        let (_, continuation) = turned_on(endpoint)?;
        let upload = ticket.multipart()?.clone();
        Ok(Self { continuation, ticket, upload, learned })
    }

    /// Writes down what the ticket is used for, before it is.
    async fn write_use(&self, endpoint: &Endpoint, kind: &'static str) -> Result<(), ApiError> {
        audit::write_use(endpoint, self.learned.as_deref(), kind, &self.ticket).await
    }

    /// The largest body of a request to complete the upload. A client that cuts the file itself makes no part but the last smaller than S3's
    /// minimum.
    pub(super) fn max_body(&self, endpoint: &Endpoint) -> usize {
        let parts = self.upload.plan.map_or_else(
            || {
                let size = self.ticket.size.unwrap_or(endpoint.upload().max_size.bytes());
                let most = u32::try_from(size / PartSize::MIN + 1).unwrap_or(PartPlan::MAX_PARTS);
                most.min(PartPlan::MAX_PARTS)
            },
            |plan| plan.count(),
        );
        endpoint.max_body().max(body_of(parts))
    }
}
