//! `/s3/upload?link=…`: the endpoint in S3's place, for clients that begin uploads in parts at S3 themselves, list their parts, complete
//! and abort them.
//!
//! A URL signed for S3 would let a browser complete an upload of any size, whatever is there already. So it gets a link to the endpoint,
//! which answers in S3's XML and looks as it does for everybody. Whoever has a link needs no other word to say who they are, as with a
//! presigned URL. Only the parts' bytes go to S3.

use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use quick_xml::escape::escape;
use url::form_urlencoded;

use crate::server::auth::Identity;
use crate::server::endpoint::Endpoint;
use crate::server::error::ApiError;
use crate::server::learned::Learned;
use crate::server::multipart::{self, Opened};
use crate::server::record::Record;
use crate::server::{answer, audit, body, caller, work};
use bounded_xml as xml;
use gatepass_core::contract::Subject;
use gatepass_core::grant::{Link, LinkError, LinkOperation, ObjectKey, StoredPart, Ticket};

pub(in crate::server) const PATH: &str = "/s3/upload";

/// What one part takes in a list of parts.
const BYTES_PER_PART: usize = 128;

pub(super) fn routes() -> Router<Arc<Endpoint>> {
    Router::new().route(PATH, get(list).post(create_or_complete).delete(abort))
}

/// Where a client sends what is not for S3.
pub(super) fn url(
    endpoint: &Endpoint,
    operation: LinkOperation,
    ticket: Ticket,
    expires_at: SystemTime,
) -> Result<String, ApiError> {
    let (Some(url), Some(continuation)) = (&endpoint.contract().serve.url, endpoint.continuation())
    else {
        return Err(ApiError::internal("there is nothing to make links of"));
    };
    let link = continuation.tickets.seal_link(&Link { operation, ticket, expires_at });
    Ok(format!("{url}{PATH}?link={link}"))
}

/// A refusal as S3 writes it.
struct InXml(ApiError);

impl<E: Into<ApiError>> From<E> for InXml {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for InXml {
    fn into_response(self) -> Response {
        self.0.in_xml()
    }
}

/// What somebody came with a link for.
struct Linked {
    operation: LinkOperation,
    ticket: Ticket,
    learned: Option<Arc<Learned>>,
}

impl FromRequestParts<Arc<Endpoint>> for Linked {
    type Rejection = InXml;

    async fn from_request_parts(
        parts: &mut Parts,
        endpoint: &Arc<Endpoint>,
    ) -> Result<Self, InXml> {
        let learned = caller::admit(endpoint, parts)?;
        let query = parts.uri.query().unwrap_or_default();
        let link = form_urlencoded::parse(query.as_bytes())
            .find(|(name, _)| name == "link")
            .map(|(_, link)| link);
        let link = endpoint.continuation().zip(link).ok_or(LinkError::NotOurs)?;
        let (continuation, link) = link;
        let Link { operation, ticket, .. } =
            continuation.tickets.open_link(&link, parts.method.as_str(), SystemTime::now())?;
        match (&ticket.subject, endpoint.authenticator()) {
            (None, None) => {}
            (Some(subject), Some(_)) => {
                let subject = Subject::parse(subject).map_err(|_| LinkError::NotOurs)?;
                caller::recognize(endpoint, learned, &Arc::new(Identity::of_link(subject)))?;
            }
            // the contract has been changed since, and asks who asks, or does not any more
            _ => return Err(LinkError::NotOurs.into()),
        }
        Ok(Self { operation, ticket, learned: learned.cloned() })
    }
}

/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html>. All parts are in one answer.
async fn list(
    State(endpoint): State<Arc<Endpoint>>,
    Linked { ticket, learned, .. }: Linked,
) -> Result<Response, InXml> {
    let opened = Opened::of(&endpoint, ticket, learned)?;
    let listed = multipart::listed(&endpoint, &opened).await?;
    // S3's own id is no right: it is in every URL of a part
    let upload_id = opened.ticket.multipart()?.upload_id.clone();
    let parts: String =
        work::of_size(listed.len() * BYTES_PER_PART, move || listed.iter().map(part).collect())
            .await?;
    let document = format!(
        "<ListPartsResult>{}<IsTruncated>false</IsTruncated>{parts}</ListPartsResult>",
        of_upload(&endpoint, &opened.ticket.key, &upload_id)
    );
    Ok(answer::xml(document, Record::Quiet))
}

fn part(part: &StoredPart) -> String {
    let StoredPart { number, size, etag, .. } = part;
    let etag = escape(etag);
    format!(
        "<Part><PartNumber>{number}</PartNumber><ETag>&quot;{etag}&quot;</ETag><Size>{size}</Size></Part>"
    )
}

/// What S3 says of an upload. No link answers with a ticket, which is valid for longer and for more than the link.
fn of_upload(endpoint: &Endpoint, key: &ObjectKey, id: &str) -> String {
    format!(
        "<Bucket>{}</Bucket><Key>{}</Key><UploadId>{}</UploadId>",
        endpoint.bucket(),
        escape(key.as_str()),
        escape(id)
    )
}

async fn create_or_complete(
    State(endpoint): State<Arc<Endpoint>>,
    Linked { operation, ticket, learned }: Linked,
    request: Request,
) -> Result<Response, InXml> {
    if operation == LinkOperation::CompleteMultipartUpload {
        complete(&endpoint, Opened::of(&endpoint, ticket, learned)?, request).await
    } else {
        create(&endpoint, &ticket, learned.as_deref()).await
    }
}

/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html>. The upload was begun when the link was asked
/// for, by somebody who said who they are; so the same link asked twice begins nothing.
async fn create(
    endpoint: &Endpoint,
    ticket: &Ticket,
    learned: Option<&Learned>,
) -> Result<Response, InXml> {
    audit::write_use(endpoint, learned, "create", ticket).await?;
    let id = endpoint
        .continuation()
        .map(|continuation| continuation.tickets.seal_upload_id(ticket))
        .unwrap_or_default();
    let document = format!(
        "<InitiateMultipartUploadResult>{}</InitiateMultipartUploadResult>",
        of_upload(endpoint, &ticket.key, &id)
    );
    Ok(answer::xml(document, Record::Quiet))
}

/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>.
async fn complete(
    endpoint: &Endpoint,
    opened: Opened<'_>,
    request: Request,
) -> Result<Response, InXml> {
    let body =
        body::read(request.into_body(), opened.max_body(endpoint), endpoint.request_timeout())
            .await?;
    let said =
        work::of_size(body.len(), move || std::str::from_utf8(&body).ok().and_then(parts_said))
            .await?;
    let done = multipart::completed(endpoint, opened, said.ok_or_else(malformed)?).await?;
    let document = format!(
        "<CompleteMultipartUploadResult><Location>{}</Location><Bucket>{}</Bucket><Key>{}</Key><ETag>&quot;{}&quot;</ETag></CompleteMultipartUploadResult>",
        escape(&done.location),
        endpoint.bucket(),
        escape(done.key.as_str()),
        escape(&done.etag),
    );
    Ok(answer::xml(document, done.record))
}

/// Number and ETag of every part; none if one lacks either.
fn parts_said(xml: &str) -> Option<Vec<(u32, String)>> {
    let part = |[number, etag]: [Option<String>; 2]| {
        Some((number?.trim().parse().ok()?, etag?.trim().to_owned()))
    };
    xml::records(xml, "Part", ["PartNumber", "ETag"])?.into_iter().map(part).collect()
}

fn malformed() -> ApiError {
    ApiError::new(StatusCode::BAD_REQUEST, "body_malformed", "the body is not what S3 is sent to complete an upload")
        .hint("send <CompleteMultipartUpload> with a <Part> for each part, and in it <PartNumber> and <ETag>")
}

/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html>.
async fn abort(
    State(endpoint): State<Arc<Endpoint>>,
    Linked { ticket, learned, .. }: Linked,
) -> Result<Response, InXml> {
    let record = multipart::aborted(&endpoint, Opened::of(&endpoint, ticket, learned)?).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.extensions_mut().insert(record);
    Ok(response)
}
