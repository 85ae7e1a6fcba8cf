//! Object keys, made by the server.

use std::fmt;

/// The key of one object. Only [`GrantMaker`](super::GrantMaker) makes one, from the contract's key template.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct ObjectKey(String);

impl ObjectKey {
    /// The key.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ObjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
