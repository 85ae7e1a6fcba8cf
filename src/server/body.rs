//! Reading a request's body within the endpoint's limits.

use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _, to_bytes};
use axum::http::StatusCode;
use http_body_util::LengthLimitError;

use super::error::ApiError;

/// Reads a whole body within the endpoint's limits.
pub(super) async fn read(
    body: Body,
    max_body: usize,
    timeout: Duration,
) -> Result<Bytes, ApiError> {
    let too_large = || {
        ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            format!("the request's body is above {max_body} bytes"),
        )
        .hint("send only the description of the file here; its bytes go to the upload_url")
    };
    if body.size_hint().lower() > max_body as u64 {
        return Err(too_large());
    }
    match tokio::time::timeout(timeout, to_bytes(body, max_body)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error))
            if std::error::Error::source(&error)
                .is_some_and(|source| source.is::<LengthLimitError>()) =>
        {
            Err(too_large())
        }
        Ok(Err(error)) => Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            "body_incomplete",
            "the request's body could not be read to its end",
        )
        .cause(error)),
        Err(_) => Err(ApiError::new(
            StatusCode::REQUEST_TIMEOUT,
            "request_timeout",
            format!(
                "the request's body did not arrive within {}",
                humantime::format_duration(timeout)
            ),
        )),
    }
}
