//! What is learned of a request on its way to an answer.

use std::sync::{Arc, OnceLock};

use super::auth::Identity;

/// What the log tells of a request beside its answer. It is in a request's extensions where the contract asks who asks.
#[derive(Debug, Default)]
pub(super) struct Learned {
    identity: OnceLock<Arc<Identity>>,
}

impl Learned {
    /// Remembers who asks.
    pub(super) fn is_from(&self, identity: Arc<Identity>) {
        // a request is authenticated once
        let _ = self.identity.set(identity);
    }

    /// Who asks, where that is known.
    pub(super) fn identity(&self) -> Option<&Identity> {
        self.identity.get().map(|identity| &**identity)
    }
}
