//! Who makes a request, and how a policy names them.

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// Nobody that signed.
    Anonymous,
    /// An account's root user.
    Root {
        /// The account's id.
        account: String,
        /// The account's partition.
        partition: String,
    },
    /// An IAM user.
    User {
        /// `arn:aws:iam::ACCOUNT:user/…`
        arn: String,
    },
    /// A session of a role.
    RoleSession {
        /// The role's ARN with its path, `arn:aws:iam::ACCOUNT:role/…`: the value of `aws:PrincipalArn`.
        role_arn: String,
        /// `arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION`
        session_arn: String,
    },
    /// An AWS service, such as `ecs-tasks.amazonaws.com`.
    Service(String),
    /// Somebody whom an identity provider vouches for; the provider's ARN or host name.
    Federated(String),
}

impl Caller {
    /// The account that the caller belongs to, if it belongs to one.
    #[must_use]
    pub fn account(&self) -> Option<&str> {
        match self {
            Self::Root { account, .. } => Some(account),
            Self::User { arn } => arn.split(':').nth(4),
            Self::RoleSession { role_arn, .. } => role_arn.split(':').nth(4),
            Self::Anonymous | Self::Service(_) | Self::Federated(_) => None,
        }
    }

    /// The value of `aws:PrincipalArn`.
    /// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-principalarn>.
    #[must_use]
    pub fn principal_arn(&self) -> Option<String> {
        match self {
            Self::Root { account, partition } => {
                Some(format!("arn:{partition}:iam::{account}:root"))
            }
            Self::User { arn } => Some(arn.clone()),
            Self::RoleSession { role_arn, .. } => Some(role_arn.clone()),
            Self::Anonymous | Self::Service(_) | Self::Federated(_) => None,
        }
    }
}

/// One entry of a `Principal` or `NotPrincipal` element.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum PrincipalEntry {
    /// `"*"` or `{"AWS": "*"}`
    Everyone,
    /// An account: its id or its root's ARN. It delegates to the account's own policies.
    Account(String),
    /// A user, role or session by its ARN.
    Arn(String),
    /// `{"Service": …}`
    Service(String),
    /// `{"Federated": …}`
    Federated(String),
    /// A canonical user id, which none of our callers has.
    CanonicalUser,
}

/// How a principal entry names a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Named {
    /// Not at all.
    No,
    /// As a member of its account, whose own policies must allow too.
    ByAccount,
    /// As a role of which the caller is a session: the session's limits still apply.
    ByRole,
    /// Itself, or as anybody.
    Directly,
}

impl PrincipalEntry {
    /// Parses an entry of the `AWS` list, or the lone `"*"`.
    pub(super) fn aws(text: &str) -> Self {
        if text == "*" {
            return Self::Everyone;
        }
        if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Self::Account(text.to_owned());
        }
        match text.strip_suffix(":root").and_then(|start| start.rsplit_once("::")) {
            Some((_, account)) => Self::Account(account.to_owned()),
            None => Self::Arn(text.to_owned()),
        }
    }

    /// How the entry names the caller.
    pub(super) fn names(&self, caller: &Caller) -> Named {
        match (self, caller) {
            (Self::Everyone, _) => Named::Directly,
            (Self::Account(account), caller) => match caller {
                Caller::Root { account: own, .. } if own == account => Named::Directly,
                caller if caller.account() == Some(account) => Named::ByAccount,
                _ => Named::No,
            },
            (Self::Arn(named), Caller::User { arn }) if named == arn => Named::Directly,
            (Self::Arn(named), Caller::RoleSession { session_arn, .. }) if named == session_arn => {
                Named::Directly
            }
            (Self::Arn(named), Caller::RoleSession { role_arn, .. }) if named == role_arn => {
                Named::ByRole
            }
            (Self::Service(named), Caller::Service(service)) if named == service => Named::Directly,
            (Self::Federated(named), Caller::Federated(provider)) if named == provider => {
                Named::Directly
            }
            _ => Named::No,
        }
    }
}

/// Whether a denial of everybody but these entries leaves the caller alone. AWS looks at the account first, then at the
/// role, then at its session, and each of them has to be listed.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html>.
pub(super) fn spared(entries: &[PrincipalEntry], caller: &Caller) -> bool {
    let lists = |entry: PrincipalEntry| entries.contains(&entry);
    let lists_account = || {
        caller.account().is_some_and(|account| lists(PrincipalEntry::Account(account.to_owned())))
    };
    let lists_arn = |arn: &String| lists(PrincipalEntry::Arn(arn.clone()));
    lists(PrincipalEntry::Everyone)
        || match caller {
            Caller::Anonymous => false,
            Caller::Root { .. } => lists_account(),
            Caller::User { arn } => lists_account() && lists_arn(arn),
            Caller::RoleSession { role_arn, session_arn } => {
                lists_account() && lists_arn(role_arn) && lists_arn(session_arn)
            }
            Caller::Service(service) => lists(PrincipalEntry::Service(service.clone())),
            Caller::Federated(provider) => lists(PrincipalEntry::Federated(provider.clone())),
        }
}
