//! A policy document as a value, compared by what it means.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// A policy document (bucket, trust or permissions policy).
///
/// Two documents are equal when they mean the same: the order of statements, of list elements and of keys does not
/// count, nor does a list of one against its element, nor the case of actions.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    statements: Vec<Statement>,
}

/// One statement of a [`Document`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    json: Value,
}

/// Why a JSON value is no policy document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct DocumentError(pub String);

impl Document {
    /// A document of these statements.
    #[must_use]
    pub fn new(statements: Vec<Statement>) -> Self {
        Self { statements }
    }

    /// Parses the text of a document as AWS returns it.
    ///
    /// # Errors
    /// What is not JSON, or not of a policy document's form.
    pub fn parse(_text: &str) -> Result<Self, DocumentError> {
        todo!()
    }

    /// The statements.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The document as JSON, statements in their order, stable to the byte.
    #[must_use]
    pub fn to_json(&self) -> Value {
        todo!()
    }

    /// The statements of `self` that are ours (by [`OWN_SID_PREFIX`](super::OWN_SID_PREFIX)) replaced by those of
    /// `own`; everybody else's stay as they are.
    #[must_use]
    pub fn with_own_statements(&self, _own: &Document) -> Document {
        todo!()
    }

    /// Only the statements that are not ours; none if there are none.
    #[must_use]
    pub fn without_own_statements(&self) -> Option<Document> {
        todo!()
    }
}

impl Statement {
    /// Takes one statement as JSON.
    ///
    /// # Errors
    /// What is not of a statement's form.
    pub fn from_json(_json: Value) -> Result<Self, DocumentError> {
        todo!()
    }

    /// The statement's id.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.json.get("Sid").and_then(Value::as_str)
    }

    /// The statement as JSON, as given.
    #[must_use]
    pub fn json(&self) -> &Value {
        &self.json
    }

    /// What the statement means, for comparing and for showing: element name (`Effect`, `Action`, `Principal AWS`,
    /// `Condition StringEquals aws:ResourceAccount`, …) to its set of values.
    #[must_use]
    pub fn elements(&self) -> BTreeMap<String, BTreeSet<String>> {
        todo!()
    }
}
