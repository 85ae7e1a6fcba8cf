//! A policy in the simulator, statement by statement.

use serde_json::{Value, json};

use crate::query::QueryError;
use iam_policy::evaluate::Policy;

use super::positions::{self, Position};

/// A policy, and where it comes from.
#[derive(Debug)]
pub(super) struct Source {
    /// `SourcePolicyId`
    pub(super) id: String,
    pub(super) policy: Policy,
    pub(super) statements: Vec<Statement>,
}

/// One statement as a policy of its own.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) alone: Policy,
    /// The same with no condition: whether it speaks of a request at all.
    pub(super) without_condition: Policy,
    /// The condition keys that it asks for, in lower case.
    pub(super) keys: Vec<String>,
    pub(super) position: Option<(Position, Position)>,
}

impl Source {
    /// Reads a document.
    pub(super) fn parse(id: impl Into<String>, text: &str) -> Result<Self, QueryError> {
        let id = id.into();
        let invalid = |problem: String| {
            QueryError::invalid_input(format!("{id} is not a valid policy: {problem}"))
        };
        let document: Value =
            serde_json::from_str(text).map_err(|error| invalid(error.to_string()))?;
        let policy = Policy::parse(&document).map_err(|error| invalid(error.to_string()))?;
        let positions = positions::of_statements(text);
        let statements = match &document["Statement"] {
            Value::Array(statements) => statements.iter().collect(),
            statement => vec![statement],
        };
        let alone = |statement: &Value| {
            let alone = json!({"Version": document.get("Version").unwrap_or(&Value::Null), "Statement": [statement]});
            Policy::parse(&alone).map_err(|error| invalid(error.to_string()))
        };
        let statements = statements
            .into_iter()
            .enumerate()
            .map(|(index, statement)| {
                let mut unconditional = statement.clone();
                if let Some(statement) = unconditional.as_object_mut() {
                    statement.remove("Condition");
                }
                Ok(Statement {
                    alone: alone(statement)?,
                    without_condition: alone(&unconditional)?,
                    keys: keys(statement),
                    position: positions.get(index).copied(),
                })
            })
            .collect::<Result<_, QueryError>>()?;
        Ok(Self { id, policy, statements })
    }
}

/// The keys of conditions and of policy variables.
fn keys(statement: &Value) -> Vec<String> {
    let operators =
        statement["Condition"].as_object().into_iter().flat_map(|operators| operators.values());
    let of_conditions = operators
        .filter_map(Value::as_object)
        .flat_map(|keys| keys.keys())
        .map(|key| key.to_ascii_lowercase());
    let text = statement.to_string();
    let variables = text
        .split("${")
        .skip(1)
        .filter_map(|rest| rest.split_once('}'))
        .map(|(variable, _)| variable);
    let variables = variables
        .map(|variable| variable.split(',').next().unwrap_or_default().trim().to_ascii_lowercase());
    // `${*}`, `${?}` and `${$}` are characters
    let mut keys: Vec<String> =
        of_conditions.chain(variables.filter(|key| key.contains(':'))).collect();
    keys.sort();
    keys.dedup();
    keys
}
