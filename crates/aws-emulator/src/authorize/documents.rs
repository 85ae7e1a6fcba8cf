//! The documents that have a say over a principal, parsed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use crate::account::{Account, Principal};
use crate::state::{Session, State};
use iam_policy::evaluate::Policy;

use super::aws_managed;

/// A principal's documents.
#[derive(Debug, Clone, Default)]
pub(crate) struct Documents {
    /// Inline policies, and managed ones in their default version.
    pub(crate) identity: Vec<Policy>,
    /// The permissions boundary.
    pub(crate) boundary: Option<Policy>,
    /// What the session was opened with. Empty: nothing.
    pub(crate) session: Vec<Policy>,
}

/// Parsed documents, kept for as long as the state is the one that they were read from.
#[derive(Debug, Default)]
pub(crate) struct DocumentCache(Mutex<Cached>);

#[derive(Debug, Default)]
struct Cached {
    /// Held, so that no other state can come to stand at the same address.
    state: Option<Arc<State>>,
    /// By principal's ARN, and for a session by its access, as two may have one name.
    principals: HashMap<(String, String), Arc<Documents>>,
    /// By bucket.
    bucket_policies: HashMap<String, Option<Arc<Policy>>>,
}

impl DocumentCache {
    fn with<T>(&self, state: &Arc<State>, use_it: impl FnOnce(&mut Cached) -> T) -> T {
        let mut cached = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if cached.state.as_ref().is_none_or(|known| !Arc::ptr_eq(known, state)) {
            *cached = Cached { state: Some(Arc::clone(state)), ..Cached::default() };
        }
        use_it(&mut cached)
    }
}

impl Account {
    /// The documents that have a say over a principal.
    pub(crate) fn documents(&self, principal: &Principal) -> Arc<Documents> {
        let state = self.store.read();
        let token = match principal {
            // nothing limits the account's root user, but what a resource's own policy says
            Principal::Root => return Arc::default(),
            Principal::User(_) => String::new(),
            Principal::Session(session) => session.token.clone(),
        };
        self.documents.with(&state, |cached| {
            let documents = cached
                .principals
                .entry((self.principal_arn(principal), token))
                .or_insert_with(|| {
                    Arc::new(match principal {
                        Principal::Root => Documents::default(),
                        Principal::User(user) => of_user(&state, &user.name),
                        Principal::Session(session) => Documents {
                            session: of_session(&state, session),
                            ..of_role(&state, &session.role_name)
                        },
                    })
                });
            Arc::clone(documents)
        })
    }

    /// A bucket's policy.
    pub(crate) fn bucket_policy(&self, bucket: &str) -> Option<Arc<Policy>> {
        let state = self.store.read();
        self.documents.with(&state, |cached| {
            let read =
                || state.buckets.get(bucket)?.policy.as_deref().map(|text| Arc::new(parse(text)));
            cached.bucket_policies.entry(bucket.to_owned()).or_insert_with(read).clone()
        })
    }
}

/// What a role's sessions may do, session policies aside.
pub(crate) fn of_role(state: &State, name: &str) -> Documents {
    let Some(role) = state.roles.get(name) else { return Documents::default() };
    let attached = role.attached_policies.iter().map(|arn| managed(state, arn));
    Documents {
        identity: role.inline_policies.values().map(|text| parse(text)).chain(attached).collect(),
        boundary: role.permissions_boundary.as_deref().map(|arn| managed(state, arn)),
        session: Vec::new(),
    }
}

/// What a user may do, by itself and by its groups.
pub(crate) fn of_user(state: &State, name: &str) -> Documents {
    let Some(user) = state.users.get(name) else { return Documents::default() };
    let groups = || state.groups_of(name).map(|(_, group)| group);
    let inline = user
        .inline_policies
        .values()
        .chain(groups().flat_map(|group| group.inline_policies.values()));
    let attached =
        user.attached_policies.iter().chain(groups().flat_map(|group| &group.attached_policies));
    Documents {
        identity: inline
            .map(|text| parse(text))
            .chain(attached.map(|arn| managed(state, arn)))
            .collect(),
        boundary: user.permissions_boundary.as_deref().map(|arn| managed(state, arn)),
        session: Vec::new(),
    }
}

/// What a session was limited to when it was opened.
fn of_session(state: &State, session: &Session) -> Vec<Policy> {
    let managed = session.policy_arns.iter().map(|arn| managed(state, arn));
    session.policy.iter().map(|text| parse(text)).chain(managed).collect()
}

/// A managed policy; one that is gone allows nothing.
fn managed(state: &State, arn: &str) -> Policy {
    if let Some(policy) = state.policies.get(arn) {
        return parse(policy.document());
    }
    aws_managed::document(arn).map(parse).unwrap_or_default()
}

/// Parses a document that was checked when it was put. What cannot be read after all denies everything: left out, its
/// denials would be lost with it.
pub(crate) fn parse(text: &str) -> Policy {
    let policy = serde_json::from_str::<Value>(text).map_err(|error| error.to_string());
    let policy =
        policy.and_then(|document| Policy::parse(&document).map_err(|error| error.to_string()));
    policy.unwrap_or_else(|problem| {
        tracing::warn!(%problem, "a policy that is kept cannot be evaluated, and denies everything");
        Policy::parse(&json!({"Statement": {"Sid": "Unreadable", "Effect": "Deny", "Action": "*"}})).unwrap_or_default()
    })
}
