//! `POST /api/multipart/abort`: gives an upload up.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::Response;
use futures::StreamExt as _;
use serde::Deserialize;
use serde_json::json;

use crate::server::caller::Caller;
use crate::server::endpoint::Endpoint;
use crate::server::error::ApiError;
use crate::server::objects::StoreErrorKind;
use crate::server::record::Record;
use crate::server::{answer, asked};

use super::{Opened, body_of};

/// The most uploads of one request that are aborted at the same time.
const AT_ONCE: usize = 8;

#[derive(Deserialize)]
struct Body {
    ticket: String,
}

pub(super) async fn post(
    State(endpoint): State<Arc<Endpoint>>,
    caller: Caller,
    request: Request,
) -> Result<Response, ApiError> {
    let body = asked::read(&endpoint, request, endpoint.max_body().max(body_of(0))).await?;
    let Body { ticket } = asked::fields(&body, r#"{"ticket": …}"#).await?;
    answer::json(
        &json!({}),
        aborted(&endpoint, Opened::by_ticket(&endpoint, &caller, &ticket)?).await?,
    )
}

/// Gives an upload up.
pub(in crate::server) async fn aborted(
    endpoint: &Endpoint,
    opened: Opened<'_>,
) -> Result<Record, ApiError> {
    opened.write_use(endpoint, "abort").await?;
    let Opened { continuation, ticket, upload, .. } = opened;
    match continuation.objects.abort_multipart_upload(&ticket.key, &upload.upload_id).await {
        // it is over already, which is what was asked for
        Err(error) if error.kind == StoreErrorKind::NotFound => {}
        aborted => aborted?,
    }
    Ok(Record::Aborted { key: ticket.key })
}

/// Gives up the uploads that were begun for an answer that nobody gets: nobody could go on with them. What S3 does not give up now goes by
/// the bucket's lifecycle rule.
pub(in crate::server) async fn abort_untold(endpoint: &Endpoint, records: &[Record]) {
    let Some(continuation) = endpoint.continuation() else { return };
    let aborting =
        futures::stream::iter(records).for_each_concurrent(AT_ONCE, |record| async move {
            let Record::Begun { file, upload_id, .. } = record else { return };
            if let Err(error) =
                continuation.objects.abort_multipart_upload(&file.key, upload_id).await
            {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(
                    key = file.key.as_str(),
                    error,
                    "an upload that was begun for nobody stays begun"
                );
            }
        });
    aborting.await;
}
