//! Why S3 refuses a presigned URL, or has refused it: read from the URL, and from S3's own answer.
//!
//! Offline and without the secret key. So a signature is not checked; what it was made of is compared with what the contract
//! would sign, and with what S3 says that it received.

mod answer;
mod canonical_request;
mod codes;
mod differences;
mod finding;
mod mangled;
mod parameters;
mod place;
mod sent;
mod signed_url;
#[cfg(test)]
mod tests;
mod url;

pub use answer::{AnswerExplanation, S3Answer};
pub use differences::Difference;
pub use finding::Finding;
pub use sent::Sent;
pub use signed_url::SignedUrl;
pub use url::UrlExplanation;

use crate::explain::decision::Principal;
use gatepass_core::contract::Contract;
use gatepass_core::policy::Documents;
use iam_policy::AccountId;

/// What everything is explained by.
#[derive(Debug, Clone, Copy)]
pub struct Basis<'a> {
    /// The contract.
    pub contract: &'a Contract,
    /// The account that its documents are rendered for.
    pub account: &'a AccountId,
    /// Its documents.
    pub documents: &'a Documents,
    /// Who signed.
    pub principal: &'a Principal,
    /// The present time.
    pub now: std::time::SystemTime,
}
