//! Notes about settings of others that weaken a guardrail. They are kept.

use std::collections::BTreeSet;

use gatepass_core::policy::{CorsRule, OWN_SID_PREFIX};
use iam_policy::evaluate::{Caller, Policy, PolicySet, Request, RequestContext, matches_wildcards};
use iam_policy::{Document, S3Resource, Statement, s3_actions};
use serde_json::{Map, Value, json};

use super::super::desired::Desired;
use super::super::lifecycle::{LifecycleConfiguration, LifecycleRule};
use super::super::observed::BucketSettings;
use super::{Planner, merge};

/// Number of actions that a note names; the rest are counted.
const NAMED: usize = 3;

/// The last part of keys and names that stand for any other.
const ANY: &str = "gatepass-check";

impl Planner<'_> {
    /// A note for each statement and each rule of others that weakens a guardrail.
    pub(super) fn of_others(&mut self, observed: &BucketSettings) {
        if let Some(Some(policy)) = observed.policy.as_ref() {
            self.statements_of_others(policy);
        }
        if let Some(rules) = observed.cors.as_ref() {
            self.cors_rules_of_others(rules);
        }
        if let Some(Some(lifecycle)) = observed.lifecycle.as_ref() {
            self.lifecycle_rules_of_others(lifecycle);
        }
    }

    fn statements_of_others(&mut self, policy: &Document) {
        let merged = merge::bucket_policy(Some(policy), &self.desired.bucket_policy);
        let merged = merged.and_then(|merged| Policy::parse(&merged.to_json()).ok());
        for (index, statement) in policy.statements().iter().enumerate() {
            let is_own = statement.sid().is_some_and(|sid| sid.starts_with(OWN_SID_PREFIX));
            if is_own || !statement.is_allow() {
                continue;
            }
            let opened = opened(self.desired, statement, merged.as_ref());
            if !opened.is_empty() {
                let name = statement.sid().map_or_else(|| (index + 1).to_string(), str::to_owned);
                self.note(
                    format!("bucket policy statement {name}"),
                    format!("{statement}: {}", opened.join("; ")),
                );
            }
        }
    }

    fn cors_rules_of_others(&mut self, rules: &[CorsRule]) {
        let own = self.desired.cors.as_ref();
        let own_values = |of: fn(&CorsRule) -> &[String]| own.map(of).unwrap_or_default();
        for (index, rule) in
            rules.iter().enumerate().filter(|(_, rule)| !merge::is_own_cors_rule(rule, own))
        {
            let origins = own_values(|rule| &rule.allowed_origins);
            let is_allowed = |origin: &String| {
                origins.contains(origin)
                    || !origin.contains('*')
                        && origins.iter().any(|pattern| matches_wildcards(pattern, origin))
            };
            let headers: BTreeSet<String> = own_values(|rule| &rule.allowed_headers)
                .iter()
                .map(|name| name.to_ascii_lowercase())
                .collect();
            let methods = own_values(|rule| &rule.allowed_methods);
            let beyond = [
                (
                    "the origin",
                    rule.allowed_origins
                        .iter()
                        .filter(|origin| !is_allowed(origin))
                        .collect::<Vec<_>>(),
                ),
                (
                    "the method",
                    rule.allowed_methods
                        .iter()
                        .filter(|method| !methods.contains(method))
                        .collect(),
                ),
                (
                    "the header",
                    rule.allowed_headers
                        .iter()
                        .filter(|name| !headers.contains(&name.to_ascii_lowercase()))
                        .collect(),
                ),
            ];
            let beyond: Vec<String> = beyond
                .into_iter()
                .filter(|(_, values)| !values.is_empty())
                .map(|(what, values)| {
                    let plural = if values.len() == 1 { "" } else { "s" };
                    format!(
                        "{what}{plural} {}",
                        values.iter().map(|value| value.as_str()).collect::<Vec<_>>().join(", ")
                    )
                })
                .collect();
            if !beyond.is_empty() {
                let name = rule.id.clone().unwrap_or_else(|| (index + 1).to_string());
                let text = format!(
                    "allows {}, beyond what the contract allows pages to do",
                    beyond.join(" and ")
                );
                self.note(format!("CORS rule {name}"), text);
            }
        }
    }

    fn lifecycle_rules_of_others(&mut self, lifecycle: &LifecycleConfiguration) {
        let own = &self.desired.lifecycle.rules;
        let shortest = |days: fn(&LifecycleRule) -> Option<i32>| {
            own.iter().filter(|rule| rule.filter.tags.is_empty()).filter_map(days).min()
        };
        let prefix = self.desired.key_prefix.clone();
        let is_sooner = |theirs: Option<i32>, ours: Option<i32>| {
            theirs.is_some_and(|theirs| ours.is_none_or(|ours| theirs < ours))
        };
        let expires = shortest(|rule| rule.expiration.as_ref()?.days);
        let replaced =
            shortest(|rule| rule.noncurrent_version_expiration.as_ref()?.noncurrent_days);
        let aborts = shortest(|rule| rule.abort_incomplete_multipart_upload_days);
        let mut notes = Vec::new();
        for (index, rule) in lifecycle
            .rules
            .iter()
            .enumerate()
            .filter(|(_, rule)| rule.enabled && !merge::is_own_lifecycle_rule(rule))
        {
            let theirs = rule.filter.prefix.as_deref().unwrap_or_default();
            if !(theirs.starts_with(&prefix) || prefix.starts_with(theirs)) {
                continue;
            }
            let mut does = Vec::new();
            let expiration = rule.expiration.as_ref();
            if expiration.is_some_and(|expiration| {
                expiration.date.is_some() || is_sooner(expiration.days, expires)
            }) {
                does.push("removes uploads that the contract keeps");
            }
            if rule
                .noncurrent_version_expiration
                .as_ref()
                .is_some_and(|expiration| is_sooner(expiration.noncurrent_days, replaced))
            {
                does.push("removes replaced versions of uploads that the contract keeps");
            }
            if is_sooner(rule.abort_incomplete_multipart_upload_days, aborts) {
                does.push("aborts multipart uploads sooner than the contract");
            }
            if !rule.transitions.is_empty() {
                does.push("moves uploads to another storage class");
            }
            if !does.is_empty() {
                let name = rule.id.clone().unwrap_or_else(|| (index + 1).to_string());
                notes.push((format!("lifecycle rule {name}"), does.join(" and ")));
            }
        }
        for (about, text) in notes {
            self.note(about, text);
        }
    }
}

/// Lists what an allowing statement permits beyond the needs of the contract.
fn opened(desired: &Desired, statement: &Statement, merged: Option<&Policy>) -> Vec<String> {
    let partition = desired.region.partition();
    let (account, role) = (desired.bucket.owner.as_str(), &desired.role);
    let presigner = Caller::RoleSession {
        role_arn: format!("arn:{partition}:iam::{account}:role{}{}", role.path, role.name),
        session_arn: format!("arn:{partition}:sts::{account}:assumed-role/{}/{ANY}", role.name),
    };
    let own = Policy::parse(&desired.permissions_policy.to_json()).unwrap_or_default();
    let mut opened = Vec::new();

    // any caller can meet a condition that does not name the principal
    let alone = only(statement, None, is_about_principal);
    let beyond: Vec<Wanted> = granted(desired, &alone, &presigner)
        .into_iter()
        .filter(|wanted| !allows(desired, &own, None, &presigner, wanted))
        .collect();
    if !beyond.is_empty() {
        let is_held = merged.is_some_and(|merged| {
            !beyond.iter().any(|wanted| allows(desired, &own, Some(merged), &presigner, wanted))
        });
        let held = if is_held {
            "; only the denials of this bucket policy still keep it from that"
        } else {
            ""
        };
        opened.push(format!("the presigner role may also do {}{held}", listed(&beyond)));
    }
    let by_anybody = granted(desired, &alone, &Caller::Anonymous);
    if !by_anybody.is_empty() {
        opened.push(format!("anybody may do {}, even without credentials", listed(&by_anybody)));
    } else if names_others(statement, account, &presigner, !beyond.is_empty()) {
        let by_others =
            granted(desired, &only(statement, Some(json!("*")), |_| false), &Caller::Anonymous);
        let prefix = format!("arn:{partition}:s3:::{}/{}", desired.bucket.name, desired.key_prefix);
        let (uploads, rest): (Vec<Wanted>, Vec<Wanted>) =
            by_others.into_iter().partition(|wanted| wanted.resource.starts_with(&prefix));
        let is_change = |wanted: &Wanted| {
            !wanted.is_of_object
                && !["s3:Get", "s3:List"].iter().any(|reads| wanted.action.starts_with(reads))
        };
        let settings: Vec<Wanted> = rest.into_iter().filter(is_change).collect();
        if !uploads.is_empty() {
            opened.push(format!(
                "what limits the presigner role does not limit {} of uploads by others",
                listed(&uploads)
            ));
        }
        if !settings.is_empty() {
            opened.push(format!("others may take guardrails away with {}", listed(&settings)));
        }
    }
    opened
}

/// One action on one resource.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Wanted {
    action: String,
    resource: String,
    is_of_object: bool,
}

fn listed(wanted: &[Wanted]) -> String {
    let actions: BTreeSet<&str> = wanted.iter().map(|wanted| wanted.action.as_str()).collect();
    let named: Vec<&str> = actions.iter().take(NAMED).copied().collect();
    match actions.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// A policy of this statement alone, with these principals in place of its own, and with the conditions that `keeps` keeps by their keys.
fn only(statement: &Statement, principal: Option<Value>, keeps: impl Fn(&str) -> bool) -> Value {
    let mut json = statement.json().clone();
    if let Some(principal) = principal {
        json.shift_remove("NotPrincipal");
        json.insert("Principal".to_owned(), principal);
    }
    let conditions = json.shift_remove("Condition");
    let kept: Map<String, Value> = conditions
        .as_ref()
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter_map(|(operator, keys)| {
            let keys: Map<String, Value> = keys
                .as_object()?
                .iter()
                .filter(|(key, _)| keeps(key))
                .map(|(key, value)| (key.clone(), value.clone()))
                .collect();
            (!keys.is_empty()).then(|| (operator.clone(), Value::Object(keys)))
        })
        .collect();
    if !kept.is_empty() {
        json.insert("Condition".to_owned(), Value::Object(kept));
    }
    json!({"Version": "2012-10-17", "Statement": [json]})
}

/// Whether a condition key says who asks.
fn is_about_principal(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["aws:principal", "aws:userid", "aws:username"].iter().any(|start| key.starts_with(start))
}

/// Lists what a policy alone allows this caller in the bucket: each action of S3 on each kind of
/// resource that the policy names.
fn granted(desired: &Desired, policy: &Value, caller: &Caller) -> Vec<Wanted> {
    let Ok(parsed) = Policy::parse(policy) else { return Vec::new() };
    let nothing = Policy::default();
    let bucket = format!("arn:{}:s3:::{}", desired.region.partition(), desired.bucket.name);
    let mut resources = BTreeSet::from([
        bucket.clone(),
        format!("{bucket}/{}{ANY}", desired.key_prefix),
        format!("{bucket}/{ANY}/{ANY}"),
    ]);
    let named = policy["Statement"][0].get("Resource");
    let named = named
        .and_then(Value::as_array)
        .map_or_else(|| named.into_iter().collect(), |list| list.iter().collect::<Vec<_>>());
    let named = named
        .into_iter()
        .filter_map(Value::as_str)
        .map(|resource| resource.replace(['*', '?'], "x"));
    resources.extend(named.filter(|resource| resource.starts_with(&format!("{bucket}/"))));
    let mut granted = Vec::new();
    for (action, kind) in s3_actions().filter(|(_, kind)| *kind != S3Resource::Other) {
        for resource in resources
            .iter()
            .filter(|resource| (**resource == bucket) == (kind == S3Resource::Bucket))
        {
            let is_of_object = kind == S3Resource::Object;
            let wanted =
                Wanted { action: format!("s3:{action}"), resource: resource.clone(), is_of_object };
            if allows(desired, &nothing, Some(&parsed), caller, &wanted) {
                granted.push(wanted);
            }
        }
    }
    granted
}

/// Whether an identity policy and a bucket policy allow it.
fn allows(
    desired: &Desired,
    identity: &Policy,
    bucket: Option<&Policy>,
    caller: &Caller,
    wanted: &Wanted,
) -> bool {
    let account = desired.bucket.owner.as_str();
    let mut context = RequestContext::new()
        .with("aws:ResourceAccount", account)
        .with("s3:ResourceAccount", account);
    if let Some(arn) = caller.principal_arn() {
        context = context
            .with("aws:PrincipalArn", arn)
            .with("aws:PrincipalAccount", account)
            .with("aws:PrincipalType", "AssumedRole");
    }
    let identity = std::slice::from_ref(identity);
    let set =
        PolicySet { identity, resource: bucket, resource_account: account, ..PolicySet::default() };
    set.decide(&Request::new(caller, &wanted.action, &wanted.resource, &context)).allowed
}

/// Whether the statement names anybody else than the bucket's own account, whose own policies decide, and the presigner role, which
/// conditions name where the statement applies to everybody but not to anonymous callers.
fn names_others(
    statement: &Statement,
    account: &str,
    presigner: &Caller,
    allows_presigner: bool,
) -> bool {
    let Some(Value::Object(kinds)) = statement.json().get("Principal") else {
        return !allows_presigner;
    };
    let role = presigner.principal_arn().unwrap_or_default();
    let is_other = |name: &str| {
        name != account && name != role && !name.ends_with(&format!("::{account}:root"))
    };
    kinds.iter().any(|(kind, names)| {
        let names = names.as_array().map_or_else(|| vec![names], |names| names.iter().collect());
        kind != "AWS" || names.into_iter().filter_map(Value::as_str).any(is_other)
    })
}
