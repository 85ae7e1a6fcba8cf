//! gatepass: browser uploads straight to S3, provisioned, served and proven from one contract.
//!
//! Uploading from a browser straight to S3 is safe only if five things agree: the bucket's CORS rules, its bucket policy,
//! the IAM role of the signer, what the presign endpoint accepts, and what a signature binds. Here they are five
//! renderings of one file, `gatepass.toml`, the upload [`contract`].
//!
//! # The map of the house
//!
//! Arrows point down only.
//!
//! ```text
//!                     cli                      one file per command; puts the concrete parts together
//!       ┌─────────┬─────┴───┬─────────┬────────────┐
//!    server     local    client ◄─ verify ─► provision ◄─ aws
//!       └─────────┴────┬────┴─────────┴────────────┘
//!           grant ──► policy ──► contract      pure: no clock, environment, network, SDK or async
//! ```
//!
//! | room | what it holds |
//! |---|---|
//! | [`contract`] | `gatepass.toml` parsed into values that cannot be wrong; every error at once |
//! | [`policy`] | policy documents as values: rendered from `policies/`, compared by meaning, evaluated, explained |
//! | [`grant`] | one upload's rights: request → checked → key → signed; and why S3 refuses one |
//! | [`provision`] | desired and observed state, plan, apply, destroy; the traits that read and write |
//! | [`verify`] | the proof: every guardrail attacked live, and what held |
//! | [`aws`] | those traits on the AWS SDK; error mapping; credentials that refresh |
//! | [`server`] | the presign endpoint: routes, who may ask, limits, errors, the page, audit and metrics, OpenAPI |
//! | [`client`] | what uploads a file through an endpoint |
//! | [`local`] | the embedded S3, IAM and STS behind `gatepass dev` (feature `dev`) |
//! | [`cli`] | the commands, printing, exit codes |
//!
//! Beside the rooms stand [`ca_certificates`], whom clients believe by TLS beside the system's own authorities, and `xml`, which
//! reads what S3 answers with.
//!
//! A promise of the contract is followed from left to right: parsed in [`contract`], rendered as a statement or a CORS
//! rule in [`policy`], written by [`provision`], and bound by a signature in [`grant`].

pub mod aws;
pub mod ca_certificates;
pub mod cli;
pub mod client;
pub mod explain;
pub mod provision;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod sdk_equality_tests;
pub mod server;
pub mod statement_files;
pub mod verify;
mod xml;
