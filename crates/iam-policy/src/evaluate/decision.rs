//! The decision.

use std::fmt;

use super::caller::Named;
use super::statement::Effect;
use super::{Caller, Policy, RequestContext};

/// One request.
#[derive(Debug, Clone)]
pub struct Request<'a> {
    pub(super) caller: &'a Caller,
    pub(super) action_lowercase: String,
    pub(super) resource: &'a str,
    pub(super) context: &'a RequestContext,
}

impl<'a> Request<'a> {
    /// A request for `action` (`s3:PutObject`) on `resource` (an ARN).
    #[must_use]
    pub fn new(
        caller: &'a Caller,
        action: &str,
        resource: &'a str,
        context: &'a RequestContext,
    ) -> Self {
        Self { caller, action_lowercase: action.to_ascii_lowercase(), resource, context }
    }
}

/// The documents that have a say in a request.
#[derive(Debug, Clone, Copy, Default)]
pub struct PolicySet<'a> {
    /// The caller's identity policies, inline and attached.
    pub identity: &'a [Policy],
    /// The caller's permissions boundary.
    pub boundary: Option<&'a Policy>,
    /// The policies that the caller's session was opened with. Empty: none were given.
    pub session: &'a [Policy],
    /// The resource's own policy: a bucket policy, or a role's trust policy.
    pub resource: Option<&'a Policy>,
    /// The account that the resource belongs to.
    pub resource_account: &'a str,
    /// Whether nobody gets in whom the resource's own policy does not name, not even with an identity policy of the
    /// same account: so it is with a role's trust policy, and not with a bucket policy.
    pub resource_must_allow: bool,
}

/// Which document a deciding statement stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// An identity policy.
    Identity,
    /// The permissions boundary.
    PermissionsBoundary,
    /// A session policy.
    Session,
    /// The bucket policy or trust policy.
    Resource,
}

/// Whether a request is allowed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is allowed.
    pub allowed: bool,
    /// Why.
    pub reason: Reason,
}

/// Why a request is allowed or denied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// A statement denies it.
    ExplicitDeny {
        /// Where the statement stands.
        document: DocumentKind,
        /// Its `Sid`, or its number where it has none.
        statement: String,
    },
    /// Nothing in this document allows it.
    ImplicitDeny {
        /// The document that would have to.
        lacking: DocumentKind,
    },
    /// A statement allows it.
    Allowed {
        /// Where the statement stands.
        document: DocumentKind,
        /// Its `Sid`, or its number where it has none.
        statement: String,
    },
    /// The account's root user needs no allow in its own account.
    RootUser,
}

impl fmt::Display for DocumentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Identity => "permissions policies",
            Self::PermissionsBoundary => "permissions boundary",
            Self::Session => "session policies",
            Self::Resource => "resource's own policy",
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ExplicitDeny { document, statement } => {
                write!(f, "{statement} of the {document} denies it")
            }
            Self::ImplicitDeny { lacking } => write!(f, "nothing in the {lacking} allows it"),
            Self::Allowed { document, statement } => {
                write!(f, "{statement} of the {document} allows it")
            }
            Self::RootUser => f.write_str("the account's root user needs no allow"),
        }
    }
}

impl PolicySet<'_> {
    /// Decides a request.
    #[must_use]
    pub fn decide(&self, request: &Request<'_>) -> Decision {
        if let Some(reason) = self.explicit_deny(request) {
            return Decision { allowed: false, reason };
        }
        match self.allow(request) {
            Ok(reason) => Decision { allowed: true, reason },
            Err(lacking) => Decision { allowed: false, reason: Reason::ImplicitDeny { lacking } },
        }
    }

    fn explicit_deny(&self, request: &Request<'_>) -> Option<Reason> {
        let documents = self
            .resource
            .iter()
            .map(|policy| (DocumentKind::Resource, *policy))
            .chain(self.identity.iter().map(|policy| (DocumentKind::Identity, policy)))
            .chain(self.boundary.iter().map(|policy| (DocumentKind::PermissionsBoundary, *policy)))
            .chain(self.session.iter().map(|policy| (DocumentKind::Session, policy)));
        for (document, policy) in documents {
            if let Some((statement, _)) =
                policy.find(Effect::Deny, request, self.boundary.is_some())
            {
                return Some(Reason::ExplicitDeny { document, statement: statement.to_owned() });
            }
        }
        None
    }

    /// The statement that allows the request, or the kind of document that would have to and does not.
    fn allow(&self, request: &Request<'_>) -> Result<Reason, DocumentKind> {
        let from_resource =
            self.resource.and_then(|policy| policy.find(Effect::Allow, request, false));
        let resource_reason = |statement: &str| Reason::Allowed {
            document: DocumentKind::Resource,
            statement: statement.to_owned(),
        };
        let Some(account) = request.caller.account() else {
            // nobody's account speaks for them: the resource's own policy must
            return from_resource
                .map(|(statement, _)| resource_reason(statement))
                .ok_or(DocumentKind::Resource);
        };
        let same_account = account == self.resource_account;
        match from_resource {
            // naming a user or a session itself is enough within the account, whatever limits it
            Some((statement, Named::Directly)) if same_account => {
                return Ok(resource_reason(statement));
            }
            // naming the role grants to its sessions, within boundary and session policies
            Some((statement, Named::ByRole)) if same_account => {
                self.within_limits(request)?;
                return Ok(resource_reason(statement));
            }
            None if !same_account || self.resource_must_allow => {
                return Err(DocumentKind::Resource);
            }
            _ => {}
        }
        if matches!(request.caller, Caller::Root { .. }) {
            return Ok(Reason::RootUser);
        }
        let (statement, _) = self
            .identity
            .iter()
            .find_map(|policy| policy.find(Effect::Allow, request, false))
            .ok_or(DocumentKind::Identity)?;
        self.within_limits(request)?;
        Ok(Reason::Allowed { document: DocumentKind::Identity, statement: statement.to_owned() })
    }

    fn within_limits(&self, request: &Request<'_>) -> Result<(), DocumentKind> {
        if self.boundary.is_some_and(|policy| policy.find(Effect::Allow, request, false).is_none())
        {
            return Err(DocumentKind::PermissionsBoundary);
        }
        let session_allows = self.session.is_empty()
            || self
                .session
                .iter()
                .any(|policy| policy.find(Effect::Allow, request, false).is_some());
        if session_allows { Ok(()) } else { Err(DocumentKind::Session) }
    }
}

impl Policy {
    /// The statement of this effect that applies, the one that names the caller most directly.
    fn find(&self, effect: Effect, request: &Request<'_>, bounded: bool) -> Option<(&str, Named)> {
        let mut found: Option<(&str, Named)> = None;
        for statement in self.statements.iter().filter(|statement| statement.effect == effect) {
            let named = statement.names(request.caller, bounded);
            if named > found.map_or(Named::No, |(_, named)| named) && statement.covers(request) {
                if effect == Effect::Deny || named == Named::Directly {
                    return Some((&statement.name, named));
                }
                found = Some((&statement.name, named));
            }
        }
        found
    }
}
