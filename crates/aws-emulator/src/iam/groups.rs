//! Groups of users.

use std::collections::{BTreeMap, BTreeSet};

use time::OffsetDateTime;

use crate::account::Account;
use crate::ids;
use crate::query::{Call, QueryError};
use crate::state::{Group, State};
use crate::xml::Xml;

use super::names::{group_name, is_path, name, path, user_name};
use super::{Answer, date, page, result, users};

/// How many groups a user can be in.
const MOST_PER_USER: usize = 10;

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateGroup.html>
pub(super) fn create(call: &Call<'_>) -> Answer {
    let name = group_name(call.params)?;
    let group = Group {
        id: ids::unique_id("AGPA", 17),
        path: path(call.params)?.to_owned(),
        created: OffsetDateTime::now_utc().unix_timestamp(),
        members: BTreeSet::new(),
        inline_policies: BTreeMap::new(),
        attached_policies: BTreeSet::new(),
    };
    call.account.store.change(|state| {
        check_unused(state, name)?;
        state.groups.insert(name.to_owned(), group.clone());
        Ok::<_, QueryError>(())
    })?;
    result(|xml| xml.element("Group", |xml| write(xml, call.account, name, &group)))
}

/// The group, and one page of its users.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroup.html>
pub(super) fn get(call: &Call<'_>) -> Answer {
    let name = group_name(call.params)?;
    let state = call.account.store.read();
    let group = find(&state, name)?;
    let users = group
        .members
        .iter()
        .filter_map(|member| Some((member.clone(), (member, state.users.get(member)?))));
    let page = page::list(call, "Users", users, |xml, (name, user)| {
        users::write_basics(xml, call.account, name, user)
    })?;
    result(|xml| {
        xml.element("Group", |xml| write(xml, call.account, name, group));
        if let Some(page) = &page {
            xml.append(page);
        }
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroups.html>
pub(super) fn list(call: &Call<'_>) -> Answer {
    let prefix = call.params.get("PathPrefix").unwrap_or("/");
    let state = call.account.store.read();
    page_of(call, state.groups.iter().filter(|(_, group)| group.path.starts_with(prefix)))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupsForUser.html>
pub(super) fn list_for_user(call: &Call<'_>) -> Answer {
    let user = user_name(call.params)?;
    let state = call.account.store.read();
    users::find(&state, user)?;
    page_of(call, state.groups_of(user))
}

fn page_of<'a>(call: &Call<'_>, groups: impl Iterator<Item = (&'a String, &'a Group)>) -> Answer {
    page::list(
        call,
        "Groups",
        groups.map(|(name, group)| (name.clone(), (name, group))),
        |xml, (name, group)| {
            write(xml, call.account, name, group);
        },
    )
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html>
pub(super) fn update(call: &Call<'_>) -> Answer {
    let old_name = group_name(call.params)?;
    let new_name = call
        .params
        .get("NewGroupName")
        .map(|_| name(call.params, "NewGroupName", 128))
        .transpose()?;
    let new_path = call.params.get("NewPath");
    if new_path.is_some_and(|path| !is_path(path)) {
        return Err(QueryError::validation(
            "The specified value for newPath is invalid. It must begin and end with /.",
        ));
    }
    call.account.store.change(|state| {
        let Some(mut group) = state.groups.remove(old_name) else { return Err(no_group(old_name)) };
        let name = new_name.unwrap_or(old_name);
        check_unused(state, name)?;
        group.path = new_path.map_or(group.path, str::to_owned);
        state.groups.insert(name.to_owned(), group);
        Ok(())
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroup.html>
pub(super) fn delete(call: &Call<'_>) -> Answer {
    let name = group_name(call.params)?;
    call.account.store.change(|state| {
        let group = find(state, name)?;
        if !group.members.is_empty() {
            return Err(QueryError::delete_conflict(
                "Cannot delete entity, must remove users from group first.",
            ));
        }
        if !group.attached_policies.is_empty() {
            return Err(QueryError::delete_conflict(
                "Cannot delete entity, must detach all policies first.",
            ));
        }
        if !group.inline_policies.is_empty() {
            return Err(QueryError::delete_conflict(
                "Cannot delete entity, must delete policies first.",
            ));
        }
        state.groups.remove(name);
        Ok(())
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddUserToGroup.html>
pub(super) fn add_user(call: &Call<'_>) -> Answer {
    let (name, user) = (group_name(call.params)?, user_name(call.params)?);
    call.account.store.change(|state| {
        users::find(state, user)?;
        find_mut(state, name)?.members.insert(user.to_owned());
        if state.groups_of(user).count() > MOST_PER_USER {
            return Err(QueryError::limit_exceeded(format!(
                "Cannot exceed quota for GroupsPerUser: {MOST_PER_USER}"
            )));
        }
        Ok(())
    })?;
    Ok(None)
}

/// Somebody who is not in the group is no error.
/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveUserFromGroup.html>
pub(super) fn remove_user(call: &Call<'_>) -> Answer {
    let (name, user) = (group_name(call.params)?, user_name(call.params)?);
    call.account.store.change(|state| {
        users::find(state, user)?;
        find_mut(state, name)?.members.remove(user);
        Ok::<_, QueryError>(())
    })?;
    Ok(None)
}

/// The group of this name.
pub(super) fn find<'a>(state: &'a State, name: &str) -> Result<&'a Group, QueryError> {
    state.groups.get(name).ok_or_else(|| no_group(name))
}

/// Changes the group that the call names.
pub(super) fn change(
    call: &Call<'_>,
    change: impl FnOnce(&mut Group) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    let name = group_name(call.params)?;
    call.account.store.change(|state| change(find_mut(state, name)?))
}

fn find_mut<'a>(state: &'a mut State, name: &str) -> Result<&'a mut Group, QueryError> {
    state.groups.get_mut(name).ok_or_else(|| no_group(name))
}

fn check_unused(state: &State, name: &str) -> Result<(), QueryError> {
    if state.groups.keys().any(|other| other.eq_ignore_ascii_case(name)) {
        return Err(QueryError::already_exists(format!("Group with name {name} already exists.")));
    }
    Ok(())
}

fn no_group(name: &str) -> QueryError {
    QueryError::no_such_entity(format!("The group with name {name} cannot be found."))
}

fn write(xml: &mut Xml, account: &Account, name: &str, group: &Group) {
    xml.text("Path", &group.path);
    xml.text("GroupName", name);
    xml.text("GroupId", &group.id);
    xml.text("Arn", &account.arn("iam", &format!("group{}{name}", group.path)));
    xml.text("CreateDate", &date(group.created));
}
