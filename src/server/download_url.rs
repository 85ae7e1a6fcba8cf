//! `POST /api/download-url`

use std::sync::Arc;
use std::time::SystemTime;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;

use gatepass_core::grant::DownloadRequest;

use super::caller::Caller;
use super::endpoint::Endpoint;
use super::error::ApiError;
use super::record::Record;
use super::{answer, asked};

/// Checks a request against the contract and answers with a grant to read one object. Whether it is there, S3 says.
pub(super) async fn post(
    State(endpoint): State<Arc<Endpoint>>,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    let body = asked::read(&endpoint, request, endpoint.max_body()).await?;
    let Some(download) = &endpoint.contract().download else {
        return Err(ApiError::new(
            StatusCode::NOT_FOUND,
            "download_off",
            "downloads are turned off here",
        )
        .hint("the contract turns them on with a table [download]"));
    };
    let request: DownloadRequest =
        asked::fields(&body, r#"{"key": "…", "filename": "a.png"}"#).await?;
    let download = caller.check_download(request, download, &endpoint)?;
    let grant =
        endpoint.with_maker(&caller, |maker| maker.download(&download, SystemTime::now()))?;
    let record = Record::Downloadable {
        key: grant.key.clone(),
        content_type: download.content_type,
        expires_in_seconds: grant.expires_in,
    };
    answer::json(&grant.expose(), record)
}
