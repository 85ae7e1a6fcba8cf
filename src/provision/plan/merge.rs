//! What is ours put into documents that others share.

use gatepass_core::policy::{CORS_RULE_ID, CorsRule, OWN_SID_PREFIX};
use iam_policy::Document;

use super::super::desired::LIFECYCLE_RULE_ID_PREFIX;
use super::super::lifecycle::{LifecycleConfiguration, LifecycleRule};
use super::super::settings::TagSet;

/// All tags, with ours set.
pub(super) fn tags(observed: &TagSet, own: &TagSet) -> TagSet {
    let mut all = observed.clone();
    all.extend(own.iter().map(|(key, value)| (key.clone(), value.clone())));
    all
}

/// The bucket policy with our statements; none if no statement is left.
pub(super) fn bucket_policy(observed: Option<&Document>, own: &Document) -> Option<Document> {
    let merged = observed
        .map_or_else(|| own.clone(), |observed| observed.with_own_statements(OWN_SID_PREFIX, own));
    (!merged.statements().is_empty()).then_some(merged)
}

/// The lifecycle configuration with our rules. The minimum size for transitions is one setting for all rules, and ours move nothing: it
/// stays as it is set.
pub(super) fn lifecycle(
    observed: Option<&LifecycleConfiguration>,
    own: &LifecycleConfiguration,
) -> LifecycleConfiguration {
    let Some(observed) = observed else { return own.clone() };
    let others = observed.rules.iter().filter(|rule| !is_own_lifecycle_rule(rule));
    LifecycleConfiguration {
        rules: others.chain(&own.rules).cloned().collect(),
        ..observed.clone()
    }
}

/// Whether the rule is ours.
pub(super) fn is_own_lifecycle_rule(rule: &LifecycleRule) -> bool {
    rule.id.as_deref().is_some_and(|id| id.starts_with(LIFECYCLE_RULE_ID_PREFIX))
}

/// Whether two configurations have the same rules, in any order.
pub(super) fn same_rules(one: &[LifecycleRule], other: &[LifecycleRule]) -> bool {
    one.len() == other.len() && one.iter().all(|rule| other.contains(rule))
}

/// The CORS rules with ours in the place of its predecessor, else at the end. The order of the others counts, because S3
/// answers by the first rule that matches.
pub(super) fn cors(observed: &[CorsRule], own: Option<&CorsRule>) -> Vec<CorsRule> {
    let is_own = |rule: &CorsRule| is_own_cors_rule(rule, own);
    let place = observed.iter().position(is_own);
    let mut rules: Vec<CorsRule> = observed.iter().filter(|rule| !is_own(rule)).cloned().collect();
    if let Some(own) = own {
        // what stands before our predecessor is others', so its index is the same without ours
        rules.insert(place.unwrap_or(rules.len()), own.clone());
    }
    rules
}

/// Whether the rule is ours: by its `ID`, or, where it has none, by what it says.
pub(super) fn is_own_cors_rule(rule: &CorsRule, own: Option<&CorsRule>) -> bool {
    match &rule.id {
        Some(id) => id == CORS_RULE_ID,
        None => own.is_some_and(|own| same_cors_rule(rule, own)),
    }
}

/// Whether two CORS rules say the same, whatever their `ID`s.
pub(super) fn same_cors_rule(one: &CorsRule, other: &CorsRule) -> bool {
    let sorted = |values: &[String], ignore_case: bool| {
        let mut values: Vec<String> = values
            .iter()
            .map(|value| if ignore_case { value.to_ascii_lowercase() } else { value.clone() })
            .collect();
        values.sort_unstable();
        values.dedup();
        values
    };
    let meaning = |rule: &CorsRule| {
        (
            sorted(&rule.allowed_origins, false),
            sorted(&rule.allowed_methods, false),
            sorted(&rule.allowed_headers, true),
            sorted(&rule.expose_headers, true),
            rule.max_age_seconds,
        )
    };
    meaning(one) == meaning(other)
}

/// Whether two lists of CORS rules say the same in the same order.
pub(super) fn same_cors_rules(one: &[CorsRule], other: &[CorsRule], keeps_ids: bool) -> bool {
    let same_id =
        |one: &CorsRule, other: &CorsRule| one.id == other.id || (!keeps_ids && one.id.is_none());
    one.len() == other.len()
        && one
            .iter()
            .zip(other)
            .all(|(one, other)| same_id(one, other) && same_cors_rule(one, other))
}
