//! What users, groups and roles have in common: policies.

use std::collections::{BTreeMap, BTreeSet};

use crate::query::{Call, QueryError};
use crate::state::State;

use super::names::{group_name, role_name, user_name};
use super::{groups, roles, users};

/// A kind of thing that policies can be attached to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder {
    Group,
    Role,
    User,
}

/// The policies that one has, to look at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Held<'a> {
    pub(super) inline_policies: &'a BTreeMap<String, String>,
    pub(super) attached_policies: &'a BTreeSet<String>,
}

/// The same, to change.
#[derive(Debug)]
pub(super) struct HeldMut<'a> {
    pub(super) inline_policies: &'a mut BTreeMap<String, String>,
    pub(super) attached_policies: &'a mut BTreeSet<String>,
}

impl Holder {
    /// The name that the call gives.
    pub(super) fn name<'a>(self, call: &Call<'a>) -> Result<&'a str, QueryError> {
        match self {
            Self::Group => group_name(call.params),
            Self::Role => role_name(call.params),
            Self::User => user_name(call.params),
        }
    }

    /// The parameter that names one.
    pub(super) fn parameter(self) -> &'static str {
        match self {
            Self::Group => "GroupName",
            Self::Role => "RoleName",
            Self::User => "UserName",
        }
    }

    /// As it stands in the middle of a sentence.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::Group => "group",
            Self::Role => "role",
            Self::User => "user",
        }
    }

    /// As it stands in the names of quotas.
    pub(super) fn quota(self) -> &'static str {
        match self {
            Self::Group => "Group",
            Self::Role => "Role",
            Self::User => "User",
        }
    }

    /// How many characters all inline policies of one have together, whitespace not counted.
    /// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length>.
    pub(super) fn longest_inline_policies(self) -> usize {
        match self {
            Self::Group => 5120,
            Self::Role => 10_240,
            Self::User => 2048,
        }
    }

    /// The policies of the one that the call names.
    pub(super) fn find<'a>(self, state: &'a State, name: &str) -> Result<Held<'a>, QueryError> {
        let (inline_policies, attached_policies) = match self {
            Self::Group => groups::find(state, name)
                .map(|group| (&group.inline_policies, &group.attached_policies))?,
            Self::Role => roles::find(state, name)
                .map(|role| (&role.inline_policies, &role.attached_policies))?,
            Self::User => users::find(state, name)
                .map(|user| (&user.inline_policies, &user.attached_policies))?,
        };
        Ok(Held { inline_policies, attached_policies })
    }

    /// Changes the policies of the one that the call names.
    pub(super) fn change(
        self,
        call: &Call<'_>,
        change: impl FnOnce(HeldMut<'_>) -> Result<(), QueryError>,
    ) -> Result<(), QueryError> {
        match self {
            Self::Group => groups::change(call, |group| {
                change(HeldMut {
                    inline_policies: &mut group.inline_policies,
                    attached_policies: &mut group.attached_policies,
                })
            }),
            Self::Role => roles::change(call, |role| {
                change(HeldMut {
                    inline_policies: &mut role.inline_policies,
                    attached_policies: &mut role.attached_policies,
                })
            }),
            Self::User => users::change(call, |user| {
                change(HeldMut {
                    inline_policies: &mut user.inline_policies,
                    attached_policies: &mut user.attached_policies,
                })
            }),
        }
    }
}
