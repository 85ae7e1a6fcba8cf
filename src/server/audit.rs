//! A line for every right that is given: who may do what until when.
//!
//! The line is written before the answer goes out. Where it cannot be, there is no answer but an error: a right that nobody could
//! account for is not given.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::Serialize;

use gatepass_core::contract::AuditTo;

/// The audit of an endpoint.
#[derive(Debug)]
pub struct Audit {
    to: AuditTo,
    /// The file that lines go to; none for standard output.
    file: Mutex<Option<File>>,
}

/// The audit's file cannot be written to.
#[derive(Debug, thiserror::Error)]
#[error("opening the audit's file {}", path.display())]
pub struct AuditError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// One right.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    pub(super) time: String,
    pub(super) request_id: &'a str,
    pub(super) kind: &'static str,
    pub(super) subject: Option<&'a str>,
    pub(super) access_key: Option<&'a str>,
    pub(super) client: String,
    pub(super) key: &'a str,
    pub(super) content_type: Option<&'a str>,
    pub(super) size: Option<u64>,
    pub(super) expires_at: String,
}

impl Audit {
    /// Opens the file, which is made where there is none, to be read by nobody else, and written to at its end.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(to: &AuditTo) -> Result<Self, AuditError> {
        let file = match to {
            AuditTo::Stdout => None,
            AuditTo::File(path) => Some(open(path)?),
        };
        Ok(Self { to: to.clone(), file: Mutex::new(file) })
    }

    /// Where it goes.
    #[must_use]
    pub fn to(&self) -> &AuditTo {
        &self.to
    }

    /// Opens the file again, which somebody may have moved away to begin another.
    ///
    /// # Errors
    /// The file cannot be opened; the old one is written to further.
    pub fn reopen(&self) -> Result<(), AuditError> {
        if let AuditTo::File(path) = &self.to {
            let new = open(path)?;
            *self.file.lock().unwrap_or_else(PoisonError::into_inner) = Some(new);
        }
        Ok(())
    }

    /// Writes a line, whole.
    pub(super) fn write(&self, line: &Line<'_>) -> io::Result<()> {
        let mut json = serde_json::to_vec(line)?;
        json.push(b'\n');
        match &mut *self.file.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(file) => file.write_all(&json),
            None => {
                let mut stdout = io::stdout().lock();
                stdout.write_all(&json)?;
                stdout.flush()
            }
        }
    }
}

fn open(path: &Path) -> Result<File, AuditError> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|source| AuditError { path: path.to_owned(), source })
}

/// A time as audits have it.
pub(super) fn told(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(time).to_string()
}
