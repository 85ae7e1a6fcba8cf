//! What the endpoint is measured beside: the same request and answer by axum and the AWS SDK's presigner, as one would
//! write it without gatepass; and axum with an answer that never changes, which is as quick as axum gets.

use std::sync::Arc;
use std::time::Duration;

use aws_config::{BehaviorVersion, Region};
use aws_sdk_s3::presigning::PresigningConfig;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

/// Tells this program to be the peer with the SDK.
pub(crate) const SDK: &str = "be-the-sdk";
/// Tells this program to be the peer that does nothing.
pub(crate) const CONSTANT: &str = "be-constant";

#[derive(serde::Deserialize)]
struct Wanted {
    content_type: String,
    size: i64,
}

/// Serves at this address.
pub(crate) fn run(peer: &str, address: &str) -> Result<(), Box<dyn std::error::Error>> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let router = match peer {
            SDK => {
                let config = aws_config::defaults(BehaviorVersion::latest())
                    .region(Region::from_static("eu-central-1"))
                    .load()
                    .await;
                Router::new()
                    .route("/api/upload-url", post(upload_url))
                    .with_state(Arc::new(aws_sdk_s3::Client::new(&config)))
            }
            _ => Router::new().route("/api/upload-url", post(constant)),
        };
        axum::serve(tokio::net::TcpListener::bind(address).await?, router).await?;
        Ok(())
    })
}

/// Reads the request, and answers with as many bytes as a grant has.
async fn constant(Json(_): Json<Wanted>) -> Json<Value> {
    let url = "https://acme-uploads.s3.eu-central-1.amazonaws.com/".to_owned() + &"x".repeat(420);
    let headers =
        json!({ "Content-Length": "12345", "Content-Type": "image/png", "If-None-Match": "*" });
    let key = "uploads/2026-01-31/1b4e28ba-2fa1-4d23-9f6b-0c5a6f3a2d11.png";
    Json(
        json!({ "upload_url": url, "key": key, "method": "PUT", "headers": headers, "expires_in": 300 }),
    )
}

async fn upload_url(
    State(client): State<Arc<aws_sdk_s3::Client>>,
    Json(wanted): Json<Wanted>,
) -> Result<Json<Value>, StatusCode> {
    let Some(extension) = wanted.content_type.strip_prefix("image/") else {
        return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE);
    };
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let id = uuid::Builder::from_random_bytes(random).into_uuid();
    let key = format!("uploads/2026-01-31/{id}.{extension}");
    let expiry = PresigningConfig::expires_in(Duration::from_secs(300))
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let put = client
        .put_object()
        .bucket("acme-uploads")
        .key(&key)
        .content_type(&wanted.content_type)
        .content_length(wanted.size)
        .if_none_match("*")
        .presigned(expiry)
        .await
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let headers = json!({ "Content-Length": wanted.size.to_string(), "Content-Type": wanted.content_type, "If-None-Match": "*" });
    Ok(Json(
        json!({ "upload_url": put.uri(), "key": key, "method": "PUT", "headers": headers, "expires_in": 300 }),
    ))
}
