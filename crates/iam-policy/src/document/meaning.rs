//! What a statement means, apart from how it is written.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// A statement as elements with sets of values, each with the form that is compared and the form that is shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Meaning {
    elements: BTreeMap<String, Element>,
}

/// One element of a [`Meaning`].
#[derive(Debug, Clone)]
pub(super) struct Element {
    /// As shown: `Condition StringEquals aws:ResourceAccount`.
    pub(super) name: String,
    /// From the form that is compared to the form that is shown.
    pub(super) values: BTreeMap<String, String>,
}

/// How the values of an element are compared.
#[derive(Clone, Copy)]
enum Fold {
    Exact,
    IgnoreCase,
    Account,
}

impl Fold {
    fn apply(self, text: &str) -> String {
        match self {
            Self::Exact => text.to_owned(),
            Self::IgnoreCase => text.to_ascii_lowercase(),
            Self::Account => account_of_root(text).unwrap_or(text).to_owned(),
        }
    }
}

impl Meaning {
    /// Reads a statement. Elements that the policy grammar does not know count as they stand.
    pub(super) fn of(statement: &Map<String, Value>) -> Self {
        let mut meaning = Self::default();
        for (name, value) in statement {
            match (name.as_str(), value) {
                // AWS gives a statement without a Sid an empty one at times
                ("Sid", Value::String(sid)) if sid.is_empty() => {}
                ("Action" | "NotAction", _) => meaning.add(name, value, Fold::IgnoreCase),
                ("Principal" | "NotPrincipal", Value::Object(kinds)) => {
                    for (kind, value) in kinds {
                        let fold = if kind == "AWS" { Fold::Account } else { Fold::Exact };
                        meaning.add(&format!("{name} {kind}"), value, fold);
                    }
                }
                // "*" and {"AWS": "*"} are the same principals
                ("Principal" | "NotPrincipal", _) => {
                    meaning.add(&format!("{name} AWS"), value, Fold::Account)
                }
                ("Condition", Value::Object(operators)) => meaning.add_conditions(operators),
                _ => meaning.add(name, value, Fold::Exact),
            }
        }
        meaning
    }

    fn add_conditions(&mut self, operators: &Map<String, Value>) {
        for (operator, keys) in operators {
            let fold = if operator == "Null" || operator.contains("Bool") {
                Fold::IgnoreCase
            } else {
                Fold::Exact
            };
            match keys {
                Value::Object(keys) => {
                    for (key, value) in keys {
                        self.add(&format!("Condition {operator} {key}"), value, fold);
                    }
                }
                other => self.add(&format!("Condition {operator}"), other, fold),
            }
        }
    }

    fn add(&mut self, name: &str, value: &Value, fold: Fold) {
        let values = match value {
            Value::Array(values) => values.iter().map(text).collect(),
            value => vec![text(value)],
        };
        let mut folded_name = name.to_ascii_lowercase();
        // two keys that differ in nothing but their case are two conditions, not one with more values
        while self.elements.contains_key(&folded_name) {
            folded_name.push('\'');
        }
        let values = values.into_iter().map(|shown| (fold.apply(&shown), shown)).collect();
        self.elements.insert(folded_name, Element { name: name.to_owned(), values });
    }

    /// Adds an element that stands outside the statement but changes what it means.
    pub(super) fn with(mut self, name: &str, value: &str) -> Self {
        self.add(name, &Value::String(value.to_owned()), Fold::Exact);
        self
    }

    /// The form that is compared.
    pub(super) fn key(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        self.elements
            .iter()
            .map(|(name, element)| {
                (name.as_str(), element.values.keys().map(String::as_str).collect())
            })
            .collect()
    }

    /// The element whose compared name is this.
    pub(super) fn element(&self, folded_name: &str) -> Option<&Element> {
        self.elements.get(folded_name)
    }

    /// Every element, by the name that is compared.
    pub(super) fn elements(&self) -> impl Iterator<Item = (&str, &Element)> {
        self.elements.iter().map(|(name, element)| (name.as_str(), element))
    }
}

impl PartialEq for Meaning {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for Meaning {}

/// The account of `arn:P:iam::ACCOUNT:root`, which IAM writes where a policy names the bare account.
fn account_of_root(arn: &str) -> Option<&str> {
    let parts: Vec<&str> = arn.split(':').collect();
    match parts.as_slice() {
        ["arn", _, "iam", "", account, "root"] => Some(account),
        _ => None,
    }
}

/// A single value as the text that policies compare: `false` and `"false"` are the same condition value.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
