//! `POST /s3/sign-request`: what the `signRequest` of an app has signed for Uppy 6, a request at a time.
//!
//! PUTs of bytes are signed for S3. What begins, lists, completes and aborts uploads in parts gets a link to the endpoint, which
//! stands in for S3 there. Where Uppy would have S3's upload id it has one of the endpoint's, which is good for requests to this path only.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::server::asked::PartNumber;
use crate::server::caller::Caller;
use crate::server::endpoint::Endpoint;
use crate::server::error::ApiError;
use crate::server::multipart::{self, Opened};
use crate::server::record::Record;
use crate::server::upload_url::{self, Granted};
use crate::server::{answer, asked};
use gatepass_core::grant::{LinkOperation, UploadRequest};

use super::{links, refuse_part_checksums};

pub(in crate::server) const PATH: &str = "/s3/sign-request";

/// The longest ticket, with JSON around it.
const BODY: usize = 9 * 1024;

const EXAMPLE: &str = r#"{"method": "PUT", "key": …, "contentType": "image/png", "size": 12345}"#;

/// What Uppy hands to `signRequest`. Its `key` is looked at by nobody: the endpoint makes keys, and tickets state them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    method: String,
    upload_id: Option<String>,
    part_number: Option<PartNumber>,
}

pub(super) async fn post(
    State(endpoint): State<Arc<Endpoint>>,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    let body = asked::read(&endpoint, request, endpoint.max_body().max(BODY)).await?;
    let Body { method, upload_id, part_number } = asked::fields(&body, EXAMPLE).await?;
    match (method.as_str(), upload_id, part_number) {
        ("PUT", None, None) => put(&endpoint, &caller, upload(&body)?),
        ("PUT", Some(ticket), Some(PartNumber(number))) => {
            part(&endpoint, &caller, &ticket, number).await
        }
        ("POST", None, None) => create(&endpoint, &caller, upload(&body)?).await,
        ("POST", Some(ticket), None) => {
            link(&endpoint, &caller, &ticket, LinkOperation::CompleteMultipartUpload)
        }
        ("GET", Some(ticket), None) => link(&endpoint, &caller, &ticket, LinkOperation::ListParts),
        ("DELETE", Some(ticket), None) => {
            link(&endpoint, &caller, &ticket, LinkOperation::AbortMultipartUpload)
        }
        (_, ticket, number) => {
            let with = |is: bool| if is { "with" } else { "without" };
            let message = format!(
                "{method:?} {} `uploadId` and {} `partNumber` is none of the requests that are signed",
                with(ticket.is_some()),
                with(number.is_some())
            );
            Err(ApiError::new(StatusCode::BAD_REQUEST, "request_unknown", message)
                .hint("send what Uppy hands to signRequest: PUT, or POST to begin in parts, then with `uploadId` PUT, POST, GET, DELETE"))
        }
    }
}

/// What is said of the file, by Uppy and by the app.
fn upload(body: &[u8]) -> Result<UploadRequest, ApiError> {
    let mut fields: Map<String, Value> =
        serde_json::from_slice(body).map_err(ApiError::internal)?;
    if let Some(content_type) = fields.remove("contentType") {
        fields.insert("content_type".to_owned(), content_type);
    }
    let body = serde_json::to_vec(&fields).map_err(ApiError::internal)?;
    Ok(UploadRequest::from_json(&body)?)
}

/// PutObject.
fn put(endpoint: &Endpoint, caller: &Caller, wanted: UploadRequest) -> Result<Response, ApiError> {
    let Granted { grant, ticket, file } = upload_url::grant(endpoint, caller, wanted)?;
    // a browser sends the length itself, and says so in its console when a page tries to
    let headers: Map<String, Value> = grant
        .headers
        .iter()
        .filter(|(name, _)| *name != "Content-Length")
        .map(|(name, value)| (name.to_string(), json!(value)))
        .collect();
    let mut body =
        json!({ "url": grant.upload_url.expose(), "key": grant.key, "headers": headers });
    if let Some(ticket) = ticket {
        body["ticket"] = ticket.into();
    }
    answer::json(&body, file.record("put", grant.expires_in))
}

/// CreateMultipartUpload.
async fn create(
    endpoint: &Endpoint,
    caller: &Caller,
    wanted: UploadRequest,
) -> Result<Response, ApiError> {
    refuse_part_checksums(endpoint)?;
    let wanted = UploadRequest { part_checksums: None, ..wanted };
    let begun = multipart::begin(endpoint, caller, wanted, None).await?;
    let url =
        links::url(endpoint, LinkOperation::CreateMultipartUpload, begun.stated, soon(endpoint))?;
    let mut body = json!({ "url": url, "key": begun.key });
    if endpoint.upload().confirm {
        body["ticket"] = begun.ticket.into();
    }
    answer::json(&body, begun.record)
}

/// UploadPart.
async fn part(
    endpoint: &Endpoint,
    caller: &Caller,
    upload_id: &str,
    number: u32,
) -> Result<Response, ApiError> {
    let opened = Opened::by_upload_id(endpoint, caller, upload_id)?;
    let (signed, record) =
        multipart::signed(endpoint, caller, &opened, &[number], &BTreeMap::new()).await?;
    answer::json(&json!({ "url": signed.first().map(|part| part.url.expose()) }), record)
}

/// Whatever is asked of S3 about an upload that was begun.
fn link(
    endpoint: &Endpoint,
    caller: &Caller,
    upload_id: &str,
    operation: LinkOperation,
) -> Result<Response, ApiError> {
    let ticket = Opened::by_upload_id(endpoint, caller, upload_id)?.ticket;
    let (key, expires_at) = (ticket.key.clone(), ticket.expires_at.min(soon(endpoint)));
    let expires_in = expires_at.duration_since(SystemTime::now()).unwrap_or_default();
    let expires_in_seconds = u32::try_from(expires_in.as_secs()).unwrap_or(u32::MAX);
    let url = links::url(endpoint, operation, ticket, expires_at)?;
    answer::json(&json!({ "url": url }), Record::Linked { operation, key, expires_in_seconds })
}

/// When a link ends: as a URL of S3 would.
fn soon(endpoint: &Endpoint) -> SystemTime {
    SystemTime::now() + Duration::from_secs(endpoint.upload().expires_in.seconds().into())
}
