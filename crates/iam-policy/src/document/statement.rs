//! One statement of a policy document.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value};

use super::describe::describe;
use super::error::DocumentError;
use super::meaning::Meaning;

/// The elements of a statement beside its `Sid`.
pub const ELEMENTS: [&str; 8] = [
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// One statement of a [`Document`](super::Document), kept as it was written and compared by what it means.
///
/// `Display` says in one line what the statement permits or forbids.
#[derive(Debug, Clone)]
pub struct Statement {
    json: Map<String, Value>,
}

impl Statement {
    /// Takes one statement as JSON.
    ///
    /// # Errors
    /// What is no object with an `Effect` of `Allow` or `Deny`.
    pub fn from_json(json: Value) -> Result<Self, DocumentError> {
        let Value::Object(json) = json else {
            return Err(DocumentError(format!(
                "a statement is a JSON object, not {}",
                json_kind(&json)
            )));
        };
        match json.get("Effect") {
            Some(Value::String(effect)) if effect == "Allow" || effect == "Deny" => {
                Ok(Self { json })
            }
            Some(effect) => Err(DocumentError(format!(
                "a statement's Effect is \"Allow\" or \"Deny\", not {effect}"
            ))),
            None => Err(DocumentError("a statement has no Effect".to_owned())),
        }
    }

    /// The statement's id. An empty one counts as none.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.json.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty())
    }

    /// The statement as JSON, as given.
    #[must_use]
    pub fn json(&self) -> &Map<String, Value> {
        &self.json
    }

    /// Whether the statement allows or denies.
    #[must_use]
    pub fn is_allow(&self) -> bool {
        self.json.get("Effect").and_then(Value::as_str) == Some("Allow")
    }

    /// What the statement says, for showing: element name (`Effect`, `Action`, `Principal AWS`,
    /// `Condition StringEquals aws:ResourceAccount`, …) to its set of values.
    #[must_use]
    pub fn elements(&self) -> BTreeMap<String, BTreeSet<String>> {
        let meaning = self.meaning();
        meaning
            .elements()
            .map(|(_, element)| (element.name.clone(), element.values.values().cloned().collect()))
            .collect()
    }

    pub(super) fn meaning(&self) -> Meaning {
        Meaning::of(&self.json)
    }
}

impl PartialEq for Statement {
    fn eq(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }
}

impl Eq for Statement {}

impl fmt::Display for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_allow() { "allows " } else { "denies " })?;
        f.write_str(&describe(&self.meaning()))
    }
}

/// What a JSON value is, in words.
pub fn json_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
