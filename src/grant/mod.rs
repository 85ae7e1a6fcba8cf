//! One upload's rights: a request is checked against the contract, given a key, and signed.
//!
//! This room is pure: time, credentials and randomness are parameters.

mod address;
mod credentials;
mod encode;
mod headers;
mod key;
mod presigned_url;
mod refusal;
mod request;
mod sigv4;
mod upload;

pub use address::BucketAddress;
pub use credentials::SigningCredentials;
pub use headers::client_headers;
pub use key::ObjectKey;
pub use presigned_url::PresignedUrl;
pub use refusal::Refusal;
pub use request::{CheckedUpload, UploadRequest};
pub use sigv4::{Method, PresignRequest, SignError, Signer};
pub use upload::{Grant, GrantMaker};
