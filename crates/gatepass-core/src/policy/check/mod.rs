//! Least privilege, proven offline: what the presigner role may do, all of S3's actions tried; and what each statement of the
//! bucket policy is there for, found by leaving it out.

mod circumstance;
mod guardrails;
mod privilege;
mod stage;
#[cfg(test)]
mod tests;
mod witness;

use serde::Serialize;

use super::Documents;
use crate::contract::Contract;
use iam_policy::AccountId;
use iam_policy::evaluate::{PolicyError, RequestContext};
use iam_policy::{S3Resource, s3_actions};

pub use circumstance::{Circumstance, Must};
pub use guardrails::{Guardrail, Opening};
pub use privilege::{Allowed, LetThrough, Missing, Privileges};
pub use stage::{Actor, Imagined, Place, Stage};

/// What `gatepass policy check` finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// The presigner role's ARN.
    pub role: String,
    /// How many requests were imagined and decided.
    pub requests: usize,
    /// What the role may do.
    #[serde(flatten)]
    pub privileges: Privileges,
    /// What each statement of the bucket policy is there for.
    pub guardrails: Vec<Guardrail>,
}

impl Check {
    /// Tries everything. `given` holds condition keys of every request, such as `aws:SourceIp`.
    ///
    /// # Errors
    /// A document that cannot be evaluated.
    pub fn of(
        contract: &Contract,
        account: &AccountId,
        documents: &Documents,
        given: RequestContext,
    ) -> Result<Self, PolicyError> {
        let stage = Stage::new(contract, account, documents, given)?;
        let circumstances = stage.circumstances(&documents.bucket_policy);
        let actions: Vec<(String, S3Resource)> =
            s3_actions().map(|(action, resource)| (format!("s3:{action}"), resource)).collect();
        let mut requests = 0;
        let privileges =
            privilege::of(&stage, contract, documents, &actions, &circumstances, &mut requests);
        let guardrails = guardrails::of(
            &stage,
            &documents.bucket_policy,
            &actions,
            &circumstances,
            &mut requests,
        )?;
        Ok(Self { role: contract.role_arn(account), requests, privileges, guardrails })
    }

    /// Whether everything is as it should be: nothing allowed that no feature needs, nothing missing, no statement that keeps
    /// nothing out.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.privileges.are_least()
            && self.guardrails.iter().all(|guardrail| !guardrail.opens.is_empty())
    }
}
