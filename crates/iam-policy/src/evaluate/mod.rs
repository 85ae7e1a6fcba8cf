//! Whether a request passes a set of policy documents, and which statement decides.
//!
//! Pure: a decision is a function of documents, caller, action, resource and request context. The order is AWS's own:
//! an explicit deny anywhere wins, then something must allow, and a permissions boundary and a session policy limit
//! what identity policies allow.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>.

mod arn;
mod caller;
mod condition;
mod context;
mod decision;
mod operator;
mod pattern;
mod statement;
#[cfg(test)]
mod tests;
mod trace;

pub use caller::Caller;
pub use context::RequestContext;
pub use decision::{Decision, DocumentKind, PolicySet, Reason, Request};
pub use pattern::matches_wildcards;
pub use statement::{Policy, PolicyError};
pub use trace::{ConditionMatch, StatementMatch, trace};
