//! The one place where it is decided whether a request may do what it asks for: S3's, IAM's and STS's.
//!
//! The decision itself is [`iam_policy::evaluate`]'s. Here is what it is made from: the documents that have a say over a
//! principal ([`documents`]), the condition keys that every request has ([`context`]), and AWS's words for a refusal ([`Denied`]).
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>.

pub(crate) mod aws_managed;
pub(crate) mod context;
mod denied;
pub(crate) mod documents;

use iam_policy::evaluate::{self, Policy, PolicySet, RequestContext};

use super::account::{Account, Principal};

pub(crate) use denied::Denied;
pub(crate) use documents::DocumentCache;

/// What is asked.
#[derive(Debug)]
pub(crate) struct Ask<'a> {
    /// None for an anonymous request.
    pub(crate) principal: Option<&'a Principal>,
    /// The IAM action: `s3:PutObject`.
    pub(crate) action: &'a str,
    /// The ARN of what it is about; `*` for what has none.
    pub(crate) resource: &'a str,
    /// The condition keys: those of [`context::of_request`] and what the service adds.
    pub(crate) context: &'a RequestContext,
    /// The resource's own policy: the bucket's, or a role's trust policy.
    pub(crate) resource_policy: Option<&'a Policy>,
    /// Whether nobody gets in whom that policy does not allow: so it is with a trust policy.
    pub(crate) resource_must_allow: bool,
}

impl<'a> Ask<'a> {
    /// A question about something without a policy of its own.
    pub(crate) fn new(
        principal: Option<&'a Principal>,
        action: &'a str,
        resource: &'a str,
        context: &'a RequestContext,
    ) -> Self {
        Self {
            principal,
            action,
            resource,
            context,
            resource_policy: None,
            resource_must_allow: false,
        }
    }
}

/// Decides.
pub(crate) fn decide(account: &Account, ask: &Ask<'_>) -> Result<(), Denied> {
    let documents = ask.principal.map(|principal| account.documents(principal)).unwrap_or_default();
    let caller = caller(account, ask.principal);
    let set = PolicySet {
        identity: &documents.identity,
        boundary: documents.boundary.as_ref(),
        session: &documents.session,
        resource: ask.resource_policy,
        resource_account: account.id.as_str(),
        resource_must_allow: ask.resource_must_allow,
    };
    let decision =
        set.decide(&evaluate::Request::new(&caller, ask.action, ask.resource, ask.context));
    let Ask { action, resource, .. } = ask;
    tracing::debug!(allowed = decision.allowed, reason = %decision.reason, action, resource, caller = ?caller.principal_arn(), "access");
    if decision.allowed {
        return Ok(());
    }
    Err(Denied {
        principal: ask.principal.map(|principal| account.principal_arn(principal)),
        action: ask.action.to_owned(),
        resource: ask.resource.to_owned(),
        reason: decision.reason,
    })
}

/// Who calls, as policies name callers.
pub(crate) fn caller(account: &Account, principal: Option<&Principal>) -> evaluate::Caller {
    match principal {
        None => evaluate::Caller::Anonymous,
        Some(Principal::Root) => evaluate::Caller::Root {
            account: account.id.to_string(),
            partition: account.region.partition().to_string(),
        },
        Some(principal @ Principal::User(_)) => {
            evaluate::Caller::User { arn: account.principal_arn(principal) }
        }
        Some(principal @ Principal::Session(session)) => {
            let state = account.store.read();
            let path = state.roles.get(&session.role_name).map_or("/", |role| role.path.as_str());
            evaluate::Caller::RoleSession {
                role_arn: account.arn("iam", &format!("role{path}{}", session.role_name)),
                session_arn: account.principal_arn(principal),
            }
        }
    }
}
