//! What is learned of a request on its way to an answer.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use super::auth::Identity;

/// What the log tells of a request beside its answer. It is in a request's extensions where the contract asks for it.
#[derive(Debug)]
pub(super) struct Learned {
    client: IpAddr,
    identity: OnceLock<Arc<Identity>>,
}

impl Learned {
    pub(super) fn new(client: IpAddr) -> Self {
        Self { client, identity: OnceLock::new() }
    }

    /// The address of whoever asks: the peer's, or what a trusted proxy says.
    pub(super) fn client(&self) -> IpAddr {
        self.client
    }

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
