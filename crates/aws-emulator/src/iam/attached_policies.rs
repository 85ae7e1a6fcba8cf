//! Managed policies attached to users, groups and roles.

use crate::query::{Call, QueryError};

use super::holder::Holder;
use super::{Answer, managed_policies, names, page};

/// How many can be attached to one.
const MOST: usize = 10;

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html>
pub(super) fn attach(call: &Call<'_>, holder: Holder) -> Answer {
    let arn = names::policy_arn(call.params)?.to_owned();
    managed_policies::check_exists(&call.account.store.read(), &arn)?;
    holder.change(call, |held| {
        held.attached_policies.insert(arn);
        if held.attached_policies.len() > MOST {
            return Err(QueryError::limit_exceeded(format!(
                "Cannot exceed quota for PoliciesPer{}: {MOST}",
                holder.quota()
            )));
        }
        Ok(())
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachRolePolicy.html>
pub(super) fn detach(call: &Call<'_>, holder: Holder) -> Answer {
    let arn = names::policy_arn(call.params)?;
    holder.change(call, |held| {
        if held.attached_policies.remove(arn) {
            return Ok(());
        }
        Err(QueryError::no_such_entity(format!("Policy {arn} was not found.")))
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html>
pub(super) fn list(call: &Call<'_>, holder: Holder) -> Answer {
    let state = call.account.store.read();
    let held = holder.find(&state, holder.name(call)?)?;
    page::list(
        call,
        "AttachedPolicies",
        held.attached_policies.iter().map(|arn| (arn.clone(), arn)),
        |xml, arn| {
            xml.text("PolicyName", arn.rsplit('/').next().unwrap_or(arn));
            xml.text("PolicyArn", arn);
        },
    )
}
