//! The presign endpoint: `POST /api/upload-url` gives out grants; `GET /healthz` and `GET /readyz` tell how it is.
//!
//! [`Server`] is axum on hyper's HTTP/1.1 connections directly, so that the limits are real: how many connections are
//! served at once, how long a client may take to send a request or to read an answer, how long it may stay idle.
//!
//! This room knows nothing of AWS. Credentials come from a [`CredentialSource`]; the command line puts the two together.

mod body;
mod connection;
mod credentials;
mod endpoint;
mod error;
mod health;
mod listener;
mod page;
mod record;
mod request_id;
mod routes;
mod stream;
mod upload_url;

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests;

pub use credentials::{CredentialSource, CredentialsUnavailable};
pub use listener::{Server, ServerError, ServerOptions};
