//! Receiving bytes: into a file, with their hashes, compared with what was declared.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use s3s::TrailingHeaders;
use s3s::crypto::{Checksum as _, Md5};
use tokio::io::{AsyncWriteExt as _, BufWriter};

use super::{Algorithm, Checksums, ObjectStore, checksums};

/// Where files are while they are being received.
pub(super) const DIRECTORY: &str = ".incoming";

/// How much is written at a time.
const BUFFER: usize = 256 * 1024;

/// What the sender declared of the bytes.
#[derive(Debug, Default)]
pub(crate) struct Declared {
    pub(crate) length: Option<u64>,
    /// `Content-MD5`, as sent.
    pub(crate) md5: Option<String>,
    /// The algorithm of the checksum, and the checksum unless it comes after the bytes.
    pub(crate) checksum: Option<(Algorithm, Option<String>)>,
    /// What comes after the bytes.
    pub(crate) trailers: Option<TrailingHeaders>,
}

/// Bytes in a file that goes away if nothing is done with it.
#[derive(Debug)]
pub(crate) struct Received {
    pub(crate) file: tempfile::TempPath,
    pub(crate) size: u64,
    pub(crate) md5: [u8; 16],
    /// By the declared algorithm, or by S3's default, CRC-64/NVME.
    pub(crate) checksums: Checksums,
}

/// Why the bytes were not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReceiveError {
    #[error("Content-MD5 is not the base64 form of 16 bytes")]
    InvalidMd5(String),
    #[error("the value of {} is not the base64 form of {} bytes", .0.header(), .0.length())]
    InvalidChecksum(Algorithm),
    #[error("the bytes are not those of Content-MD5")]
    OtherMd5 {
        expected: String,
        /// In base64, as the other.
        calculated: String,
    },
    #[error("the bytes are not those of {}", algorithm.header())]
    OtherChecksum {
        algorithm: Algorithm,
        expected: String,
        /// In base64, as the other.
        calculated: String,
    },
    #[error("the bytes are not those of x-amz-content-sha256")]
    OtherPayload,
    #[error("a chunk's signature is wrong")]
    ChunkSignature,
    #[error("the bytes ended early")]
    Incomplete,
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl ObjectStore {
    /// Receives a body.
    pub(crate) async fn receive<S>(
        &self,
        body: Option<S>,
        declared: Declared,
    ) -> Result<Received, ReceiveError>
    where
        S: Stream<Item = Result<Bytes, s3s::StdError>> + Unpin,
    {
        let md5 = declared
            .md5
            .as_deref()
            .map(|text| decode(text, 16).ok_or_else(|| ReceiveError::InvalidMd5(text.to_owned())))
            .transpose()?;
        if let Some((algorithm, Some(value))) = &declared.checksum {
            decode(value, algorithm.length()).ok_or(ReceiveError::InvalidChecksum(*algorithm))?;
        }
        let algorithm =
            declared.checksum.as_ref().map_or(Algorithm::Crc64Nvme, |(algorithm, _)| *algorithm);
        let (file, path) = tempfile::NamedTempFile::new_in(self.dir.join(DIRECTORY))?.into_parts();
        let mut file = BufWriter::with_capacity(BUFFER, tokio::fs::File::from_std(file));
        let (mut hasher, mut checksum, mut size) = (Md5::new(), algorithm.hasher(), 0);
        if let Some(mut body) = body {
            while let Some(bytes) = body.next().await {
                let bytes = bytes.map_err(|error| stream_error(&*error))?;
                hasher.update(&bytes);
                checksum.update(&bytes);
                size += bytes.len() as u64;
                file.write_all(&bytes).await?;
            }
        }
        file.flush().await?;
        if declared.length.is_some_and(|length| length != size) {
            return Err(ReceiveError::Incomplete);
        }
        let hash = hasher.finalize();
        if md5.is_some_and(|declared| declared != hash) {
            let expected = declared.md5.unwrap_or_default();
            return Err(ReceiveError::OtherMd5 { expected, calculated: STANDARD.encode(hash) });
        }
        let computed = checksums::finish(checksum);
        let header = algorithm.header();
        let trailing = declared
            .trailers
            .as_ref()
            .and_then(|trailers| trailers.read(|headers| headers.get(&header).cloned()).flatten());
        let trailing = trailing.as_ref().and_then(|value| value.to_str().ok()).map(str::to_owned);
        let wanted = declared.checksum.and_then(|(_, value)| value).or(trailing);
        if let Some(expected) = wanted.filter(|wanted| *wanted != computed) {
            return Err(ReceiveError::OtherChecksum { algorithm, expected, calculated: computed });
        }
        Ok(Received {
            file: path,
            size,
            md5: hash,
            checksums: Checksums::full(algorithm, computed),
        })
    }
}

/// `s3s` checks the payload's hash and the chunks' signatures as the bytes come, and its errors have no public type.
fn stream_error(error: &(dyn std::error::Error + 'static)) -> ReceiveError {
    let text = error.to_string();
    if text.contains("Sha256Mismatch") {
        ReceiveError::OtherPayload
    } else if text.contains("SignatureMismatch") {
        ReceiveError::ChunkSignature
    } else {
        tracing::debug!(error = text, "a body ended early");
        ReceiveError::Incomplete
    }
}

fn decode(text: &str, length: usize) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok().filter(|bytes| bytes.len() == length)
}
