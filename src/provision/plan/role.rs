//! What has to change about the role.

use super::super::desired::OWNERSHIP_TAG;
use super::super::observed::{ObservedRole, RoleSettings};
use super::super::settings::TagSet;
use super::{Change, Planner, Refusal, RoleLimits};

impl Planner<'_> {
    pub(super) fn role(&mut self, observed: &ObservedRole) {
        let desired = &self.desired.role;
        match observed {
            ObservedRole::NotSupported => {
                let text = "this endpoint has no IAM, so the role is left out and uploads are signed with the rights of whoever runs serve";
                self.note(format!("role {}", desired.name), text);
            }
            ObservedRole::Missing => {
                self.changes.push(Change::CreateRole(desired.clone()));
                let after = self.desired.permissions_policy.clone();
                self.changes.push(Change::PermissionsPolicy { before: None, after });
            }
            ObservedRole::Found(settings) => self.role_settings(settings),
        }
    }

    /// A role cannot be made with a permissions boundary that is not there, and would be missed only once the bucket is.
    pub(super) fn boundary(&mut self, is_missing: bool) {
        if is_missing && let Some(boundary) = self.desired.role.permissions_boundary.clone() {
            self.refusals
                .push(Refusal::NoBoundary { role: self.desired.role.name.clone(), boundary });
        }
    }

    fn role_settings(&mut self, observed: &RoleSettings) {
        let (desired, head) = (&self.desired.role, &observed.head);
        let role = desired.name.clone();
        match head.tags.get(OWNERSHIP_TAG) {
            Some(contract) if contract == self.desired.bucket.name.as_str() => {}
            Some(contract) => {
                self.refusals.push(Refusal::RoleOfAnotherContract { role: role.clone(), contract: contract.clone() });
            }
            None if self.adopt => self.note(
                format!("role {role}"),
                "adopted: from now on it carries our tag, and destroy removes it; its trust policy becomes the contract's",
            ),
            None => self.refusals.push(Refusal::RoleNotOurs { role: role.clone() }),
        }
        if head.path != desired.path.as_str() {
            self.refusals.push(Refusal::RolePathDiffers {
                role: role.clone(),
                desired: desired.path.as_str().to_owned(),
                observed: head.path.clone(),
            });
        }

        let after: TagSet = desired
            .tags
            .iter()
            .filter(|(key, value)| head.tags.get(*key) != Some(*value))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        if !after.is_empty() {
            let before = head.tags.iter().filter(|(key, _)| after.contains_key(*key));
            self.changes.push(Change::RoleTags {
                before: before.map(|(key, value)| (key.clone(), value.clone())).collect(),
                after,
            });
        }

        self.role_limits(RoleLimits {
            description: head.description.clone(),
            max_session_duration: head.max_session_duration,
        });

        match (&head.permissions_boundary, &desired.permissions_boundary) {
            (before, Some(after)) if before.as_deref() != Some(after.as_str()) => {
                self.changes.push(Change::PermissionsBoundary { before: before.clone(), after: after.clone() });
            }
            (Some(before), None) => self.note(
                format!("role {role}"),
                format!("carries the permissions boundary {before}, which the contract does not state; it can only take rights away, so it stays"),
            ),
            _ => {}
        }

        if head.trust_policy != desired.trust_policy {
            self.changes.push(Change::TrustPolicy {
                before: head.trust_policy.clone(),
                after: desired.trust_policy.clone(),
            });
        }
        if observed.permissions_policy.as_ref() != Some(&self.desired.permissions_policy) {
            let (before, after) =
                (observed.permissions_policy.clone(), self.desired.permissions_policy.clone());
            self.changes.push(Change::PermissionsPolicy { before, after });
        }

        let inline =
            observed.other_inline_policies.iter().map(|name| format!("inline policy {name}"));
        for policy in inline.chain(observed.attached_policies.iter().cloned()) {
            let text = format!(
                "also has {policy}, which is not ours: what it allows comes on top, as far as the bucket policy lets it"
            );
            self.note(format!("role {role}"), text);
        }
    }

    /// AWS takes both in one call, so what the contract does not state is written as it is.
    fn role_limits(&mut self, before: RoleLimits) {
        let stated = &self.desired.role_limits;
        let mut after = RoleLimits {
            description: stated.description.clone().or_else(|| before.description.clone()),
            max_session_duration: stated.max_session_duration.or(before.max_session_duration),
        };
        if stated.max_session_duration.is_some()
            && self.lacks(before.max_session_duration.as_ref(), "MaxSessionDuration")
        {
            after.max_session_duration = None;
        }
        let has_description = |limits: &RoleLimits| limits.description.clone().unwrap_or_default();
        if has_description(&before) != has_description(&after)
            || before.max_session_duration != after.max_session_duration
        {
            self.changes.push(Change::RoleSettings { before, after });
        }
    }
}
