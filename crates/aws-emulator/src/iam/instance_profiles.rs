//! Instance profiles: what hands a role to an EC2 instance.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html>.

use time::OffsetDateTime;

use crate::account::Account;
use crate::ids;
use crate::query::{Call, Params, QueryError};
use crate::state::{InstanceProfile, State};
use crate::xml::Xml;

use super::names::{name, path, role_name};
use super::{Answer, date, page, result, roles, tags};

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateInstanceProfile.html>
pub(super) fn create(call: &Call<'_>) -> Answer {
    let name = profile_name(call.params)?;
    let profile = InstanceProfile {
        id: ids::unique_id("AIPA", 17),
        path: path(call.params)?.to_owned(),
        created: OffsetDateTime::now_utc().unix_timestamp(),
        role: None,
        tags: tags::checked("InstanceProfile", call.params.tags()?)?,
    };
    let state = call.account.store.change(|state| {
        if state.instance_profiles.keys().any(|other| other.eq_ignore_ascii_case(name)) {
            return Err(QueryError::already_exists(format!(
                "Instance Profile {name} already exists."
            )));
        }
        state.instance_profiles.insert(name.to_owned(), profile.clone());
        Ok(state.clone())
    })?;
    result(|xml| {
        xml.element("InstanceProfile", |xml| write(xml, call.account, &state, name, &profile))
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetInstanceProfile.html>
pub(super) fn get(call: &Call<'_>) -> Answer {
    let name = profile_name(call.params)?;
    let state = call.account.store.read();
    let profile = state.instance_profiles.get(name).ok_or_else(|| no_profile(name))?;
    result(|xml| {
        xml.element("InstanceProfile", |xml| write(xml, call.account, &state, name, profile))
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfiles.html>
pub(super) fn list(call: &Call<'_>) -> Answer {
    let prefix = call.params.get("PathPrefix").unwrap_or("/");
    list_where(call, |profile| profile.path.starts_with(prefix))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListInstanceProfilesForRole.html>
pub(super) fn list_for_role(call: &Call<'_>) -> Answer {
    let role = role_name(call.params)?;
    roles::find(&call.account.store.read(), role)?;
    list_where(call, |profile| profile.role.as_deref() == Some(role))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddRoleToInstanceProfile.html>
pub(super) fn add_role(call: &Call<'_>) -> Answer {
    let (name, role) = (profile_name(call.params)?, role_name(call.params)?);
    call.account.store.change(|state| {
        roles::find(state, role)?;
        let profile = state.instance_profiles.get_mut(name).ok_or_else(|| no_profile(name))?;
        if profile.role.is_some() {
            return Err(QueryError::limit_exceeded(
                "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1",
            ));
        }
        profile.role = Some(role.to_owned());
        Ok(())
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveRoleFromInstanceProfile.html>
pub(super) fn remove_role(call: &Call<'_>) -> Answer {
    let (name, role) = (profile_name(call.params)?, role_name(call.params)?);
    call.account.store.change(|state| {
        let profile = state.instance_profiles.get_mut(name).ok_or_else(|| no_profile(name))?;
        if profile.role.as_deref() != Some(role) {
            return Err(QueryError::no_such_entity(format!(
                "Role {role} in Instance Profile {name} cannot be found."
            )));
        }
        profile.role = None;
        Ok(())
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteInstanceProfile.html>
pub(super) fn delete(call: &Call<'_>) -> Answer {
    let name = profile_name(call.params)?;
    call.account.store.change(|state| {
        let profile = state.instance_profiles.get(name).ok_or_else(|| no_profile(name))?;
        if profile.role.is_some() {
            return Err(QueryError::delete_conflict(
                "Cannot delete entity, must remove roles from instance profile first.",
            ));
        }
        state.instance_profiles.remove(name);
        Ok(())
    })?;
    Ok(None)
}

/// The parameter `InstanceProfileName`.
pub(super) fn profile_name(params: &Params) -> Result<&str, QueryError> {
    name(params, "InstanceProfileName", 128)
}

fn list_where(call: &Call<'_>, is_wanted: impl Fn(&InstanceProfile) -> bool) -> Answer {
    let state = call.account.store.read();
    let profiles = state.instance_profiles.iter().filter(|(_, profile)| is_wanted(profile));
    page::list(
        call,
        "InstanceProfiles",
        profiles.map(|(name, profile)| (name.clone(), (name, profile))),
        |xml, (name, profile)| {
            write(xml, call.account, &state, name, profile);
        },
    )
}

fn no_profile(name: &str) -> QueryError {
    QueryError::no_such_entity(format!("Instance Profile {name} cannot be found."))
}

fn write(xml: &mut Xml, account: &Account, state: &State, name: &str, profile: &InstanceProfile) {
    xml.text("Path", &profile.path);
    xml.text("InstanceProfileName", name);
    xml.text("InstanceProfileId", &profile.id);
    xml.text("Arn", &account.arn("iam", &format!("instance-profile{}{name}", profile.path)));
    xml.text("CreateDate", &date(profile.created));
    xml.element("Roles", |xml| {
        if let Some((name, role)) =
            profile.role.as_ref().and_then(|role| state.roles.get_key_value(role))
        {
            xml.element("member", |xml| roles::write_basics(xml, account, name, role));
        }
    });
    if !profile.tags.is_empty() {
        tags::write(xml, &profile.tags);
    }
}
