//! `GET /api/contract`: what a client needs to know to choose how it uploads.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::json;

use gatepass_core::contract::{Checksum, MediaRange, Mode, ObjectSize};

use super::caller::Caller;
use super::endpoint::Endpoint;
use super::file::File;

pub(super) async fn get(
    State(endpoint): State<Arc<Endpoint>>,
    _: Caller,
    headers: HeaderMap,
) -> Response {
    endpoint
        .documents()
        .contract
        .get_or_init(|| File::new("application/json", document(&endpoint)))
        .answer(&headers)
}

fn document(endpoint: &Endpoint) -> String {
    let upload = endpoint.upload();
    let max_size = upload.max_size.bytes();
    let document = json!({
        "mode": match upload.mode {
            Mode::Strict => "strict",
            Mode::Compatible => "compatible",
        },
        "content_types": upload.content_types.iter().map(MediaRange::to_string).collect::<Vec<_>>(),
        "max_size": max_size,
        "max_put_size": max_size.min(ObjectSize::MAX_PUT),
        "checksum": match upload.checksum {
            Checksum::Optional => "optional",
            Checksum::Required => "required",
        },
        "multipart": upload.multipart.is_some(),
        "form": upload.form,
        "confirm": upload.confirm,
        "download": endpoint.contract().download.is_some(),
    });
    document.to_string()
}
