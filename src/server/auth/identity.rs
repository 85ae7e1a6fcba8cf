//! Somebody who was asked and told who they are.

use std::sync::Arc;

use gatepass_core::contract::{KeyId, Subject};

use super::narrowing::Narrowing;

/// Who asks.
#[derive(Debug)]
pub(in crate::server) struct Identity {
    subject: Arc<Subject>,
    key: Option<KeyId>,
    narrowing: Narrowing,
}

impl Identity {
    /// The holder of an access key.
    pub(super) fn of_key(id: KeyId, subject: Subject) -> Self {
        Self { subject: Arc::new(subject), key: Some(id), narrowing: Narrowing::default() }
    }

    /// The subject of a token.
    pub(super) fn of_token(subject: Subject, narrowing: Narrowing) -> Self {
        Self { subject: Arc::new(subject), key: None, narrowing }
    }

    /// Whoever has a link that was made for this subject.
    pub(in crate::server) fn of_link(subject: Subject) -> Self {
        Self { subject: Arc::new(subject), key: None, narrowing: Narrowing::default() }
    }

    pub(in crate::server) fn subject(&self) -> &Arc<Subject> {
        &self.subject
    }

    /// The access key, if it was one.
    pub(in crate::server) fn key_id(&self) -> Option<&KeyId> {
        self.key.as_ref()
    }

    /// What the token allows of what the contract allows.
    pub(in crate::server) fn narrowing(&self) -> &Narrowing {
        &self.narrowing
    }
}
