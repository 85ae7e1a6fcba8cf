//! Permissions boundaries of users and roles.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html>.

use crate::query::{Call, QueryError};
use crate::state::State;
use crate::xml::Xml;

use super::entity::Entity;
use super::{Answer, managed_policies};

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html>
pub(super) fn put(call: &Call<'_>, entity: Entity) -> Answer {
    let arn = call.params.required("PermissionsBoundary")?.to_owned();
    check(&call.account.store.read(), &arn)?;
    entity.change(call, |changed| {
        *changed.permissions_boundary = Some(arn);
        Ok(())
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePermissionsBoundary.html>
pub(super) fn delete(call: &Call<'_>, entity: Entity) -> Answer {
    entity.change(call, |changed| {
        *changed.permissions_boundary = None;
        Ok(())
    })?;
    Ok(None)
}

/// Refuses a boundary that is no managed policy.
pub(super) fn check(state: &State, arn: &str) -> Result<(), QueryError> {
    if !arn.starts_with("arn:") || !arn.contains(":policy/") {
        return Err(QueryError::validation(format!("ARN {arn} is not valid.")));
    }
    managed_policies::check_exists(state, arn).map_err(|_| {
        QueryError::no_such_entity(format!("Scope ARN: {arn} does not exist or is not attachable."))
    })
}

/// `<PermissionsBoundary>`
pub(super) fn write(xml: &mut Xml, arn: &str) {
    xml.element("PermissionsBoundary", |xml| {
        xml.text("PermissionsBoundaryType", "Policy");
        xml.text("PermissionsBoundaryArn", arn);
    });
}
