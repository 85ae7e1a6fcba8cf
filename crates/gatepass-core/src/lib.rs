//! The upload contract, the documents rendered from it, and the grants it allows.
//!
//! The crate is pure: time, credentials and randomness are parameters, and nothing here reads a clock, an environment
//! variable, a file or the network.
//!
//! | module | contents |
//! |---|---|
//! | [`contract`] | `gatepass.toml` parsed into values that cannot be invalid; every error at once |
//! | [`policy`] | the documents rendered from a contract: bucket policy, role, CORS rule; least-privilege check |
//! | [`grant`] | one upload's or download's rights: request, check, key, signature; tickets, links and receipts |

pub mod contract;
pub mod grant;
pub mod policy;
