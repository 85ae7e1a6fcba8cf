//! What the one who asked is told when there is no grant.

use std::borrow::Cow;

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

use crate::grant::Refusal;

use super::record::Record;

/// `{"error": {"code", "message", "hint"}}` with its status. The code is stable; message and hint are for people.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    hint: Option<Cow<'static, str>>,
    retry_after_seconds: Option<u16>,
    cause: Option<String>,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { status, code, message: message.into(), hint: None, retry_after_seconds: None, cause: None }
    }

    /// The way out.
    pub(super) fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same request can go through after this time.
    pub(super) fn retry_after(mut self, seconds: u16) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// For the log only.
    pub(super) fn cause(mut self, cause: impl ToString) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    pub(super) fn credentials_expired() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "credentials_expired", "the credentials that sign have expired")
            .hint("this is the server's to mend; try again in a moment")
            .retry_after(5)
    }

    /// Nothing that the one who asked could change.
    pub(super) fn internal(cause: impl ToString) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the grant could not be made").cause(cause)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let status = match &refusal {
            Refusal::ContentTypeNotAllowed { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Refusal::TooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Refusal::CredentialsExpired => return Self::credentials_expired(),
            Refusal::NotSigned(_) => return Self::internal(refusal),
            Refusal::BodyMalformed { .. }
            | Refusal::ContentTypeMissing { .. }
            | Refusal::ContentTypeMalformed { .. }
            | Refusal::SizeMissing
            | Refusal::SizeZero
            | Refusal::ChecksumMissing
            | Refusal::ChecksumMalformed
            | Refusal::FilenameTooLong => StatusCode::BAD_REQUEST,
        };
        let error = Self::new(status, refusal.code(), refusal.to_string());
        match refusal.hint() {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let Self { status, code, message, hint, retry_after_seconds, cause } = self;
        let mut response = (status, Json(json!({ "error": { "code": code, "message": message, "hint": hint } }))).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Some(seconds) = retry_after_seconds {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        response.extensions_mut().insert(Record::Refused { code, message, cause });
        response
    }
}
