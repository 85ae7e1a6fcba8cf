//! What has to change about the bucket.

use gatepass_core::policy::{CorsRule, OWN_SID_PREFIX};
use iam_policy::Document;
use iam_policy::Region;

use super::super::desired::OWNERSHIP_TAG;
use super::super::lifecycle::LifecycleConfiguration;
use super::super::observed::{BucketSettings, ObservedBucket, Reading};
use super::super::settings::{DefaultEncryption, PublicAccessBlock, Versioning};
use super::{Change, Planner, Refusal, display, guard, merge, suggest_names};

impl Planner<'_> {
    pub(super) fn bucket(&mut self, observed: &ObservedBucket) {
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
                Some(actual) if *actual != desired.region => {
                    self.wrong_region(Some(actual.clone()))
                }
                _ => self.bucket_settings(settings),
            },
        }
    }

    fn wrong_region(&mut self, actual: Option<Region>) {
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
        self.of_others(observed);
    }

    fn bucket_tags(&mut self, observed: &BucketSettings) {
        let desired = self.desired;
        let bucket = &desired.bucket.name;
        let before = self.read(&observed.tags, "bucket tags");
        let owner = before.and_then(|tags| tags.get(OWNERSHIP_TAG));
        if owner.map(String::as_str) != Some(bucket.as_str()) {
            if self.adopt {
                self.adopted_bucket(observed);
            } else if !desired.is_aws && observed.is_empty && observed.is_as_created(desired) {
                let text = "is as gatepass creates it, empty, and without the tags that this endpoint drops: taken for what a run that was cut off left behind";
                self.note(format!("bucket {bucket}"), text);
            } else {
                self.refusals.push(Refusal::BucketNotOurs {
                    bucket: bucket.clone(),
                    tagged: owner.cloned(),
                });
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
            Reading::Is(Some(policy)) => policy
                .without_own_statements(OWN_SID_PREFIX)
                .map_or(0, |others| others.statements().len()),
            _ => 0,
        };
        let rules = match &observed.lifecycle {
            Reading::Is(Some(lifecycle)) => {
                lifecycle.rules.iter().filter(|rule| !merge::is_own_lifecycle_rule(rule)).count()
            }
            _ => 0,
        };
        let cors = match &observed.cors {
            Reading::Is(cors) => {
                let own = self.desired.cors.as_ref();
                cors.iter().filter(|rule| !merge::is_own_cors_rule(rule, own)).count()
            }
            Reading::NotSupported => 0,
        };
        let kept: Vec<String> = [
            count(statements, "bucket policy statement"),
            count(rules, "lifecycle rule"),
            count(cors, "CORS rule"),
        ]
        .into_iter()
        .flatten()
        .collect();
        let kept = if kept.is_empty() {
            "it has no bucket policy, lifecycle or CORS rules of others".to_owned()
        } else {
            format!("of others stay: {}", kept.join(", "))
        };
        let text =
            format!("adopted: from now on it carries our tag, and destroy removes it; {kept}");
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
        // a part that an endpoint does not keep is a guardrail that is not there
        if before != Some(after) {
            self.changes.push(Change::PublicAccessBlock { before, after });
        }
    }

    fn encryption(&mut self, observed: &Reading<Option<DefaultEncryption>>) {
        let desired = self.desired;
        match self.read(observed, "default encryption") {
            None => {}
            Some(Some(before))
                if desired.encryption_suffices(before)
                    && before.algorithm == desired.encryption.algorithm => {}
            Some(Some(before)) if desired.encryption_suffices(before) => {
                self.other_encryption(before)
            }
            Some(before) => {
                let mut after = desired.encryption.clone();
                if let Some(before) = before {
                    after.blocked_encryption_types.clone_from(&before.blocked_encryption_types);
                }
                self.changes.push(Change::Encryption { before: before.clone(), after });
            }
        }
    }

    /// Says what follows from a default encryption that the contract does not state.
    fn other_encryption(&mut self, kept: &DefaultEncryption) {
        let DefaultEncryption { algorithm, kms_key, .. } = kept;
        let key = kms_key
            .as_ref()
            .map_or("a key that AWS manages".to_owned(), |key| format!("the key {key}"));
        let text = format!(
            "stays {algorithm} with {key}, which the contract does not state: the presigner role has no right to use a customer managed key, \
             and an upload that names this encryption itself is denied; write encryption = \"aws:kms\" with kms_key_arn under [bucket], or \
             encryption = \"AES256\" to replace it"
        );
        self.note("default encryption", text);
    }

    /// Whoever wants no versions is content with a bucket that never had any and with one that makes no new ones.
    fn versioning(&mut self, observed: Reading<Versioning>) {
        let Some(&before) = self.read(&observed, "versioning") else { return };
        match self.desired.versioning {
            Some(enabled) if (before == Versioning::Enabled) != enabled => self.changes.push(Change::Versioning { before, enabled }),
            None if before == Versioning::Enabled && self.desired.lifecycle.rules.iter().any(|rule| rule.expiration.is_some()) => self
                .note(
                    "versioning",
                    "stays enabled, as the contract does not state it: what lifecycle rules remove stays as a noncurrent version; write \
                 versioning = true under [bucket] to have those removed, too, or versioning = false to make no new ones",
                ),
            _ => {}
        }
    }

    fn lifecycle(&mut self, observed: &Reading<Option<LifecycleConfiguration>>) {
        let Some(before) = self.read(observed, "lifecycle rules") else { return };
        let after = merge::lifecycle(before.as_ref(), &self.desired.lifecycle);
        if before.as_ref().is_none_or(|before| !merge::same_rules(&before.rules, &after.rules)) {
            self.changes.push(Change::Lifecycle { before: before.clone(), after });
        }
    }

    fn bucket_policy(&mut self, observed: &Reading<Option<Document>>) {
        let Some(before) = self.read(observed, "bucket policy") else { return };
        let after = merge::bucket_policy(before.as_ref(), &self.desired.bucket_policy);
        if after != *before {
            let refused = after.as_ref().map(guard::check).unwrap_or_default();
            self.refusals.extend(refused);
            self.changes.push(Change::BucketPolicy { before: before.clone(), after });
        }
    }

    fn cors(&mut self, observed: &Reading<Vec<CorsRule>>) {
        let (own, is_aws) = (self.desired.cors.as_ref(), self.desired.is_aws);
        let Some(before) = self.read(observed, "CORS rules") else { return };
        let after = merge::cors(before, own);
        if !merge::same_cors_rules(before, &after, is_aws) {
            self.changes.push(Change::Cors { before: before.clone(), after });
        } else if before.iter().any(|rule| rule.id.is_none() && merge::is_own_cors_rule(rule, own))
        {
            self.note(
                "CORS rule ID",
                "not kept by this endpoint, so our rule is told by what it says",
            );
        }
    }
}
