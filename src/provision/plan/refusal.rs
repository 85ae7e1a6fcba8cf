//! Why there is no plan.

use std::fmt;

use gatepass_core::contract::RoleName;
use iam_policy::{AccountId, BucketName, PolicyArn, Region};

use gatepass_core::policy::RenderError;

use super::super::desired::OWNERSHIP_TAG;
use super::super::error::StateError;

/// One reason why nothing may be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The bucket exists without our tag.
    BucketNotOurs {
        /// The bucket.
        bucket: BucketName,
        /// The value that our tag has, if it has another.
        tagged: Option<String>,
    },
    /// The bucket may not be looked at.
    BucketForbidden {
        /// The bucket.
        bucket: BucketName,
        /// The account it should be in.
        owner: AccountId,
        /// What AWS answered.
        error: StateError,
        /// Names that are more likely to be free.
        suggestions: Vec<String>,
    },
    /// The bucket lies in another region.
    WrongRegion {
        /// The bucket.
        bucket: BucketName,
        /// The contract's region.
        desired: Region,
        /// The bucket's, if AWS told.
        actual: Option<Region>,
    },
    /// The role exists without our tag.
    RoleNotOurs {
        /// The role.
        role: RoleName,
    },
    /// The role carries our tag for another contract.
    RoleOfAnotherContract {
        /// The role.
        role: RoleName,
        /// That contract's bucket.
        contract: String,
    },
    /// The role has another path, which AWS cannot change.
    RolePathDiffers {
        /// The role.
        role: RoleName,
        /// The contract's path.
        desired: String,
        /// The role's.
        observed: String,
    },
    /// There is no such managed policy, so that the role could not be made.
    NoBoundary {
        /// The role.
        role: RoleName,
        /// The policy's ARN.
        boundary: PolicyArn,
    },
    /// The public access block would refuse the bucket policy because of somebody else's statement.
    PublicStatement {
        /// Its `Sid`, or itself.
        statement: String,
    },
    /// The bucket policy would be above S3's limit together with others' statements.
    PolicyTooLarge(RenderError),
}

impl Refusal {
    /// The way out, as an imperative.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::BucketNotOurs { .. } => {
                "take it over with --adopt (what others set in it survives, objects are not touched), or change bucket.name".to_owned()
            }
            Self::BucketForbidden { suggestions, error, .. } => {
                let names = match suggestions.as_slice() {
                    [] => "give these credentials access to the bucket, or change bucket.name".to_owned(),
                    names => format!("bucket names are shared by all accounts; free ones are likely: {}", names.join(", ")),
                };
                match &error.hint {
                    Some(hint) => format!("{hint}; {names}"),
                    None => names,
                }
            }
            Self::WrongRegion { actual: Some(actual), .. } => {
                format!("set bucket.region = \"{actual}\", or change bucket.name: a bucket cannot move")
            }
            Self::WrongRegion { actual: None, .. } => "set bucket.region to the bucket's, or change bucket.name".to_owned(),
            Self::RoleNotOurs { .. } => {
                "take it over with --adopt (its trust policy is replaced by the contract's), or change role.name".to_owned()
            }
            Self::RoleOfAnotherContract { .. } => {
                "one role signs for one bucket: change role.name, or destroy the other contract first".to_owned()
            }
            Self::RolePathDiffers { observed, .. } => {
                format!("set role.path = \"{observed}\", or change role.name: a role's path cannot be changed")
            }
            Self::NoBoundary { .. } => "create that managed policy first, or correct role.permissions_boundary".to_owned(),
            Self::PublicStatement { .. } => {
                "remove the statement or narrow its principal: a bucket of uploads must not be public".to_owned()
            }
            Self::PolicyTooLarge(error) => error.hint.clone().unwrap_or_default(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BucketNotOurs { bucket, tagged: None } => {
                write!(
                    f,
                    "bucket {bucket} exists already and does not carry the tag {OWNERSHIP_TAG}"
                )
            }
            Self::BucketNotOurs { bucket, tagged: Some(tagged) } => {
                write!(
                    f,
                    "bucket {bucket} exists already and carries the tag {OWNERSHIP_TAG} = {tagged}, not {bucket}"
                )
            }
            Self::BucketForbidden { bucket, owner, error, .. } => {
                write!(
                    f,
                    "bucket {bucket} exists and is either another account's than {owner} or closed to these credentials ({error})"
                )
            }
            Self::WrongRegion { bucket, desired, actual: Some(actual) } => {
                write!(f, "bucket {bucket} lies in {actual}, not in {desired}")
            }
            Self::WrongRegion { bucket, desired, actual: None } => {
                write!(f, "bucket {bucket} lies in another region than {desired}")
            }
            Self::RoleNotOurs { role } => {
                write!(f, "role {role} exists already and does not carry the tag {OWNERSHIP_TAG}")
            }
            Self::RoleOfAnotherContract { role, contract } => {
                write!(f, "role {role} belongs to the contract of bucket {contract}")
            }
            Self::RolePathDiffers { role, desired, observed } => {
                write!(f, "role {role} has the path {observed}, not {desired}")
            }
            Self::NoBoundary { role, boundary } => {
                write!(
                    f,
                    "role {role} is to have the permissions boundary {boundary}, and there is no such policy"
                )
            }
            Self::PublicStatement { statement } => {
                write!(
                    f,
                    "the statement {statement} in the bucket policy allows everybody, so the public access block would refuse the whole bucket policy"
                )
            }
            Self::PolicyTooLarge(error) => f.write_str(&error.problem),
        }
    }
}

/// Every reason why nothing may be changed, with its way out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusals(pub Vec<Refusal>);

impl fmt::Display for Refusals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, refusal) in self.0.iter().enumerate() {
            let separator = if index > 0 { "\n" } else { "" };
            write!(f, "{separator}{refusal}\n  hint: {}", refusal.hint())?;
        }
        Ok(())
    }
}

impl std::error::Error for Refusals {}

/// Names for a bucket whose name is taken: with the account's id nobody else is likely to have them. None for a name in an
/// account regional namespace, which no other account can take.
pub(in crate::provision) fn suggest_names(
    bucket: &BucketName,
    owner: &AccountId,
    region: &Region,
) -> Vec<String> {
    if bucket.account_regional().is_some() {
        return Vec::new();
    }
    let candidates = [format!("{bucket}-{owner}"), format!("{bucket}-{owner}-{region}")];
    candidates.into_iter().filter(|name| BucketName::parse(name).is_ok()).collect()
}
