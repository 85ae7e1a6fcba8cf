//! Whether a caller may make a call of IAM's.
//! See <https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html>.

use std::collections::BTreeMap;

use crate::account::Principal;
use crate::authorize::{self, Ask};
use crate::query::{Call, QueryError};

use super::{instance_profiles, names, users};

/// What an action is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// The user that is named, or the caller.
    User,
    Users,
    Group,
    Groups,
    Role,
    Roles,
    InstanceProfile,
    InstanceProfiles,
    /// The managed policy whose ARN is given.
    Policy,
    NewPolicy,
    Policies,
    /// The OpenID Connect provider whose ARN is given.
    Provider,
    NewProvider,
    Providers,
    /// The user, group or role whose policies are simulated.
    PolicySource,
    /// Nothing that has an ARN.
    Anything,
}

/// Refuses a call that the caller's policies do not allow.
pub(super) fn check(call: &Call<'_>, action: &str, subject: Subject) -> Result<(), QueryError> {
    // <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html>: no call of IAM's without a second factor
    if matches!(call.caller, Principal::User(user) if user.issued.is_some()) {
        return Err(QueryError::invalid_client_token());
    }
    let (resource, tags) = resource(call, subject)?;
    let mut context = call.context.clone();
    if let Some(arn) = call.params.get("PermissionsBoundary") {
        context.set("iam:PermissionsBoundary", arn);
    }
    if matches!(subject, Subject::User | Subject::Group | Subject::Role)
        && let Some(arn) = call.params.get("PolicyArn")
    {
        context.set("iam:PolicyARN", arn);
    }
    for (key, value) in &tags {
        context.set(&format!("aws:ResourceTag/{key}"), value.as_str());
        context.set(&format!("iam:ResourceTag/{key}"), value.as_str());
    }
    let new_tags = call.params.tags().unwrap_or_default();
    let keys: Vec<String> = new_tags.keys().cloned().chain(call.params.texts("TagKeys")).collect();
    if !keys.is_empty() {
        context = context.with_all("aws:TagKeys", keys);
    }
    for (key, value) in &new_tags {
        context.set(&format!("aws:RequestTag/{key}"), value.as_str());
    }
    let action = format!("iam:{action}");
    authorize::decide(call.account, &Ask::new(Some(call.caller), &action, &resource, &context))
        .map_err(|denied| QueryError::access_denied(denied.to_string()))
}

/// The ARN of what a call is about, and its tags.
fn resource(
    call: &Call<'_>,
    subject: Subject,
) -> Result<(String, BTreeMap<String, String>), QueryError> {
    let params = call.params;
    let arn = |rest: String| call.account.arn("iam", &rest);
    let state = call.account.store.read();
    let untagged = |arn: String| Ok((arn, BTreeMap::new()));
    let prefix = || params.get("PathPrefix").unwrap_or("/");
    match subject {
        Subject::User => {
            // without a name and not a user: the call itself says what is wrong with that
            let name = match (params.get("UserName"), call.caller) {
                (None, Principal::Root | Principal::Session(_)) => {
                    return untagged(arn("user/".to_owned()));
                }
                _ => users::own_or_named(call)?,
            };
            Ok(match state.users.get(name) {
                Some(user) => (arn(format!("user{}{name}", user.path)), user.tags.clone()),
                None => (arn(format!("user{}{name}", names::path(params)?)), BTreeMap::new()),
            })
        }
        Subject::Group => {
            let name = names::group_name(params)?;
            untagged(match state.groups.get(name) {
                Some(group) => arn(format!("group{}{name}", group.path)),
                None => arn(format!("group{}{name}", names::path(params)?)),
            })
        }
        Subject::Role => {
            let name = names::role_name(params)?;
            Ok(match state.roles.get(name) {
                Some(role) => (arn(format!("role{}{name}", role.path)), role.tags.clone()),
                None => (arn(format!("role{}{name}", names::path(params)?)), BTreeMap::new()),
            })
        }
        Subject::InstanceProfile => {
            let name = instance_profiles::profile_name(params)?;
            Ok(match state.instance_profiles.get(name) {
                Some(profile) => {
                    (arn(format!("instance-profile{}{name}", profile.path)), profile.tags.clone())
                }
                None => (
                    arn(format!("instance-profile{}{name}", names::path(params)?)),
                    BTreeMap::new(),
                ),
            })
        }
        Subject::InstanceProfiles => untagged(arn(format!("instance-profile{}", prefix()))),
        Subject::Policy => {
            let named = params.required("PolicyArn")?;
            Ok((
                named.to_owned(),
                state.policies.get(named).map(|policy| policy.tags.clone()).unwrap_or_default(),
            ))
        }
        Subject::NewPolicy => untagged(arn(format!(
            "policy{}{}",
            names::path(params)?,
            params.required("PolicyName")?
        ))),
        Subject::Provider => {
            let named = params.required("OpenIDConnectProviderArn")?;
            Ok((
                named.to_owned(),
                state
                    .oidc_providers
                    .get(named)
                    .map(|provider| provider.tags.clone())
                    .unwrap_or_default(),
            ))
        }
        Subject::NewProvider => untagged(arn(format!(
            "oidc-provider/{}",
            params.required("Url")?.trim_start_matches("https://").trim_end_matches('/')
        ))),
        Subject::PolicySource => untagged(params.required("PolicySourceArn")?.to_owned()),
        Subject::Users => untagged(arn(format!("user{}", prefix()))),
        Subject::Groups => untagged(arn(format!("group{}", prefix()))),
        Subject::Roles => untagged(arn(format!("role{}", prefix()))),
        Subject::Policies => untagged(arn(format!("policy{}", prefix()))),
        Subject::Providers => untagged(arn("oidc-provider/*".to_owned())),
        Subject::Anything => untagged("*".to_owned()),
    }
}
