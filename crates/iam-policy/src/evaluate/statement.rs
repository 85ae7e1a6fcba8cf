//! A policy document, parsed once for deciding many requests.

use serde_json::{Map, Value};

use super::caller::{Named, PrincipalEntry, spared};
use super::condition::Condition;
use super::pattern::Pattern;
use super::{Caller, Request};
use crate::document::ELEMENTS;

/// A policy document in the form that requests are decided by. The default one has no statements: it neither allows nor denies.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policy {
    pub(super) statements: Vec<Statement>,
}

/// Why a document cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("statement {statement}: {problem}")]
pub struct PolicyError {
    /// The statement's `Sid`, or its number from 1 where it has none.
    pub statement: String,
    /// A sentence.
    pub problem: String,
}

/// What a statement does when it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    Allow,
    Deny,
}

/// A list that a request must be in, or (`Not…`) must not be in.
#[derive(Debug, Clone, PartialEq)]
struct Listed<T> {
    not: bool,
    items: Vec<T>,
}

impl<T> Listed<T> {
    fn admits(&self, matches: impl Fn(&T) -> bool) -> bool {
        self.items.iter().any(matches) != self.not
    }
}

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Statement {
    /// the `Sid`, or the number where there is none
    pub(super) name: String,
    pub(super) effect: Effect,
    principals: Option<Listed<PrincipalEntry>>,
    actions: Listed<Pattern>,
    /// matched as whole texts: a `*` at the end of an ARN's segment goes beyond its colon
    /// (<https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html>), and within a segment
    /// there is nothing for it to go wrong on in the ARNs of S3
    resources: Option<Listed<Pattern>>,
    pub(super) conditions: Vec<Condition>,
}

impl Policy {
    /// Parses a document as JSON: an object with `Statement`.
    ///
    /// # Errors
    /// The first statement that AWS would refuse.
    pub fn parse(document: &Value) -> Result<Self, PolicyError> {
        let variables = document.get("Version").and_then(Value::as_str) == Some("2012-10-17");
        let statements: Vec<&Value> = match document.get("Statement") {
            Some(Value::Array(statements)) => statements.iter().collect(),
            Some(statement @ Value::Object(_)) => vec![statement],
            _ => {
                return Err(PolicyError {
                    statement: "?".into(),
                    problem: "the document has no `Statement`".into(),
                });
            }
        };
        let statements = statements
            .into_iter()
            .enumerate()
            .map(|(index, json)| {
                let sid = json.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty());
                let name = sid.map_or_else(|| (index + 1).to_string(), ToOwned::to_owned);
                Statement::parse(json, name.clone(), variables)
                    .map_err(|problem| PolicyError { statement: name, problem })
            })
            .collect::<Result<_, _>>()?;
        Ok(Self { statements })
    }
}

impl Statement {
    fn parse(json: &Value, name: String, variables: bool) -> Result<Self, String> {
        let object = json.as_object().ok_or("a statement is a JSON object")?;
        // left out of account, a misspelt `Condition` would widen the statement
        if let Some(unknown) =
            object.keys().find(|name| *name != "Sid" && !ELEMENTS.contains(&name.as_str()))
        {
            return Err(format!("`{unknown}` is not an element of a statement"));
        }
        let effect = match object.get("Effect").and_then(Value::as_str) {
            Some("Allow") => Effect::Allow,
            Some("Deny") => Effect::Deny,
            _ => return Err("`Effect` is neither `Allow` nor `Deny`".into()),
        };
        let actions = listed(object, "Action", "NotAction", |text| {
            Pattern::parse(&text.to_ascii_lowercase(), false)
        })?
        .ok_or("there is neither `Action` nor `NotAction`")?;
        let resources =
            listed(object, "Resource", "NotResource", |text| Pattern::parse(text, variables))?;
        let principals = match (object.get("Principal"), object.get("NotPrincipal")) {
            (Some(_), Some(_)) => {
                return Err("both `Principal` and `NotPrincipal` stand in it".into());
            }
            (Some(value), None) => Some(Listed { not: false, items: principals(value)? }),
            (None, Some(value)) => Some(Listed { not: true, items: principals(value)? }),
            (None, None) => None,
        };
        let conditions = match object.get("Condition") {
            None => Vec::new(),
            Some(value) => conditions(value, variables)?,
        };
        Ok(Self { name, effect, principals, actions, resources, conditions })
    }

    /// Whether the statement speaks of this request, whoever makes it.
    pub(super) fn covers(&self, request: &Request<'_>) -> bool {
        self.covers_action(request)
            && self.covers_resource(request)
            && self.conditions.iter().all(|condition| condition.holds(request.context))
    }

    pub(super) fn covers_action(&self, request: &Request<'_>) -> bool {
        self.actions.admits(|pattern| pattern.matches(&request.action_lowercase, request.context))
    }

    /// A trust policy's statement names no resource, and is about the role that it belongs to.
    pub(super) fn covers_resource(&self, request: &Request<'_>) -> bool {
        self.resources.as_ref().is_none_or(|resources| {
            resources.admits(|pattern| pattern.matches(request.resource, request.context))
        })
    }

    /// How the statement names the caller. One without a principal (an identity policy's) names whoever it is attached to.
    /// `bounded`: whether the caller has a permissions boundary.
    pub(super) fn names(&self, caller: &Caller, bounded: bool) -> Named {
        let Some(principals) = &self.principals else { return Named::Directly };
        let items = &principals.items;
        let named = || items.iter().map(|entry| entry.names(caller)).max().unwrap_or(Named::No);
        match (principals.not, self.effect) {
            (false, _) => named(),
            // a boundary makes such a denial hit even those that it lists
            (true, Effect::Deny) if !bounded && spared(items, caller) => Named::No,
            (true, Effect::Allow) if named() != Named::No => Named::No,
            (true, _) => Named::Directly,
        }
    }
}

/// A string, or a list of strings; numbers and booleans as their text, as AWS takes them.
fn texts(value: &Value, element: &str) -> Result<Vec<String>, String> {
    let text = |value: &Value| match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        _ => Err(format!("`{element}` holds something else than text")),
    };
    match value {
        Value::Array(values) if values.is_empty() => Err(format!("`{element}` is an empty list")),
        Value::Array(values) => values.iter().map(text).collect(),
        value => Ok(vec![text(value)?]),
    }
}

fn listed<T>(
    object: &Map<String, Value>,
    element: &str,
    not_element: &str,
    parse: impl Fn(&str) -> T,
) -> Result<Option<Listed<T>>, String> {
    let (not, value, element) = match (object.get(element), object.get(not_element)) {
        (Some(_), Some(_)) => {
            return Err(format!("both `{element}` and `{not_element}` stand in it"));
        }
        (Some(value), None) => (false, value, element),
        (None, Some(value)) => (true, value, not_element),
        (None, None) => return Ok(None),
    };
    let items = texts(value, element)?.iter().map(|text| parse(text)).collect();
    Ok(Some(Listed { not, items }))
}

fn principals(value: &Value) -> Result<Vec<PrincipalEntry>, String> {
    match value {
        Value::String(text) if text == "*" => Ok(vec![PrincipalEntry::Everyone]),
        Value::Object(kinds) => {
            let mut entries = Vec::new();
            for (kind, value) in kinds {
                for text in texts(value, "Principal")? {
                    entries.push(match kind.as_str() {
                        "AWS" => PrincipalEntry::aws(&text),
                        "Service" => PrincipalEntry::Service(text),
                        "Federated" => PrincipalEntry::Federated(text),
                        "CanonicalUser" => PrincipalEntry::CanonicalUser,
                        other => return Err(format!("`{other}` is not a kind of principal")),
                    });
                }
            }
            Ok(entries)
        }
        _ => Err("`Principal` is neither `\"*\"` nor an object".into()),
    }
}

fn conditions(value: &Value, variables: bool) -> Result<Vec<Condition>, String> {
    let operators = value.as_object().ok_or("`Condition` is not an object")?;
    let mut conditions = Vec::new();
    for (operator, keys) in operators {
        let keys =
            keys.as_object().ok_or_else(|| format!("`Condition` `{operator}` is not an object"))?;
        for (key, value) in keys {
            conditions.push(Condition::parse(operator, key, &texts(value, key)?, variables)?);
        }
    }
    Ok(conditions)
}
