//! How each element of a statement stands to a request: for explaining a decision, not for making it.

use serde::Serialize;
use serde_json::Value;

use super::caller::Named;
use super::{Policy, PolicyError, Request};
use crate::document::{Document, text};

/// How one statement stands to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementMatch {
    /// Whether it speaks of the caller; so does every statement of an identity policy.
    pub principal: bool,
    /// Whether it speaks of the action.
    pub action: bool,
    /// Whether it speaks of the resource.
    pub resource: bool,
    /// Each of its conditions.
    pub conditions: Vec<ConditionMatch>,
}

/// How one condition of a statement stands to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ConditionMatch {
    /// The operator as the statement writes it.
    pub operator: String,
    /// The condition key as the statement writes it.
    pub key: String,
    /// The statement's values.
    pub values: Vec<String>,
    /// The request's values; none: the key is absent.
    pub found: Option<Vec<String>>,
    /// Whether the condition holds.
    pub holds: bool,
}

impl StatementMatch {
    /// Whether the statement applies: whether all of its elements do.
    #[must_use]
    pub fn applies(&self) -> bool {
        self.speaks_of_it() && self.conditions.iter().all(|condition| condition.holds)
    }

    /// Whether the statement would apply if all of its conditions held.
    #[must_use]
    pub fn speaks_of_it(&self) -> bool {
        self.principal && self.action && self.resource
    }
}

/// How each statement of a document stands to a request, in the document's order.
///
/// # Errors
/// A document that cannot be evaluated.
pub fn trace(
    document: &Document,
    request: &Request<'_>,
) -> Result<Vec<StatementMatch>, PolicyError> {
    let policy = Policy::parse(&document.to_json())?;
    let matches = policy.statements.iter().zip(document.statements()).map(|(parsed, statement)| {
        let found =
            |key: &str| request.context.get(&key.to_ascii_lowercase()).map(<[String]>::to_vec);
        let conditions = written(statement.json().get("Condition")).zip(&parsed.conditions);
        StatementMatch {
            principal: parsed.names(request.caller, false) != Named::No,
            action: parsed.covers_action(request),
            resource: parsed.covers_resource(request),
            conditions: conditions
                .map(|((operator, key, values), condition)| ConditionMatch {
                    operator: operator.to_owned(),
                    key: key.to_owned(),
                    values,
                    found: found(key),
                    holds: condition.holds(request.context),
                })
                .collect(),
        }
    });
    Ok(matches.collect())
}

/// The conditions as they are written, in the order in which a statement is parsed.
fn written(condition: Option<&Value>) -> impl Iterator<Item = (&str, &str, Vec<String>)> {
    let operators = condition.and_then(Value::as_object).into_iter().flatten();
    operators.flat_map(|(operator, keys)| {
        keys.as_object().into_iter().flatten().map(move |(key, value)| {
            let values = value
                .as_array()
                .map_or_else(|| vec![text(value)], |values| values.iter().map(text).collect());
            (operator.as_str(), key.as_str(), values)
        })
    })
}
