//! A role's inline policies.

use crate::local::policy_form::{self, Kind};
use crate::local::query::{Call, QueryError};
use crate::local::state::Role;

use super::names::{name, role_name};
use super::{Answer, not_truncated, result, roles};

/// All inline policies of one role together, without their whitespace.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length>.
const LONGEST: usize = 10_240;

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html>
pub(super) fn put(call: &Call<'_>) -> Answer {
    let policy_name = name(call.params, "PolicyName", 128)?.to_owned();
    let document = call.params.required("PolicyDocument")?.to_owned();
    policy_form::check(Kind::Identity, &document).map_err(QueryError::malformed_policy)?;
    let role_name = role_name(call.params)?.to_owned();
    roles::change(call, |role| {
        role.inline_policies.insert(policy_name, document);
        let letters = role.inline_policies.values().flat_map(|text| text.chars()).filter(|letter| !letter.is_whitespace());
        if letters.count() > LONGEST {
            return Err(QueryError::limit_exceeded(format!("Maximum policy size of {LONGEST} bytes exceeded for role {role_name}")));
        }
        Ok(())
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html>
pub(super) fn get(call: &Call<'_>) -> Answer {
    let policy_name = name(call.params, "PolicyName", 128)?;
    let state = call.account.store.read();
    let role_name = role_name(call.params)?;
    let role = roles::find(&state, role_name)?;
    let document = find(role, policy_name)?;
    result(|xml| {
        xml.text("RoleName", role_name);
        xml.text("PolicyName", policy_name);
        xml.text("PolicyDocument", &roles::encoded(document));
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html>
pub(super) fn delete(call: &Call<'_>) -> Answer {
    let policy_name = name(call.params, "PolicyName", 128)?;
    roles::change(call, |role| {
        find(role, policy_name)?;
        role.inline_policies.remove(policy_name);
        Ok(())
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html>
pub(super) fn list(call: &Call<'_>) -> Answer {
    let state = call.account.store.read();
    let role = roles::find(&state, role_name(call.params)?)?;
    result(|xml| {
        xml.element("PolicyNames", |xml| {
            for policy_name in role.inline_policies.keys() {
                xml.text("member", policy_name);
            }
        });
        not_truncated(xml);
    })
}

fn find<'a>(role: &'a Role, policy_name: &str) -> Result<&'a str, QueryError> {
    role.inline_policies
        .get(policy_name)
        .map(String::as_str)
        .ok_or_else(|| QueryError::no_such_entity(format!("The role policy with name {policy_name} cannot be found.")))
}
