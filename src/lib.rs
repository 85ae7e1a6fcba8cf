//! gatepass: browser uploads straight to S3, provisioned, served and proven from one contract.

pub mod aws;
pub mod cli;
pub mod contract;
pub mod grant;
#[cfg(feature = "dev")]
pub mod local;
pub mod policy;
pub mod provision;
pub mod server;
