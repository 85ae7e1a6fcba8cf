//! Managed policies: the account's own, and the few of AWS's that this backend knows.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::authorize::aws_managed;
use crate::ids;
use crate::policy_form::{self, Kind};
use crate::query::{Call, QueryError};
use crate::state::{ManagedPolicy, PolicyVersion, State};
use crate::xml::Xml;

use super::names::{name, path};
use super::{Answer, date, names, page, result, tags};

/// The longest document, whitespace not counted.
const LONGEST: usize = 6144;

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html>
pub(super) fn create(call: &Call<'_>) -> Answer {
    let name = name(call.params, "PolicyName", 128)?;
    let path = path(call.params)?;
    let document = document(call)?;
    let arn = call.account.arn("iam", &format!("policy{path}{name}"));
    let created = OffsetDateTime::now_utc().unix_timestamp();
    let policy = ManagedPolicy {
        id: ids::unique_id("ANPA", 17),
        name: name.to_owned(),
        path: path.to_owned(),
        created,
        description: call.params.get("Description").map(str::to_owned),
        tags: tags::checked("Policy", call.params.tags()?)?,
        versions: BTreeMap::from([(1, PolicyVersion { document, created })]),
        default_version: 1,
        newest_version: 1,
    };
    call.account.store.change(|state| {
        if state.policies.values().any(|other| other.name.eq_ignore_ascii_case(name)) {
            return Err(QueryError::already_exists(format!(
                "A policy called {name} already exists. Duplicate names are not allowed."
            )));
        }
        state.policies.insert(arn.clone(), policy.clone());
        Ok(())
    })?;
    result(|xml| xml.element("Policy", |xml| write(xml, &arn, &policy, Uses::default(), true)))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html>
pub(super) fn get(call: &Call<'_>) -> Answer {
    let arn = names::policy_arn(call.params)?;
    let state = call.account.store.read();
    if aws_managed::document(arn).is_some() {
        return result(|xml| {
            xml.element("Policy", |xml| write_aws_managed(xml, arn, Uses::of(&state, arn)))
        });
    }
    let policy = find(&state, arn)?;
    result(|xml| xml.element("Policy", |xml| write(xml, arn, policy, Uses::of(&state, arn), true)))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html>. As there, without description and tags.
pub(super) fn list(call: &Call<'_>) -> Answer {
    let prefix = call.params.get("PathPrefix").unwrap_or("/");
    let only_attached = call.params.get("OnlyAttached") == Some("true");
    let (own, of_aws) = match call.params.get("Scope").unwrap_or("All") {
        "All" => (true, true),
        "Local" => (true, false),
        "AWS" => (false, true),
        other => {
            return Err(QueryError::validation(format!(
                "1 validation error detected: Value '{other}' at 'scope' failed to satisfy constraint: \
                 Member must satisfy enum value set: [All, AWS, Local]"
            )));
        }
    };
    let state = call.account.store.read();
    let own = state
        .policies
        .iter()
        .filter(|(_, policy)| own && policy.path.starts_with(prefix))
        .map(|(arn, policy)| (arn.clone(), Some(policy)));
    let of_aws = aws_managed::NAMES.iter().filter(|_| of_aws && prefix == "/");
    let of_aws = of_aws.map(|name| {
        (format!("arn:{}:iam::aws:policy/{name}", call.account.region.partition()), None)
    });
    let all: BTreeMap<String, Option<&ManagedPolicy>> = own.chain(of_aws).collect();
    let items = all.into_iter().map(|(arn, policy)| {
        let uses = Uses::of(&state, &arn);
        (arn.clone(), (arn, policy, uses))
    });
    let items = items.filter(|(_, (_, _, uses))| !only_attached || uses.attachments > 0);
    page::list(call, "Policies", items, |xml, (arn, policy, uses)| match policy {
        Some(policy) => write(xml, arn, policy, *uses, false),
        None => write_aws_managed(xml, arn, *uses),
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListEntitiesForPolicy.html>
pub(super) fn list_entities(call: &Call<'_>) -> Answer {
    let arn = names::policy_arn(call.params)?;
    let as_boundary = call.params.get("PolicyUsageFilter") == Some("PermissionsBoundary");
    let wanted = |kind: &str| call.params.get("EntityFilter").is_none_or(|filter| filter == kind);
    let state = call.account.store.read();
    check_exists(&state, arn)?;
    let is_used = |attached: &std::collections::BTreeSet<String>, boundary: &Option<String>| {
        match as_boundary {
            true => boundary.as_deref() == Some(arn),
            false => attached.contains(arn),
        }
    };
    result(|xml| {
        xml.element("PolicyGroups", |xml| {
            let groups =
                state.groups.iter().filter(|(_, group)| is_used(&group.attached_policies, &None));
            for (name, group) in groups.filter(|_| wanted("Group")) {
                xml.element("member", |xml| {
                    xml.text("GroupName", name);
                    xml.text("GroupId", &group.id);
                });
            }
        });
        xml.element("PolicyUsers", |xml| {
            let users = state
                .users
                .iter()
                .filter(|(_, user)| is_used(&user.attached_policies, &user.permissions_boundary));
            for (name, user) in users.filter(|_| wanted("User")) {
                xml.element("member", |xml| {
                    xml.text("UserName", name);
                    xml.text("UserId", &user.id);
                });
            }
        });
        xml.element("PolicyRoles", |xml| {
            let roles = state
                .roles
                .iter()
                .filter(|(_, role)| is_used(&role.attached_policies, &role.permissions_boundary));
            for (name, role) in roles.filter(|_| wanted("Role")) {
                xml.element("member", |xml| {
                    xml.text("RoleName", name);
                    xml.text("RoleId", &role.id);
                });
            }
        });
        xml.text("IsTruncated", "false");
    })
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html>
pub(super) fn delete(call: &Call<'_>) -> Answer {
    let arn = names::policy_arn(call.params)?;
    call.account.store.change(|state| {
        let policy = find(state, arn)?;
        let uses = Uses::of(state, arn);
        if uses.attachments > 0 || uses.boundaries > 0 {
            return Err(QueryError::delete_conflict("Cannot delete a policy attached to entities."));
        }
        if policy.versions.len() > 1 {
            return Err(QueryError::delete_conflict(
                "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. \
                 The default version is deleted with the policy.",
            ));
        }
        state.policies.remove(arn);
        Ok(())
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagPolicy.html>
pub(super) fn tag(call: &Call<'_>) -> Answer {
    let new = tags::checked("Policy", call.params.tags()?)?;
    change(call, |_, policy| {
        policy.tags = tags::added("Policy", &policy.tags, new)?;
        Ok(())
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagPolicy.html>
pub(super) fn untag(call: &Call<'_>) -> Answer {
    let gone = call.params.texts("TagKeys");
    change(call, |_, policy| {
        tags::remove(&mut policy.tags, &gone);
        Ok(())
    })?;
    Ok(None)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyTags.html>
pub(super) fn list_tags(call: &Call<'_>) -> Answer {
    let state = call.account.store.read();
    tags::page(call, &find(&state, names::policy_arn(call.params)?)?.tags)
}

/// Whether a policy can be attached: one of the account's own, or one that AWS manages.
pub(crate) fn check_exists(state: &State, arn: &str) -> Result<(), QueryError> {
    if arn.contains(":iam::aws:policy/") {
        return Ok(());
    }
    find(state, arn).map(|_| ())
}

pub(super) fn find<'a>(state: &'a State, arn: &str) -> Result<&'a ManagedPolicy, QueryError> {
    state.policies.get(arn).ok_or_else(|| not_found(arn))
}

/// Changes the policy that the call names.
pub(super) fn change<T>(
    call: &Call<'_>,
    change: impl FnOnce(&str, &mut ManagedPolicy) -> Result<T, QueryError>,
) -> Result<T, QueryError> {
    let arn = names::policy_arn(call.params)?;
    call.account
        .store
        .change(|state| change(arn, state.policies.get_mut(arn).ok_or_else(|| not_found(arn))?))
}

fn not_found(arn: &str) -> QueryError {
    QueryError::no_such_entity(format!("Policy {arn} does not exist or is not attachable."))
}

/// The parameter `PolicyDocument`.
pub(super) fn document(call: &Call<'_>) -> Result<String, QueryError> {
    let document = call.params.required("PolicyDocument")?;
    policy_form::check(Kind::Identity, document).map_err(QueryError::malformed_policy)?;
    if document.chars().filter(|letter| !letter.is_whitespace()).count() > LONGEST {
        return Err(QueryError::limit_exceeded(format!(
            "Cannot exceed quota for PolicySize: {LONGEST}"
        )));
    }
    Ok(document.to_owned())
}

/// How often a policy is attached, and how often it is a boundary.
#[derive(Debug, Clone, Copy, Default)]
struct Uses {
    attachments: usize,
    boundaries: usize,
}

impl Uses {
    fn of(state: &State, arn: &str) -> Self {
        let roles =
            state.roles.values().map(|role| (&role.attached_policies, &role.permissions_boundary));
        let users =
            state.users.values().map(|user| (&user.attached_policies, &user.permissions_boundary));
        let groups = state.groups.values().map(|group| (&group.attached_policies, &None));
        roles.chain(users).chain(groups).fold(Self::default(), |uses, (attached, boundary)| Self {
            attachments: uses.attachments + usize::from(attached.contains(arn)),
            boundaries: uses.boundaries + usize::from(boundary.as_deref() == Some(arn)),
        })
    }
}

fn write(xml: &mut Xml, arn: &str, policy: &ManagedPolicy, uses: Uses, whole: bool) {
    xml.text("PolicyName", &policy.name);
    xml.text("PolicyId", &policy.id);
    xml.text("Arn", arn);
    xml.text("Path", &policy.path);
    xml.text("DefaultVersionId", &format!("v{}", policy.default_version));
    xml.text("AttachmentCount", &uses.attachments.to_string());
    xml.text("PermissionsBoundaryUsageCount", &uses.boundaries.to_string());
    xml.text("IsAttachable", "true");
    xml.text("CreateDate", &date(policy.created));
    xml.text("UpdateDate", &date(policy.updated()));
    if whole {
        xml.optional("Description", policy.description.as_deref());
        if !policy.tags.is_empty() {
            tags::write(xml, &policy.tags);
        }
    }
}

fn write_aws_managed(xml: &mut Xml, arn: &str, uses: Uses) {
    let name = arn.rsplit('/').next().unwrap_or(arn);
    xml.text("PolicyName", name);
    xml.text("Arn", arn);
    xml.text("Path", "/");
    xml.text("DefaultVersionId", "v1");
    xml.text("AttachmentCount", &uses.attachments.to_string());
    xml.text("PermissionsBoundaryUsageCount", &uses.boundaries.to_string());
    xml.text("IsAttachable", "true");
}
