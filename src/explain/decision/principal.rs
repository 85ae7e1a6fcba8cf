//! Who asks, as somebody types it.

use std::fmt;

use gatepass_core::contract::Contract;
use iam_policy::evaluate::Caller;
use iam_policy::{AccountId, Invalid};

/// Who makes a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    caller: Caller,
    /// Whether it is the presigner role, whose own policies are known.
    is_presigner: bool,
}

impl Principal {
    /// The contract's presigner role.
    #[must_use]
    pub fn presigner(contract: &Contract, account: &AccountId) -> Self {
        let (partition, name) = (contract.bucket.region.partition(), &contract.role.name);
        let session_arn = format!("arn:{partition}:sts::{account}:assumed-role/{name}/gatepass");
        Self {
            caller: Caller::RoleSession { role_arn: contract.role_arn(account), session_arn },
            is_presigner: true,
        }
    }

    /// Nobody that signed.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::other(Caller::Anonymous)
    }

    /// Reads `role` (the presigner role), `anonymous`, the ARN of a user, role, role session or account, or a service's name.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str, contract: &Contract, account: &AccountId) -> Result<Self, Invalid> {
        let presigner = Self::presigner(contract, account);
        match text {
            "role" => return Ok(presigner),
            "anonymous" => return Ok(Self::anonymous()),
            service if service.ends_with(".amazonaws.com") => {
                return Ok(Self::other(Caller::Service(service.to_owned())));
            }
            _ => {}
        }
        let wrong = || {
            Invalid::new("is nobody who can ask")
                .hint("write \"role\", \"anonymous\", the ARN of a user or a role, or a service such as \"ecs-tasks.amazonaws.com\"")
        };
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", partition, service, "", owner, named] = parts.as_slice() else {
            return Err(wrong());
        };
        AccountId::parse(owner).map_err(|_| wrong())?;
        match (*service, named.split_once('/')) {
            ("iam", None) if *named == "root" => Ok(Self::other(Caller::Root {
                account: (*owner).to_owned(),
                partition: (*partition).to_owned(),
            })),
            ("iam", Some(("user", _))) => Ok(Self::other(Caller::User { arn: text.to_owned() })),
            ("iam", Some(("role", _))) if text == contract.role_arn(account) => Ok(presigner),
            ("iam", Some(("role", path))) => {
                let name = path.rsplit('/').next().unwrap_or_default();
                let session_arn =
                    format!("arn:{partition}:sts::{owner}:assumed-role/{name}/gatepass");
                Ok(Self::other(Caller::RoleSession { role_arn: text.to_owned(), session_arn }))
            }
            ("sts", Some(("assumed-role", session))) => {
                let name = session.split('/').next().unwrap_or_default();
                let is_presigner =
                    *owner == account.as_str() && name == contract.role.name.as_str();
                // a session's ARN lacks the role's path
                let role_arn = if is_presigner {
                    contract.role_arn(account)
                } else {
                    format!("arn:{partition}:iam::{owner}:role/{name}")
                };
                Ok(Self {
                    caller: Caller::RoleSession { role_arn, session_arn: text.to_owned() },
                    is_presigner,
                })
            }
            _ => Err(wrong()),
        }
    }

    fn other(caller: Caller) -> Self {
        Self { caller, is_presigner: false }
    }

    /// Whether it is the contract's presigner role.
    #[must_use]
    pub fn is_presigner(&self) -> bool {
        self.is_presigner
    }

    /// As whom the documents are evaluated.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }
}

impl fmt::Display for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.caller {
            Caller::Anonymous => f.write_str("anybody, without a signature"),
            Caller::Service(service) => write!(f, "the service {service}"),
            Caller::Federated(provider) => write!(f, "somebody whom {provider} vouches for"),
            Caller::User { arn } => f.write_str(arn),
            Caller::Root { .. } => write!(f, "{}", self.caller.principal_arn().unwrap_or_default()),
            Caller::RoleSession { role_arn, .. } if self.is_presigner => {
                write!(f, "the presigner role, {role_arn}")
            }
            Caller::RoleSession { role_arn, .. } => f.write_str(role_arn),
        }
    }
}
