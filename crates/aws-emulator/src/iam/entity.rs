//! What users and roles have in common, and groups have not: tags, and a permissions boundary.

use std::collections::BTreeMap;

use crate::query::{Call, QueryError};
use crate::state::State;

use super::names::{role_name, user_name};
use super::{roles, users};

/// A kind of IAM's entities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Entity {
    Role,
    User,
}

/// What one has, to change.
#[derive(Debug)]
pub(super) struct EntityMut<'a> {
    pub(super) tags: &'a mut BTreeMap<String, String>,
    pub(super) permissions_boundary: &'a mut Option<String>,
}

impl Entity {
    /// As it stands in the names of quotas.
    pub(super) fn quota(self) -> &'static str {
        match self {
            Self::Role => "Role",
            Self::User => "User",
        }
    }

    /// The tags of the one that the call names.
    pub(super) fn tags<'a>(
        self,
        call: &Call<'_>,
        state: &'a State,
    ) -> Result<&'a BTreeMap<String, String>, QueryError> {
        match self {
            Self::Role => roles::find(state, role_name(call.params)?).map(|role| &role.tags),
            Self::User => users::find(state, user_name(call.params)?).map(|user| &user.tags),
        }
    }

    /// Changes the one that the call names.
    pub(super) fn change(
        self,
        call: &Call<'_>,
        change: impl FnOnce(EntityMut<'_>) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        match self {
            Self::Role => roles::change(call, |role| {
                change(EntityMut {
                    tags: &mut role.tags,
                    permissions_boundary: &mut role.permissions_boundary,
                })
            }),
            Self::User => users::change(call, |user| {
                change(EntityMut {
                    tags: &mut user.tags,
                    permissions_boundary: &mut user.permissions_boundary,
                })
            }),
        }
    }
}
