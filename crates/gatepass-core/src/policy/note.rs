//! What is said, not implied: guardrails that a contract, an endpoint or a directory of one's own leaves out.

use serde::Serialize;

use super::StatementFiles;
use super::built_in::BUILT_IN;
use super::grammar::Kind;
use crate::contract::{AllowedOrigins, Contract, Mode};

/// Something that is said, not implied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Note {
    /// What it is about: a Sid or a contract field.
    pub about: String,
    /// A sentence.
    pub text: String,
}

impl Note {
    fn new(about: &str, text: impl Into<String>) -> Self {
        Self { about: about.to_owned(), text: text.into() }
    }
}

/// What the reader of this contract's documents should know.
#[must_use]
pub fn notes(contract: &Contract, files: &StatementFiles) -> Vec<Note> {
    let mut notes = Vec::new();
    for built_in in BUILT_IN.iter().filter(|built_in| (built_in.wanted)(contract)) {
        let files = match built_in.kind {
            Kind::Bucket => &files.bucket,
            Kind::Role => &files.role,
            Kind::Trust => &files.trust,
        };
        if !files.iter().any(|file| file.sid == built_in.sid) {
            let directory = built_in.kind.directory();
            let text = format!(
                "{directory}/{}.json is missing from the policies directory, so {}.",
                built_in.sid, built_in.without
            );
            notes.push(Note::new(built_in.sid, text));
        }
    }
    if !contract.is_tls() {
        let text = "The endpoint is plain HTTP, so GatepassDenyInsecureTransport and GatepassDenyTlsBelow12 are left out.";
        notes.push(Note::new("endpoint.url", text));
    }
    if contract.upload.mode == Mode::Compatible {
        let text = "In compatible mode S3 enforces neither the size of an upload nor that a grant is used once: content-length and \
                    if-none-match are not signed, and GatepassPresignerWriteOnce is left out.";
        notes.push(Note::new("upload.mode", text));
    }
    if !contract.upload.key.ends_in_extension() {
        let text = "Keys do not end in .{ext}, so GatepassPresignerOnlyExtensions is left out and the bucket policy cannot see a type.";
        notes.push(Note::new("upload.key", text));
    }
    if contract.download.is_some() && !contract.upload.key.has_subject() {
        let text = "Keys do not have {subject} in them, so whoever may ask the endpoint can download every upload whose key they know.";
        notes.push(Note::new("download", text));
    }
    if contract.upload.allowed_origins == AllowedOrigins::Any {
        notes.push(Note::new(
            "upload.allowed_origins",
            "Pages of any origin may upload with a grant they hold.",
        ));
    }
    notes
}
