//! Why a file was not uploaded.

use std::io;
use std::path::PathBuf;
use std::time::Duration;

use super::S3Error;

/// Why a file was not uploaded. No text of it shows a presigned URL.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The endpoint's address is none.
    #[error("{url:?} is not the URL of an endpoint: {problem}")]
    EndpointUrl {
        /// As given.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The HTTP client cannot be set up.
    #[error("setting up the HTTP client")]
    Http(#[source] reqwest::Error),
    /// The file cannot be read.
    #[error("reading {}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// What is remembered of an upload cannot be written.
    #[error("remembering the upload in {}", path.display())]
    Memory {
        /// Where.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A directory, a pipe or a device: its size is not known beforehand.
    #[error("{} is not a regular file", .0.display())]
    NotAFile(PathBuf),
    /// No answer from the endpoint.
    #[error("the endpoint {url} does not answer")]
    EndpointUnreachable {
        /// Where a grant was asked for.
        url: String,
        /// Why not.
        #[source]
        source: reqwest::Error,
    },
    /// The endpoint gave no grant.
    #[error("the endpoint refused ({status} {code}): {message}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The error's stable code.
        code: String,
        /// The endpoint's words.
        message: String,
        /// The endpoint's hint.
        hint: Option<String>,
    },
    /// Whatever answers there is no presign endpoint.
    #[error("{url} answered {status}, but not as a presign endpoint does: {problem}")]
    NotAnEndpoint {
        /// Where a grant was asked for.
        url: String,
        /// The HTTP status.
        status: u16,
        /// What is wrong with the answer.
        problem: String,
    },
    /// The connection to S3 could not be made or broke.
    #[error("sending the file to {host}")]
    S3Unreachable {
        /// The host that the grant names.
        host: String,
        /// What happened.
        #[source]
        source: reqwest::Error,
    },
    /// S3 neither takes bytes nor answers.
    #[error("sending the file to {host}: nothing moved for {} seconds", after.as_secs())]
    S3Stalled {
        /// The host that the grant names.
        host: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// An answer that has no end.
    #[error("{doing}: {host} answered with more than {max} bytes")]
    AnswerTooLarge {
        /// What was being done.
        doing: &'static str,
        /// Who answered.
        host: String,
        /// Upper bound, in bytes.
        max: usize,
    },
    /// S3 did not take the file.
    #[error(transparent)]
    S3(#[from] S3Error),
    /// The file was sent, and the endpoint does not confirm it.
    #[error("the file was sent to {key}, and is not confirmed")]
    Unconfirmed {
        /// The object's key.
        key: String,
        /// Why not.
        #[source]
        source: Box<UploadError>,
    },
}

impl UploadError {
    /// Whether the same request can go through a little later.
    #[must_use]
    pub(super) fn is_passing(&self) -> bool {
        match self {
            Self::EndpointUnreachable { .. }
            | Self::S3Unreachable { .. }
            | Self::S3Stalled { .. } => true,
            Self::Refused { status, .. } => matches!(status, 408 | 425 | 429 | 500 | 502..=504),
            Self::S3(error) => error.is_passing(),
            _ => false,
        }
    }

    /// The way out, where one is known.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::EndpointUrl { .. } => "write e.g. http://127.0.0.1:8080",
            Self::EndpointUnreachable { .. } => {
                "start one with `gatepass serve` or `gatepass dev`, or name another with --endpoint"
            }
            Self::Refused { hint, .. } => return hint.clone(),
            Self::NotAnEndpoint { .. } => "give the address that `gatepass serve` listens on",
            Self::S3Stalled { .. } => "check the network, then upload again",
            Self::AnswerTooLarge { .. } => {
                "check that --endpoint names an endpoint, and that its contract names an S3"
            }
            Self::S3Unreachable { .. } => {
                "is that host reachable from here, and has the file kept its size meanwhile?"
            }
            Self::S3(error) => return error.hint().map(ToOwned::to_owned),
            Self::NotAFile(_) => "name files, not directories",
            Self::Unconfirmed { source, .. } => return source.hint(),
            Self::Memory { .. } => {
                "name another directory by XDG_CACHE_HOME, or forget uploads with --no-resume"
            }
            Self::Http(_) | Self::File { .. } => return None,
        };
        Some(hint.to_owned())
    }
}
