//! What has to change, as data.

mod change;
mod display;
mod guard;
mod merge;
mod refusal;

pub use change::{Action, Change, RoleLimits};
pub(super) use display::count;
pub(super) use refusal::suggest_names;
pub use refusal::{Refusal, Refusals};

use serde::Serialize;
use serde::ser::{SerializeStruct as _, Serializer};

use crate::policy::Note;

use super::desired::{Desired, OWNERSHIP_TAG};
use super::observed::{BucketSettings, Observed, ObservedBucket, ObservedRole, Reading, RoleSettings};
use super::settings::{DefaultEncryption, PublicAccessBlock, Versioning};

/// What has to change for AWS to be what the contract wants, in the order in which it is safe to change it.
///
/// `Display` shows it to people, `Serialize` gives `{"changes": […], "notes": […]}` to programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub(super) desired: Desired,
    pub(super) changes: Vec<Change>,
    pub(super) notes: Vec<Note>,
}

impl Plan {
    /// The changes, in their order.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// What the reader should know beside the changes.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Whether everything is as the contract wants it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut plan = serializer.serialize_struct("Plan", 2)?;
        plan.serialize_field("changes", &self.changes)?;
        plan.serialize_field("notes", &self.notes)?;
        plan.end()
    }
}

/// Compares what is wanted with what is there.
///
/// The order is the safe one: nothing is opened before what guards it. The bucket comes closed (ownership, public access
/// block, encryption), then its bucket policy, then what lets browsers in (CORS); the role can do nothing until its
/// permissions policy, which comes last.
///
/// # Errors
/// Every reason why nothing may be changed. With `adopt`, a bucket or role without our tag is none.
pub fn plan(desired: &Desired, observed: &Observed, adopt: bool) -> Result<Plan, Refusals> {
    let mut planner = Planner { desired, adopt, changes: Vec::new(), notes: desired.notes.clone(), refusals: Vec::new() };
    planner.bucket(&observed.bucket);
    planner.role(&observed.role);
    let Planner { changes, notes, refusals, .. } = planner;
    if refusals.is_empty() { Ok(Plan { desired: desired.clone(), changes, notes }) } else { Err(Refusals(refusals)) }
}

struct Planner<'a> {
    desired: &'a Desired,
    adopt: bool,
    changes: Vec<Change>,
    notes: Vec<Note>,
    refusals: Vec<Refusal>,
}

impl Planner<'_> {
    fn note(&mut self, about: impl Into<String>, text: impl Into<String>) {
        self.notes.push(Note { about: about.into(), text: text.into() });
    }

    fn bucket(&mut self, observed: &ObservedBucket) {
        let desired = self.desired;
        let bucket = &desired.bucket.name;
        match observed {
            ObservedBucket::Missing => self.new_bucket(),
            ObservedBucket::Forbidden(error) => self.refusals.push(Refusal::BucketForbidden {
                bucket: bucket.clone(),
                owner: desired.bucket.owner.clone(),
                error: error.clone(),
                suggestions: suggest_names(bucket, &desired.bucket.owner, &desired.region),
            }),
            ObservedBucket::Elsewhere(actual) => self.wrong_region(actual.clone()),
            ObservedBucket::Found(settings) => match &settings.region {
                Some(actual) if *actual != desired.region => self.wrong_region(Some(actual.clone())),
                _ => self.bucket_settings(settings),
            },
        }
    }

    fn wrong_region(&mut self, actual: Option<crate::contract::Region>) {
        let (bucket, desired) = (self.desired.bucket.name.clone(), self.desired.region.clone());
        self.refusals.push(Refusal::WrongRegion { bucket, desired, actual });
    }

    fn new_bucket(&mut self) {
        let desired = self.desired;
        self.changes.push(Change::CreateBucket {
            name: desired.bucket.name.clone(),
            region: desired.region.clone(),
            ownership: desired.ownership,
            tags: desired.bucket_tags.clone(),
        });
        self.public_access_block(Reading::Is(None));
        self.encryption(&Reading::Is(None));
        self.versioning(Reading::Is(Versioning::NeverEnabled));
        self.lifecycle(&Reading::Is(None));
        self.bucket_policy(&Reading::Is(None));
        self.cors(&Reading::Is(Vec::new()));
    }

    fn bucket_settings(&mut self, observed: &BucketSettings) {
        self.bucket_tags(observed);
        self.ownership_controls(observed);
        self.public_access_block(observed.public_access_block);
        self.encryption(&observed.encryption);
        self.versioning(observed.versioning);
        self.lifecycle(&observed.lifecycle);
        self.bucket_policy(&observed.policy);
        self.cors(&observed.cors);
    }

    /// What is read, or a note that the endpoint does not know the setting.
    fn read<'r, T>(&mut self, reading: &'r Reading<T>, about: &str) -> Option<&'r T> {
        match reading {
            Reading::Is(value) => Some(value),
            Reading::NotSupported => {
                self.note(about, "not supported by this endpoint, so left out");
                None
            }
        }
    }

    /// Says that an endpoint's answer lacks a part that AWS's always has; on AWS nothing is lacking.
    fn lacks<T>(&mut self, part: Option<&T>, about: &str) -> bool {
        let lacks = part.is_none() && !self.desired.is_aws;
        if lacks {
            self.note(about, "not kept by this endpoint, so left out");
        }
        lacks
    }

    fn bucket_tags(&mut self, observed: &BucketSettings) {
        let desired = self.desired;
        let bucket = &desired.bucket.name;
        let before = self.read(&observed.tags, "bucket tags");
        let owner = before.and_then(|tags| tags.get(OWNERSHIP_TAG));
        if owner.map(String::as_str) != Some(bucket.as_str()) {
            if self.adopt {
                self.adopted_bucket(observed);
            } else {
                self.refusals.push(Refusal::BucketNotOurs { bucket: bucket.clone(), tagged: owner.cloned() });
            }
        }
        let Some(before) = before else { return };
        let after = merge::tags(before, &desired.bucket_tags);
        if after != *before {
            self.changes.push(Change::BucketTags { before: before.clone(), after });
        }
    }

    fn adopted_bucket(&mut self, observed: &BucketSettings) {
        let count = |count: usize, thing: &str| (count > 0).then(|| display::count(count, thing));
        let statements = match &observed.policy {
            Reading::Is(Some(policy)) => policy.without_own_statements().map_or(0, |others| others.statements().len()),
            _ => 0,
        };
        let rules = match &observed.lifecycle {
            Reading::Is(Some(lifecycle)) => lifecycle.rules.iter().filter(|rule| !merge::is_own_lifecycle_rule(rule)).count(),
            _ => 0,
        };
        let cors = match &observed.cors {
            Reading::Is(cors) => {
                let own = self.desired.cors.as_ref();
                cors.iter().filter(|rule| !merge::is_own_cors_rule(rule, own, self.desired.is_aws)).count()
            }
            Reading::NotSupported => 0,
        };
        let kept: Vec<String> = [count(statements, "bucket policy statement"), count(rules, "lifecycle rule"), count(cors, "CORS rule")]
            .into_iter()
            .flatten()
            .collect();
        let kept = if kept.is_empty() {
            "it has no bucket policy, lifecycle or CORS rules of others".to_owned()
        } else {
            format!("of others stay: {}", kept.join(", "))
        };
        let text = format!("adopted: from now on it carries our tag, and destroy removes it; {kept}");
        self.note(format!("bucket {}", self.desired.bucket.name), text);
    }

    fn ownership_controls(&mut self, observed: &BucketSettings) {
        let after = self.desired.ownership;
        if let Some(&before) = self.read(&observed.ownership, "object ownership")
            && before != Some(after)
        {
            self.changes.push(Change::OwnershipControls { before, after });
        }
    }

    fn public_access_block(&mut self, observed: Reading<Option<PublicAccessBlock>>) {
        let after = self.desired.public_access_block;
        let Some(&before) = self.read(&observed, "public access block") else { return };
        let is_kept = before.is_some_and(|before| {
            let parts = [
                (before.block_public_acls, after.block_public_acls, "BlockPublicAcls"),
                (before.ignore_public_acls, after.ignore_public_acls, "IgnorePublicAcls"),
                (before.block_public_policy, after.block_public_policy, "BlockPublicPolicy"),
                (before.restrict_public_buckets, after.restrict_public_buckets, "RestrictPublicBuckets"),
            ];
            // every part is looked at, for its note's sake
            parts.into_iter().filter(|(before, after, name)| before != after && !self.lacks(before.as_ref(), name)).count() == 0
        });
        if !is_kept {
            self.changes.push(Change::PublicAccessBlock { before, after });
        }
    }

    fn encryption(&mut self, observed: &Reading<Option<DefaultEncryption>>) {
        let Some(before) = self.read(observed, "default encryption") else { return };
        let mut after = self.desired.encryption.clone();
        let is_kept = before.as_ref().is_some_and(|before| {
            after.blocked_encryption_types.clone_from(&before.blocked_encryption_types);
            // S3 takes an absent BucketKeyEnabled as false
            let before = DefaultEncryption { bucket_key_enabled: before.bucket_key_enabled.or(Some(false)), ..before.clone() };
            before == after
        });
        if !is_kept {
            self.changes.push(Change::Encryption { before: before.clone(), after });
        }
    }

    /// Whoever wants no versions is content with a bucket that never had any and with one that makes no new ones.
    fn versioning(&mut self, observed: Reading<Versioning>) {
        let enabled = self.desired.versioning;
        if let Some(&before) = self.read(&observed, "versioning")
            && (before == Versioning::Enabled) != enabled
        {
            self.changes.push(Change::Versioning { before, enabled });
        }
    }

    fn lifecycle(&mut self, observed: &Reading<Option<super::LifecycleConfiguration>>) {
        let Some(before) = self.read(observed, "lifecycle rules") else { return };
        let mut after = merge::lifecycle(before.as_ref(), &self.desired.lifecycle);
        let is_kept = before.as_ref().is_some_and(|before| {
            let size = &before.transition_default_minimum_object_size;
            if self.lacks(size.as_ref(), "TransitionDefaultMinimumObjectSize") {
                after.transition_default_minimum_object_size = None;
            }
            *size == after.transition_default_minimum_object_size && merge::same_rules(&before.rules, &after.rules)
        });
        if !is_kept {
            self.changes.push(Change::Lifecycle { before: before.clone(), after });
        }
    }

    fn bucket_policy(&mut self, observed: &Reading<Option<crate::policy::Document>>) {
        let Some(before) = self.read(observed, "bucket policy") else { return };
        let after = merge::bucket_policy(before.as_ref(), &self.desired.bucket_policy);
        if after != *before {
            let refused = after.as_ref().map(|after| guard::check(after, self.desired)).unwrap_or_default();
            self.refusals.extend(refused);
            self.changes.push(Change::BucketPolicy { before: before.clone(), after });
        }
    }

    fn cors(&mut self, observed: &Reading<Vec<crate::policy::CorsRule>>) {
        let (own, is_aws) = (self.desired.cors.as_ref(), self.desired.is_aws);
        let Some(before) = self.read(observed, "CORS rules") else { return };
        let after = merge::cors(before, own, is_aws);
        if !merge::same_cors_rules(before, &after, is_aws) {
            self.changes.push(Change::Cors { before: before.clone(), after });
        } else if before.iter().any(|rule| rule.id.is_none() && merge::is_own_cors_rule(rule, own, is_aws)) {
            self.note("CORS rule ID", "not kept by this endpoint, so our rule is told by what it says");
        }
    }

    fn role(&mut self, observed: &ObservedRole) {
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

        let after: super::TagSet = desired
            .tags
            .iter()
            .filter(|(key, value)| head.tags.get(*key) != Some(*value))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        if !after.is_empty() {
            let before = head.tags.iter().filter(|(key, _)| after.contains_key(*key));
            self.changes.push(Change::RoleTags { before: before.map(|(key, value)| (key.clone(), value.clone())).collect(), after });
        }

        let before = RoleLimits { description: head.description.clone(), max_session_duration: head.max_session_duration };
        let mut after =
            RoleLimits { description: Some(desired.description.clone()), max_session_duration: Some(desired.max_session_duration) };
        if self.lacks(before.max_session_duration.as_ref(), "MaxSessionDuration") {
            after.max_session_duration = None;
        }
        let same_description = before.description.as_deref().unwrap_or_default() == desired.description;
        if !same_description || before.max_session_duration != after.max_session_duration {
            self.changes.push(Change::RoleSettings { before, after });
        }

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
            self.changes.push(Change::TrustPolicy { before: head.trust_policy.clone(), after: desired.trust_policy.clone() });
        }
        if observed.permissions_policy.as_ref() != Some(&self.desired.permissions_policy) {
            let (before, after) = (observed.permissions_policy.clone(), self.desired.permissions_policy.clone());
            self.changes.push(Change::PermissionsPolicy { before, after });
        }

        let inline = observed.other_inline_policies.iter().map(|name| format!("inline policy {name}"));
        for policy in inline.chain(observed.attached_policies.iter().cloned()) {
            let text = format!(
                "also has {policy}, which is not ours: whatever it allows comes on top of what the contract states, as far as the bucket policy lets it"
            );
            self.note(format!("role {role}"), text);
        }
    }
}
