//! Uploads in parts: several at a time, from where they stopped, in constant memory.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::{StreamExt as _, TryStreamExt as _, stream};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::endpoint::again;
use super::memory::{Begun, Memory};
use super::put::Sent;
use super::{Client, OpenFile, Progress, Upload, UploadError, Uploaded};

/// How a large file goes.
#[derive(Debug, Clone)]
pub struct Parts {
    /// From this size on, in bytes, a file goes in parts, where the endpoint has them.
    pub from: u64,
    /// How many go at a time.
    pub at_once: usize,
    /// Where uploads that were begun are remembered, so that the same file goes on where it stopped.
    pub remember_in: Option<PathBuf>,
}

impl Default for Parts {
    /// From 64 MiB on, four at a time, remembered nowhere.
    fn default() -> Self {
        Self { from: 64 << 20, at_once: 4, remember_in: None }
    }
}

/// What the endpoint says that it takes.
#[derive(Deserialize)]
pub(super) struct Rules {
    pub(super) multipart: bool,
    pub(super) checksum: String,
}

#[derive(Serialize)]
struct Wanted<'a> {
    content_type: &'a str,
    size: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    filename: Option<&'a str>,
    part_checksums: bool,
}

#[derive(Deserialize)]
struct Listed {
    parts: Vec<ListedPart>,
}

#[derive(Deserialize)]
struct ListedPart {
    part_number: u32,
    size: u64,
    etag: String,
}

#[derive(Deserialize)]
struct Signed {
    parts: Vec<SignedPart>,
}

/// Has no `Debug`, for its URL is a right.
#[derive(Deserialize)]
struct SignedPart {
    url: String,
    method: String,
    headers: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Completed {
    etag: String,
    receipt: Option<String>,
}

/// How many bytes of all parts are on their way or there.
struct Total<P> {
    sent: AtomicU64,
    of: u64,
    on_progress: P,
}

impl<P: Fn(Progress)> Total<P> {
    fn add(&self, bytes: u64) {
        let before = self.sent.fetch_add(bytes, Ordering::Relaxed);
        (self.on_progress)(Progress::Sent(before + bytes, self.of));
    }

    /// What did not arrive.
    fn take_back(&self, bytes: u64) {
        self.sent.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Client {
    /// What the endpoint takes; none where it does not say so.
    pub(super) async fn rules(&self) -> Result<Option<Rules>, UploadError> {
        match again(|| self.look("contract")).await {
            Err(UploadError::Refused { status: 404, .. }) => Ok(None),
            rules => rules.map(Some),
        }
    }

    /// Uploads a file of this size, what S3 has already left out.
    pub(super) async fn upload_in_parts(
        &self,
        upload: &Upload,
        size: u64,
        filename: Option<&str>,
        checksums: bool,
        on_progress: impl Fn(Progress) + Send + Sync + 'static,
    ) -> Result<Uploaded, UploadError> {
        let memory = match &upload.parts.remember_in {
            Some(directory) => Some(Memory::of(directory, &self.grants, upload, size)?),
            None => None,
        };
        let remembered = memory.as_ref().and_then(Memory::recall);
        let (begun, mut etags) = match self.there(remembered).await? {
            Some(there) => there,
            None => {
                let wanted = Wanted {
                    content_type: &upload.content_type,
                    size,
                    filename,
                    part_checksums: checksums,
                };
                let begun: Begun = again(|| self.call("multipart", &wanted)).await?;
                if let Some(memory) = &memory {
                    memory.keep(&begun)?;
                }
                (begun, BTreeMap::new())
            }
        };
        let total = Arc::new(Total { sent: AtomicU64::new(0), of: size, on_progress });
        total.add(etags.keys().map(|number| begun.length(*number, size)).sum());
        let missing: Vec<u32> =
            (1..=begun.parts).filter(|number| !etags.contains_key(number)).collect();
        let sent: Vec<(u32, String)> = stream::iter(missing)
            .map(|number| self.part(upload, &begun, number, size, checksums, &total))
            .buffer_unordered(upload.parts.at_once.max(1))
            .try_collect()
            .await?;
        etags.extend(sent);
        let completed = self.complete(&begun, &etags).await?;
        if let Some(memory) = &memory {
            memory.forget();
        }
        let (etag, receipt) =
            completed.map(|Completed { etag, receipt }| (Some(etag), receipt)).unwrap_or_default();
        Ok(Uploaded {
            key: begun.key,
            size,
            content_type: upload.content_type.clone(),
            checksum_sha256: None,
            etag,
            receipt,
        })
    }

    /// The parts that S3 has of what was begun before; none where there is nothing to go on with.
    async fn there(
        &self,
        begun: Option<Begun>,
    ) -> Result<Option<(Begun, BTreeMap<u32, String>)>, UploadError> {
        let Some(begun) = begun else { return Ok(None) };
        let question = json!({ "ticket": begun.ticket });
        match again(|| self.call::<_, Listed>("multipart/list", &question)).await {
            Ok(listed) => {
                let whole = listed
                    .parts
                    .into_iter()
                    .filter(|part| part.size == begun.length(part.part_number, begun.size));
                let etags = whole.map(|part| (part.part_number, part.etag)).collect();
                Ok(Some((begun, etags)))
            }
            Err(UploadError::Refused { code, .. })
                if matches!(
                    code.as_str(),
                    "ticket_invalid" | "ticket_expired" | "ticket_of_another" | "upload_not_found"
                ) =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// Signs and sends one part.
    async fn part<P: Fn(Progress) + Send + Sync + 'static>(
        &self,
        upload: &Upload,
        begun: &Begun,
        number: u32,
        size: u64,
        checksums: bool,
        total: &Arc<Total<P>>,
    ) -> Result<(u32, String), UploadError> {
        let (start, length) = (u64::from(number - 1) * begun.part_size, begun.length(number, size));
        let mut question = json!({ "ticket": begun.ticket, "part_numbers": [number] });
        if checksums {
            let sha256 = OpenFile::part(&upload.path, start, length).await?.sha256(|_| {}).await?;
            question["checksums_sha256"] = json!({ number.to_string(): sha256 });
        }
        let etag = again(|| async {
            let signed: Signed = self.call("multipart/parts", &question).await?;
            let Some(signed) = signed.parts.into_iter().next() else {
                return Err(self.malformed("there is no part in its answer"));
            };
            let file = OpenFile::part(&upload.path, start, length).await?;
            let (moved, of_all) = (Arc::new(AtomicU64::new(0)), Arc::clone(total));
            let moving = Arc::clone(&moved);
            let sending =
                Sent { url: &signed.url, method: &signed.method, headers: &signed.headers };
            let sent = self
                .send(&sending, file, move |bytes| {
                    of_all.add(bytes - moving.swap(bytes, Ordering::Relaxed))
                })
                .await;
            if sent.is_err() {
                total.take_back(moved.load(Ordering::Relaxed));
            }
            sent?.ok_or_else(|| self.malformed("S3 answered without an ETag"))
        });
        Ok((number, etag.await?))
    }

    /// Makes an object of the parts; nothing is known of one whose answer was lost.
    async fn complete(
        &self,
        begun: &Begun,
        etags: &BTreeMap<u32, String>,
    ) -> Result<Option<Completed>, UploadError> {
        let parts: Vec<_> = etags
            .iter()
            .map(|(number, etag)| json!({ "part_number": number, "etag": etag }))
            .collect();
        let question = json!({ "ticket": begun.ticket, "parts": parts });
        let tried = AtomicU64::new(0);
        let completed = again(|| {
            tried.fetch_add(1, Ordering::Relaxed);
            self.call("multipart/complete", &question)
        });
        match completed.await {
            Ok(completed) => Ok(Some(completed)),
            // the answer of an attempt before was lost, not what it did
            Err(UploadError::Refused { code, .. })
                if tried.load(Ordering::Relaxed) > 1
                    && matches!(code.as_str(), "upload_not_found" | "object_exists") =>
            {
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
