//! What users and roles have in common: tags, policies, a permissions boundary.

use std::collections::{BTreeMap, BTreeSet};

use crate::local::query::{Call, QueryError};
use crate::local::state::State;

use super::names::{role_name, user_name};
use super::{roles, users};

/// A kind of entity that policies can be attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    Role,
    User,
}

/// What a user or role has, to look at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held<'a> {
    pub(super) tags: &'a BTreeMap<String, String>,
    pub(super) inline_policies: &'a BTreeMap<String, String>,
    pub(super) attached_policies: &'a BTreeSet<String>,
}

/// The same, to change.
#[derive(Debug)]
pub(super) struct HeldMut<'a> {
    pub(super) tags: &'a mut BTreeMap<String, String>,
    pub(super) inline_policies: &'a mut BTreeMap<String, String>,
    pub(super) attached_policies: &'a mut BTreeSet<String>,
    pub(super) permissions_boundary: &'a mut Option<String>,
}

impl Holder {
    /// The name that the call gives.
    pub(super) fn name<'a>(self, call: &Call<'a>) -> Result<&'a str, QueryError> {
        match self {
            Self::Role => role_name(call.params),
            Self::User => user_name(call.params),
        }
    }

    /// The parameter that names one.
    pub(super) fn parameter(self) -> &'static str {
        match self {
            Self::Role => "RoleName",
            Self::User => "UserName",
        }
    }

    /// As it stands in the middle of a sentence.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::User => "user",
        }
    }

    /// As it stands in the names of quotas.
    pub(super) fn quota(self) -> &'static str {
        match self {
            Self::Role => "Role",
            Self::User => "User",
        }
    }

    /// How many characters all inline policies of one have together, whitespace not counted.
    /// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length>.
    pub(super) fn longest_inline_policies(self) -> usize {
        match self {
            Self::Role => 10_240,
            Self::User => 2048,
        }
    }

    /// The one that the call names.
    pub(super) fn find<'a>(self, state: &'a State, name: &str) -> Result<Held<'a>, QueryError> {
        Ok(match self {
            Self::Role => {
                let role = roles::find(state, name)?;
                Held { tags: &role.tags, inline_policies: &role.inline_policies, attached_policies: &role.attached_policies }
            }
            Self::User => {
                let user = users::find(state, name)?;
                Held { tags: &user.tags, inline_policies: &user.inline_policies, attached_policies: &user.attached_policies }
            }
        })
    }

    /// Changes the one that the call names.
    pub(super) fn change(self, call: &Call<'_>, change: impl FnOnce(HeldMut<'_>) -> Result<(), QueryError>) -> Result<(), QueryError> {
        match self {
            Self::Role => roles::change(call, |role| {
                change(HeldMut {
                    tags: &mut role.tags,
                    inline_policies: &mut role.inline_policies,
                    attached_policies: &mut role.attached_policies,
                    permissions_boundary: &mut role.permissions_boundary,
                })
            }),
            Self::User => users::change(call, |user| {
                change(HeldMut {
                    tags: &mut user.tags,
                    inline_policies: &mut user.inline_policies,
                    attached_policies: &mut user.attached_policies,
                    permissions_boundary: &mut user.permissions_boundary,
                })
            }),
        }
    }
}
