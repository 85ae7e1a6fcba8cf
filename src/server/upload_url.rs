//! `POST /api/upload-url`

use std::sync::Arc;
use std::time::SystemTime;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::grant::{Grant, UploadRequest};

use super::body;
use super::endpoint::Endpoint;
use super::error::ApiError;
use super::record::Record;

/// The usual answer, with a session token in its URL, fits in so many bytes.
const USUAL_LENGTH: usize = 2048;

/// Checks a request against the contract and answers with a grant.
pub(super) async fn post(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    refuse_foreign_origin(&endpoint, &parts.headers)?;
    refuse_other_than_json(&parts.headers)?;
    let bytes = body::read(body, endpoint.max_body(), endpoint.request_timeout()).await?;
    let upload = UploadRequest::from_json(&bytes)?.check(endpoint.upload())?;
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(ApiError::internal)?;
    let grant = endpoint.with_maker(|maker| maker.grant(&upload, SystemTime::now(), random))?;

    let mut response = Response::new(Body::from(to_json(&grant).map_err(ApiError::internal)?));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response.extensions_mut().insert(Record::Granted {
        key: grant.key,
        content_type: upload.content_type,
        size: upload.size,
        expires_in_seconds: grant.expires_in,
    });
    Ok(response)
}

/// A page of another site can make a browser send a request even where CORS keeps the answer from it.
fn refuse_foreign_origin(endpoint: &Endpoint, headers: &HeaderMap) -> Result<(), ApiError> {
    match headers.get(header::ORIGIN) {
        Some(origin) if !endpoint.allows_origin(origin) => Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "origin_not_allowed",
            format!("pages of {:?} may not upload here", origin.to_str().unwrap_or("an unreadable origin")),
        )
        .hint("the contract's upload.allowed_origins names the origins that may")),
        _ => Ok(()),
    }
}

/// Only JSON by name: a foreign page can send any other type without asking by a preflight first.
fn refuse_other_than_json(headers: &HeaderMap) -> Result<(), ApiError> {
    let content_type = headers.get(header::CONTENT_TYPE).map(|value| value.to_str().unwrap_or("unreadable"));
    let essence = content_type.and_then(|value| value.split(';').next()).unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let message = match content_type {
        Some(_) => format!("the request is {essence:?}, not \"application/json\""),
        None => "the request does not say what it is".to_owned(),
    };
    Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_json", message)
        .hint("send the header `Content-Type: application/json`; the file's own type goes into the body's `content_type`"))
}

fn to_json(grant: &Grant) -> serde_json::Result<Vec<u8>> {
    let mut json = Vec::with_capacity(USUAL_LENGTH);
    serde_json::to_writer(&mut json, &grant.expose())?;
    Ok(json)
}
