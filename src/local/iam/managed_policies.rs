//! Customer managed policies, each with the one version it was made with. AWS managed policies are known by name only.

use time::OffsetDateTime;

use crate::local::ids;
use crate::local::policy_form::{self, Kind};
use crate::local::query::{Call, QueryError};
use crate::local::state::{ManagedPolicy, State};
use crate::local::xml::Xml;

use super::names::{name, path};
use super::{Answer, date, result, roles};

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html>
pub(super) fn create(call: &Call<'_>) -> Answer {
    let name = name(call.params, "PolicyName", 128)?;
    let path = path(call.params)?;
    let document = call.params.required("PolicyDocument")?;
    policy_form::check(Kind::Identity, document).map_err(QueryError::malformed_policy)?;
    if document.chars().filter(|letter| !letter.is_whitespace()).count() > 6144 {
        return Err(QueryError::limit_exceeded("Cannot exceed quota for PolicySize: 6144"));
    }
    let arn = call.account.arn("iam", &format!("policy{path}{name}"));
    let policy = ManagedPolicy {
        id: ids::unique_id("ANPA", 17),
        name: name.to_owned(),
        path: path.to_owned(),
        created: OffsetDateTime::now_utc().unix_timestamp(),
        description: call.params.get("Description").map(str::to_owned),
        document: document.to_owned(),
    };
    call.account.store.change(|state| {
        if state.policies.values().any(|other| other.name.eq_ignore_ascii_case(name)) {
            return Err(QueryError::already_exists(format!("A policy called {name} already exists. Duplicate names are not allowed.")));
        }
        state.policies.insert(arn.clone(), policy.clone());
        Ok(())
    })?;
    result(|xml| write(xml, &arn, &policy, 0))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html>
pub(super) fn get(call: &Call<'_>) -> Answer {
    let arn = call.params.required("PolicyArn")?;
    let state = call.account.store.read();
    let policy = find(&state, arn)?;
    let attachments = state.roles.values().filter(|role| role.attached_policies.contains(arn)).count();
    result(|xml| write(xml, arn, policy, attachments))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html>
pub(super) fn get_version(call: &Call<'_>) -> Answer {
    let arn = call.params.required("PolicyArn")?;
    let state = call.account.store.read();
    let policy = find(&state, arn)?;
    let version = call.params.required("VersionId")?;
    if version != "v1" {
        return Err(QueryError::no_such_entity(format!("Policy {arn} version {version} does not exist or is not attachable.")));
    }
    result(|xml| {
        xml.element("PolicyVersion", |xml| {
            xml.text("Document", &roles::encoded(&policy.document));
            xml.text("VersionId", version);
            xml.text("IsDefaultVersion", "true");
            xml.text("CreateDate", &date(policy.created));
        });
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html>
pub(super) fn delete(call: &Call<'_>) -> Answer {
    let arn = call.params.required("PolicyArn")?;
    call.account.store.change(|state| {
        find(state, arn)?;
        if state.roles.values().any(|role| role.attached_policies.contains(arn)) {
            return Err(QueryError::delete_conflict("Cannot delete a policy attached to entities."));
        }
        state.policies.remove(arn);
        Ok(())
    })?;
    Ok(None)
}

/// Whether a policy can be attached: one of the account's own, or one that AWS manages.
pub(super) fn check_exists(state: &State, arn: &str) -> Result<(), QueryError> {
    if arn.contains(":iam::aws:policy/") {
        return Ok(());
    }
    find(state, arn).map(|_| ())
}

fn find<'a>(state: &'a State, arn: &str) -> Result<&'a ManagedPolicy, QueryError> {
    state.policies.get(arn).ok_or_else(|| QueryError::no_such_entity(format!("Policy {arn} does not exist or is not attachable.")))
}

fn write(xml: &mut Xml, arn: &str, policy: &ManagedPolicy, attachments: usize) {
    xml.element("Policy", |xml| {
        xml.text("PolicyName", &policy.name);
        xml.text("PolicyId", &policy.id);
        xml.text("Arn", arn);
        xml.text("Path", &policy.path);
        xml.text("DefaultVersionId", "v1");
        xml.text("AttachmentCount", &attachments.to_string());
        xml.text("IsAttachable", "true");
        xml.optional("Description", policy.description.as_deref());
        xml.text("CreateDate", &date(policy.created));
        xml.text("UpdateDate", &date(policy.created));
    });
}
