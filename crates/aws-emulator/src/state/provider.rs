//! IAM's OpenID Connect providers.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A provider whose tokens roles may trust.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct OidcProvider {
    /// Without `https://`, as it stands in the ARN.
    pub(crate) url: String,
    /// When it was made, in seconds since 1970.
    pub(crate) created: i64,
    /// Audiences, in the order in which they were added.
    pub(crate) client_ids: Vec<String>,
    /// SHA-1 fingerprints of certificates.
    pub(crate) thumbprints: Vec<String>,
    pub(crate) tags: BTreeMap<String, String>,
}
