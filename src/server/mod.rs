//! The presign endpoint: `POST /api/upload-url` gives out grants, `POST /api/multipart` begins uploads in parts, and
//! `POST /api/download-url` gives out grants to read;
//! `GET /healthz` and `GET /readyz` tell how it is.
//!
//! [`Server`] is axum on hyper's HTTP/1.1 connections directly, so that the limits are real: how many connections are
//! served at once, how long a client may take to send a request or to read an answer, how long it may stay idle.
//!
//! Whoever asks under `/api` goes through a `caller`: origin, limit of the address, access key or token, limit of the subject. A
//! contract with all that belongs to it is one value, which a [`Reloader`] replaces as a whole.
//!
//! This room knows nothing of AWS. Credentials come from a [`CredentialSource`], and what no URL can be signed for is done by
//! an [`ObjectStore`]; the command line puts them together.

mod answer;
mod asked;
mod audit;
mod auth;
mod body;
mod caller;
mod confirm;
mod connection;
mod contract;
mod credentials;
mod dialects;
mod download_url;
mod endpoint;
mod error;
mod file;
mod form;
mod health;
mod hosts;
mod learned;
mod limits;
mod listener;
mod metrics;
mod module;
mod multipart;
mod objects;
mod openapi;
mod page;
mod proof;
mod record;
mod rejected_origins;
mod reload;
mod request_id;
mod route;
mod routes;
mod slots;
mod stream;
mod trace;
mod unfinished;
mod upload_url;
mod upload_urls;
mod work;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

pub use audit::{Audit, AuditError};
pub use auth::KeysUnavailable;
pub use credentials::{CredentialSource, CredentialsUnavailable};
pub use listener::{GrantObserver, Server, ServerError, ServerOptions};
pub use objects::{CompletedUpload, Continuation, ObjectStore, StoreError, StoreErrorKind};
pub use proof::ProofSource;
pub use reload::Reloader;
