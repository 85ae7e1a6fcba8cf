//! `POST /api/upload-url`

use std::sync::Arc;
use std::time::SystemTime;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::grant::Refusal;

use super::answer::Answer;
use super::body;
use super::endpoint::Endpoint;
use super::error::ApiError;
use super::record::Record;

/// Checks a request against the contract and answers with a grant.
pub(super) async fn post(State(endpoint): State<Arc<Endpoint>>, request: Request) -> Result<Response, ApiError> {
    let (parts, body) = request.into_parts();
    refuse_foreign_origin(&endpoint, &parts.headers)?;
    refuse_other_than_json(&parts.headers)?;
    let bytes = body::read(body, endpoint.max_body(), endpoint.request_timeout()).await?;
    let upload = body::parse(&bytes)?.check(endpoint.upload()).map_err(|refusal| refused(refusal, &bytes))?;
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(internal)?;
    let grant = endpoint.with_maker(|maker| maker.grant(&upload, SystemTime::now(), random))?;

    let mut response = Response::new(Body::from(Answer(&grant).to_json().map_err(internal)?));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response.extensions_mut().insert(Record::Granted {
        key: grant.key,
        content_type: upload.content_type,
        size: upload.size,
        expires_in: grant.expires_in,
    });
    Ok(response)
}

/// A page of another site can make a browser send a request even where CORS keeps the answer from it.
fn refuse_foreign_origin(endpoint: &Endpoint, headers: &HeaderMap) -> Result<(), ApiError> {
    match headers.get(header::ORIGIN) {
        Some(origin) if !endpoint.allows_origin(origin, headers) => Err(ApiError::new(
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

fn refused(refusal: Refusal, body: &[u8]) -> ApiError {
    let near = match &refusal {
        Refusal::SizeMissing => body::did_you_mean(body, &body::SIZE),
        Refusal::ChecksumMissing => body::did_you_mean(body, &body::CHECKSUM),
        _ => None,
    };
    match near {
        Some(near) => ApiError::from(refusal).also(&near),
        None => refusal.into(),
    }
}

fn internal(error: impl ToString) -> ApiError {
    ApiError::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the grant could not be made").cause(error)
}
