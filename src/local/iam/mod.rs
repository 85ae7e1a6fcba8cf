//! IAM: roles, their inline and attached policies, their tags; managed policies with one version.
//! See <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html>.

mod attached_policies;
mod inline_policies;
mod managed_policies;
mod names;
mod role_tags;
mod roles;

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::query::{Call, QueryError};
use super::xml::Xml;

/// What a call answers: the content of its `…Result` element, None for those without one.
type Answer = Result<Option<Xml>, QueryError>;

/// Runs one action.
pub(super) fn call(action: &str, call: &Call<'_>) -> Answer {
    match action {
        "CreateRole" => roles::create(call),
        "GetRole" => roles::get(call),
        "ListRoles" => roles::list(call),
        "UpdateRole" => roles::update(call),
        "UpdateRoleDescription" => roles::update_description(call),
        "UpdateAssumeRolePolicy" => roles::update_trust_policy(call),
        "PutRolePermissionsBoundary" => roles::put_permissions_boundary(call),
        "DeleteRolePermissionsBoundary" => roles::delete_permissions_boundary(call),
        "DeleteRole" => roles::delete(call),
        "ListInstanceProfilesForRole" => roles::list_instance_profiles(call),
        "TagRole" => role_tags::tag(call),
        "UntagRole" => role_tags::untag(call),
        "ListRoleTags" => role_tags::list(call),
        "PutRolePolicy" => inline_policies::put(call),
        "GetRolePolicy" => inline_policies::get(call),
        "DeleteRolePolicy" => inline_policies::delete(call),
        "ListRolePolicies" => inline_policies::list(call),
        "AttachRolePolicy" => attached_policies::attach(call),
        "DetachRolePolicy" => attached_policies::detach(call),
        "ListAttachedRolePolicies" => attached_policies::list(call),
        "CreatePolicy" => managed_policies::create(call),
        "GetPolicy" => managed_policies::get(call),
        "GetPolicyVersion" => managed_policies::get_version(call),
        "DeletePolicy" => managed_policies::delete(call),
        _ => Err(QueryError::invalid_action(action)),
    }
}

/// `2026-01-02T03:04:05Z`, which IAM and STS write dates as.
pub(super) fn date(seconds: i64) -> String {
    OffsetDateTime::from_unix_timestamp(seconds).ok().and_then(|date| date.format(&Rfc3339).ok()).unwrap_or_default()
}

/// The end of every list: all of it fits into one answer.
fn not_truncated(xml: &mut Xml) {
    xml.text("IsTruncated", "false");
}

/// The result of a call, as the content of its element.
fn result(content: impl FnOnce(&mut Xml)) -> Answer {
    let mut xml = Xml::default();
    content(&mut xml);
    Ok(Some(xml))
}
