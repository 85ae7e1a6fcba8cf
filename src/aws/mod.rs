//! AWS behind the traits of the house: clients, error mapping, credentials that refresh.
//!
//! A [`Connection`] is one contract's AWS: its region, its endpoint, one set of credentials. From it come the reader
//! and the writer that provisioning works with, and the [`SigningCredentialSource`] that the presign endpoint signs
//! with. This is the one room that knows the AWS SDK's clients; nothing outside it sees their types, and everything
//! that goes wrong in it is told as an [`AwsError`].

mod classify;
mod connection;
mod error;
mod operation;
mod signing;

pub use connection::Connection;
pub use error::{AwsError, AwsErrorKind};
pub use operation::Operation;
pub use signing::SigningCredentialSource;
