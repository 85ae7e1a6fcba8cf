//! IAM: users with access keys, groups, roles, instance profiles, managed policies, identity providers, and the simulator.
//! See <https://docs.aws.amazon.com/IAM/latest/APIReference/API_Operations.html>.

mod absent;
mod access_keys;
mod account;
mod attached_policies;
mod boundaries;
mod entity;
mod groups;
mod holder;
mod inline_policies;
mod instance_profiles;
mod managed_policies;
mod names;
mod oidc_providers;
mod page;
mod permission;
mod policy_versions;
mod principals;
mod roles;
mod simulate;
mod tags;
mod users;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::query::{Call, QueryError};
use super::xml::Xml;
use entity::Entity;
use holder::Holder::{Group, Role, User};
use permission::Subject;

pub(super) use managed_policies::check_exists as check_managed_policy;
pub(super) use principals::{PUBLIC_PROVIDERS, is_aws_principal};

/// What a call answers: the content of its `…Result` element, None for those without one.
type Answer = Result<Option<Xml>, QueryError>;

/// What one action does.
type Action = fn(&Call<'_>) -> Answer;

/// Everything but RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Runs one action, if the caller may.
pub(super) fn call(action: &str, call: &Call<'_>) -> Answer {
    let (subject, run) =
        find(action).ok_or_else(|| QueryError::invalid_action(action, "2010-05-08"))?;
    permission::check(call, action, subject)?;
    run(call)
}

/// What an action is about, and what it does.
fn find(action: &str) -> Option<(Subject, Action)> {
    let found: (Subject, Action) = match action {
        "CreateUser" => (Subject::User, users::create),
        "GetUser" => (Subject::User, users::get),
        "ListUsers" => (Subject::Users, users::list),
        "UpdateUser" => (Subject::User, users::update),
        "DeleteUser" => (Subject::User, users::delete),
        "ListGroupsForUser" => (Subject::User, groups::list_for_user),
        "ListMFADevices" => (Subject::User, |call| absent::list_of_user(call, "MFADevices")),
        "ListSigningCertificates" => {
            (Subject::User, |call| absent::list_of_user(call, "Certificates"))
        }
        "ListSSHPublicKeys" => (Subject::User, |call| absent::list_of_user(call, "SSHPublicKeys")),
        "ListServiceSpecificCredentials" => {
            (Subject::User, |call| absent::list_of_user(call, "ServiceSpecificCredentials"))
        }
        "GetLoginProfile" | "DeleteLoginProfile" => (Subject::User, absent::login_profile),
        "TagUser" => (Subject::User, |call| tags::tag(call, Entity::User)),
        "UntagUser" => (Subject::User, |call| tags::untag(call, Entity::User)),
        "ListUserTags" => (Subject::User, |call| tags::list(call, Entity::User)),
        "PutUserPolicy" => (Subject::User, |call| inline_policies::put(call, User)),
        "GetUserPolicy" => (Subject::User, |call| inline_policies::get(call, User)),
        "DeleteUserPolicy" => (Subject::User, |call| inline_policies::delete(call, User)),
        "ListUserPolicies" => (Subject::User, |call| inline_policies::list(call, User)),
        "AttachUserPolicy" => (Subject::User, |call| attached_policies::attach(call, User)),
        "DetachUserPolicy" => (Subject::User, |call| attached_policies::detach(call, User)),
        "ListAttachedUserPolicies" => (Subject::User, |call| attached_policies::list(call, User)),
        "PutUserPermissionsBoundary" => (Subject::User, |call| boundaries::put(call, Entity::User)),
        "DeleteUserPermissionsBoundary" => {
            (Subject::User, |call| boundaries::delete(call, Entity::User))
        }
        "CreateAccessKey" => (Subject::User, access_keys::create),
        "ListAccessKeys" => (Subject::User, access_keys::list),
        "UpdateAccessKey" => (Subject::User, access_keys::update),
        "DeleteAccessKey" => (Subject::User, access_keys::delete),
        "GetAccessKeyLastUsed" => (Subject::Anything, access_keys::last_used),

        "CreateGroup" => (Subject::Group, groups::create),
        "GetGroup" => (Subject::Group, groups::get),
        "ListGroups" => (Subject::Groups, groups::list),
        "UpdateGroup" => (Subject::Group, groups::update),
        "DeleteGroup" => (Subject::Group, groups::delete),
        "AddUserToGroup" => (Subject::Group, groups::add_user),
        "RemoveUserFromGroup" => (Subject::Group, groups::remove_user),
        "PutGroupPolicy" => (Subject::Group, |call| inline_policies::put(call, Group)),
        "GetGroupPolicy" => (Subject::Group, |call| inline_policies::get(call, Group)),
        "DeleteGroupPolicy" => (Subject::Group, |call| inline_policies::delete(call, Group)),
        "ListGroupPolicies" => (Subject::Group, |call| inline_policies::list(call, Group)),
        "AttachGroupPolicy" => (Subject::Group, |call| attached_policies::attach(call, Group)),
        "DetachGroupPolicy" => (Subject::Group, |call| attached_policies::detach(call, Group)),
        "ListAttachedGroupPolicies" => {
            (Subject::Group, |call| attached_policies::list(call, Group))
        }

        "CreateRole" => (Subject::Role, roles::create),
        "GetRole" => (Subject::Role, roles::get),
        "ListRoles" => (Subject::Roles, roles::list),
        "UpdateRole" => (Subject::Role, roles::update),
        "UpdateRoleDescription" => (Subject::Role, roles::update_description),
        "UpdateAssumeRolePolicy" => (Subject::Role, roles::update_trust_policy),
        "DeleteRole" => (Subject::Role, roles::delete),
        "ListInstanceProfilesForRole" => (Subject::Role, instance_profiles::list_for_role),
        "TagRole" => (Subject::Role, |call| tags::tag(call, Entity::Role)),
        "UntagRole" => (Subject::Role, |call| tags::untag(call, Entity::Role)),
        "ListRoleTags" => (Subject::Role, |call| tags::list(call, Entity::Role)),
        "PutRolePolicy" => (Subject::Role, |call| inline_policies::put(call, Role)),
        "GetRolePolicy" => (Subject::Role, |call| inline_policies::get(call, Role)),
        "DeleteRolePolicy" => (Subject::Role, |call| inline_policies::delete(call, Role)),
        "ListRolePolicies" => (Subject::Role, |call| inline_policies::list(call, Role)),
        "AttachRolePolicy" => (Subject::Role, |call| attached_policies::attach(call, Role)),
        "DetachRolePolicy" => (Subject::Role, |call| attached_policies::detach(call, Role)),
        "ListAttachedRolePolicies" => (Subject::Role, |call| attached_policies::list(call, Role)),
        "PutRolePermissionsBoundary" => (Subject::Role, |call| boundaries::put(call, Entity::Role)),
        "DeleteRolePermissionsBoundary" => {
            (Subject::Role, |call| boundaries::delete(call, Entity::Role))
        }

        "CreateInstanceProfile" => (Subject::InstanceProfile, instance_profiles::create),
        "GetInstanceProfile" => (Subject::InstanceProfile, instance_profiles::get),
        "ListInstanceProfiles" => (Subject::InstanceProfiles, instance_profiles::list),
        "AddRoleToInstanceProfile" => (Subject::InstanceProfile, instance_profiles::add_role),
        "RemoveRoleFromInstanceProfile" => {
            (Subject::InstanceProfile, instance_profiles::remove_role)
        }
        "DeleteInstanceProfile" => (Subject::InstanceProfile, instance_profiles::delete),

        "CreatePolicy" => (Subject::NewPolicy, managed_policies::create),
        "GetPolicy" => (Subject::Policy, managed_policies::get),
        "ListPolicies" => (Subject::Policies, managed_policies::list),
        "ListEntitiesForPolicy" => (Subject::Policy, managed_policies::list_entities),
        "DeletePolicy" => (Subject::Policy, managed_policies::delete),
        "TagPolicy" => (Subject::Policy, managed_policies::tag),
        "UntagPolicy" => (Subject::Policy, managed_policies::untag),
        "ListPolicyTags" => (Subject::Policy, managed_policies::list_tags),
        "CreatePolicyVersion" => (Subject::Policy, policy_versions::create),
        "GetPolicyVersion" => (Subject::Policy, policy_versions::get),
        "ListPolicyVersions" => (Subject::Policy, policy_versions::list),
        "SetDefaultPolicyVersion" => (Subject::Policy, policy_versions::set_default),
        "DeletePolicyVersion" => (Subject::Policy, policy_versions::delete),

        "CreateOpenIDConnectProvider" => (Subject::NewProvider, oidc_providers::create),
        "GetOpenIDConnectProvider" => (Subject::Provider, oidc_providers::get),
        "ListOpenIDConnectProviders" => (Subject::Providers, oidc_providers::list),
        "DeleteOpenIDConnectProvider" => (Subject::Provider, oidc_providers::delete),
        "UpdateOpenIDConnectProviderThumbprint" => {
            (Subject::Provider, oidc_providers::update_thumbprints)
        }
        "AddClientIDToOpenIDConnectProvider" => (Subject::Provider, oidc_providers::add_client_id),
        "RemoveClientIDFromOpenIDConnectProvider" => {
            (Subject::Provider, oidc_providers::remove_client_id)
        }
        "TagOpenIDConnectProvider" => (Subject::Provider, oidc_providers::tag),
        "UntagOpenIDConnectProvider" => (Subject::Provider, oidc_providers::untag),
        "ListOpenIDConnectProviderTags" => (Subject::Provider, oidc_providers::list_tags),

        "SimulatePrincipalPolicy" => (Subject::PolicySource, simulate::principal),
        "SimulateCustomPolicy" => (Subject::Anything, simulate::custom),
        "GetContextKeysForPrincipalPolicy" => {
            (Subject::PolicySource, simulate::context_keys_of_principal)
        }
        "GetContextKeysForCustomPolicy" => (Subject::Anything, simulate::context_keys),
        "ListVirtualMFADevices" => {
            (Subject::Anything, |call| absent::list(call, "VirtualMFADevices"))
        }
        "ListSAMLProviders" => (Subject::Anything, |call| absent::list(call, "SAMLProviderList")),
        "ListServerCertificates" => {
            (Subject::Anything, |call| absent::list(call, "ServerCertificateMetadataList"))
        }
        "GetAccountPasswordPolicy" => (Subject::Anything, absent::password_policy),
        "ListAccountAliases" => (Subject::Anything, account::list_aliases),
        "GetAccountSummary" => (Subject::Anything, account::summary),
        _ => return None,
    };
    Some(found)
}

/// `2026-01-02T03:04:05Z`, which IAM and STS write dates as.
pub(super) fn date(seconds: i64) -> String {
    OffsetDateTime::from_unix_timestamp(seconds)
        .ok()
        .and_then(|date| date.format(&Rfc3339).ok())
        .unwrap_or_default()
}

/// A policy document as IAM answers with it: URL-encoded as RFC 3986 has it.
fn encoded(document: &str) -> String {
    utf8_percent_encode(document, ENCODED).to_string()
}

/// The result of a call, as the content of its element.
fn result(content: impl FnOnce(&mut Xml)) -> Answer {
    let mut xml = Xml::default();
    content(&mut xml);
    Ok(Some(xml))
}
