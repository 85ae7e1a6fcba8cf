//! The same request and answer by axum and the AWS SDK's presigner: what one would write without gatepass.

use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_s3::config::{BehaviorVersion, Region};
use aws_sdk_s3::presigning::PresigningConfig;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

use crate::server::{ACCESS_KEY_ID, SECRET_ACCESS_KEY};

/// Tells this program to be the peer.
pub(crate) const ARGUMENT: &str = "be-the-peer";

#[derive(serde::Deserialize)]
struct Wanted {
    content_type: String,
    size: i64,
}

/// Serves at the address that is the next argument.
pub(crate) fn run() -> Result<(), Box<dyn std::error::Error>> {
    let address = std::env::args().nth(2).ok_or("no address")?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-central-1"))
            .credentials_provider(Credentials::new(ACCESS_KEY_ID, SECRET_ACCESS_KEY, None, None, "bench"));
        let client = Arc::new(aws_sdk_s3::Client::from_conf(config.build()));
        let router = Router::new().route("/api/upload-url", post(upload_url)).with_state(client);
        axum::serve(tokio::net::TcpListener::bind(address).await?, router).await?;
        Ok(())
    })
}

async fn upload_url(State(client): State<Arc<aws_sdk_s3::Client>>, Json(wanted): Json<Wanted>) -> Result<Json<Value>, StatusCode> {
    let Some(extension) = wanted.content_type.strip_prefix("image/") else { return Err(StatusCode::UNSUPPORTED_MEDIA_TYPE) };
    let mut random = [0; 16];
    getrandom::fill(&mut random).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
    let id = uuid::Builder::from_random_bytes(random).into_uuid();
    let key = format!("uploads/2026-01-31/{id}.{extension}");
    let expiry = PresigningConfig::expires_in(Duration::from_secs(300)).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
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
    Ok(Json(json!({ "upload_url": put.uri(), "key": key, "method": "PUT", "headers": headers, "expires_in": 300 })))
}
