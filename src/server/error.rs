//! What the one who asked is told when there is no grant.

use std::borrow::Cow;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use quick_xml::escape::escape;
use serde_json::{Value, json};

use gatepass_core::grant::{DownloadRefusal, LinkError, PartsError, Refusal, TicketError};

use super::answer;
use super::objects::{StoreError, StoreErrorKind};
use super::record::Record;

/// `{"error": {"code", "message", "hint"}}` with its status. The code is stable; message and hint are for people.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    code: &'static str,
    message: Cow<'static, str>,
    hint: Option<Cow<'static, str>>,
    retry_after_seconds: Option<u32>,
    challenge: Option<&'static str>,
    cause: Option<String>,
}

impl ApiError {
    pub(super) fn new(
        status: StatusCode,
        code: &'static str,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            status,
            code,
            message: message.into(),
            hint: None,
            retry_after_seconds: None,
            challenge: None,
            cause: None,
        }
    }

    /// The way out.
    pub(super) fn hint(mut self, hint: impl Into<Cow<'static, str>>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same request can go through after this time.
    pub(super) fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// What `WWW-Authenticate` says (RFC 6750).
    pub(super) fn challenge(mut self, challenge: &'static str) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// For the log only.
    pub(super) fn cause(mut self, cause: impl ToString) -> Self {
        self.cause = Some(cause.to_string());
        self
    }

    /// An address or a subject asks too often.
    pub(super) fn rate_limited(of: &'static str, wait: Duration) -> Self {
        let message = format!("there are too many requests of this {of}");
        Self::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message)
            .hint("ask again after `Retry-After` seconds")
            .wait(wait)
    }

    /// A subject has been granted too much that it has not used yet, or not long ago.
    pub(super) fn quota_exceeded(limit: u64, outstanding: u64, wait: Duration) -> Self {
        let message = format!(
            "grants for {outstanding} bytes are outstanding, and all together may be for {limit}"
        );
        Self::new(StatusCode::TOO_MANY_REQUESTS, "quota_exceeded", message)
            .hint("a grant counts until it expires; ask again after `Retry-After` seconds")
            .wait(wait)
    }

    /// The same request can go through after this time, to the second above.
    fn wait(self, wait: Duration) -> Self {
        let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
        self.retry_after(u32::try_from(seconds.max(1)).unwrap_or(u32::MAX))
    }

    /// What is granted or done is written to the audit first.
    pub(super) fn audit_failed(cause: impl ToString) -> Self {
        let message = "the audit record could not be written, so nothing was granted or done";
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "audit_failed", message)
            .hint("this is a server-side problem; try again in a moment")
            .retry_after(5)
            .cause(cause)
    }

    /// The client disconnected before the response. Only the log and the metrics show it; the status is nginx's for this.
    pub(super) fn disconnected() -> Self {
        let status = StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST);
        Self::new(status, "client_disconnected", "the client disconnected before the response")
    }

    pub(super) fn credentials_expired() -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "credentials_expired",
            "the credentials that sign have expired",
        )
        .hint("this is the server's to mend; try again in a moment")
        .retry_after(5)
    }

    /// Whether it is the endpoint's own fault, and so that of everything else in the request, too.
    pub(super) fn is_internal(&self) -> bool {
        self.status.is_server_error()
    }

    /// As it is told to the one who asked.
    pub(super) fn to_json(&self) -> Value {
        json!({ "error": { "code": self.code, "message": self.message, "hint": self.hint } })
    }

    /// Nothing that the one who asked could change.
    pub(super) fn internal(cause: impl ToString) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the grant could not be made")
            .cause(cause)
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let status = match &refusal {
            Refusal::ContentTypeNotAllowed { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Refusal::TooLarge { .. } | Refusal::TooLargeForOnePut { .. } => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            // not the request is wrong, but the upload is another
            Refusal::PartUnknown { .. }
            | Refusal::PartChecksumMissing { .. }
            | Refusal::PartChecksumUnwanted => StatusCode::CONFLICT,
            Refusal::CredentialsExpired => return Self::credentials_expired(),
            Refusal::SubjectMissing | Refusal::NotSigned(_) => return Self::internal(refusal),
            Refusal::BodyMalformed { .. }
            | Refusal::ContentTypeMissing { .. }
            | Refusal::ContentTypeMalformed { .. }
            | Refusal::SizeMissing
            | Refusal::SizeZero
            | Refusal::ChecksumMissing
            | Refusal::ChecksumMalformed
            | Refusal::ChecksumOfParts
            | Refusal::ChecksumOfForm
            | Refusal::ContentTypeRange
            | Refusal::Extra(_)
            | Refusal::FilenameTooLong => StatusCode::BAD_REQUEST,
        };
        Self {
            hint: refusal.hint().map(Cow::Owned),
            ..Self::new(status, refusal.code(), refusal.to_string())
        }
    }
}

impl From<DownloadRefusal> for ApiError {
    fn from(refusal: DownloadRefusal) -> Self {
        let status = match refusal {
            DownloadRefusal::Other(refusal) => return refusal.into(),
            DownloadRefusal::KeyNotPermitted { .. } => StatusCode::FORBIDDEN,
            DownloadRefusal::ContentTypeNotAllowed { .. }
            | DownloadRefusal::InlineNotAllowed { .. } => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            DownloadRefusal::KeyMalformed(_)
            | DownloadRefusal::ContentTypeMissing
            | DownloadRefusal::ContentTypeMalformed { .. }
            | DownloadRefusal::FilenameTooLong => StatusCode::BAD_REQUEST,
        };
        Self {
            hint: refusal.hint().map(Cow::Owned),
            ..Self::new(status, refusal.code(), refusal.to_string())
        }
    }
}

impl From<TicketError> for ApiError {
    fn from(error: TicketError) -> Self {
        let status = match error {
            TicketError::NotOurs | TicketError::NotMultipart | TicketError::OfAnother => {
                StatusCode::FORBIDDEN
            }
            TicketError::Expired => StatusCode::GONE,
        };
        Self::new(status, error.code(), error.to_string()).hint(error.hint())
    }
}

impl From<LinkError> for ApiError {
    fn from(error: LinkError) -> Self {
        let status = match error {
            LinkError::NotOurs | LinkError::OtherMethod(_) => StatusCode::FORBIDDEN,
            LinkError::Expired => StatusCode::GONE,
        };
        Self::new(status, error.code(), error.to_string()).hint(error.hint())
    }
}

impl From<PartsError> for ApiError {
    fn from(error: PartsError) -> Self {
        Self::new(StatusCode::CONFLICT, error.code(), error.to_string()).hint(error.hint())
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        let told = |status, code, message: &'static str| Self::new(status, code, message);
        let answer = match error.kind {
            StoreErrorKind::NotFound => told(StatusCode::NOT_FOUND, "upload_not_found", "S3 has no such upload any more")
                .hint("it was completed or given up, or its time is over; if it was not completed, begin it anew"),
            StoreErrorKind::NotShown => {
                told(StatusCode::NOT_FOUND, "object_not_shown", "S3 shows no object: nothing was uploaded yet, or the role may not read it")
                    .hint("upload, then confirm; if it was uploaded, this is the server's to mend: its log tells more")
            }
            StoreErrorKind::ObjectExists => told(StatusCode::PRECONDITION_FAILED, "object_exists", "there is an object at the key already")
                .hint("the upload was completed before: use it, or begin another one"),
            StoreErrorKind::Conflict => {
                told(StatusCode::CONFLICT, "upload_conflict", "something else was written to the key at the same time")
                    .hint("begin the upload anew")
            }
            StoreErrorKind::PartsRefused => told(StatusCode::CONFLICT, "parts_refused", "S3 does not take the parts")
                .hint("POST /api/multipart/list tells what is there; upload parts again that differ, then complete"),
            StoreErrorKind::Busy => told(StatusCode::SERVICE_UNAVAILABLE, "storage_busy", "S3 is asked too often at the moment")
                .hint("try again in a moment")
                .retry_after(5),
            StoreErrorKind::Unreachable => told(StatusCode::GATEWAY_TIMEOUT, "storage_unreachable", "S3 does not answer")
                .hint("this is the server's to mend; try again in a moment")
                .retry_after(5),
            StoreErrorKind::NoCredentials => Self::credentials_expired(),
            StoreErrorKind::Other => told(StatusCode::BAD_GATEWAY, "storage_refused", "S3 refused what the endpoint asked of it")
                .hint("this is the server's to mend: its log tells why"),
        };
        answer.cause(error)
    }
}

impl ApiError {
    /// The answer to clients that were written for other servers: its words stand where those look for them, too.
    pub(super) fn in_dialect(self) -> Response {
        let Self { code, hint, .. } = &self;
        let told = self.in_one_sentence();
        let body = json!({ "message": told, "error": { "type": code, "code": code, "message": told, "hint": hint } });
        let mut response = self.into_response();
        *response.body_mut() = Body::from(body.to_string());
        response
    }

    /// The answer to clients that take the endpoint for S3.
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.
    pub(super) fn in_xml(self) -> Response {
        let message = self.in_one_sentence();
        let message = escape(&message);
        let body = format!("<Error><Code>{}</Code><Message>{message}</Message></Error>", self.code);
        let mut response = self.into_response();
        response.headers_mut().insert(header::CONTENT_TYPE, answer::XML);
        *response.body_mut() = Body::from(body);
        response
    }

    fn in_one_sentence(&self) -> String {
        let Self { message, hint, .. } = self;
        hint.as_ref().map_or_else(|| message.to_string(), |hint| format!("{message}: {hint}"))
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let json = self.to_json();
        let Self { status, code, message, retry_after_seconds, challenge, cause, .. } = self;
        let mut response = (status, Json(json)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        if let Some(seconds) = retry_after_seconds {
            headers.insert(header::RETRY_AFTER, seconds.into());
        }
        if let Some(challenge) = challenge {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response.extensions_mut().insert(Record::Refused { code, message, cause });
        response
    }
}
