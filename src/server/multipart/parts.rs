//! `POST /api/multipart/parts`: signs parts.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::server::asked::PartNumber;
use crate::server::caller::Caller;
use crate::server::endpoint::Endpoint;
use crate::server::error::ApiError;
use crate::server::record::Record;
use crate::server::{answer, asked, work};
use gatepass_core::grant::{PartGrant, Refusal};

use super::{Opened, body_of};

/// How many parts one request can have signed: their URLs make an answer of about two megabytes at most.
const MAX_PARTS: usize = 1000;

/// How many are signed before other requests get their turn: some tenths of a millisecond.
const AT_ONCE: usize = 128;

/// What a signed part takes in an answer.
const BYTES_PER_PART: usize = 2048;

#[derive(Deserialize)]
struct Body {
    ticket: String,
    part_numbers: Vec<PartNumber>,
    #[serde(default)]
    checksums_sha256: BTreeMap<u32, String>,
}

pub(super) async fn post(
    State(endpoint): State<Arc<Endpoint>>,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    let max_body = endpoint.max_body().max(body_of(MAX_PARTS as u32));
    let body = asked::read(&endpoint, request, max_body).await?;
    let Body { ticket, part_numbers, checksums_sha256 } =
        asked::fields(&body, r#"{"ticket": …, "part_numbers": [1, 2]}"#).await?;
    let part_numbers: Vec<u32> =
        part_numbers.into_iter().map(|PartNumber(number)| number).collect();
    let asked: HashSet<u32> = part_numbers.iter().copied().collect();
    if let Some(number) = checksums_sha256.keys().find(|number| !asked.contains(number)) {
        let message = format!("`checksums_sha256` has part {number}, and `part_numbers` does not");
        return Err(ApiError::new(StatusCode::CONFLICT, "part_checksum_unwanted", message)
            .hint("send the checksums of these parts only"));
    }
    let opened = Opened::by_ticket(&endpoint, &caller, &ticket)?;
    let (signed, record) =
        signed(&endpoint, &caller, &opened, &part_numbers, &checksums_sha256).await?;
    answer_of_signed(
        signed,
        record,
        |signed| json!({ "parts": signed.iter().map(PartGrant::expose).collect::<Vec<_>>() }),
    )
    .await
}

/// Answers with signed parts as JSON.
pub(in crate::server) async fn answer_of_signed(
    signed: Vec<PartGrant>,
    record: Record,
    render: impl FnOnce(&[PartGrant]) -> Value + Send + 'static,
) -> Result<Response, ApiError> {
    work::of_size(signed.len() * BYTES_PER_PART, move || answer::json(&render(&signed), record))
        .await?
}

/// Signs parts, some of them perhaps with their checksums.
pub(in crate::server) async fn signed(
    endpoint: &Endpoint,
    caller: &Caller,
    opened: &Opened<'_>,
    part_numbers: &[u32],
    checksums_sha256: &BTreeMap<u32, String>,
) -> Result<(Vec<PartGrant>, Record), ApiError> {
    let Opened { ticket, upload, .. } = opened;
    if part_numbers.is_empty() || part_numbers.len() > MAX_PARTS {
        let message = format!("`part_numbers` has {} elements", part_numbers.len());
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "part_numbers_count", message)
            .hint(format!("ask for 1 to {MAX_PARTS} at once")));
    }
    let now = SystemTime::now();
    let mut signed = Vec::with_capacity(part_numbers.len());
    for numbers in part_numbers.chunks(AT_ONCE) {
        if !signed.is_empty() {
            tokio::task::yield_now().await;
        }
        endpoint.with_maker(caller, |maker| {
            for number in numbers {
                let checksum = checksums_sha256.get(number).map(String::as_str);
                let part = maker.part(&ticket.key, upload, *number, checksum, now)?;
                endpoint.observe(&part.url, &part.headers);
                signed.push(part);
            }
            Ok::<_, Refusal>(())
        })?;
    }
    let record = Record::PartsSigned { key: ticket.key.clone(), parts: signed.len() };
    Ok((signed, record))
}
