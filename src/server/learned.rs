//! What is learned of a request on its way to an answer.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use super::auth::Identity;
use super::request_id::RequestId;

/// What the log tells of a request beside its answer. It is in a request's extensions where the contract asks for it.
#[derive(Debug)]
pub(super) struct Learned {
    client: IpAddr,
    request_id: RequestId,
    identity: OnceLock<Arc<Identity>>,
}

impl Learned {
    pub(super) fn new(client: IpAddr, request_id: RequestId) -> Self {
        Self { client, request_id, identity: OnceLock::new() }
    }

    /// The address of whoever asks: the peer's, or what a trusted proxy says.
    pub(super) fn client(&self) -> IpAddr {
        self.client
    }

    pub(super) fn request_id(&self) -> &RequestId {
        &self.request_id
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
