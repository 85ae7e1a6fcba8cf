//! IAM's users.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

/// A user.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct User {
    /// `AIDA…`: another one when a user is deleted and made again under the same name.
    pub(crate) id: String,
    /// Begins and ends with a slash.
    pub(crate) path: String,
    /// When it was made, in seconds since 1970.
    pub(crate) created: i64,
    /// The ARN of a managed policy.
    pub(crate) permissions_boundary: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    /// Inline policies: name to text.
    pub(crate) inline_policies: BTreeMap<String, String>,
    /// ARNs of attached managed policies.
    pub(crate) attached_policies: BTreeSet<String>,
    /// By access key id.
    pub(crate) access_keys: BTreeMap<String, UserKey>,
}

/// A long-term access key. `Debug` shows no secret.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct UserKey {
    pub(crate) secret_access_key: String,
    pub(crate) is_active: bool,
    /// When it was made, in seconds since 1970.
    pub(crate) created: i64,
}

impl fmt::Debug for UserKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserKey")
            .field("is_active", &self.is_active)
            .field("created", &self.created)
            .finish_non_exhaustive()
    }
}

impl User {
    /// A user that may do nothing and has no key.
    pub(crate) fn new(id: String, path: String, created: i64) -> Self {
        Self {
            id,
            path,
            created,
            permissions_boundary: None,
            tags: BTreeMap::new(),
            inline_policies: BTreeMap::new(),
            attached_policies: BTreeSet::new(),
            access_keys: BTreeMap::new(),
        }
    }
}
