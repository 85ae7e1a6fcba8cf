//! Roles.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::account::Account;
use crate::ids;
use crate::policy_form::{self, Kind};
use crate::query::{Call, Params, QueryError};
use crate::state::{Role, State};
use crate::xml::Xml;

use super::names::{path, role_name};
use super::{Answer, boundaries, date, encoded, page, principals, result, tags};

/// One to twelve hours.
const SESSION_DURATIONS: std::ops::RangeInclusive<u32> = 3600..=43200;

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html>
pub(super) fn create(call: &Call<'_>) -> Answer {
    let params = call.params;
    let name = role_name(params)?;
    let role = Role {
        id: ids::unique_id("AROA", 17),
        path: path(params)?.to_owned(),
        created: OffsetDateTime::now_utc().unix_timestamp(),
        description: description(params)?,
        max_session_duration: params
            .number("MaxSessionDuration", SESSION_DURATIONS)?
            .unwrap_or(3600),
        permissions_boundary: params.get("PermissionsBoundary").map(str::to_owned),
        trust_policy: trust_policy(params, "AssumeRolePolicyDocument")?,
        tags: tags::checked("Role", params.tags()?)?,
        inline_policies: BTreeMap::new(),
        attached_policies: BTreeSet::new(),
    };
    call.account.store.change(|state| {
        if state.roles.keys().any(|other| other.eq_ignore_ascii_case(name)) {
            return Err(QueryError::already_exists(format!(
                "Role with name {name} already exists."
            )));
        }
        principals::check(call.account, state, &role.trust_policy)?;
        if let Some(boundary) = &role.permissions_boundary {
            boundaries::check(state, boundary)?;
        }
        state.roles.insert(name.to_owned(), role.clone());
        Ok(())
    })?;
    result(|xml| write(xml, call.account, name, &role))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRole.html>
pub(super) fn get(call: &Call<'_>) -> Answer {
    let name = role_name(call.params)?;
    let state = call.account.store.read();
    let role = find(&state, name)?;
    result(|xml| write(xml, call.account, name, role))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html>. As there, without tags and boundary.
pub(super) fn list(call: &Call<'_>) -> Answer {
    let prefix = call.params.get("PathPrefix").unwrap_or("/");
    let state = call.account.store.read();
    let roles = state.roles.iter().filter(|(_, role)| role.path.starts_with(prefix));
    page::list(
        call,
        "Roles",
        roles.map(|(name, role)| (name.clone(), (name, role))),
        |xml, (name, role)| {
            write_basics(xml, call.account, name, role);
        },
    )
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html>
pub(super) fn update(call: &Call<'_>) -> Answer {
    let new_description = description(call.params)?;
    let new_duration = call.params.number("MaxSessionDuration", SESSION_DURATIONS)?;
    change(call, |role| {
        if new_description.is_some() {
            role.description = new_description;
        }
        if let Some(duration) = new_duration {
            role.max_session_duration = duration;
        }
        Ok(())
    })?;
    result(|_| {})
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRoleDescription.html>
pub(super) fn update_description(call: &Call<'_>) -> Answer {
    let new = description(call.params)?;
    change(call, |role| {
        role.description = new;
        Ok(())
    })?;
    get(call)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAssumeRolePolicy.html>
pub(super) fn update_trust_policy(call: &Call<'_>) -> Answer {
    let document = trust_policy(call.params, "PolicyDocument")?;
    let name = role_name(call.params)?;
    call.account.store.change(|state| {
        find(state, name)?;
        principals::check(call.account, state, &document)?;
        if let Some(role) = state.roles.get_mut(name) {
            role.trust_policy = document;
        }
        Ok::<_, QueryError>(())
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRole.html>
pub(super) fn delete(call: &Call<'_>) -> Answer {
    let name = role_name(call.params)?;
    call.account.store.change(|state| {
        let role = find(state, name)?;
        if state.instance_profiles.values().any(|profile| profile.role.as_deref() == Some(name)) {
            return Err(QueryError::delete_conflict(
                "Cannot delete entity, must remove roles from instance profile first.",
            ));
        }
        if !role.attached_policies.is_empty() {
            return Err(QueryError::delete_conflict(
                "Cannot delete entity, must detach all policies first.",
            ));
        }
        if !role.inline_policies.is_empty() {
            return Err(QueryError::delete_conflict(
                "Cannot delete entity, must delete policies first.",
            ));
        }
        state.roles.remove(name);
        Ok(())
    })?;
    Ok(None)
}

/// Changes the role that the call names.
pub(super) fn change(
    call: &Call<'_>,
    change: impl FnOnce(&mut Role) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    let name = role_name(call.params)?;
    call.account
        .store
        .change(|state| change(state.roles.get_mut(name).ok_or_else(|| no_role(name))?))
}

/// The role of this name.
pub(super) fn find<'a>(state: &'a State, name: &str) -> Result<&'a Role, QueryError> {
    state.roles.get(name).ok_or_else(|| no_role(name))
}

fn no_role(name: &str) -> QueryError {
    QueryError::no_such_entity(format!("The role with name {name} cannot be found."))
}

fn description(params: &Params) -> Result<Option<String>, QueryError> {
    match params.get("Description") {
        Some(text) if text.chars().count() > 1000 => Err(QueryError::validation(
            "1 validation error detected: Value at 'description' failed to satisfy constraint: \
             Member must have length less than or equal to 1000",
        )),
        text => Ok(text.map(str::to_owned)),
    }
}

fn trust_policy(params: &Params, parameter: &str) -> Result<String, QueryError> {
    let text = params.required(parameter)?;
    policy_form::check(Kind::Trust, text).map_err(QueryError::malformed_policy)?;
    // the quota's default; whitespace does not count
    if text.chars().filter(|letter| !letter.is_whitespace()).count() > 2048 {
        return Err(QueryError::limit_exceeded("Cannot exceed quota for ACLSizePerRole: 2048"));
    }
    Ok(text.to_owned())
}

fn write(xml: &mut Xml, account: &Account, name: &str, role: &Role) {
    xml.element("Role", |xml| {
        write_basics(xml, account, name, role);
        if let Some(arn) = &role.permissions_boundary {
            boundaries::write(xml, arn);
        }
        if !role.tags.is_empty() {
            tags::write(xml, &role.tags);
        }
        xml.element("RoleLastUsed", |_| {});
    });
}

pub(super) fn write_basics(xml: &mut Xml, account: &Account, name: &str, role: &Role) {
    xml.text("Path", &role.path);
    xml.text("RoleName", name);
    xml.text("RoleId", &role.id);
    xml.text("Arn", &account.arn("iam", &format!("role{}{name}", role.path)));
    xml.text("CreateDate", &date(role.created));
    xml.text("AssumeRolePolicyDocument", &encoded(&role.trust_policy));
    xml.optional("Description", role.description.as_deref());
    xml.text("MaxSessionDuration", &role.max_session_duration.to_string());
}
