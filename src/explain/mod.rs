//! Explanations of why a request is allowed or denied.
//!
//! - [`decision`]: by the policies of a contract.
//! - [`presigned`]: why S3 refuses a presigned URL, or has refused it, read from the URL and from S3's response.

pub mod decision;
pub mod presigned;
