//! What is remembered of an upload in parts, so that the same file goes on where it stopped.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use url::Url;

use super::{Upload, UploadError};

/// An upload that was begun. Has no `Debug`: its ticket is what goes on with it.
#[derive(Serialize, Deserialize)]
pub(super) struct Begun {
    pub(super) ticket: String,
    pub(super) key: String,
    pub(super) part_size: u64,
    pub(super) parts: u32,
    /// The file's, in bytes.
    #[serde(default)]
    pub(super) size: u64,
}

impl Begun {
    /// The length of a part in bytes, of a file of `size` bytes.
    pub(super) fn length(&self, number: u32, size: u64) -> u64 {
        let start = u64::from(number.saturating_sub(1)).saturating_mul(self.part_size);
        size.saturating_sub(start).min(self.part_size)
    }
}

/// A file of one's own for each upload; its name stands for the endpoint, the file and what is said of it.
pub(super) struct Memory {
    path: PathBuf,
    size: u64,
}

impl Memory {
    pub(super) fn of(
        directory: &Path,
        endpoint: &Url,
        upload: &Upload,
        size: u64,
    ) -> Result<Self, UploadError> {
        let failed = |source| UploadError::File { path: upload.path.clone(), source };
        let path = upload.path.canonicalize().map_err(failed)?;
        let modified =
            fs::metadata(&path).and_then(|metadata| metadata.modified()).map_err(failed)?;
        let nanoseconds = modified.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos();
        let mut name = Sha256::new();
        for part in [
            endpoint.as_str().as_bytes(),
            path.as_os_str().as_encoded_bytes(),
            upload.content_type.as_bytes(),
        ] {
            name.update(part);
            name.update([0]);
        }
        name.update(upload.filename.as_deref().unwrap_or_default());
        name.update(size.to_le_bytes());
        name.update(nanoseconds.to_le_bytes());
        name.update([u8::from(upload.checksum)]);
        let name: String = name.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { path: directory.join(format!("{name}.json")), size })
    }

    /// What was kept, if anything is there that can be read.
    pub(super) fn recall(&self) -> Option<Begun> {
        let begun: Begun = serde_json::from_slice(&fs::read(&self.path).ok()?).ok()?;
        // what is not of a file like this one is not gone on with
        (begun.part_size > 0 && self.size.div_ceil(begun.part_size) == u64::from(begun.parts))
            .then_some(Begun { size: self.size, ..begun })
    }

    /// Keeps it from others: a ticket is a right, though to one upload only.
    pub(super) fn keep(&self, begun: &Begun) -> Result<(), UploadError> {
        let write = || -> io::Result<()> {
            fs::create_dir_all(self.path.parent().unwrap_or(Path::new("")))?;
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true);
            #[cfg(unix)]
            {
                use std::os::unix::fs::OpenOptionsExt as _;
                options.mode(0o600);
            }
            options.open(&self.path)?.write_all(&serde_json::to_vec(begun)?)
        };
        write().map_err(|source| UploadError::Memory { path: self.path.clone(), source })
    }

    /// The upload is over.
    pub(super) fn forget(&self) {
        // what stays is found out to be over by the next one
        let _ = fs::remove_file(&self.path);
    }
}

/// Where uploads are remembered on this machine; none where nothing says where such things belong.
#[must_use]
pub fn memory_directory() -> Option<PathBuf> {
    let set = |variable: &str| {
        std::env::var_os(variable).filter(|value| !value.is_empty()).map(PathBuf::from)
    };
    let cache = set("XDG_CACHE_HOME")
        .or_else(|| set("LOCALAPPDATA"))
        .or_else(|| set("HOME").map(|home| home.join(".cache")));
    cache.map(|cache| cache.join("gatepass").join("uploads"))
}
