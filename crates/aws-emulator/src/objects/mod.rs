//! Objects and their versions: bytes in one file each, everything else about them in another one beside it.
//!
//! ```text
//! objects/BUCKET/ID         the bytes of one version
//! objects/BUCKET/ID.json    its key, type, metadata, …: a version exists once this does
//! objects/.incoming/        what is being received
//! objects/.uploads/ID/      the parts of a multipart upload
//! ```
//!
//! No part of a path comes from a client, so a key may be anything that S3 allows. What exists is also held in memory.

mod checksums;
mod listing;
mod receive;
mod uploads;
mod version;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use time::OffsetDateTime;

use super::ids;
use super::state::write_private;

pub(crate) use checksums::{Algorithm, Checksums};
pub(crate) use listing::{Page, Position, page};
pub(crate) use receive::{Declared, ReceiveError, Received};
pub(crate) use uploads::{
    Completed, NewUpload, SMALLEST_PART, Upload, UploadRefusal, WantedPart, hex,
};
pub(crate) use version::{Attributes, Encryption, Version};

/// The version id of what was made without versioning.
pub(crate) const NULL: &str = "null";
/// How long the others are.
const VERSION_ID: usize = 32;

/// The versions of every key, the newest first.
type Keys = BTreeMap<String, Vec<Version>>;

/// All objects.
#[derive(Debug)]
pub(crate) struct ObjectStore {
    dir: PathBuf,
    index: Mutex<Index>,
}

#[derive(Debug, Default)]
struct Index {
    buckets: BTreeMap<String, Keys>,
    uploads: BTreeMap<String, Upload>,
    /// What has become of uploads, the latest last: whoever asks again gets the same answer.
    completed: VecDeque<Completed>,
    /// Counts versions, so that their order is found again.
    sequence: u64,
}

/// Whether a bucket keeps versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Versioning {
    Never,
    Enabled,
    Suspended,
}

/// What must be true of the object that stands under a key, for a new one to take its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    Always,
    /// `If-None-Match: *`
    Absent,
    /// `If-Match: *`, of a removal
    Present,
    /// `If-Match: "…"`
    Etag(String),
}

/// Why an object was not put in its place.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommitError {
    /// The condition of this header.
    #[error("{0} does not hold")]
    Condition(&'static str),
    #[error("there is no such object")]
    Missing,
    #[error("the bucket is gone")]
    NoBucket,
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// What a removal did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Removed {
    /// Whether a delete marker was made or removed.
    pub(crate) delete_marker: bool,
    /// The version made or removed, where the bucket has versions.
    pub(crate) version_id: Option<String>,
}

/// Why nothing was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Missing {
    /// Nothing stands under the key, or its newest version is this delete marker.
    Key(Option<Box<Version>>),
    /// There is no such version.
    Version,
    /// The version asked for is this delete marker.
    Marker(Box<Version>),
}

impl ObjectStore {
    /// Opens the directory and finds what is in it. What was being received when the last process ended is removed.
    pub(crate) fn open(dir: PathBuf) -> io::Result<Self> {
        let incoming = dir.join(receive::DIRECTORY);
        match std::fs::remove_dir_all(&incoming) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => std::fs::create_dir_all(&incoming)?,
        }
        let mut index = Index::default();
        for entry in std::fs::read_dir(&dir)? {
            let entry = entry?;
            match entry.file_name().into_string() {
                Ok(name) if name == uploads::DIRECTORY => {
                    index.uploads = uploads::load(&entry.path())?
                }
                Ok(name) if !name.starts_with('.') => {
                    let keys = load(&entry.path())?;
                    let newest = keys.values().flatten().map(|version| version.sequence).max();
                    index.sequence = index.sequence.max(newest.unwrap_or_default());
                    index.buckets.insert(name, keys);
                }
                _ => {}
            }
        }
        Ok(Self { dir, index: Mutex::new(index) })
    }

    /// Makes room for a bucket's objects.
    pub(crate) fn add_bucket(&self, bucket: &str) -> io::Result<()> {
        std::fs::create_dir_all(self.dir.join(bucket))?;
        self.lock().buckets.entry(bucket.to_owned()).or_default();
        Ok(())
    }

    /// Removes a bucket's room and its open uploads, if no version of any object is left; tells whether none was.
    pub(crate) fn remove_bucket(&self, bucket: &str) -> io::Result<bool> {
        let mut index = self.lock();
        if index.buckets.get(bucket).is_some_and(|keys| !keys.is_empty()) {
            return Ok(false);
        }
        index.buckets.remove(bucket);
        let open: Vec<String> = index
            .uploads
            .values()
            .filter(|upload| upload.bucket == bucket)
            .map(|upload| upload.id.clone())
            .collect();
        for id in open {
            self.discard_upload(&mut index, &id)?;
        }
        match std::fs::remove_dir_all(self.dir.join(bucket)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(true),
        }
    }

    /// Puts what was received under its key.
    pub(crate) fn commit(
        &self,
        bucket: &str,
        mut version: Version,
        received: Received,
        versioning: Versioning,
        condition: &Condition,
    ) -> Result<Version, CommitError> {
        let mut index = self.lock();
        if !index.buckets.contains_key(bucket) {
            return Err(CommitError::NoBucket);
        }
        check(current(&index, bucket, &version.key), condition)?;
        version.version_id = new_version_id(versioning);
        version.sequence = index.next();
        version.modified = now();
        let file = self.file(bucket, &version.id);
        received.file.persist(&file).map_err(|error| error.error)?;
        self.insert(&mut index, bucket, version.clone()).inspect_err(|_| {
            // without its description the file is nothing; a start removes it too
            let _ = std::fs::remove_file(&file);
        })?;
        Ok(version)
    }

    /// Whether a condition holds now: to refuse early. [`ObjectStore::commit`] asks again.
    pub(crate) fn check(
        &self,
        bucket: &str,
        key: &str,
        condition: &Condition,
    ) -> Result<(), CommitError> {
        check(current(&self.lock(), bucket, key), condition)
    }

    /// A version of an object; the newest where none is named.
    pub(crate) fn find(
        &self,
        bucket: &str,
        key: &str,
        version_id: Option<&str>,
    ) -> Result<Version, Missing> {
        let index = self.lock();
        let versions = index
            .buckets
            .get(bucket)
            .and_then(|keys| keys.get(key))
            .map(Vec::as_slice)
            .unwrap_or_default();
        let Some(wanted) = version_id else {
            return match versions.first() {
                Some(newest) if !newest.delete_marker => Ok(newest.clone()),
                newest => Err(Missing::Key(newest.cloned().map(Box::new))),
            };
        };
        match versions.iter().find(|version| version.id_text() == wanted) {
            Some(version) if version.delete_marker => {
                Err(Missing::Marker(Box::new(version.clone())))
            }
            Some(version) => Ok(version.clone()),
            None => Err(Missing::Version),
        }
    }

    /// The file with the bytes of a version.
    pub(crate) fn file(&self, bucket: &str, id: &str) -> PathBuf {
        self.dir.join(bucket).join(id)
    }

    /// Replaces the description of a version that exists.
    pub(crate) fn update(&self, bucket: &str, version: &Version) -> io::Result<()> {
        let mut index = self.lock();
        let versions = index.buckets.get_mut(bucket).and_then(|keys| keys.get_mut(&version.key));
        let Some(place) = versions.into_iter().flatten().find(|other| other.id == version.id)
        else {
            return Ok(());
        };
        self.write(bucket, version)?;
        *place = version.clone();
        Ok(())
    }

    /// Removes a version, or, where none is named, the object as the bucket's versioning has it.
    pub(crate) fn remove(
        &self,
        bucket: &str,
        key: &str,
        version_id: Option<&str>,
        versioning: Versioning,
    ) -> io::Result<Removed> {
        let mut index = self.lock();
        if let Some(wanted) = version_id {
            let removed = self.take(&mut index, bucket, key, wanted)?;
            let delete_marker = removed.is_some_and(|version| version.delete_marker);
            return Ok(Removed { delete_marker, version_id: Some(wanted.to_owned()) });
        }
        if versioning == Versioning::Never {
            self.take(&mut index, bucket, key, NULL)?;
            return Ok(Removed::default());
        }
        let mut marker = Version::new(key, Attributes::default());
        marker.delete_marker = true;
        marker.version_id = new_version_id(versioning);
        marker.sequence = index.next();
        marker.modified = now();
        let version_id = marker.id_text().to_owned();
        self.insert(&mut index, bucket, marker)?;
        Ok(Removed { delete_marker: true, version_id: Some(version_id) })
    }

    /// Reads the keys of a bucket and their versions.
    pub(crate) fn read<T>(&self, bucket: &str, read: impl FnOnce(&Keys) -> T) -> T {
        read(self.lock().buckets.get(bucket).unwrap_or(&Keys::new()))
    }

    fn lock(&self) -> MutexGuard<'_, Index> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a version's description and puts it in front of the key's others; one without versioning replaces its like.
    fn insert(&self, index: &mut Index, bucket: &str, version: Version) -> io::Result<()> {
        self.write(bucket, &version)?;
        if version.version_id.is_none() {
            self.take(index, bucket, &version.key, NULL)?;
        }
        index
            .buckets
            .entry(bucket.to_owned())
            .or_default()
            .entry(version.key.clone())
            .or_default()
            .insert(0, version);
        Ok(())
    }

    /// Removes a version with its files.
    fn take(
        &self,
        index: &mut Index,
        bucket: &str,
        key: &str,
        version_id: &str,
    ) -> io::Result<Option<Version>> {
        let Some(keys) = index.buckets.get_mut(bucket) else { return Ok(None) };
        let Some(versions) = keys.get_mut(key) else { return Ok(None) };
        let Some(place) = versions.iter().position(|version| version.id_text() == version_id)
        else {
            return Ok(None);
        };
        let version = versions.remove(place);
        if versions.is_empty() {
            keys.remove(key);
        }
        let file = self.file(bucket, &version.id);
        std::fs::remove_file(description(&file))?;
        if !version.delete_marker {
            std::fs::remove_file(file)?;
        }
        Ok(Some(version))
    }

    fn write(&self, bucket: &str, version: &Version) -> io::Result<()> {
        write_private(&description(&self.file(bucket, &version.id)), &serde_json::to_vec(version)?)
    }
}

impl Index {
    fn next(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }
}

/// What a GET of the key would find.
fn current<'a>(index: &'a Index, bucket: &str, key: &str) -> Option<&'a Version> {
    index.buckets.get(bucket)?.get(key)?.first().filter(|version| !version.delete_marker)
}

fn check(current: Option<&Version>, condition: &Condition) -> Result<(), CommitError> {
    match (condition, current) {
        (Condition::Always, _) | (Condition::Absent, None) | (Condition::Present, Some(_)) => {
            Ok(())
        }
        (Condition::Etag(etag), Some(current)) if *etag == current.etag => Ok(()),
        (Condition::Absent, Some(_)) => Err(CommitError::Condition("If-None-Match")),
        (Condition::Etag(_), Some(_)) => Err(CommitError::Condition("If-Match")),
        (Condition::Present | Condition::Etag(_), None) => Err(CommitError::Missing),
    }
}

fn new_version_id(versioning: Versioning) -> Option<String> {
    (versioning == Versioning::Enabled).then(|| ids::unique_id("", VERSION_ID))
}

/// Whether a text has the form of the ids that versions get.
pub(crate) fn is_version_id(text: &str) -> bool {
    text.len() == VERSION_ID
        && text.bytes().all(|byte| byte.is_ascii_uppercase() || (b'2'..=b'7').contains(&byte))
}

/// In milliseconds since 1970.
fn now() -> i64 {
    let now = OffsetDateTime::now_utc();
    now.unix_timestamp() * 1000 + i64::from(now.millisecond())
}

fn description(file: &Path) -> PathBuf {
    file.with_extension("json")
}

/// Finds the versions in a bucket's directory, and removes the bytes that have no description.
fn load(dir: &Path) -> io::Result<Keys> {
    let mut keys = Keys::new();
    for entry in std::fs::read_dir(dir)? {
        let path = entry?.path();
        if path.extension().is_none() {
            if !description(&path).exists() {
                tracing::warn!(file = %path.display(), "removed: an upload was cut off");
                std::fs::remove_file(&path)?;
            }
            continue;
        }
        if path.extension().is_some_and(|extension| extension != "json") {
            continue;
        }
        let version: Version = serde_json::from_slice(&std::fs::read(&path)?).map_err(|error| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", path.display()))
        })?;
        keys.entry(version.key.clone()).or_default().push(version);
    }
    for versions in keys.values_mut() {
        versions.sort_by_key(|version| std::cmp::Reverse(version.sequence));
        // the process may have ended after a new one was there and before the old one was gone
        let mut nulls = 0;
        versions.retain(|version| {
            nulls += usize::from(version.version_id.is_none());
            version.version_id.is_some() || nulls == 1
        });
    }
    Ok(keys)
}

#[cfg(test)]
mod tests;
