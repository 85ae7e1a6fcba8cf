//! Whoever asks for something, once it is known that they may.

use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};

use crate::contract::Upload;
use crate::grant::{CheckedUpload, UploadRequest, Way};

use super::auth::Identity;
use super::endpoint::Endpoint;
use super::error::ApiError;
use super::learned::Learned;

/// Whoever asks. Every route under `/api` takes one: to have one is to have been let in.
///
/// Without `[auth]` in the contract it is anybody, and costs nothing.
#[derive(Debug)]
pub(super) struct Caller(Option<Arc<Identity>>);

impl FromRequestParts<Arc<Endpoint>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, endpoint: &Arc<Endpoint>) -> Result<Self, ApiError> {
        refuse_foreign_origin(endpoint, &parts.headers)?;
        let Some(authenticator) = endpoint.authenticator() else { return Ok(Self(None)) };
        let identity = authenticator.authenticate(&parts.headers)?;
        if let Some(learned) = parts.extensions.get::<Arc<Learned>>() {
            learned.is_from(Arc::clone(&identity));
        }
        Ok(Self(Some(identity)))
    }
}

impl Caller {
    /// Who asks, where that is known.
    pub(super) fn subject(&self) -> Option<&str> {
        self.0.as_ref().map(|identity| identity.subject().as_str())
    }

    /// Checks a request against the contract, and notes who asks.
    pub(super) fn check(&self, request: UploadRequest, way: Way, upload: &Upload) -> Result<CheckedUpload, ApiError> {
        let subject = self.0.as_ref().map(|identity| Arc::clone(identity.subject()));
        Ok(request.check_for(way, upload)?.of(subject))
    }
}

/// A page of another site can make a browser send a request even where CORS keeps the answer from it.
pub(super) fn refuse_foreign_origin(endpoint: &Endpoint, headers: &HeaderMap) -> Result<(), ApiError> {
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
