//! The file that is read twice at most: once for its checksum, once to send it.

use std::io::SeekFrom;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _, Take};
use tokio_util::io::ReaderStream;

use super::UploadError;

/// How much is read and sent at once.
const CHUNK: usize = 256 * 1024;

/// An open file whose size is fixed from now on.
pub(crate) struct OpenFile {
    path: PathBuf,
    file: File,
    size: u64,
}

impl OpenFile {
    pub(crate) async fn open(path: &Path) -> Result<Self, UploadError> {
        let failed = |source| UploadError::File { path: path.to_owned(), source };
        let file = File::open(path).await.map_err(failed)?;
        let metadata = file.metadata().await.map_err(failed)?;
        if !metadata.is_file() {
            return Err(UploadError::NotAFile(path.to_owned()));
        }
        Ok(Self { path: path.to_owned(), file, size: metadata.len() })
    }

    /// A part of a file, of which it is known that it is one.
    pub(crate) async fn part(path: &Path, start: u64, size: u64) -> Result<Self, UploadError> {
        let failed = |source| UploadError::File { path: path.to_owned(), source };
        let mut file = File::open(path).await.map_err(failed)?;
        file.seek(SeekFrom::Start(start)).await.map_err(failed)?;
        Ok(Self { path: path.to_owned(), file, size })
    }

    /// In bytes.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// The base64 form of the content's SHA-256.
    pub(crate) async fn sha256(
        &mut self,
        on_progress: impl Fn(u64),
    ) -> Result<String, UploadError> {
        let failed = |source| UploadError::File { path: self.path.clone(), source };
        let mut hasher = Sha256::new();
        let mut chunk = vec![0; CHUNK];
        let mut hashed = 0;
        let mut content = (&mut self.file).take(self.size);
        loop {
            let length = content.read(&mut chunk).await.map_err(failed)?;
            if length == 0 {
                break;
            }
            hasher.update(&chunk[..length]);
            hashed += length as u64;
            on_progress(hashed);
        }
        self.file.rewind().await.map_err(failed)?;
        Ok(STANDARD.encode(hasher.finalize()))
    }

    /// The content in chunks, and never more of it than the size that was signed.
    pub(crate) fn into_stream(mut self) -> ReaderStream<Take<File>> {
        self.file.set_max_buf_size(CHUNK);
        ReaderStream::with_capacity(self.file.take(self.size), CHUNK)
    }
}
