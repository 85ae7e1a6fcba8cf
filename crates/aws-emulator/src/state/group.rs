//! IAM's groups.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// A group of users, each of whom may do what it may.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Group {
    /// `AGPA…`: another one when a group is deleted and made again under the same name.
    pub(crate) id: String,
    /// Begins and ends with a slash.
    pub(crate) path: String,
    /// When it was made, in seconds since 1970.
    pub(crate) created: i64,
    /// The names of its users.
    pub(crate) members: BTreeSet<String>,
    /// Inline policies: name to text.
    pub(crate) inline_policies: BTreeMap<String, String>,
    /// ARNs of attached managed policies.
    pub(crate) attached_policies: BTreeSet<String>,
}
