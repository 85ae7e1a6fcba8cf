//! A client of the presign endpoint: asks for a grant, then sends a file straight to S3, in constant memory.

mod endpoint;
mod error;
mod file;
mod memory;
mod parts;
mod put;
mod s3_error;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;

use std::path::PathBuf;

pub use error::UploadError;
pub(crate) use file::OpenFile;
pub use memory::memory_directory;
pub use parts::Parts;
pub use s3_error::S3Error;
use secrecy::SecretString;

use endpoint::Wanted;
use put::Sent;

/// A file to upload.
#[derive(Debug, Clone)]
pub struct Upload {
    /// Where it is.
    pub path: PathBuf,
    /// Its media type.
    pub content_type: String,
    /// The name to tell the endpoint instead of the file's own.
    pub filename: Option<String>,
    /// Compute its SHA-256 first, which S3 then compares with what arrives.
    pub checksum: bool,
    /// How it goes where it is large.
    pub parts: Parts,
}

/// What has been uploaded.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Uploaded {
    /// The object's key.
    pub key: String,
    /// In bytes.
    pub size: u64,
    /// As signed and sent.
    pub content_type: String,
    /// The base64 form of the content's SHA-256, where it was computed.
    pub checksum_sha256: Option<String>,
    /// As S3 answered.
    pub etag: Option<String>,
    /// What the endpoint signed of the object, for the app's back end to check, where the contract has uploads confirmed.
    pub receipt: Option<String>,
}

/// What is being done, for a progress display.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// So many bytes of so many have been hashed.
    Hashed(u64, u64),
    /// So many bytes of so many have been handed to the network.
    Sent(u64, u64),
}

/// A client of one endpoint.
#[derive(Debug, Clone)]
pub struct Client {
    http: reqwest::Client,
    /// Where grants are asked for.
    grants: url::Url,
    /// What says who asks.
    token: Option<SecretString>,
}

impl Client {
    /// Uploads one file.
    ///
    /// # Errors
    /// The file cannot be read, the endpoint refuses the grant, S3 refuses the upload, or the endpoint does not confirm it.
    pub async fn upload(
        &self,
        upload: &Upload,
        on_progress: impl Fn(Progress) + Send + Sync + 'static,
    ) -> Result<Uploaded, UploadError> {
        let mut file = OpenFile::open(&upload.path).await?;
        let size = file.size();
        let filename = upload.filename.as_deref().or_else(|| upload.path.file_name()?.to_str());
        if size >= upload.parts.from
            && let Some(rules) = self.rules().await?
            && rules.multipart
        {
            let checksums = upload.checksum || rules.checksum == "required";
            return self.upload_in_parts(upload, size, filename, checksums, on_progress).await;
        }
        let checksum_sha256 = match upload.checksum {
            true => Some(file.sha256(|hashed| on_progress(Progress::Hashed(hashed, size))).await?),
            false => None,
        };
        let wanted = Wanted {
            content_type: &upload.content_type,
            size,
            filename,
            checksum_sha256: checksum_sha256.as_deref(),
        };
        let grant = self.ask(&wanted).await?;
        let sent = Sent { url: &grant.upload_url, method: &grant.method, headers: &grant.headers };
        let etag =
            self.send(&sent, file, move |sent| on_progress(Progress::Sent(sent, size))).await?;
        let receipt = match &grant.ticket {
            Some(ticket) => Some(self.confirm(ticket).await.map_err(|source| {
                let (key, source) = (grant.key.clone(), Box::new(source));
                UploadError::Unconfirmed { key, source }
            })?),
            None => None,
        };
        Ok(Uploaded {
            key: grant.key,
            size,
            content_type: upload.content_type.clone(),
            checksum_sha256,
            etag,
            receipt,
        })
    }
}
