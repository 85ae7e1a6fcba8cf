//! What Uppy's `@uppy/aws-s3` asks of a Companion server, versions 5 and 6.
//!
//! Where Companion has S3's upload id, these clients get a ticket, and bring it back in the path. They bring the key, too,
//! which nobody looks at: the ticket states it. `/s3/sts`, which would hand out credentials, is not there.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, RawQuery, Request, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use crate::server::asked::PartNumber;
use crate::server::caller::Caller;
use crate::server::endpoint::Endpoint;
use crate::server::error::ApiError;
use crate::server::form::GrantedForm;
use crate::server::multipart::{self, Opened};
use crate::server::route;
use crate::server::upload_url::{self, Granted};
use crate::server::{answer, asked, form};
use gatepass_core::grant::{StoredPart, TicketError, UploadRequest, whole};

use super::{Told, refuse_part_checksums, size};

/// How many parts a batch can have signed.
const MAX_BATCH: usize = 1000;

/// What the path names.
pub(super) struct Named<T>(T);

impl<T: DeserializeOwned + Send> FromRequestParts<Arc<Endpoint>> for Named<T> {
    type Rejection = Told;

    async fn from_request_parts(parts: &mut Parts, endpoint: &Arc<Endpoint>) -> Result<Self, Told> {
        // what cannot even be read was never given to anybody
        Ok(Self(
            Path::from_request_parts(parts, endpoint).await.map_err(|_| TicketError::NotOurs)?.0,
        ))
    }
}

/// The query's first value of this name, if it is not empty.
fn first<'a>(query: &'a str, name: &str) -> Option<Cow<'a, str>> {
    form_urlencoded::parse(query.as_bytes())
        .find(|(named, value)| named == name && !value.is_empty())
        .map(|(_, value)| value)
}

/// `GET /s3/params?filename=…&type=…&metadata[size]=…`: one request. Version 6 sends whatever it is answered as a form; version 5
/// can do both, and asks in the same words.
pub(super) async fn params(
    State(endpoint): State<Arc<Endpoint>>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, Told> {
    let query = query.unwrap_or_default();
    let wanted = UploadRequest {
        content_type: first(&query, "type").unwrap_or_default().into_owned(),
        filename: first(&query, "filename").map(Cow::into_owned),
        size: size(first(&query, "metadata[size]").as_deref())?,
        ..UploadRequest::default()
    };
    if endpoint.upload().form {
        let GrantedForm { grant, ticket, file } = form::grant(&endpoint, &caller, wanted)?;
        let fields: Map<String, Value> = grant
            .expose_fields()
            .iter()
            .map(|(name, value)| (name.to_string(), json!(value)))
            .collect();
        let body = json!({ "method": "POST", "url": grant.url, "fields": fields, "expires": grant.expires_in });
        return Ok(answer::json(
            &with_ticket(body, ticket),
            file.record("form", grant.expires_in),
        )?);
    }
    let Granted { grant, ticket, file } = upload_url::grant(&endpoint, &caller, wanted)?;
    // a browser sends the length itself, and says so in its console when a page tries to
    let headers: Map<String, Value> = grant
        .headers
        .iter()
        .filter(|(name, _)| *name != "Content-Length")
        .map(|(name, value)| (name.to_string(), json!(value)))
        .collect();
    let body = json!({
        "method": "PUT",
        "url": grant.upload_url.expose(),
        "fields": {},
        "headers": headers,
        "expires": grant.expires_in,
    });
    Ok(answer::json(&with_ticket(body, ticket), file.record("put", grant.expires_in))?)
}

/// Uppy passes over what the upload is confirmed with; a page that asks itself finds it.
fn with_ticket(mut body: Value, ticket: Option<String>) -> Value {
    if let Some(ticket) = ticket {
        body["ticket"] = ticket.into();
    }
    body
}

#[derive(Deserialize)]
struct Begin {
    filename: Option<String>,
    #[serde(rename = "type")]
    content_type: Option<String>,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
}

/// `POST /s3/multipart`
pub(super) async fn begin(
    State(endpoint): State<Arc<Endpoint>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Told> {
    let body = asked::read(&endpoint, request, endpoint.max_body()).await?;
    let Begin { filename, content_type, metadata } =
        asked::fields(&body, r#"{"filename": …, "type": "image/png", "metadata": {}}"#).await?;
    let told = metadata.unwrap_or_default().remove("size").map(|size| match &size {
        Value::String(text) => text.clone(),
        Value::Number(number) => {
            whole(number).map_or_else(|| number.to_string(), |number| number.to_string())
        }
        other => other.to_string(),
    });
    let wanted = UploadRequest {
        content_type: content_type.unwrap_or_default(),
        filename,
        size: size(told.as_deref())?,
        ..UploadRequest::default()
    };
    refuse_part_checksums(&endpoint)?;
    let begun = multipart::begin(&endpoint, &caller, wanted, None).await?;
    let body =
        json!({ "key": begun.key, "uploadId": begun.ticket, "bucket": endpoint.bucket().as_str() });
    Ok(answer::json(&body, begun.record)?)
}

/// `GET /s3/multipart/TICKET`
pub(super) async fn list(
    State(endpoint): State<Arc<Endpoint>>,
    caller: Caller,
    Named(ticket): Named<String>,
) -> Result<Response, Told> {
    let listed =
        multipart::listed(&endpoint, &Opened::by_ticket(&endpoint, &caller, &ticket)?).await?;
    let part = |part: &StoredPart| json!({ "PartNumber": part.number, "Size": part.size, "ETag": format!("\"{}\"", part.etag) });
    Ok(multipart::answer_of(listed, move |listed| listed.iter().map(part).collect()).await?)
}

/// `GET /s3/multipart/TICKET/7`
pub(super) async fn part(
    State(endpoint): State<Arc<Endpoint>>,
    caller: Caller,
    Named((ticket, number)): Named<(String, String)>,
) -> Result<Response, Told> {
    let number = number.parse().map_err(|_| {
        ApiError::new(
            StatusCode::BAD_REQUEST,
            "part_numbers_malformed",
            format!("{:?} is no number of a part", route::masked(&number)),
        )
        .hint("send it in the path, as 7")
    })?;
    let (signed, record) = multipart::signed(
        &endpoint,
        &caller,
        &Opened::by_ticket(&endpoint, &caller, &ticket)?,
        &[number],
        &BTreeMap::new(),
    )
    .await?;
    let body = signed.first().map(|part| json!({ "url": part.url.expose(), "expires": endpoint.upload().expires_in.seconds() }));
    Ok(answer::json(&body, record)?)
}

/// `GET /s3/multipart/TICKET/batch?partNumbers=1,2,7`
pub(super) async fn batch(
    State(endpoint): State<Arc<Endpoint>>,
    caller: Caller,
    Named(ticket): Named<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Told> {
    let query = query.unwrap_or_default();
    let numbers: Option<Vec<u32>> = first(&query, "partNumbers").and_then(|numbers| {
        numbers.split(',').take(MAX_BATCH + 1).map(|number| number.parse().ok()).collect()
    });
    let Some(numbers) = numbers.filter(|numbers| numbers.len() <= MAX_BATCH) else {
        let error = ApiError::new(
            StatusCode::BAD_REQUEST,
            "part_numbers_malformed",
            "`partNumbers` is no list of part numbers",
        );
        return Err(error
            .hint(format!("send 1 to {MAX_BATCH} of them, as partNumbers=1,2,7"))
            .into());
    };
    let (signed, record) = multipart::signed(
        &endpoint,
        &caller,
        &Opened::by_ticket(&endpoint, &caller, &ticket)?,
        &numbers,
        &BTreeMap::new(),
    )
    .await?;
    let answer = multipart::answer_of_signed(signed, record, |signed| {
        let urls: Map<String, Value> =
            signed.iter().map(|part| (part.number.to_string(), json!(part.url.expose()))).collect();
        json!({ "presignedUrls": urls })
    });
    Ok(answer.await?)
}

#[derive(Deserialize)]
struct Complete {
    parts: Vec<CompletePart>,
}

#[derive(Deserialize)]
struct CompletePart {
    #[serde(rename = "PartNumber")]
    number: PartNumber,
    #[serde(rename = "ETag")]
    etag: String,
}

/// `POST /s3/multipart/TICKET/complete`
pub(super) async fn complete(
    State(endpoint): State<Arc<Endpoint>>,
    caller: Caller,
    Named(ticket): Named<String>,
    request: Request,
) -> Result<Response, Told> {
    let opened = Opened::by_ticket(&endpoint, &caller, &ticket)?;
    let body = asked::read(&endpoint, request, opened.max_body(&endpoint)).await?;
    let Complete { parts } =
        asked::fields(&body, r#"{"parts": [{"PartNumber": 1, "ETag": …}]}"#).await?;
    let said: Vec<(u32, String)> =
        parts.into_iter().map(|part| (part.number.0, part.etag)).collect();
    let done = multipart::completed(&endpoint, opened, said).await?;
    let body =
        json!({ "location": done.location, "key": done.key, "bucket": endpoint.bucket().as_str() });
    Ok(answer::json(&body, done.record)?)
}

/// `DELETE /s3/multipart/TICKET`
pub(super) async fn abort(
    State(endpoint): State<Arc<Endpoint>>,
    caller: Caller,
    Named(ticket): Named<String>,
) -> Result<Response, Told> {
    let record =
        multipart::aborted(&endpoint, Opened::by_ticket(&endpoint, &caller, &ticket)?).await?;
    Ok(answer::json(&json!({}), record)?)
}
