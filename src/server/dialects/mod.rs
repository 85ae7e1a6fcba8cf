//! What upload clients speak that were written for other servers, where the contract turns it on.
//!
//! A dialect is another way to say the same: each request goes through the same authentication, contract and tickets as
//! the endpoint's own, and is granted nothing that those would not be.

mod better_upload;
mod companion;
mod links;
mod sign_request;

use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use gatepass_core::contract::{Checksum, Dialect};

use super::endpoint::Endpoint;
use super::error::ApiError;

pub(super) use better_upload::PATH as BETTER_UPLOAD;
pub(super) use links::PATH as LINKS;
pub(super) use sign_request::PATH as SIGN_REQUEST;

pub(super) fn routes(dialects: &[Dialect]) -> Router<Arc<Endpoint>> {
    let links = if dialects.iter().any(|dialect| dialect.has_links()) {
        links::routes()
    } else {
        Router::new()
    };
    dialects.iter().fold(links, |router, dialect| match dialect {
        Dialect::UppyCompanion => router
            .route("/s3/params", get(companion::params))
            .route("/s3/multipart", post(companion::begin))
            .route("/s3/multipart/{ticket}", get(companion::list).delete(companion::abort))
            .route("/s3/multipart/{ticket}/{number}", get(companion::part))
            .route("/s3/multipart/{ticket}/batch", get(companion::batch))
            .route("/s3/multipart/{ticket}/complete", post(companion::complete)),
        Dialect::UppySignRequest => router.route(SIGN_REQUEST, post(sign_request::post)),
        Dialect::BetterUpload => router.route(BETTER_UPLOAD, post(better_upload::post)),
    })
}

/// A refusal of a request to this route, as its clients read it.
pub(super) fn refusal(route: Option<&str>, error: ApiError) -> Response {
    match route {
        Some(LINKS) => error.in_xml(),
        Some(BETTER_UPLOAD) => error.in_dialect(),
        Some(route) if route.starts_with("/s3/") && route != SIGN_REQUEST => error.in_dialect(),
        _ => error.into_response(),
    }
}

/// A refusal as these clients show it to people: its words stand where they look for them, too.
pub(super) struct Told(ApiError);

impl<E: Into<ApiError>> From<E> for Told {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Told {
    fn into_response(self) -> Response {
        self.0.in_dialect()
    }
}

/// Refuses to begin an upload whose parts would have to come with what these clients do not send.
fn refuse_part_checksums(endpoint: &Endpoint) -> Result<(), ApiError> {
    if endpoint.upload().checksum != Checksum::Required {
        return Ok(());
    }
    let message = "every part has to come with its SHA-256 here, and this client sends none";
    Err(ApiError::new(StatusCode::CONFLICT, "part_checksum_missing", message)
        .hint("upload by POST /api/multipart"))
}

/// A size that a client tells as a text or a number; these clients write what is not there as `"null"` or `"undefined"`.
fn size(told: Option<&str>) -> Result<Option<u64>, ApiError> {
    match told {
        None | Some("" | "null" | "undefined") => Ok(None),
        Some(text) => text.parse().map(Some).map_err(|_| {
            ApiError::new(StatusCode::BAD_REQUEST, "size_malformed", format!("{text:?} is no size"))
                .hint("send the file's size in bytes as `size` in its metadata, or nothing")
        }),
    }
}
