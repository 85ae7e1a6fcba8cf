//! Access keys, known by their hashes.

use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use gatepass_core::contract::AccessKey;

use super::Identity;

/// Every access key of a contract.
pub(super) struct AccessKeys(Vec<([u8; 32], Arc<Identity>)>);

impl AccessKeys {
    pub(super) fn new(keys: &[AccessKey]) -> Self {
        let identity =
            |key: &AccessKey| Arc::new(Identity::of_key(key.id.clone(), key.subject.clone()));
        Self(keys.iter().map(|key| (*key.hash.as_bytes(), identity(key))).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whose key this is. Only what has a key's form is looked at, and every key is compared to its end, so that the time that it
    /// takes says nothing about them.
    pub(super) fn find(&self, token: &str) -> Option<Arc<Identity>> {
        if token.strip_prefix(AccessKey::PREFIX)?.len() != AccessKey::RANDOM_LENGTH {
            return None;
        }
        let hash: [u8; 32] = Sha256::digest(token).into();
        let mut found = None;
        for (known, identity) in &self.0 {
            if bool::from(hash.ct_eq(known)) {
                found = Some(identity);
            }
        }
        found.map(Arc::clone)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use gatepass_core::contract::{KeyId, Subject};

    use super::*;

    fn key(id: &str, token: &str) -> AccessKey {
        let hash: [u8; 32] = Sha256::digest(token).into();
        AccessKey {
            id: KeyId::parse(id).unwrap(),
            hash: hash.into(),
            subject: Subject::of_api_key("app").unwrap(),
        }
    }

    #[test]
    fn every_key_of_a_contract_is_found_and_no_other() {
        let (old, new) = (format!("gpk_{}", "a".repeat(43)), format!("gpk_{}", "b".repeat(43)));
        // whoever hashed a password of their own gets nowhere with it
        let weak = "letmein";
        let keys = AccessKeys::new(&[key("old", &old), key("new", &new), key("weak", weak)]);
        let found = |token: &str| {
            keys.find(token).map(|identity| identity.key_id().unwrap().as_str().to_owned())
        };
        assert_eq!(found(&old).as_deref(), Some("old"));
        assert_eq!(found(&new).as_deref(), Some("new"));
        for other in [
            "",
            weak,
            "gpk_",
            &old[..46],
            &format!("{old}a"),
            &old.to_uppercase(),
            &format!("gpk_{}", "c".repeat(43)),
        ] {
            assert_eq!(found(other), None, "{other}");
        }
    }
}
