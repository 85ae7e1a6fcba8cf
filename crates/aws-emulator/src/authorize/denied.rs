//! A refusal, in AWS's words.

use std::fmt;

use iam_policy::evaluate::{DocumentKind, Reason};

/// Why a request may not do what it asks for.
///
/// Shown, it is the message that AWS gives to a principal of the resource's own account.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Denied {
    /// The principal's ARN; None for an anonymous request.
    pub(crate) principal: Option<String>,
    pub(crate) action: String,
    pub(crate) resource: String,
    pub(crate) reason: Reason,
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { principal, action, resource, reason } = self;
        // a stranger is told nothing
        let Some(principal) = principal else { return f.write_str("Access Denied") };
        // the services that came late to these messages put the resource into quotes
        let quote = if action.starts_with("s3:") && resource != "*" { "\"" } else { "" };
        write!(
            f,
            "User: {principal} is not authorized to perform: {action} on resource: {quote}{resource}{quote}"
        )?;
        match reason {
            Reason::ExplicitDeny { document, .. } => {
                write!(f, " with an explicit deny in {} {}", article(*document), kind(*document))
            }
            Reason::ImplicitDeny { lacking } => {
                write!(f, " because no {} allows the {action} action", kind(*lacking))
            }
            Reason::Allowed { .. } | Reason::RootUser => Ok(()),
        }
    }
}

fn kind(document: DocumentKind) -> &'static str {
    match document {
        DocumentKind::Identity => "identity-based policy",
        DocumentKind::PermissionsBoundary => "permissions boundary",
        DocumentKind::Session => "session policy",
        DocumentKind::Resource => "resource-based policy",
    }
}

fn article(document: DocumentKind) -> &'static str {
    if document == DocumentKind::Identity { "an" } else { "a" }
}
