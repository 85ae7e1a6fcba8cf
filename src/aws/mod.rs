//! AWS behind the traits of the house: clients, error mapping, credentials that refresh.
//!
//! A [`Connection`] is one contract's AWS: its region, its endpoint, one set of credentials. From it come the reader
//! and the writer that provisioning works with, and the [`SigningCredentialSource`] that the presign endpoint signs
//! with. This is the one room that knows the AWS SDK's clients; nothing outside it sees their types, and everything
//! that goes wrong in it is told as an [`AwsError`].

mod answer;
mod attempts;
mod bounded;
mod call;
mod chain;
mod classify;
mod clock;
mod connection;
mod cors;
mod document;
mod environment;
mod error;
mod lifecycle;
mod objects;
mod operation;
mod reader;
mod settings;
mod signing;
mod state_error;
#[cfg(test)]
mod tests;
mod writer;

pub(crate) use clock::WrongClock;
pub use connection::Connection;
pub use error::{AwsError, AwsErrorKind};
pub use objects::AwsObjects;
pub use operation::Operation;
pub use reader::AwsReader;
pub use signing::SigningCredentialSource;
pub use writer::AwsWriter;
