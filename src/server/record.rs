//! One line in the log for each request: fields, no sentence, and never the URL that was signed.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::http::{Method, StatusCode};

use crate::contract::{ContentType, KeyId, Upload};
use crate::grant::ObjectKey;

use super::auth::Identity;
use super::request_id::RequestId;
use super::trace::Trace;

/// What a handler leaves in its response's extensions for the log.
#[derive(Debug, Clone)]
pub(super) enum Record {
    /// A grant was given.
    Granted {
        /// How the file is to be uploaded: `put` or `form`.
        kind: &'static str,
        /// The object's key.
        key: ObjectKey,
        /// What was signed as `Content-Type`.
        content_type: ContentType,
        /// In bytes, where declared.
        size: Option<u64>,
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
    /// An upload in parts was begun.
    Begun {
        /// The object's key.
        key: ObjectKey,
        /// What it was begun with.
        content_type: ContentType,
        /// In bytes, where declared.
        size: Option<u64>,
        /// How many there will be, where that is known.
        parts: Option<u32>,
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

/// One of several files that got a grant.
#[derive(Debug, Clone)]
pub(super) struct GrantedFile {
    /// The object's key.
    pub(super) key: ObjectKey,
    /// What was signed as `Content-Type`.
    pub(super) content_type: ContentType,
    /// In bytes, where declared.
    pub(super) size: Option<u64>,
}

impl GrantedFile {
    /// The record of a request for this file alone.
    pub(super) fn record(self, kind: &'static str, expires_in_seconds: u32) -> Record {
        let Self { key, content_type, size } = self;
        Record::Granted { kind, key, content_type, size, expires_in_seconds }
    }

    fn right(&self) -> Right<'_> {
        Right { kind: "put", key: &self.key, content_type: Some(&self.content_type), size: self.size }
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

impl Record {
    /// The rights that were given.
    pub(super) fn rights(&self) -> Vec<Right<'_>> {
        match self {
            Self::Granted { kind, key, content_type, size, .. } => {
                vec![Right { kind, key, content_type: Some(content_type), size: *size }]
            }
            Self::GrantedSeveral { files, .. } => files.iter().map(GrantedFile::right).collect(),
            Self::Begun { key, content_type, size, .. } => {
                vec![Right { kind: "multipart", key, content_type: Some(content_type), size: *size }]
            }
            Self::PartsSigned { key, .. } => vec![Right { kind: "parts", key, content_type: None, size: None }],
            Self::Completed { .. } | Self::Confirmed { .. } | Self::Aborted { .. } | Self::Refused { .. } | Self::Quiet => Vec::new(),
        }
    }
}

impl Record {
    /// How long the right lasts, in seconds.
    pub(super) fn lifetime_seconds(&self, upload: &Upload) -> u32 {
        match self {
            Self::Granted { expires_in_seconds, .. } | Self::GrantedSeveral { expires_in_seconds, .. } => *expires_in_seconds,
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
    /// Without the query.
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
        match record {
            Some(Record::Granted { kind, key, content_type, size, expires_in_seconds }) => tracing::info!(
                           request_id,
                           subject,
                           access_key,
                           trace_id,
                           span_id,
                           parent_span_id,
                           kind,
                           key = key.as_str(),
                           content_type = content_type.as_str(),
                           size_bytes = size,
                           expires_in_seconds,
                           %peer,
            client,
                           duration_us,
                           "granted"
                       ),
            Some(Record::GrantedSeveral { files, refused, expires_in_seconds }) => {
                for GrantedFile { key, content_type, size } in files {
                    let (key, content_type) = (key.as_str(), content_type.as_str());
                    tracing::info!(request_id, subject, access_key, trace_id, span_id, parent_span_id, kind = "put", key, content_type,
                        size_bytes = size, expires_in_seconds, %peer, client, duration_us, "granted");
                }
                tracing::info!(request_id, subject, access_key, trace_id, span_id, parent_span_id, granted = files.len(), refused,
                    %peer, client, duration_us, "granted several");
            }
            Some(Record::Begun { key, content_type, size, parts }) => tracing::info!(
                           request_id,
                           subject,
                           access_key,
                           trace_id,
                           span_id,
                           parent_span_id,
                           key = key.as_str(),
                           content_type = content_type.as_str(),
                           size_bytes = size,
                           parts,
                           %peer,
            client,
                           duration_us,
                           "upload begun"
                       ),
            Some(Record::PartsSigned { key, parts }) => {
                tracing::info!(request_id, subject, access_key, trace_id, span_id, parent_span_id, key = key.as_str(), parts, %peer,
 client, duration_us, "parts signed");
            }
            Some(Record::Completed { key, size, parts }) => {
                tracing::info!(request_id, subject, access_key, trace_id, span_id, parent_span_id, key = key.as_str(), size_bytes = size, parts, %peer,
 client, duration_us, "upload completed");
            }
            Some(Record::Confirmed { key, size }) => {
                tracing::info!(request_id, subject, access_key, trace_id, span_id, parent_span_id, key = key.as_str(), size_bytes = size,
                    %peer, client, duration_us, "upload confirmed");
            }
            Some(Record::Aborted { key }) => {
                tracing::info!(request_id, subject, access_key, trace_id, span_id, parent_span_id, key = key.as_str(), %peer,
 client, duration_us, "upload given up");
            }
            Some(Record::Refused { code, message, cause }) if self.status.is_server_error() => tracing::error!(
                           request_id,
                           subject,
                           access_key,
                           trace_id,
                           span_id,
                           parent_span_id,
                           method,
                           path,
                           status,
                           code,
                           reason = &**message,
                           cause,
                           %peer,
            client,
                           duration_us,
                           "failed"
                       ),
            Some(Record::Refused { code, message, cause }) => {
                tracing::info!(
                                   request_id,
                                   subject,
                                   access_key,
                                   trace_id,
                                   span_id,
                                   parent_span_id,
                                   method,
                                   path,
                                   status,
                                   code,
                                   reason = &**message,
                                   cause,
                                   %peer,
                client,
                                   duration_us,
                                   "refused"
                               );
            }
            Some(Record::Quiet) | None => tracing::debug!(request_id, method, path, status, %peer,
 client, duration_us, "answered"),
        }
    }
}
