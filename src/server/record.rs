//! One line in the log for each request: fields, no sentence, and never the URL that was signed, nor a ticket.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::http::{Method, StatusCode};

use gatepass_core::contract::{ContentType, KeyId, Upload};
use gatepass_core::grant::{LinkOperation, ObjectKey};

use super::auth::Identity;
use super::limits::Reserved;
use super::request_id::RequestId;
use super::trace::Trace;

/// What a handler leaves in its response's extensions for the log.
#[derive(Debug, Clone)]
pub(super) enum Record {
    /// A grant was given.
    Granted {
        /// How the file is to be uploaded: `put` or `form`.
        kind: &'static str,
        /// What it is for.
        file: GrantedFile,
        /// In seconds.
        expires_in_seconds: u32,
    },
    /// Grants were given for several files.
    GrantedSeveral {
        /// The files that got one.
        files: Vec<GrantedFile>,
        /// How many files got none.
        refused: usize,
        /// In seconds.
        expires_in_seconds: u32,
    },
    /// Several of these at once.
    Several(Vec<Record>),
    /// An upload in parts was begun.
    Begun {
        /// What it was begun for.
        file: GrantedFile,
        /// Its id at S3.
        upload_id: String,
        /// How many there will be, where that is known.
        parts: Option<u32>,
    },
    /// A link to the endpoint was given.
    Linked {
        /// What it is good for.
        operation: LinkOperation,
        /// The object's key.
        key: ObjectKey,
        /// In seconds.
        expires_in_seconds: u32,
    },
    /// Parts of an upload were signed.
    PartsSigned {
        /// The object's key.
        key: ObjectKey,
        /// How many.
        parts: usize,
    },
    /// An upload in parts was completed.
    Completed {
        /// The object's key.
        key: ObjectKey,
        /// In bytes.
        size: u64,
        /// How many it was made of.
        parts: usize,
    },
    /// An upload was looked at and is there.
    Confirmed {
        /// The object's key.
        key: ObjectKey,
        /// In bytes.
        size: u64,
    },
    /// A grant to read was given.
    Downloadable {
        /// The object's key.
        key: ObjectKey,
        /// What was signed as the answer's `Content-Type`, if anything.
        content_type: Option<ContentType>,
        /// In seconds.
        expires_in_seconds: u32,
    },
    /// An upload in parts was given up.
    Aborted {
        /// The object's key.
        key: ObjectKey,
    },
    /// A JSON error was given.
    Refused {
        /// The error's stable code.
        code: &'static str,
        /// As told to the one who asked.
        message: Cow<'static, str>,
        /// What only the log is told.
        cause: Option<String>,
    },
    /// Probes and the page's files: nothing that an operator wants a line of by default.
    Quiet,
}

/// A file that got a grant.
#[derive(Debug, Clone)]
pub(super) struct GrantedFile {
    /// The object's key.
    pub(super) key: ObjectKey,
    /// What was signed as `Content-Type`.
    pub(super) content_type: ContentType,
    /// In bytes, where declared.
    pub(super) size: Option<u64>,
    /// What it counts for, where it does.
    pub(super) reserved: Option<Reserved>,
}

impl GrantedFile {
    /// The record of a request for this file alone.
    pub(super) fn record(self, kind: &'static str, expires_in_seconds: u32) -> Record {
        Record::Granted { kind, file: self, expires_in_seconds }
    }

    /// Nobody is told of the grant.
    pub(super) fn give_back(&self) {
        if let Some(reserved) = &self.reserved {
            reserved.give_back();
        }
    }

    fn right(&self, kind: &'static str) -> Right<'_> {
        Right { kind, key: &self.key, content_type: Some(&self.content_type), size: self.size }
    }
}

/// A right that was given, as the audit and the metrics tell it.
pub(super) struct Right<'a> {
    pub(super) kind: &'static str,
    pub(super) key: &'a ObjectKey,
    pub(super) content_type: Option<&'a ContentType>,
    /// In bytes.
    pub(super) size: Option<u64>,
}

/// The kind of the right that a link is.
fn link_kind(operation: LinkOperation) -> &'static str {
    match operation {
        LinkOperation::CreateMultipartUpload => "create_link",
        LinkOperation::ListParts => "list_link",
        LinkOperation::CompleteMultipartUpload => "complete_link",
        LinkOperation::AbortMultipartUpload => "abort_link",
    }
}

impl Record {
    /// The rights that were given.
    pub(super) fn rights(&self) -> Vec<Right<'_>> {
        match self {
            Self::Granted { kind, file, .. } => vec![file.right(kind)],
            Self::GrantedSeveral { files, .. } => {
                files.iter().map(|file| file.right("put")).collect()
            }
            Self::Several(records) => records.iter().flat_map(Record::rights).collect(),
            Self::Begun { file, .. } => vec![file.right("multipart")],
            Self::PartsSigned { key, .. } => {
                vec![Right { kind: "parts", key, content_type: None, size: None }]
            }
            Self::Downloadable { key, content_type, .. } => {
                vec![Right {
                    kind: "download",
                    key,
                    content_type: content_type.as_ref(),
                    size: None,
                }]
            }
            Self::Linked { operation, key, .. } => {
                vec![Right { kind: link_kind(*operation), key, content_type: None, size: None }]
            }
            Self::Completed { .. }
            | Self::Confirmed { .. }
            | Self::Aborted { .. }
            | Self::Refused { .. }
            | Self::Quiet => Vec::new(),
        }
    }
}

impl Record {
    /// Itself, or each of several.
    pub(super) fn each(&self) -> &[Self] {
        if let Self::Several(records) = self { records } else { std::slice::from_ref(self) }
    }

    /// The files that were granted, which count as outstanding.
    pub(super) fn granted_files(&self) -> Vec<&GrantedFile> {
        match self {
            Self::Granted { file, .. } | Self::Begun { file, .. } => vec![file],
            Self::GrantedSeveral { files, .. } => files.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// How long the right lasts, in seconds.
    pub(super) fn lifetime_seconds(&self, upload: &Upload) -> u32 {
        match self {
            Self::Granted { expires_in_seconds, .. }
            | Self::GrantedSeveral { expires_in_seconds, .. }
            | Self::Linked { expires_in_seconds, .. }
            | Self::Downloadable { expires_in_seconds, .. } => *expires_in_seconds,
            Self::Begun { .. } => upload.ticket_expires_in.seconds(),
            _ => upload.expires_in.seconds(),
        }
    }
}

/// The request that a record is about.
pub(super) struct Request<'a> {
    pub(super) id: &'a RequestId,
    pub(super) trace: Option<&'a Trace>,
    pub(super) peer: SocketAddr,
    /// What a trusted proxy says about whose request it is.
    pub(super) client: Option<IpAddr>,
    /// Who asks, where that is known.
    pub(super) identity: Option<&'a Identity>,
    pub(super) method: &'a Method,
    /// As [`route::told`](super::route::told) tells it: paths may have a ticket in them.
    pub(super) path: &'a str,
    pub(super) status: StatusCode,
    pub(super) duration: Duration,
}

impl Request<'_> {
    /// Writes the line.
    pub(super) fn log(&self, record: Option<&Record>) {
        let Self { id, trace, peer, client, identity, method, path, status, duration } = self;
        let trace_id = trace.map(Trace::trace_id);
        let (span_id, parent_span_id) = (trace.map(Trace::span_id), trace.map(Trace::parent_id));
        let client = client.map(tracing::field::display);
        let subject = identity.map(|identity| identity.subject().as_str());
        let access_key = identity.and_then(|identity| identity.key_id()).map(KeyId::as_str);
        let (request_id, method, status) = (id.as_str(), method.as_str(), status.as_u16());
        let duration_us = u64::try_from(duration.as_micros()).unwrap_or(u64::MAX);
        // each line begins with who asked, and ends with from where and how long it took
        macro_rules! line {
            ($level:ident, $message:literal $(, $name:ident = $value:expr)* $(,)?) => {
                tracing::$level!(
                    request_id, subject, access_key, trace_id, span_id, parent_span_id, $($name = $value,)* %peer, client, duration_us, $message
                )
            };
        }
        let granted = |right: Right<'_>, expires_in_seconds: u32| {
            let Right { kind, key, content_type, size } = right;
            let content_type = content_type.map(ContentType::as_str);
            line!(
                info,
                "granted",
                kind = kind,
                key = key.as_str(),
                content_type = content_type,
                size_bytes = size,
                expires_in_seconds = expires_in_seconds,
            );
        };
        match record {
            Some(Record::Granted { kind, file, expires_in_seconds }) => {
                granted(file.right(kind), *expires_in_seconds)
            }
            Some(Record::Downloadable { key, content_type, expires_in_seconds }) => {
                granted(
                    Right {
                        kind: "download",
                        key,
                        content_type: content_type.as_ref(),
                        size: None,
                    },
                    *expires_in_seconds,
                );
            }
            Some(Record::Linked { operation, key, expires_in_seconds }) => {
                granted(
                    Right { kind: link_kind(*operation), key, content_type: None, size: None },
                    *expires_in_seconds,
                );
            }
            Some(Record::Several(records)) => {
                records.iter().for_each(|record| self.log(Some(record)))
            }
            Some(Record::GrantedSeveral { files, refused, expires_in_seconds }) => {
                for file in files {
                    granted(file.right("put"), *expires_in_seconds);
                }
                line!(info, "granted several", granted = files.len(), refused = refused);
            }
            Some(Record::Begun {
                file: GrantedFile { key, content_type, size, .. },
                parts,
                ..
            }) => {
                let (key, content_type) = (key.as_str(), content_type.as_str());
                line!(
                    info,
                    "upload begun",
                    key = key,
                    content_type = content_type,
                    size_bytes = size,
                    parts = parts
                );
            }
            Some(Record::PartsSigned { key, parts }) => {
                line!(info, "parts signed", key = key.as_str(), parts = parts)
            }
            Some(Record::Completed { key, size, parts }) => {
                line!(
                    info,
                    "upload completed",
                    key = key.as_str(),
                    size_bytes = size,
                    parts = parts
                );
            }
            Some(Record::Confirmed { key, size }) => {
                line!(info, "upload confirmed", key = key.as_str(), size_bytes = size)
            }
            Some(Record::Aborted { key }) => line!(info, "upload given up", key = key.as_str()),
            Some(Record::Refused { code, message, cause }) => {
                let reason = &**message;
                if self.status.is_server_error() {
                    line!(
                        error,
                        "failed",
                        method = method,
                        path = path,
                        status = status,
                        code = code,
                        reason = reason,
                        cause = cause
                    );
                } else {
                    line!(
                        info,
                        "refused",
                        method = method,
                        path = path,
                        status = status,
                        code = code,
                        reason = reason,
                        cause = cause
                    );
                }
            }
            Some(Record::Quiet) | None => {
                line!(debug, "answered", method = method, path = path, status = status)
            }
        }
    }
}
