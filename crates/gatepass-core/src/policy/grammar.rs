//! The form that a statement file of ours must have.
//!
//! AWS would refuse most of what is refused here, but only half-way through an apply.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>.

use serde_json::{Map, Value};

use iam_policy::{ELEMENTS, closest, json_kind};

/// Which document a statement belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The bucket policy.
    Bucket,
    /// The role's permissions policy.
    Role,
    /// The role's trust policy.
    Trust,
}

/// What is wrong, and the way out.
pub(super) type Problem = (String, Option<String>);

impl Kind {
    pub(super) fn of_directory(name: &str) -> Option<Self> {
        match name {
            "bucket" => Some(Self::Bucket),
            "role" => Some(Self::Role),
            "trust" => Some(Self::Trust),
            _ => None,
        }
    }

    /// The directory of its statements.
    pub(super) fn directory(self) -> &'static str {
        match self {
            Self::Bucket => "bucket",
            Self::Role => "role",
            Self::Trust => "trust",
        }
    }
}

/// Checks the elements of one statement.
pub(super) fn check(kind: Kind, statement: &Map<String, Value>) -> Result<(), Problem> {
    check_names(statement)?;
    match statement.get("Effect") {
        Some(Value::String(effect)) if effect == "Allow" || effect == "Deny" => {}
        Some(other) => {
            return problem(format!(
                "its Effect is {other}, which is neither \"Allow\" nor \"Deny\""
            ));
        }
        None => return problem("has no Effect"),
    }
    for name in ["Action", "NotAction", "Resource", "NotResource"] {
        if let Some(value) = statement.get(name) {
            check_strings(name, value)?;
        }
    }
    one_of(statement, "Action", "NotAction")?;
    match kind {
        Kind::Bucket => {
            one_of(statement, "Principal", "NotPrincipal")?;
            one_of(statement, "Resource", "NotResource")?;
        }
        Kind::Role => {
            none_of(
                statement,
                ["Principal", "NotPrincipal"],
                "a permissions policy is the role's own and names no principal",
            )?;
            one_of(statement, "Resource", "NotResource")?;
        }
        Kind::Trust => {
            one_of(statement, "Principal", "NotPrincipal")?;
            none_of(
                statement,
                ["Resource", "NotResource"],
                "a trust policy is about the role it belongs to and names no resource",
            )?;
        }
    }
    check_principals(kind, statement)?;
    statement.get("Condition").map_or(Ok(()), check_condition)
}

fn check_names(statement: &Map<String, Value>) -> Result<(), Problem> {
    if statement.contains_key("Statement") {
        let hint =
            "keep only what stands between the braces inside \"Statement\": one statement a file"
                .to_owned();
        return Err(("is a whole document".to_owned(), Some(hint)));
    }
    match statement.keys().find(|name| !ELEMENTS.contains(&name.as_str())) {
        None => Ok(()),
        Some(unknown) => {
            let hint = match closest(unknown, ELEMENTS) {
                Some(known) => format!("did you mean {known}?"),
                None => format!("a statement has {}", ELEMENTS.join(", ")),
            };
            Err((format!("has the unknown element {unknown:?}"), Some(hint)))
        }
    }
}

fn check_principals(kind: Kind, statement: &Map<String, Value>) -> Result<(), Problem> {
    match statement.get("Principal").or(statement.get("NotPrincipal")) {
        None => {}
        Some(Value::String(everybody)) if everybody == "*" => {}
        Some(Value::Object(kinds)) => {
            for (name, value) in kinds {
                if !["AWS", "Service", "Federated", "CanonicalUser"].contains(&name.as_str()) {
                    return problem(format!("names a principal of the unknown kind {name:?}"));
                }
                check_strings(name, value)?;
            }
        }
        Some(other) => {
            return problem(format!(
                "its principal is {other}, which is neither \"*\" nor an object such as {{\"AWS\": …}}"
            ));
        }
    }
    if statement.get("Effect").and_then(Value::as_str) == Some("Allow") {
        let everybody = statement.contains_key("NotPrincipal")
            || statement.get("Principal").is_some_and(is_everybody);
        match kind {
            Kind::Bucket if everybody => {
                let hint =
                    "name the principals: a bucket policy with such a statement can count as public, and S3 then refuses it".to_owned();
                return Err(("allows something to everybody".to_owned(), Some(hint)));
            }
            Kind::Trust
                if everybody
                    && statement
                        .get("Condition")
                        .is_none_or(|condition| condition == &Value::Object(Map::new())) =>
            {
                let hint = "name the principals, or add a Condition".to_owned();
                return Err(("lets everybody assume the role".to_owned(), Some(hint)));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Whether a `Principal` is `"*"` in one of its spellings.
pub(super) fn is_everybody(principal: &Value) -> bool {
    let is_star = |value: &Value| value == "*";
    match principal {
        Value::Object(kinds) => kinds.values().any(|named| {
            is_star(named) || named.as_array().is_some_and(|all| all.iter().any(is_star))
        }),
        other => is_star(other),
    }
}

fn check_condition(condition: &Value) -> Result<(), Problem> {
    let Value::Object(operators) = condition else {
        return problem(format!("its Condition is {}, not an object", json_kind(condition)));
    };
    for (operator, keys) in operators {
        let Value::Object(keys) = keys else {
            return problem(format!(
                "its Condition has {} under {operator:?}, not an object of condition keys",
                json_kind(keys)
            ));
        };
        for (key, value) in keys {
            let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
            if values.is_empty()
                || values
                    .iter()
                    .any(|value| !(value.is_string() || value.is_boolean() || value.is_number()))
            {
                return problem(format!(
                    "its Condition compares {key:?} with {value}, which is no value and no list of values"
                ));
            }
        }
    }
    Ok(())
}

fn check_strings(name: &str, value: &Value) -> Result<(), Problem> {
    let values = value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice);
    if values.is_empty() || values.iter().any(|value| value.as_str().is_none_or(str::is_empty)) {
        return problem(format!(
            "its {name} is {value}, which is neither text nor a list of texts"
        ));
    }
    Ok(())
}

fn one_of(statement: &Map<String, Value>, name: &str, not_name: &str) -> Result<(), Problem> {
    match (statement.contains_key(name), statement.contains_key(not_name)) {
        (true, false) | (false, true) => Ok(()),
        (true, true) => problem(format!("has both {name} and {not_name}")),
        (false, false) => problem(format!("has neither {name} nor {not_name}")),
    }
}

fn none_of(statement: &Map<String, Value>, names: [&str; 2], why: &str) -> Result<(), Problem> {
    match names.iter().find(|name| statement.contains_key(**name)) {
        Some(name) => problem(format!("has a {name}, and {why}")),
        None => Ok(()),
    }
}

fn problem(text: impl Into<String>) -> Result<(), Problem> {
    Err((text.into(), None))
}
