//! `POST /api/multipart/parts`: signs parts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::grant::{PartGrant, Refusal};
use crate::server::asked::PartNumber;
use crate::server::caller::Caller;
use crate::server::endpoint::Endpoint;
use crate::server::error::ApiError;
use crate::server::record::Record;
use crate::server::{answer, asked};

use super::{Opened, body_of};

/// How many parts one request can have signed: their URLs make an answer of about two megabytes at most.
const MAX_PARTS: usize = 1000;

#[derive(Deserialize)]
struct Body {
    ticket: String,
    part_numbers: Vec<PartNumber>,
    #[serde(default)]
    checksums_sha256: BTreeMap<u32, String>,
}

pub(super) async fn post(State(endpoint): State<Arc<Endpoint>>, caller: Caller, request: Request) -> Result<Response, ApiError> {
    let max_body = endpoint.max_body().max(body_of(MAX_PARTS as u32));
    let body = asked::read(&endpoint, request, max_body).await?;
    let Body { ticket, part_numbers, checksums_sha256 } = asked::fields(&body, r#"{"ticket": …, "part_numbers": [1, 2]}"#)?;
    let part_numbers: Vec<u32> = part_numbers.into_iter().map(|PartNumber(number)| number).collect();
    if let Some(number) = checksums_sha256.keys().find(|number| !part_numbers.contains(number)) {
        let message = format!("`checksums_sha256` has part {number}, and `part_numbers` does not");
        return Err(ApiError::new(StatusCode::CONFLICT, "part_checksum_unwanted", message).hint("send the checksums of these parts only"));
    }
    let (signed, record) = signed(&endpoint, &caller, &Opened::by_ticket(&endpoint, &caller, &ticket)?, &part_numbers, &checksums_sha256)?;
    answer::json(&serde_json::json!({ "parts": signed.iter().map(PartGrant::expose).collect::<Vec<_>>() }), record)
}

/// Signs parts, some of them perhaps with their checksums.
pub(in crate::server) fn signed(
    endpoint: &Endpoint,
    caller: &Caller,
    opened: &Opened<'_>,
    part_numbers: &[u32],
    checksums_sha256: &BTreeMap<u32, String>,
) -> Result<(Vec<PartGrant>, Record), ApiError> {
    let Opened { ticket, upload, .. } = opened;
    if part_numbers.is_empty() || part_numbers.len() > MAX_PARTS {
        let message = format!("`part_numbers` has {} elements", part_numbers.len());
        return Err(ApiError::new(StatusCode::BAD_REQUEST, "part_numbers_count", message).hint(format!("ask for 1 to {MAX_PARTS} at once")));
    }
    let now = SystemTime::now();
    let signed: Vec<PartGrant> = endpoint.with_maker(caller, |maker| {
        let sign = |number: &u32| {
            let checksum = checksums_sha256.get(number).map(String::as_str);
            maker.part(&ticket.key, upload, *number, checksum, now)
        };
        part_numbers.iter().map(sign).collect::<Result<_, Refusal>>()
    })?;
    let record = Record::PartsSigned { key: ticket.key.clone(), parts: signed.len() };
    Ok((signed, record))
}
