//! A line for every right that is given and for every use of one: who may do what until when, and who did it.
//!
//! The line of a right is written before the answer goes out, and that of a use before anything is done. Where it cannot be, there is
//! an error instead. All lines of an answer are written, or none of them. A right whose line was written and whose answer did not
//! go out is followed by a line of the kind `withdrawn`.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::oneshot;

use crate::worker::Worker;
use gatepass_core::contract::{AuditTo, ContentType, KeyId};
use gatepass_core::grant::{ObjectKey, Ticket};

use super::auth::Identity;
use super::endpoint::Endpoint;
use super::error::ApiError;
use super::learned::Learned;

/// The most answers whose lines wait to be written.
const MAX_WAITING: usize = 4096;

/// Upper bound of the time that an answer waits for its lines.
const DEADLINE: Duration = Duration::from_secs(2);

/// The audit of an endpoint. A thread writes it, so that a reader that stalls blocks no other request.
#[derive(Debug)]
pub struct Audit {
    to: AuditTo,
    thread: Worker<Output>,
}

/// The audit's file cannot be opened.
#[derive(Debug, thiserror::Error)]
#[error("opening the audit's file {}", path.display())]
pub struct AuditError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// One right, or one use of a right.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    time: String,
    request_id: &'a str,
    kind: &'static str,
    subject: Option<&'a str>,
    access_key: Option<&'a str>,
    client: String,
    key: &'a str,
    content_type: Option<&'a str>,
    size: Option<u64>,
    expires_at: Option<String>,
    #[serde(skip)]
    now: SystemTime,
}

impl<'a> Line<'a> {
    pub(super) fn new(learned: &'a Learned, kind: &'static str, key: &'a ObjectKey) -> Self {
        let (identity, now) = (learned.identity(), SystemTime::now());
        Self {
            time: timestamp(now),
            request_id: learned.request_id().as_str(),
            kind,
            subject: identity.map(|identity| identity.subject().as_str()),
            access_key: identity.and_then(Identity::key_id).map(KeyId::as_str),
            client: learned.client().to_string(),
            key: key.as_str(),
            content_type: None,
            size: None,
            expires_at: None,
            now,
        }
    }

    pub(super) fn of_file(self, content_type: Option<&'a ContentType>, size: Option<u64>) -> Self {
        Self { content_type: content_type.map(ContentType::as_str), size, ..self }
    }

    pub(super) fn valid_for(self, lifetime_seconds: u32) -> Self {
        Self {
            expires_at: Some(timestamp(self.now + Duration::from_secs(lifetime_seconds.into()))),
            ..self
        }
    }
}

/// Lines that were written.
pub(super) struct Written(Bytes);

impl Audit {
    /// Opens the file. It is created if there is none, readable by its owner only, and appended to.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub async fn open(to: &AuditTo) -> Result<Self, AuditError> {
        let thread = Worker::start("audit", MAX_WAITING, Output::default())
            .map_err(|source| AuditError { path: path_of(to), source })?;
        let audit = Self { to: to.clone(), thread };
        audit.reopen().await?;
        Ok(audit)
    }

    /// Where it goes.
    #[must_use]
    pub fn to(&self) -> &AuditTo {
        &self.to
    }

    /// Opens the file again, after it may have been moved away.
    ///
    /// # Errors
    /// The file cannot be opened; the old one is written to further.
    pub async fn reopen(&self) -> Result<(), AuditError> {
        let to = self.to.clone();
        let opened = self.thread.run(DEADLINE, move |output| output.open(&to)).await;
        opened
            .unwrap_or_else(|| Err(too_slow()))
            .map_err(|source| AuditError { path: path_of(&self.to), source })
    }

    /// Writes the lines of one answer: all of them, or none.
    pub(super) async fn write(&self, lines: &[Line<'_>]) -> io::Result<Written> {
        let mut json = Vec::with_capacity(256 * lines.len());
        for line in lines {
            serde_json::to_writer(&mut json, line)?;
            json.push(b'\n');
        }
        let lines = Bytes::from(json);
        let (result, mut received) = oneshot::channel();
        let is_queued = self.thread.queue({
            let lines = lines.clone();
            move |output| {
                // the answer has been an error meanwhile
                if result.is_closed() {
                    return;
                }
                let written = output.append(&lines);
                let is_written = written.is_ok();
                if result.send(written).is_err() && is_written {
                    output.withdraw(&lines);
                }
            }
        });
        if !is_queued {
            return Err(io::Error::other("too many lines wait to be written"));
        }
        let in_time = tokio::time::timeout(DEADLINE, &mut received).await;
        let result = in_time.unwrap_or_else(|_| {
            received.close();
            // what was written just before counts
            Ok(received.try_recv().unwrap_or_else(|_| Err(too_slow())))
        });
        result.unwrap_or_else(|_| Err(io::Error::other("the thread that writes has ended")))?;
        Ok(Written(lines))
    }

    /// Writes that the rights of these lines were not given.
    pub(super) async fn withdraw(&self, written: Written) {
        let Written(lines) = written;
        if self.thread.run(DEADLINE, move |output| output.withdraw(&lines)).await.is_none() {
            tracing::error!("the audit has records of grants that were not given");
        }
    }

    /// Waits until what is queued now is written, for a bounded time.
    pub(super) async fn flush(&self) {
        self.thread.flush(DEADLINE).await;
    }
}

/// Writes down the use of a right before anything is done by it.
pub(super) async fn write_use(
    endpoint: &Endpoint,
    learned: Option<&Learned>,
    kind: &'static str,
    ticket: &Ticket,
) -> Result<(), ApiError> {
    let Some((audit, learned)) = endpoint.audit().zip(learned) else { return Ok(()) };
    let line = Line {
        content_type: Some(&ticket.content_type),
        size: ticket.size,
        ..Line::new(learned, kind, &ticket.key)
    };
    audit.write(&[line]).await.map(|_| ()).map_err(ApiError::audit_failed)
}

fn too_slow() -> io::Error {
    io::Error::new(
        io::ErrorKind::TimedOut,
        format!("not written within {}", humantime::format_duration(DEADLINE)),
    )
}

fn timestamp(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(time).to_string()
}

fn path_of(to: &AuditTo) -> PathBuf {
    match to {
        AuditTo::Stdout => "standard output".into(),
        AuditTo::File(path) => path.clone(),
    }
}

/// What the thread writes to.
#[derive(Debug, Default)]
struct Output {
    file: Option<File>,
    /// Whether the file is truncated to its length from before after a write that failed. Others may write to standard output.
    is_ours: bool,
    /// Whether the file ends within a line.
    is_torn: bool,
    /// Lines to write before any other.
    owed: Vec<u8>,
}

impl Output {
    fn open(&mut self, to: &AuditTo) -> io::Result<()> {
        let (file, is_torn) = match to {
            AuditTo::Stdout if self.file.is_some() => return Ok(()),
            AuditTo::Stdout => (stdout()?, false),
            AuditTo::File(path) => (open(path)?, ends_within_line(path)),
        };
        *self = Self {
            file: Some(file),
            is_ours: matches!(to, AuditTo::File(_)),
            is_torn,
            owed: std::mem::take(&mut self.owed),
        };
        Ok(())
    }

    /// Writes lines of an answer, all or none.
    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        self.settle()?;
        self.write_whole(lines).map_err(|Torn { error, is_left }| {
            // some of them may be whole
            if is_left {
                self.owed.extend(withdrawals(lines));
            }
            error
        })
    }

    /// Writes that lines count no more, as soon as that can be written.
    fn withdraw(&mut self, lines: &[u8]) {
        self.owed.extend(withdrawals(lines));
        if let Err(error) = self.settle() {
            let error = &error as &dyn std::error::Error;
            tracing::error!(error, "the audit has records of grants that were not given");
        }
    }

    fn settle(&mut self) -> io::Result<()> {
        if self.owed.is_empty() {
            return Ok(());
        }
        let owed = std::mem::take(&mut self.owed);
        self.write_whole(&owed).map_err(|Torn { error, .. }| {
            self.owed = owed;
            error
        })
    }

    /// Writes all of it or nothing. Where a part of it is left all the same, the next write begins a new line.
    fn write_whole(&mut self, lines: &[u8]) -> Result<(), Torn> {
        let Some(file) = &mut self.file else {
            return Err(Torn { error: io::ErrorKind::NotConnected.into(), is_left: false });
        };
        let separated;
        let mut rest = lines;
        if self.is_torn {
            separated = [b"\n", lines].concat();
            rest = &separated;
        }
        let length = |file: &File| {
            file.metadata()
                .ok()
                .filter(|metadata| metadata.is_file())
                .map(|metadata| metadata.len())
        };
        let before = length(file).filter(|_| self.is_ours);
        let mut written = 0;
        let error: io::Error = loop {
            match file.write(rest) {
                Ok(0) => break io::ErrorKind::WriteZero.into(),
                Ok(count) => {
                    written += count;
                    rest = &rest[count..];
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break error,
            }
            if rest.is_empty() {
                self.is_torn = false;
                return Ok(());
            }
        };
        // another process may have written behind it
        let is_undone = before.is_some_and(|before| {
            length(file) == Some(before + written as u64) && file.set_len(before).is_ok()
        });
        let is_left = written > 0 && !is_undone;
        self.is_torn |= is_left;
        Err(Torn { error, is_left })
    }
}

/// A write that failed.
struct Torn {
    error: io::Error,
    /// Whether a part of it is in the file.
    is_left: bool,
}

/// What follows these lines where the rights in them were not given.
fn withdrawals(lines: &[u8]) -> Vec<u8> {
    let mut withdrawals = Vec::new();
    for line in lines.split_inclusive(|byte| *byte == b'\n') {
        // they are lines of ours, and JSON
        let Ok(mut line) = serde_json::from_slice::<Map<String, Value>>(line) else { continue };
        let recorded_at = line.insert("time".to_owned(), timestamp(SystemTime::now()).into());
        let kind = line.insert("kind".to_owned(), "withdrawn".into());
        line.insert("withdrawn_kind".to_owned(), kind.unwrap_or_default());
        line.insert("withdrawn_time".to_owned(), recorded_at.unwrap_or_default());
        withdrawals.extend(Value::Object(line).to_string().into_bytes());
        withdrawals.push(b'\n');
    }
    withdrawals
}

/// Standard output without the lock of `std::io::stdout`, which would be held by a write that blocks.
fn stdout() -> io::Result<File> {
    #[cfg(unix)]
    let handle = std::os::fd::AsFd::as_fd(&io::stdout()).try_clone_to_owned()?;
    #[cfg(windows)]
    let handle = std::os::windows::io::AsHandle::as_handle(&io::stdout()).try_clone_to_owned()?;
    Ok(handle.into())
}

fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Whether a file ends within a line, as one does whose writer was killed.
fn ends_within_line(path: &Path) -> bool {
    if !path.is_file() {
        return false;
    }
    let last = File::open(path).and_then(|mut file| {
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        Ok(last)
    });
    // an empty file has no last byte
    last.is_ok_and(|last| last != *b"\n")
}
