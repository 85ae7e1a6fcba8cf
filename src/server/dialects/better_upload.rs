//! `POST /better-upload`: what the client of better-upload asks of its server, one PUT for each file.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::grant::UploadRequest;
use crate::server::caller::Caller;
use crate::server::endpoint::Endpoint;
use crate::server::error::ApiError;
use crate::server::record::Record;
use crate::server::upload_url::{self, Granted};
use crate::server::{answer, asked};

use super::Told;

/// How many files one request can have.
const MAX_FILES: usize = 100;

#[derive(Deserialize)]
struct Body {
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    name: String,
    size: u64,
    #[serde(rename = "type")]
    content_type: String,
}

pub(super) async fn post(State(endpoint): State<Arc<Endpoint>>, caller: Caller, request: Request) -> Result<Response, Told> {
    let body = asked::read(&endpoint, request, endpoint.max_body()).await?;
    let Body { files } = asked::fields(&body, r#"{"files": [{"name": …, "size": 12345, "type": "image/png"}]}"#)?;
    if files.len() > MAX_FILES {
        let error = ApiError::new(StatusCode::BAD_REQUEST, "too_many_files", format!("the request is about {} files", files.len()));
        return Err(error.hint(format!("send at most {MAX_FILES} in one request")).into());
    }
    let mut answers = Vec::with_capacity(files.len());
    let (mut granted, mut expires_in_seconds) = (Vec::with_capacity(files.len()), 0);
    for File { name, size, content_type } in files {
        let wanted = UploadRequest {
            content_type: content_type.clone(),
            size: Some(size),
            filename: Some(name.clone()),
            ..UploadRequest::default()
        };
        let Granted { grant, ticket, file } = upload_url::grant(&endpoint, &caller, wanted)?;
        // the client sets these two itself
        let headers: Map<String, Value> = grant
            .headers
            .iter()
            .filter(|(name, _)| !matches!(&**name, "Content-Length" | "Content-Type"))
            .map(|(name, value)| (name.to_string(), json!(value)))
            .collect();
        let mut described = json!({
            "name": name, "size": size, "type": content_type,
            // this client sends its metadata to S3, where none is signed
            "objectInfo": { "key": grant.key, "metadata": {} },
        });
        // the page finds it there when the upload is done
        if let Some(ticket) = ticket {
            described["ticket"] = ticket.into();
        }
        answers.push(json!({ "signedUrl": grant.upload_url.expose(), "headers": headers, "file": described }));
        expires_in_seconds = grant.expires_in.max(expires_in_seconds);
        granted.push(file);
    }
    Ok(answer::json(
        &json!({ "files": answers, "metadata": {} }),
        Record::GrantedSeveral { files: granted, refused: 0, expires_in_seconds },
    )?)
}
