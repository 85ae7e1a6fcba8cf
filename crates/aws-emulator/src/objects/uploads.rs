//! Multipart uploads: parts in files until they are put together.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use s3s::crypto::{Checksum as _, Md5};
use serde::{Deserialize, Serialize};

use super::{
    Algorithm, Attributes, Checksums, Index, ObjectStore, ReceiveError, Received, Version,
    checksums, description, now, receive, write_private,
};
use crate::ids;

/// Where open uploads are.
pub(super) const DIRECTORY: &str = ".uploads";
const DESCRIPTION: &str = "upload.json";

/// Every part but the last has at least 5 MiB.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html>.
pub(crate) const SMALLEST_PART: u64 = 5 << 20;
/// How many completed uploads are remembered.
const MOST_COMPLETED: usize = 1000;

/// An open upload.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Upload {
    pub(crate) id: String,
    pub(crate) bucket: String,
    pub(crate) key: String,
    /// In milliseconds since 1970.
    pub(crate) initiated: i64,
    /// The algorithm of the parts' checksums, where one was chosen.
    pub(crate) algorithm: Option<Algorithm>,
    /// Whether the object's checksum is one over the parts' checksums.
    pub(crate) is_composite: bool,
    pub(crate) attributes: Attributes,
    /// Who opened it, as S3 names them; None for nobody in particular.
    #[serde(default)]
    pub(crate) initiator: Option<String>,
    /// By number. Kept in files of their own.
    #[serde(skip)]
    pub(crate) parts: BTreeMap<i32, Part>,
}

/// What an upload begins with.
#[derive(Debug, Clone)]
pub(crate) struct NewUpload {
    pub(crate) bucket: String,
    pub(crate) key: String,
    pub(crate) algorithm: Option<Algorithm>,
    pub(crate) is_composite: bool,
    pub(crate) attributes: Attributes,
    pub(crate) initiator: Option<String>,
}

/// An upload that has become a version of an object.
#[derive(Debug, Clone)]
pub(crate) struct Completed {
    id: String,
    bucket: String,
    /// The numbers and ETags of the parts that were named.
    parts: Vec<(i32, String)>,
    pub(crate) version: Version,
}

/// A part that was received.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    pub(crate) number: i32,
    pub(crate) size: u64,
    pub(crate) etag: String,
    md5: [u8; 16],
    pub(crate) checksums: Checksums,
    /// In milliseconds since 1970.
    pub(crate) modified: i64,
}

/// A part as the one who completes an upload names it.
#[derive(Debug, Clone, Default)]
pub(crate) struct WantedPart {
    pub(crate) number: i32,
    pub(crate) etag: String,
    pub(crate) checksum: Option<(Algorithm, String)>,
}

/// Why an upload was not completed, or a part not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UploadRefusal {
    #[error("there is no such upload")]
    NoSuchUpload,
    #[error("part {number} is missing, or is another one")]
    InvalidPart { number: i32, etag: String },
    #[error("part {number} is named without its checksum")]
    PartWithoutChecksum { number: i32, algorithm: Algorithm },
    #[error("the parts are not in ascending order")]
    InvalidPartOrder,
    #[error("part {number} has {size} bytes")]
    EntityTooSmall { number: i32, size: u64, etag: String },
    #[error("the checksum of the whole is another one")]
    OtherChecksum(Algorithm),
    #[error(transparent)]
    Receive(#[from] ReceiveError),
}

impl From<io::Error> for UploadRefusal {
    fn from(error: io::Error) -> Self {
        Self::Receive(error.into())
    }
}

impl ObjectStore {
    /// Opens an upload.
    pub(crate) fn begin_upload(&self, new: NewUpload) -> io::Result<Upload> {
        let NewUpload { bucket, key, algorithm, is_composite, attributes, initiator } = new;
        let id = ids::unique_id("", 48);
        let upload = Upload {
            id,
            bucket,
            key,
            initiated: now(),
            algorithm,
            is_composite,
            attributes,
            initiator,
            parts: BTreeMap::new(),
        };
        let dir = self.upload_dir(&upload.id);
        std::fs::create_dir_all(&dir)?;
        write_private(&dir.join(DESCRIPTION), &serde_json::to_vec(&upload)?)?;
        self.lock().uploads.insert(upload.id.clone(), upload.clone());
        Ok(upload)
    }

    /// An open upload: it is found by its id only together with its bucket and key.
    pub(crate) fn upload(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
    ) -> Result<Upload, UploadRefusal> {
        open(&self.lock(), bucket, key, id).cloned()
    }

    /// The open uploads of a bucket, by key and then by age.
    pub(crate) fn uploads(&self, bucket: &str) -> Vec<Upload> {
        let mut uploads: Vec<Upload> = self
            .lock()
            .uploads
            .values()
            .filter(|upload| upload.bucket == bucket)
            .cloned()
            .collect();
        uploads.sort_by(|one, other| {
            (&one.key, one.initiated, &one.id).cmp(&(&other.key, other.initiated, &other.id))
        });
        uploads
    }

    /// Adds a part, or replaces the one of its number.
    pub(crate) fn add_part(
        &self,
        upload: &Upload,
        number: i32,
        received: Received,
    ) -> Result<Part, UploadRefusal> {
        let Received { file, size, md5, checksums } = received;
        let part = Part {
            number,
            size,
            etag: upload.attributes.encryption.etag(&md5),
            md5,
            checksums,
            modified: now(),
        };
        let mut index = self.lock();
        let upload = index.uploads.get_mut(&upload.id).ok_or(UploadRefusal::NoSuchUpload)?;
        let path = self.upload_dir(&upload.id).join(number.to_string());
        file.persist(&path).map_err(|error| error.error)?;
        write_private(&description(&path), &serde_json::to_vec(&part).map_err(io::Error::from)?)?;
        upload.parts.insert(number, part.clone());
        Ok(part)
    }

    /// Puts the parts together. The upload stays open until [`ObjectStore::end_upload`].
    pub(crate) fn assemble(
        &self,
        upload: &Upload,
        wanted: &[WantedPart],
        whole: Option<&(Algorithm, String)>,
    ) -> Result<Assembled, UploadRefusal> {
        let parts = chosen(upload, wanted)?;
        let algorithm = upload.algorithm.unwrap_or(Algorithm::Crc64Nvme);
        let mut checksum = algorithm.hasher();
        let mut md5 = Md5::new();
        let file = tempfile::NamedTempFile::new_in(self.dir.join(receive::DIRECTORY))?;
        let mut writer = Hashing {
            inner: BufWriter::new(file),
            hasher: &mut checksum,
            feed: !upload.is_composite,
        };
        for part in &parts {
            let mut source = File::open(self.upload_dir(&upload.id).join(part.number.to_string()))?;
            io::copy(&mut source, &mut writer)?;
            md5.update(&part.md5);
        }
        writer.flush()?;
        let file =
            writer.inner.into_inner().map_err(io::IntoInnerError::into_error)?.into_temp_path();
        let mut value = if upload.is_composite {
            for part in &parts {
                let digest =
                    part.checksums.of(algorithm).and_then(|value| STANDARD.decode(value).ok());
                checksum.update(&digest.unwrap_or_default());
            }
            checksums::finish(checksum)
        } else {
            checksums::finish(checksum)
        };
        if upload.is_composite {
            value = format!("{value}-{}", parts.len());
        }
        // whoever completes may give a checksum over checksums without the number
        if whole.is_some_and(|(own, wanted)| {
            *own == algorithm && *wanted != value && value.split('-').next() != Some(wanted)
        }) {
            return Err(UploadRefusal::OtherChecksum(algorithm));
        }
        let md5 = md5.finalize();
        let etag = format!("{}-{}", hex(&md5), parts.len());
        let size = parts.iter().map(|part| part.size).sum();
        let checksums =
            Checksums { value: Some((algorithm, value)), is_composite: upload.is_composite };
        let checksum_of = |part: &Part| part.checksums.of(algorithm).unwrap_or_default();
        let part_checksums =
            if upload.is_composite { parts.iter().map(checksum_of).collect() } else { Vec::new() };
        let parts = parts.iter().map(|part| part.size).collect();
        Ok(Assembled {
            received: Received { file, size, md5, checksums },
            etag,
            parts,
            part_checksums,
        })
    }

    /// Closes an upload that these parts made this version of, and remembers that they did.
    pub(crate) fn complete_upload(
        &self,
        upload: &Upload,
        parts: &[WantedPart],
        version: &Version,
    ) -> io::Result<()> {
        let mut index = self.lock();
        while index.completed.len() >= MOST_COMPLETED {
            index.completed.pop_front();
        }
        let (id, bucket, version) = (upload.id.clone(), upload.bucket.clone(), version.clone());
        index.completed.push_back(Completed { id, bucket, parts: named(parts), version });
        self.discard_upload(&mut index, &upload.id)
    }

    /// What the same parts made of an upload before.
    pub(crate) fn completed(
        &self,
        bucket: &str,
        key: &str,
        id: &str,
        parts: &[WantedPart],
    ) -> Option<Completed> {
        let parts = named(parts);
        let is_same = |done: &&Completed| {
            done.id == id && done.bucket == bucket && done.version.key == key && done.parts == parts
        };
        self.lock().completed.iter().find(is_same).cloned()
    }

    /// Closes an upload and removes its parts.
    pub(crate) fn end_upload(&self, id: &str) -> io::Result<()> {
        let mut index = self.lock();
        self.discard_upload(&mut index, id)
    }

    pub(super) fn discard_upload(&self, index: &mut Index, id: &str) -> io::Result<()> {
        index.uploads.remove(id);
        match std::fs::remove_dir_all(self.upload_dir(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    fn upload_dir(&self, id: &str) -> PathBuf {
        self.dir.join(DIRECTORY).join(id)
    }
}

/// Parts put together.
#[derive(Debug)]
pub(crate) struct Assembled {
    pub(crate) received: Received,
    /// Of the parts' hashes, with their number.
    pub(crate) etag: String,
    /// The parts' sizes.
    pub(crate) parts: Vec<u64>,
    /// The parts' checksums, where the object's is one over them.
    pub(crate) part_checksums: Vec<String>,
}

/// Finds the open uploads and their parts.
pub(super) fn load(dir: &Path) -> io::Result<BTreeMap<String, Upload>> {
    let mut uploads = BTreeMap::new();
    for entry in std::fs::read_dir(dir)? {
        let dir = entry?.path();
        let text = match std::fs::read(dir.join(DESCRIPTION)) {
            // the process ended while it was being opened
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            text => text?,
        };
        let mut upload: Upload = serde_json::from_slice(&text)?;
        for entry in std::fs::read_dir(&dir)? {
            let path = entry?.path();
            let is_part = path.extension().is_some_and(|extension| extension == "json")
                && !path.ends_with(DESCRIPTION);
            if is_part {
                let part: Part = serde_json::from_slice(&std::fs::read(&path)?)?;
                upload.parts.insert(part.number, part);
            }
        }
        uploads.insert(upload.id.clone(), upload);
    }
    Ok(uploads)
}

fn open<'a>(
    index: &'a Index,
    bucket: &str,
    key: &str,
    id: &str,
) -> Result<&'a Upload, UploadRefusal> {
    index
        .uploads
        .get(id)
        .filter(|upload| upload.bucket == bucket && upload.key == key)
        .ok_or(UploadRefusal::NoSuchUpload)
}

/// The parts named, if they are what was received.
fn chosen(upload: &Upload, wanted: &[WantedPart]) -> Result<Vec<Part>, UploadRefusal> {
    if !wanted.is_sorted_by(|one, next| one.number < next.number) {
        return Err(UploadRefusal::InvalidPartOrder);
    }
    let mut parts = Vec::with_capacity(wanted.len());
    for part in wanted {
        if let (true, Some(algorithm), None) =
            (upload.is_composite, upload.algorithm, &part.checksum)
        {
            return Err(UploadRefusal::PartWithoutChecksum { number: part.number, algorithm });
        }
        let found = upload.parts.get(&part.number).filter(|found| found.etag == part.etag);
        let found = found.filter(|found| {
            part.checksum.as_ref().is_none_or(|(algorithm, value)| {
                found.checksums.of(*algorithm).as_ref() == Some(value)
            })
        });
        parts.push(found.cloned().ok_or_else(|| UploadRefusal::InvalidPart {
            number: part.number,
            etag: part.etag.clone(),
        })?);
    }
    match parts.split_last() {
        Some((_, others)) => match others.iter().find(|part| part.size < SMALLEST_PART) {
            Some(part) => Err(UploadRefusal::EntityTooSmall {
                number: part.number,
                size: part.size,
                etag: part.etag.clone(),
            }),
            None => Ok(parts),
        },
        None => Err(UploadRefusal::InvalidPart { number: 1, etag: String::new() }),
    }
}

fn named(parts: &[WantedPart]) -> Vec<(i32, String)> {
    parts.iter().map(|part| (part.number, part.etag.clone())).collect()
}

/// Writes, and hashes what it writes.
struct Hashing<'a, W: io::Write> {
    inner: BufWriter<W>,
    hasher: &'a mut s3s::checksum::ChecksumHasher,
    feed: bool,
}

impl<W: io::Write> io::Write for Hashing<'_, W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        if self.feed {
            self.hasher.update(&bytes[..written]);
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// In lower case.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
