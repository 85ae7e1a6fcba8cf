//! Users.

use time::OffsetDateTime;

use crate::account::{Account, Principal};
use crate::ids;
use crate::query::{Call, QueryError};
use crate::state::{State, User};
use crate::xml::Xml;

use super::names::{is_path, path, user_name};
use super::{Answer, boundaries, date, page, result, tags};

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html>
pub(super) fn create(call: &Call<'_>) -> Answer {
    let name = user_name(call.params)?;
    let mut user = User::new(
        ids::unique_id("AIDA", 17),
        path(call.params)?.to_owned(),
        OffsetDateTime::now_utc().unix_timestamp(),
    );
    user.permissions_boundary = call.params.get("PermissionsBoundary").map(str::to_owned);
    user.tags = tags::checked("User", call.params.tags()?)?;
    call.account.store.change(|state| {
        if state.users.keys().any(|other| other.eq_ignore_ascii_case(name)) {
            return Err(QueryError::already_exists(format!(
                "User with name {name} already exists."
            )));
        }
        if let Some(boundary) = &user.permissions_boundary {
            boundaries::check(state, boundary)?;
        }
        state.users.insert(name.to_owned(), user.clone());
        Ok(())
    })?;
    result(|xml| xml.element("User", |xml| write(xml, call.account, name, &user)))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUser.html>
pub(super) fn get(call: &Call<'_>) -> Answer {
    if call.params.get("UserName").is_none() && matches!(call.caller, Principal::Root) {
        return result(|xml| {
            xml.element("User", |xml| {
                xml.text("UserId", call.account.id.as_str());
                xml.text("Arn", &call.account.principal_arn(call.caller));
            });
        });
    }
    let name = own_or_named(call)?;
    let state = call.account.store.read();
    let user = find(&state, name)?;
    result(|xml| xml.element("User", |xml| write(xml, call.account, name, user)))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUsers.html>. As there, without tags and boundary.
pub(super) fn list(call: &Call<'_>) -> Answer {
    let prefix = call.params.get("PathPrefix").unwrap_or("/");
    let state = call.account.store.read();
    let users = state.users.iter().filter(|(_, user)| user.path.starts_with(prefix));
    page::list(
        call,
        "Users",
        users.map(|(name, user)| (name.clone(), (name, user))),
        |xml, (name, user)| {
            write_basics(xml, call.account, name, user);
        },
    )
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html>
pub(super) fn update(call: &Call<'_>) -> Answer {
    let name = user_name(call.params)?;
    let new_name = call
        .params
        .get("NewUserName")
        .map(|_| super::names::name(call.params, "NewUserName", 64))
        .transpose()?;
    let new_path = call.params.get("NewPath");
    if new_path.is_some_and(|path| !is_path(path)) {
        return Err(QueryError::validation(
            "The specified value for newPath is invalid. It must begin and end with /.",
        ));
    }
    call.account.store.change(|state| {
        find(state, name)?;
        if let Some(new_name) = new_name
            && state.users.keys().any(|other| other != name && other.eq_ignore_ascii_case(new_name))
        {
            return Err(QueryError::already_exists(format!(
                "User with name {new_name} already exists."
            )));
        }
        if let Some(mut user) = state.users.remove(name) {
            user.path = new_path.map_or(user.path, str::to_owned);
            state.users.insert(new_name.unwrap_or(name).to_owned(), user);
        }
        for group in state.groups.values_mut() {
            if group.members.remove(name) {
                group.members.insert(new_name.unwrap_or(name).to_owned());
            }
        }
        Ok(())
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html>
pub(super) fn delete(call: &Call<'_>) -> Answer {
    let name = user_name(call.params)?;
    call.account.store.change(|state| {
        let user = find(state, name)?;
        if state.groups_of(name).next().is_some() {
            return Err(QueryError::delete_conflict(
                "Cannot delete entity, must remove user from groups first.",
            ));
        }
        if !user.attached_policies.is_empty() {
            return Err(QueryError::delete_conflict(
                "Cannot delete entity, must detach all policies first.",
            ));
        }
        if !user.inline_policies.is_empty() {
            return Err(QueryError::delete_conflict(
                "Cannot delete entity, must delete policies first.",
            ));
        }
        if !user.access_keys.is_empty() {
            return Err(QueryError::delete_conflict(
                "Cannot delete entity, must delete access keys first.",
            ));
        }
        state.users.remove(name);
        Ok(())
    })?;
    Ok(None)
}

/// The user that the call names, or who makes it.
pub(super) fn own_or_named<'a>(call: &Call<'a>) -> Result<&'a str, QueryError> {
    match (call.params.get("UserName"), call.caller) {
        (Some(_), _) => user_name(call.params),
        (None, Principal::User(user)) => Ok(&user.name),
        (None, _) => Err(QueryError::validation(
            "Must specify userName when calling with non-User credentials",
        )),
    }
}

/// Changes the user that the call names.
pub(super) fn change(
    call: &Call<'_>,
    change: impl FnOnce(&mut User) -> Result<(), QueryError>,
) -> Result<(), QueryError> {
    change_named(call, user_name(call.params)?, change)
}

/// Changes the user of this name.
pub(super) fn change_named<T>(
    call: &Call<'_>,
    name: &str,
    change: impl FnOnce(&mut User) -> Result<T, QueryError>,
) -> Result<T, QueryError> {
    call.account
        .store
        .change(|state| change(state.users.get_mut(name).ok_or_else(|| no_user(name))?))
}

/// The user of this name.
pub(super) fn find<'a>(state: &'a State, name: &str) -> Result<&'a User, QueryError> {
    state.users.get(name).ok_or_else(|| no_user(name))
}

fn no_user(name: &str) -> QueryError {
    QueryError::no_such_entity(format!("The user with name {name} cannot be found."))
}

fn write(xml: &mut Xml, account: &Account, name: &str, user: &User) {
    write_basics(xml, account, name, user);
    if let Some(arn) = &user.permissions_boundary {
        boundaries::write(xml, arn);
    }
    if !user.tags.is_empty() {
        tags::write(xml, &user.tags);
    }
}

pub(super) fn write_basics(xml: &mut Xml, account: &Account, name: &str, user: &User) {
    xml.text("Path", &user.path);
    xml.text("UserName", name);
    xml.text("UserId", &user.id);
    xml.text("Arn", &account.arn("iam", &format!("user{}{name}", user.path)));
    xml.text("CreateDate", &date(user.created));
}
