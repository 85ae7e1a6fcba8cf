//! A plan for people to read: what changes by meaning, readable without colour.
//!
//! The first character of a line that is not a blank says what happens: `+` comes, `-` goes, `~` becomes another.

use std::fmt::{self, Write as _};

use serde_json::Value;

use gatepass_core::policy::{CorsRule, OWN_SID_PREFIX};
use iam_policy::{Document, diff};

use super::super::lifecycle::{LifecycleConfiguration, LifecycleFilter, LifecycleRule};
use super::super::settings::TagSet;
use super::change::{Action, Change};
use super::{Plan, merge};

impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let desired = &self.desired;
        writeln!(
            f,
            "bucket {} in {}, role {}, account {}",
            desired.bucket.name, desired.region, desired.role.name, desired.bucket.owner
        )?;
        for change in &self.changes {
            writeln!(f, "\n{change}")?;
        }
        if !self.notes.is_empty() {
            f.write_str("\n")?;
        }
        for note in &self.notes {
            writeln!(f, "note: {}: {}", note.about, note.text)?;
        }
        if self.changes.is_empty() {
            return f.write_str("\nNothing to change.");
        }
        let number =
            |action: Action| self.changes.iter().filter(|change| change.action() == action).count();
        write!(
            f,
            "\n{}: {} to create, {} to update, {} to delete.",
            count(self.changes.len(), "change"),
            number(Action::Create),
            number(Action::Update),
            number(Action::Delete)
        )
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.action() {
            Action::Create => '+',
            Action::Update => '~',
            Action::Delete => '-',
        };
        write!(f, "{sign} {}", self.title())?;
        for line in self.lines() {
            // a line of a policy document may be several
            write!(f, "\n    {}", line.replace('\n', "\n    "))?;
        }
        Ok(())
    }
}

impl Change {
    /// What changes inside, a line each.
    fn lines(&self) -> Vec<String> {
        match self {
            Self::CreateBucket { name, region, ownership, tags } => {
                let mut lines = vec![
                    format!("+ Region: {region}"),
                    format!("+ ObjectOwnership: {}", ownership.as_str()),
                ];
                lines.extend(
                    name.account_regional().map(|_| "+ Namespace: account-regional".to_owned()),
                );
                lines.extend(tag_lines(&TagSet::new(), tags));
                lines
            }
            Self::BucketTags { before, after } | Self::RoleTags { before, after } => {
                tag_lines(before, after)
            }
            Self::OwnershipControls { .. }
            | Self::PublicAccessBlock { .. }
            | Self::Encryption { .. }
            | Self::Versioning { .. }
            | Self::RoleSettings { .. }
            | Self::PermissionsBoundary { .. } => value_lines("", &self.before(), &self.after()),
            Self::Lifecycle { before, after } => lifecycle_lines(before.as_ref(), after),
            Self::BucketPolicy { before, after } => {
                let nothing = Document::new(Vec::new());
                let mut lines = document_lines(before.as_ref(), after.as_ref().unwrap_or(&nothing));
                let others = before
                    .as_ref()
                    .and_then(|policy| policy.without_own_statements(OWN_SID_PREFIX))
                    .map_or(0, |others| others.statements().len());
                lines.extend(others_line(others, "statement"));
                lines
            }
            Self::Cors { before, after } => cors_lines(before, after),
            Self::CreateRole(role) => {
                let mut lines = vec![
                    format!("+ Path: {}", role.path),
                    format!("+ Description: {}", role.description),
                    format!("+ MaxSessionDuration: {}", role.max_session_duration),
                ];
                lines.extend(
                    role.permissions_boundary
                        .iter()
                        .map(|boundary| format!("+ PermissionsBoundary: {boundary}")),
                );
                lines.extend(tag_lines(&TagSet::new(), &role.tags));
                lines.push("+ trust policy".to_owned());
                lines.extend(
                    document_lines(None, &role.trust_policy)
                        .into_iter()
                        .map(|line| format!("    {}", line.replace('\n', "\n    "))),
                );
                lines
            }
            Self::TrustPolicy { before, after } => document_lines(Some(before), after),
            Self::PermissionsPolicy { before, after } => document_lines(before.as_ref(), after),
        }
    }
}

/// `1 rule`, `2 rules`
pub(in crate::provision) fn count(count: usize, thing: &str) -> String {
    format!("{count} {thing}{}", if count == 1 { "" } else { "s" })
}

fn others_line(number: usize, thing: &str) -> Option<String> {
    match number {
        0 => None,
        1 => Some(format!("  1 {thing} of others stays")),
        _ => Some(format!("  {number} {thing}s of others stay")),
    }
}

/// What happens to one named value.
fn change_line(name: &str, before: Option<&str>, after: Option<&str>) -> Option<String> {
    let label = if name.is_empty() { String::new() } else { format!("{name}: ") };
    match (before, after) {
        (Some(before), Some(after)) if before == after => None,
        (Some(before), Some(after)) => Some(format!("~ {label}{before} -> {after}")),
        (None, Some(after)) => Some(format!("+ {label}{after}")),
        (Some(before), None) => Some(format!("- {label}{before}")),
        (None, None) => None,
    }
}

/// The members of two JSON objects that differ, or two plain values.
fn value_lines(name: &str, before: &Value, after: &Value) -> Vec<String> {
    if let (Value::Object(before), Value::Null) | (Value::Null, Value::Object(before)) =
        (before, after)
        && before.is_empty()
    {
        return Vec::new();
    }
    match (before, after) {
        (Value::Object(_), _) | (_, Value::Object(_)) => {
            let empty = serde_json::Map::new();
            let (before, after) =
                (before.as_object().unwrap_or(&empty), after.as_object().unwrap_or(&empty));
            let mut names: Vec<&String> = before.keys().collect();
            names.extend(after.keys().filter(|name| !before.contains_key(*name)));
            let value = |members: &serde_json::Map<String, Value>, name: &String| {
                members.get(name).and_then(plain)
            };
            names
                .into_iter()
                .filter_map(|name| {
                    change_line(name, value(before, name).as_deref(), value(after, name).as_deref())
                })
                .collect()
        }
        _ => change_line(name, plain(before).as_deref(), plain(after).as_deref())
            .into_iter()
            .collect(),
    }
}

fn plain(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn tag_lines(before: &TagSet, after: &TagSet) -> Vec<String> {
    let mut keys: Vec<&String> = before.keys().chain(after.keys()).collect();
    keys.sort_unstable();
    keys.dedup();
    let line = |key: &String| {
        change_line(
            &format!("tag {key}"),
            before.get(key).map(String::as_str),
            after.get(key).map(String::as_str),
        )
    };
    keys.into_iter().filter_map(line).collect()
}

fn document_lines(before: Option<&Document>, after: &Document) -> Vec<String> {
    diff(before, after).iter().map(ToString::to_string).collect()
}

fn lifecycle_lines(
    before: Option<&LifecycleConfiguration>,
    after: &LifecycleConfiguration,
) -> Vec<String> {
    let rules = before.map(|before| before.rules.as_slice()).unwrap_or_default();
    let mut lines: Vec<String> = Vec::new();
    for rule in rules.iter().filter(|rule| !after.rules.contains(rule)) {
        lines.push(format!("- {}", describe_rule(rule)));
    }
    for rule in after.rules.iter().filter(|rule| !rules.contains(rule)) {
        lines.push(format!("+ {}", describe_rule(rule)));
    }
    let size = |configuration: &LifecycleConfiguration| {
        configuration.transition_default_minimum_object_size.clone()
    };
    lines.extend(change_line(
        "TransitionDefaultMinimumObjectSize",
        before.and_then(size).as_deref(),
        size(after).as_deref(),
    ));
    lines.extend(others_line(
        rules.iter().filter(|rule| !merge::is_own_lifecycle_rule(rule)).count(),
        "rule",
    ));
    lines
}

fn describe_rule(rule: &LifecycleRule) -> String {
    let after_days = |days: Option<i32>| {
        days.map_or(String::new(), |days| {
            format!(" after {} day{}", days, if days == 1 { "" } else { "s" })
        })
    };
    let mut does = Vec::new();
    if let Some(days) = rule.abort_incomplete_multipart_upload_days {
        does.push(format!("aborts incomplete multipart uploads{}", after_days(Some(days))));
    }
    if let Some(expiration) = &rule.expiration {
        match expiration.date {
            Some(date) => does.push(format!("removes objects on {}", date.date())),
            None if expiration.days.is_some() => {
                does.push(format!("removes objects{}", after_days(expiration.days)))
            }
            None => {}
        }
        if expiration.expired_object_delete_marker == Some(true) {
            does.push("removes delete markers that are left alone".to_owned());
        }
    }
    if let Some(expiration) = &rule.noncurrent_version_expiration {
        let kept = expiration
            .newer_noncurrent_versions
            .map_or(String::new(), |kept| format!(" but for the newest {kept}"));
        does.push(format!(
            "removes replaced versions{}{kept}",
            after_days(expiration.noncurrent_days)
        ));
    }
    for transition in &rule.transitions {
        let class = transition.storage_class.as_deref().unwrap_or("another storage class");
        does.push(format!("moves objects to {class}{}", after_days(transition.days)));
    }
    for transition in &rule.noncurrent_version_transitions {
        let class = transition.storage_class.as_deref().unwrap_or("another storage class");
        does.push(format!(
            "moves replaced versions to {class}{}",
            after_days(transition.noncurrent_days)
        ));
    }
    if does.is_empty() {
        does.push("does nothing".to_owned());
    }
    let name = rule.id.as_deref().unwrap_or("(no ID)");
    let disabled = if rule.enabled { "" } else { " (disabled)" };
    format!("{name}: {}{}{disabled}", does.join(", "), describe_filter(&rule.filter))
}

fn describe_filter(filter: &LifecycleFilter) -> String {
    let mut text = String::new();
    // writing to a String cannot fail
    if let Some(prefix) = &filter.prefix {
        let _ = write!(text, " under {prefix}");
    }
    for (key, value) in &filter.tags {
        let _ = write!(text, " tagged {key}={value}");
    }
    if let Some(size) = filter.object_size_greater_than {
        let _ = write!(text, " above {size} bytes");
    }
    if let Some(size) = filter.object_size_less_than {
        let _ = write!(text, " below {size} bytes");
    }
    text
}

fn cors_lines(before: &[CorsRule], after: &[CorsRule]) -> Vec<String> {
    let find = |rules: &[CorsRule], others: &[CorsRule]| {
        rules.iter().find(|rule| !others.contains(rule)).cloned()
    };
    let (old, new) = (find(before, after), find(after, before));
    let name = new
        .as_ref()
        .or(old.as_ref())
        .and_then(|rule| rule.id.clone())
        .unwrap_or_else(|| "(no ID)".to_owned());
    let mut lines = Vec::new();
    let mut field = |field: &str, of: fn(&CorsRule) -> &[String]| {
        let (old, new) =
            (old.as_ref().map(of).unwrap_or_default(), new.as_ref().map(of).unwrap_or_default());
        for (sign, these, those) in [('-', old, new), ('+', new, old)] {
            let only: Vec<&str> =
                these.iter().filter(|value| !those.contains(value)).map(String::as_str).collect();
            if !only.is_empty() {
                lines.push(format!("{sign} {name} {field}: {}", only.join(", ")));
            }
        }
    };
    field("AllowedOrigins", |rule| &rule.allowed_origins);
    field("AllowedMethods", |rule| &rule.allowed_methods);
    field("AllowedHeaders", |rule| &rule.allowed_headers);
    field("ExposeHeaders", |rule| &rule.expose_headers);
    let max_age = |rule: &Option<CorsRule>| {
        rule.as_ref().and_then(|rule| rule.max_age_seconds).map(|seconds| seconds.to_string())
    };
    lines.extend(change_line(
        &format!("{name} MaxAgeSeconds"),
        max_age(&old).as_deref(),
        max_age(&new).as_deref(),
    ));
    lines.extend(others_line(before.iter().filter(|rule| after.contains(rule)).count(), "rule"));
    lines
}
