//! gatepass: browser uploads straight to S3, provisioned, served and proven from one contract.
//!
//! Uploading from a browser straight to S3 is safe only if five things agree: the bucket's CORS rules, its bucket policy,
//! the IAM role of the signer, what the presign endpoint accepts, and what a signature binds. Here they are five
//! renderings of one file, `gatepass.toml`, the upload [`contract`](gatepass_core::contract).
//!
//! # Packages and modules
//!
//! Arrows point down only.
//!
//! ```text
//!                     cli                      one file per command; assembles the concrete parts
//!       ┌─────────┬─────┴───┬──────────┬───────────┐
//!    server    explain    client ◄─ verify ─► provision ◄─ aws        this package
//!       └─────────┴────┬────┴──────────┴───────────┘
//!                gatepass-core      aws-emulator                       crates/
//!                      └────► iam-policy ◄──┘
//! ```
//!
//! | module | contents |
//! |---|---|
//! | [`aws`] | the traits of [`provision`] on the AWS SDK; error mapping; credentials that are renewed |
//! | [`cli`] | the commands, printing, exit codes |
//! | [`client`] | uploads a file through an endpoint |
//! | [`explain`] | why a request is allowed or denied |
//! | [`provision`] | desired and observed state, plan, apply, destroy; the traits that read and write |
//! | [`server`] | the presign endpoint: routes, authentication, limits, errors, the page, audit, metrics, OpenAPI |
//! | [`verify`] | the proof: every guardrail attacked on the live system |
//!
//! [`ca_certificates`] holds the additional trusted certificate authorities of every client, [`log_writer`] the queue of the log,
//! and [`statement_files`] the embedded files of `policies/`. `bounded_xml`, `gatepass_core` and `iam_policy` are pure; `aws_emulator` is the embedded S3, IAM
//! and STS behind `gatepass dev` (feature `dev`).

pub mod aws;
pub mod ca_certificates;
pub mod cli;
pub mod client;
pub mod explain;
mod http_body;
pub mod log_writer;
pub mod provision;
mod redact;
#[cfg(test)]
mod sdk_equality_tests;
pub mod server;
pub mod statement_files;
mod unescape;
pub mod verify;
mod worker;
