//! `POST /better-upload`: what the client of better-upload asks of its server: one PUT for each file, or parts for those that have more
//! than one.
//!
//! All parts of a file are signed when it is begun. To complete and to abort an upload the client gets links to the endpoint.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::server::caller::{Caller, Checked};
use crate::server::endpoint::Endpoint;
use crate::server::error::ApiError;
use crate::server::multipart::{self, Opened};
use crate::server::record::Record;
use crate::server::upload_url::{self, Granted};
use crate::server::{answer, asked, unfinished};
use gatepass_core::contract::{Multipart, PartSize};
use gatepass_core::grant::{CheckedUpload, LinkOperation, UploadRequest, Way};

use super::{Told, links, refuse_part_checksums};

pub(in crate::server) const PATH: &str = "/better-upload";

/// How many files one request can have.
const MAX_FILES: usize = 100;

/// How many parts they can have together: their URLs make an answer of about two megabytes at most.
const MAX_PARTS: u64 = 1000;

#[derive(Deserialize)]
struct Body {
    files: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    name: String,
    #[serde(deserialize_with = "asked::bytes")]
    size: u64,
    #[serde(rename = "type")]
    content_type: String,
}

impl File {
    fn wanted(&self) -> UploadRequest {
        UploadRequest {
            content_type: self.content_type.clone(),
            size: Some(self.size),
            filename: Some(self.name.clone()),
            ..UploadRequest::default()
        }
    }

    /// Whether the file goes in parts. This client repeats `type` as the `Content-Type` of a PUT, also an empty one, which is not the type
    /// that the file's name states; the type of an upload in parts is stated by the endpoint.
    fn is_in_parts(&self, part_size: u64) -> bool {
        self.size > part_size || self.content_type.is_empty()
    }

    /// The file as this client goes on with it, which looks at the key. A page finds there the ticket that an upload is confirmed with.
    fn described(&self, key: &str, ticket: Option<&str>) -> Value {
        let Self { name, size, content_type } = self;
        // this client sends its metadata to S3, where none is signed
        let info = json!({ "key": key, "metadata": {} });
        let mut described =
            json!({ "name": name, "size": size, "type": content_type, "objectInfo": info });
        if let Some(ticket) = ticket {
            described["ticket"] = ticket.into();
        }
        described
    }
}

pub(super) async fn post(
    State(endpoint): State<Arc<Endpoint>>,
    caller: Caller,
    request: Request,
) -> Result<Response, Told> {
    let body = asked::read(&endpoint, request, endpoint.max_body()).await?;
    let Body { files } =
        asked::fields(&body, r#"{"files": [{"name": …, "size": 12345, "type": "image/png"}]}"#)
            .await?;
    if files.len() > MAX_FILES {
        let error = ApiError::new(
            StatusCode::BAD_REQUEST,
            "too_many_files",
            format!("the request is about {} files", files.len()),
        );
        return Err(error.hint(format!("send at most {MAX_FILES} in one request")).into());
    }
    let cut = match endpoint.upload().multipart {
        Some(multipart) => Some(cut(&files, multipart)?),
        None => None,
    };
    let (mut checked, mut records) = (Vec::with_capacity(files.len()), Vec::new());
    let answers = match all(&endpoint, &caller, &files, cut, &mut checked, &mut records).await {
        Ok(answers) => answers,
        Err(error) => {
            checked.iter().for_each(Checked::give_back);
            multipart::abort_untold(&endpoint, &records).await;
            return Err(error.into());
        }
    };
    // the client looks for parts only where it is told their size
    let has_parts = records.iter().any(|record| matches!(record, Record::Begun { .. }));
    let body = match cut.filter(|_| has_parts) {
        Some(cut) => {
            json!({ "multipart": { "files": answers, "partSize": cut.part_size.bytes() }, "metadata": {} })
        }
        None => json!({ "files": answers, "metadata": {} }),
    };
    Ok(answer::json(&body, Record::Several(records))?)
}

/// What the client is told of each file. Where one of them is refused, it is told of none: whatever is reserved and begun by then is left
/// in `checked` and `records`, to be taken back.
async fn all(
    endpoint: &Endpoint,
    caller: &Caller,
    files: &[File],
    cut: Option<Multipart>,
    checked: &mut Vec<Checked<CheckedUpload>>,
    records: &mut Vec<Record>,
) -> Result<Vec<Value>, ApiError> {
    let in_parts = |file: &File| cut.filter(|cut| file.is_in_parts(cut.part_size.bytes()));
    // before anything is begun for one of them
    for file in files {
        if cut.is_none() && file.content_type.is_empty() {
            return Err(type_missing(&file.name));
        }
        let way = if in_parts(file).is_some() { Way::Multipart } else { Way::Put };
        checked.push(caller.check(file.wanted(), way, endpoint)?);
        if way == Way::Multipart {
            refuse_part_checksums(endpoint)?;
        }
    }
    let mut answers = Vec::with_capacity(files.len());
    let (mut granted, mut expires_in_seconds) = (Vec::with_capacity(files.len()), 0);
    for (file, checked) in files.iter().zip(&*checked) {
        if let Some(cut) = in_parts(file) {
            if unfinished::client_is_gone() {
                return Err(ApiError::disconnected());
            }
            answers.push(begin(endpoint, caller, file, checked, cut, records).await?);
            continue;
        }
        let Granted { grant, ticket, file: granted_file } =
            upload_url::sign(endpoint, caller, checked)?;
        // the client sets these two itself
        let headers: Map<String, Value> = grant
            .headers
            .iter()
            .filter(|(name, _)| !matches!(&**name, "Content-Length" | "Content-Type"))
            .map(|(name, value)| (name.to_string(), json!(value)))
            .collect();
        let described = file.described(grant.key.as_str(), ticket.as_deref());
        answers.push(json!({ "signedUrl": grant.upload_url.expose(), "headers": headers, "file": described }));
        expires_in_seconds = grant.expires_in.max(expires_in_seconds);
        granted.push(granted_file);
    }
    records.push(Record::GrantedSeveral { files: granted, refused: 0, expires_in_seconds });
    Ok(answers)
}

/// By one PUT the type of the file's name cannot be bound: see [`File::is_in_parts`].
fn type_missing(name: &str) -> ApiError {
    let name: String = name.chars().take(128).collect();
    ApiError::new(StatusCode::BAD_REQUEST, "content_type_missing", format!("the browser knows no type for the file {name:?}"))
        .hint("set multipart = true in the contract to allow such files, or make a `File` that has a `type`")
}

/// How files are cut that have more than one part: all alike, for the client knows one size of parts.
fn cut(files: &[File], multipart: Multipart) -> Result<Multipart, ApiError> {
    const MIB: u64 = 1024 * 1024;
    let part_size = multipart.part_size.bytes();
    let sizes = || files.iter().filter(|file| file.is_in_parts(part_size)).map(|file| file.size);
    // each file has one part that is not full, at most
    let full = MAX_PARTS - sizes().count() as u64;
    let least = sizes().fold(0, u64::saturating_add).div_ceil(full).div_ceil(MIB) * MIB;
    PartSize::from_bytes(least.max(part_size)).map(|part_size| Multipart { part_size }).map_err(
        |_| {
            ApiError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_many_parts",
                format!("the files would have more than {MAX_PARTS} parts"),
            )
            .hint("upload fewer of them at once, or by POST /api/multipart")
        },
    )
}

/// Begins the upload of a file in parts.
async fn begin(
    endpoint: &Endpoint,
    caller: &Caller,
    file: &File,
    checked: &Checked<CheckedUpload>,
    cut: Multipart,
    records: &mut Vec<Record>,
) -> Result<Value, ApiError> {
    let begun = multipart::begin_checked(endpoint, caller, checked, Some(cut)).await?;
    records.push(begun.record);
    let numbers: Vec<u32> = (1..=begun.plan.map_or(0, |plan| plan.count())).collect();
    let opened = Opened::of(endpoint, begun.stated.clone(), caller.learned().cloned())?;
    let (signed, record) =
        multipart::signed(endpoint, caller, &opened, &numbers, &BTreeMap::new()).await?;
    records.push(record);
    let parts: Vec<Value> =
        signed.iter().map(|part| json!({ "signedUrl": part.url.expose(), "partNumber": part.number, "size": part.size })).collect();
    // parts that are sent in time can take their time
    let link =
        |operation| links::url(endpoint, operation, begun.stated.clone(), begun.stated.expires_at);
    let ticket = endpoint.upload().confirm.then_some(begun.ticket.as_str());
    Ok(json!({
        "file": file.described(begun.key.as_str(), ticket),
        "parts": parts,
        "uploadId": begun.ticket,
        "completeSignedUrl": link(LinkOperation::CompleteMultipartUpload)?,
        "abortSignedUrl": link(LinkOperation::AbortMultipartUpload)?,
    }))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;

    /// The size of parts in MiB.
    fn part_size(sizes: &[u64]) -> Option<u64> {
        let files: Vec<File> = sizes
            .iter()
            .map(|size| File {
                name: String::new(),
                size: *size,
                content_type: "image/png".to_owned(),
            })
            .collect();
        let cut = cut(&files, Multipart { part_size: PartSize::DEFAULT }).ok()?;
        let parts: u64 = sizes
            .iter()
            .filter(|size| **size > cut.part_size.bytes())
            .map(|size| size.div_ceil(cut.part_size.bytes()))
            .sum();
        assert!(parts <= MAX_PARTS, "{parts}");
        assert_eq!(cut.part_size.bytes() % MIB, 0);
        Some(cut.part_size.bytes() / MIB)
    }

    #[test]
    fn all_files_of_a_request_are_cut_alike_into_parts_that_one_answer_holds() {
        assert_eq!(part_size(&[]), Some(16));
        assert_eq!(part_size(&[1, 16 * MIB, 16 * MIB + 1]), Some(16));
        assert_eq!(part_size(&[999 * 16 * MIB]), Some(16));
        assert_eq!(part_size(&[999 * 16 * MIB + 1]), Some(17));
        assert_eq!(part_size(&[100 * 1024 * MIB, 16 * MIB, 20 * MIB]), Some(103));
        assert_eq!(part_size(&[10 * 1024 * MIB; 100]), Some(1138));
        assert_eq!(part_size(&[999 * 5 * 1024 * MIB]), Some(5 * 1024));
        assert_eq!(part_size(&[999 * 5 * 1024 * MIB + 1]), None);
        assert_eq!(part_size(&[u64::MAX, u64::MAX]), None);
    }
}
