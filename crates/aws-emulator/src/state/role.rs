//! IAM's roles and managed policies.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

/// A role.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Role {
    /// `AROA…`: another one when a role is deleted and made again under the same name.
    pub(crate) id: String,
    /// Begins and ends with a slash.
    pub(crate) path: String,
    /// When it was made, in seconds since 1970.
    pub(crate) created: i64,
    pub(crate) description: Option<String>,
    /// In seconds.
    pub(crate) max_session_duration: u32,
    /// The ARN of a managed policy.
    pub(crate) permissions_boundary: Option<String>,
    /// Who may assume it: the document's text, as it was put.
    pub(crate) trust_policy: String,
    pub(crate) tags: BTreeMap<String, String>,
    /// Inline policies: name to text.
    pub(crate) inline_policies: BTreeMap<String, String>,
    /// ARNs of attached managed policies.
    pub(crate) attached_policies: BTreeSet<String>,
}

/// A customer managed policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct ManagedPolicy {
    /// `ANPA…`
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) path: String,
    pub(crate) created: i64,
    pub(crate) description: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
    /// By number: `v1` is 1. Up to five of them.
    pub(crate) versions: BTreeMap<u32, PolicyVersion>,
    /// Which of them counts.
    pub(crate) default_version: u32,
    /// Numbers are not given again.
    pub(crate) newest_version: u32,
}

/// One version of a managed policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct PolicyVersion {
    pub(crate) document: String,
    /// When it was made, in seconds since 1970.
    pub(crate) created: i64,
}

impl ManagedPolicy {
    /// The document that counts.
    pub(crate) fn document(&self) -> &str {
        self.versions.get(&self.default_version).map_or("", |version| version.document.as_str())
    }

    /// When its newest version was made.
    pub(crate) fn updated(&self) -> i64 {
        self.versions.values().map(|version| version.created).max().unwrap_or(self.created)
    }
}

/// What hands a role to an EC2 instance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct InstanceProfile {
    /// `AIPA…`
    pub(crate) id: String,
    pub(crate) path: String,
    /// When it was made, in seconds since 1970.
    pub(crate) created: i64,
    /// The name of its one role.
    pub(crate) role: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
}
