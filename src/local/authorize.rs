//! The one place where it is decided whether a request may do what it asks for.

use hyper::{HeaderMap, Method, Uri};

use super::account::{Account, Principal};
use super::sigv4::Claim;

/// A caller whose signature was checked.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) principal: Principal,
    /// How and when the request was signed; None for a form, whose signature is in its body.
    pub(crate) claim: Option<Claim>,
}

/// What is asked.
#[derive(Debug)]
pub(crate) struct Access<'a> {
    /// None for an anonymous request.
    pub(crate) caller: Option<&'a Caller>,
    /// The IAM action: `s3:PutObject`.
    pub(crate) action: &'a str,
    /// The ARN of the bucket or the object; `*` for what has none.
    pub(crate) resource: String,
    /// What condition keys are made of.
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
}

/// Decides. As yet every principal of the account may do everything, and nobody else anything: identity policies,
/// permissions boundaries, session policies and bucket policies are kept and not evaluated.
pub(crate) fn is_allowed(account: &Account, access: &Access<'_>) -> bool {
    let Access { caller, action, resource, method, uri, headers } = access;
    let allowed = caller.is_some();
    let principal = caller.map_or_else(|| "anonymous".to_owned(), |caller| account.principal_arn(&caller.principal));
    let claim = caller.and_then(|caller| caller.claim.as_ref());
    let age_seconds = claim.map(|claim| (time::OffsetDateTime::now_utc() - claim.signed_at).whole_seconds());
    let place = claim.map(|claim| claim.place);
    tracing::debug!(
        allowed, %principal, action, resource, %method, path = uri.path(), headers = headers.len(), signature_age_seconds = age_seconds, signed_in = ?place,
        "access"
    );
    allowed
}
