//! Versions of managed policies.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html>.

use time::OffsetDateTime;

use crate::authorize::aws_managed;
use crate::query::{Call, QueryError};
use crate::state::{ManagedPolicy, PolicyVersion};
use crate::xml::Xml;

use super::{Answer, date, encoded, managed_policies, names, page, result};

/// How many a policy can have.
const MOST: usize = 5;

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html>
pub(super) fn create(call: &Call<'_>) -> Answer {
    let document = managed_policies::document(call)?;
    let becomes_default = call.params.get("SetAsDefault") == Some("true");
    let created = OffsetDateTime::now_utc().unix_timestamp();
    let number = managed_policies::change(call, |_, policy| {
        if policy.versions.len() >= MOST {
            return Err(QueryError::limit_exceeded(format!(
                "A managed policy can have up to {MOST} versions. Before you create a new version, you must delete an existing version."
            )));
        }
        policy.newest_version += 1;
        let number = policy.newest_version;
        policy.versions.insert(number, PolicyVersion { document, created });
        if becomes_default {
            policy.default_version = number;
        }
        Ok(number)
    })?;
    result(|xml| xml.element("PolicyVersion", |xml| write(xml, number, becomes_default, created)))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html>
pub(super) fn get(call: &Call<'_>) -> Answer {
    let arn = names::policy_arn(call.params)?;
    let id = names::version_id(call.params)?;
    if let Some(document) = aws_managed::document(arn).filter(|_| id == "v1") {
        return result(|xml| {
            xml.element("PolicyVersion", |xml| {
                xml.text("Document", &encoded(document));
                xml.text("VersionId", id);
                xml.text("IsDefaultVersion", "true");
            });
        });
    }
    let state = call.account.store.read();
    let policy = managed_policies::find(&state, arn)?;
    let number = number(arn, policy, id)?;
    let version = &policy.versions[&number];
    result(|xml| {
        xml.element("PolicyVersion", |xml| {
            xml.text("Document", &encoded(&version.document));
            write(xml, number, number == policy.default_version, version.created);
        });
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html>
pub(super) fn list(call: &Call<'_>) -> Answer {
    let arn = names::policy_arn(call.params)?;
    let state = call.account.store.read();
    let policy = managed_policies::find(&state, arn)?;
    // the newest first, and a page goes on after a key
    let versions = policy.versions.iter().rev();
    let items = versions.map(|(&number, version)| {
        (format!("{:010}", u32::MAX - number), (number, version.created))
    });
    page::list(call, "Versions", items, |xml, &(number, created)| {
        write(xml, number, number == policy.default_version, created)
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html>
pub(super) fn set_default(call: &Call<'_>) -> Answer {
    let id = names::version_id(call.params)?;
    managed_policies::change(call, |arn, policy| {
        policy.default_version = number(arn, policy, id)?;
        Ok(())
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html>
pub(super) fn delete(call: &Call<'_>) -> Answer {
    let id = names::version_id(call.params)?;
    managed_policies::change(call, |arn, policy| {
        let number = number(arn, policy, id)?;
        if number == policy.default_version {
            return Err(QueryError::delete_conflict(
                "Cannot delete the default version of a policy.",
            ));
        }
        policy.versions.remove(&number);
        Ok(())
    })?;
    Ok(None)
}

fn number(arn: &str, policy: &ManagedPolicy, id: &str) -> Result<u32, QueryError> {
    let number = id
        .strip_prefix('v')
        .and_then(|digits| digits.parse().ok())
        .filter(|number| policy.versions.contains_key(number));
    number.ok_or_else(|| {
        QueryError::no_such_entity(format!(
            "Policy {arn} version {id} does not exist or is not attachable."
        ))
    })
}

fn write(xml: &mut Xml, number: u32, is_default: bool, created: i64) {
    xml.text("VersionId", &format!("v{number}"));
    xml.text("IsDefaultVersion", if is_default { "true" } else { "false" });
    xml.text("CreateDate", &date(created));
}
