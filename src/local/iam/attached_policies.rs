//! Managed policies attached to a role.

use crate::local::query::{Call, QueryError};

use super::names::role_name;
use super::{Answer, managed_policies, not_truncated, result, roles};

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html>
pub(super) fn attach(call: &Call<'_>) -> Answer {
    let arn = call.params.required("PolicyArn")?.to_owned();
    managed_policies::check_exists(&call.account.store.read(), &arn)?;
    roles::change(call, |role| {
        role.attached_policies.insert(arn);
        if role.attached_policies.len() > 10 {
            return Err(QueryError::limit_exceeded("Cannot exceed quota for PoliciesPerRole: 10"));
        }
        Ok(())
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachRolePolicy.html>
pub(super) fn detach(call: &Call<'_>) -> Answer {
    let arn = call.params.required("PolicyArn")?;
    roles::change(call, |role| {
        if role.attached_policies.remove(arn) {
            return Ok(());
        }
        Err(QueryError::no_such_entity(format!("Policy {arn} was not found.")))
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAttachedRolePolicies.html>
pub(super) fn list(call: &Call<'_>) -> Answer {
    let state = call.account.store.read();
    let role = roles::find(&state, role_name(call.params)?)?;
    result(|xml| {
        xml.element("AttachedPolicies", |xml| {
            for arn in &role.attached_policies {
                xml.element("member", |xml| {
                    xml.text("PolicyName", arn.rsplit('/').next().unwrap_or(arn));
                    xml.text("PolicyArn", arn);
                });
            }
        });
        not_truncated(xml);
    })
}
