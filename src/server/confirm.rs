//! `POST /api/confirm`: the endpoint looks at what was uploaded, and says so in a receipt.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use gatepass_core::contract::UNCONFIRMED_TAG;
use gatepass_core::grant::{CheckedUpload, ObjectKey, Receipt, ReceiptKeys, StoredObject, Ticket};

use super::caller::Caller;
use super::endpoint::Endpoint;
use super::error::ApiError;
use super::objects::{Continuation, StoreError, StoreErrorKind};
use super::record::Record;
use super::{answer, asked, audit};

/// The longest ticket, with JSON around it.
const BODY: usize = 9 * 1024;

#[derive(Deserialize)]
struct Body {
    ticket: String,
}

/// A receipt with its claims beside it, for clients that do not read it.
#[derive(serde::Serialize)]
struct Confirmed {
    receipt: String,
    #[serde(flatten)]
    claims: Receipt,
}

pub(super) async fn post(
    State(endpoint): State<Arc<Endpoint>>,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    let body = asked::read(&endpoint, request, endpoint.max_body().max(BODY)).await?;
    let Some((continuation, _)) = turned_on(&endpoint) else {
        return Err(ApiError::new(
            StatusCode::NOT_FOUND,
            "confirm_off",
            "uploads are not confirmed here",
        )
        .hint("the contract turns it on with confirm = true under [upload]"));
    };
    let Body { ticket } = asked::fields(&body, r#"{"ticket": …}"#).await?;
    let ticket = continuation.tickets.open(&ticket, caller.subject(), SystemTime::now())?;
    audit::write_use(&endpoint, caller.learned().map(Arc::as_ref), "confirm", &ticket).await?;
    let Some(object) = continuation.objects.find(&ticket.key).await? else {
        return Err(not_found());
    };
    let size = object.size;
    let (receipt, claims) = receipt(&endpoint, &ticket, object)
        .await?
        .ok_or_else(|| ApiError::internal("there are no receipts"))?;
    answer::json(&Confirmed { receipt, claims }, Record::Confirmed { key: ticket.key, size })
}

/// What looks and signs, where the contract has uploads confirmed.
fn turned_on(endpoint: &Endpoint) -> Option<(&Continuation, &ReceiptKeys)> {
    let continuation = endpoint.continuation().filter(|_| endpoint.upload().confirm)?;
    Some((continuation, continuation.receipts.as_ref()?))
}

fn not_found() -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "object_not_found", "nothing was uploaded yet")
        .hint("upload, then confirm")
}

/// The receipt of an object and what it states; none where the contract has none. There is none either for what S3 may still remove.
pub(super) async fn receipt(
    endpoint: &Endpoint,
    ticket: &Ticket,
    object: StoredObject,
) -> Result<Option<(String, Receipt)>, ApiError> {
    let Some((continuation, receipts)) = turned_on(endpoint) else { return Ok(None) };
    let version_id = object.version_id.clone();
    // where nothing was declared, nothing that was signed kept S3 from taking more
    let max = endpoint.upload().max_size.bytes();
    if ticket.size.is_none() && object.size > max {
        let message = format!("the object has {} bytes, above the maximum of {max}", object.size);
        return Err(ApiError::new(StatusCode::CONFLICT, "object_differs", message)
            .hint("upload a smaller file, with a new grant"));
    }
    let receipt = Receipt::of(ticket, endpoint.bucket().as_str(), object, SystemTime::now())
        .map_err(|differs| {
            ApiError::new(StatusCode::CONFLICT, "object_differs", differs.to_string())
                .hint("upload it again, with a new grant")
        })?;
    // a grant of before the contract was changed may have marked it, and tickets of before they stated that do not tell
    if ticket.is_marked || is_marked(endpoint) {
        let kept = continuation.objects.remove_tag(&ticket.key, UNCONFIRMED_TAG.0).await;
        let kept = kept.map_err(|error| {
            if error.kind == StoreErrorKind::NotFound {
                not_found().cause(error)
            } else {
                error.into()
            }
        })?;
        if version_id.is_some() && kept != version_id {
            let cause = format!(
                "the object was seen as version {version_id:?}, and its tags as those of {kept:?}"
            )
            .into();
            return Err(StoreError { kind: StoreErrorKind::Conflict, source: cause }.into());
        }
    }
    Ok(Some((receipts.sign(&receipt), receipt)))
}

/// Whether uploads carry the tag by which S3 removes them unless they are confirmed.
fn is_marked(endpoint: &Endpoint) -> bool {
    endpoint.contract().bucket.lifecycle.unconfirmed_expiration.is_some()
}

/// The ticket that an upload by one request is confirmed with; none where the contract has none. `range` is what the content type
/// lies in where the type itself is not known yet.
pub(super) fn ticket(
    endpoint: &Endpoint,
    caller: &Caller,
    key: &ObjectKey,
    upload: &CheckedUpload,
    range: Option<&str>,
) -> Option<String> {
    let (continuation, _) = turned_on(endpoint)?;
    let lives = Duration::from_secs(endpoint.upload().ticket_expires_in.seconds().into());
    let ticket = Ticket {
        key: key.clone(),
        content_type: range.unwrap_or(upload.content_type.as_str()).to_owned(),
        size: upload.size,
        checksum_sha256: upload.checksum_sha256.clone(),
        subject: caller.subject().map(str::to_owned),
        expires_at: SystemTime::now() + lives,
        is_marked: is_marked(endpoint),
        multipart: None,
    };
    Some(continuation.tickets.seal(&ticket))
}
