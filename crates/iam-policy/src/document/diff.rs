//! What changes between two documents, by meaning.

use std::fmt;

use serde::Serialize;

use super::describe::describe;
use super::meaning::Meaning;
use super::{Document, Statement};

/// What happens to one statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementChange {
    /// The statement's id, if it has one.
    pub sid: Option<String>,
    /// Whether the statement comes, goes, or becomes another.
    pub kind: StatementChangeKind,
    /// What the change permits or forbids, in one line.
    pub summary: String,
    /// What differs, element by element.
    pub elements: Vec<ElementChange>,
}

/// Whether a statement comes, goes, or becomes another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StatementChangeKind {
    /// Only in the new document.
    Added,
    /// Only in the old document.
    Removed,
    /// In both under one `Sid`, with another meaning.
    Changed,
}

/// What differs in one element of a statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ElementChange {
    /// The element's name as in [`Statement::elements`].
    pub element: String,
    /// Values that only the old statement has.
    pub removed: Vec<String>,
    /// Values that only the new statement has.
    pub added: Vec<String>,
}

/// What becomes of each statement when `new` takes the place of `old`; nothing if they mean the same.
/// Removed statements first, then changed ones, then added ones, each in the order of its document.
#[must_use]
pub fn diff(old: Option<&Document>, new: &Document) -> Vec<StatementChange> {
    let mut old = old.map(Document::meanings).unwrap_or_default();
    let mut new = new.meanings();
    old.retain(|(_, meaning)| {
        let same = new.iter().position(|(_, other)| other == meaning);
        same.map(|index| new.remove(index)).is_none()
    });

    let mut removed = Vec::new();
    let mut changed = Vec::new();
    for (statement, meaning) in old {
        let successor = statement
            .sid()
            .and_then(|sid| new.iter().position(|(other, _)| other.sid() == Some(sid)));
        match successor.map(|index| new.remove(index)) {
            Some((new_statement, new_meaning)) => {
                let kind = StatementChangeKind::Changed;
                changed.push(StatementChange::new(
                    kind,
                    new_statement,
                    &new_meaning,
                    element_changes(&meaning, &new_meaning),
                ));
            }
            None => {
                let elements = element_changes(&meaning, &Meaning::default());
                removed.push(StatementChange::new(
                    StatementChangeKind::Removed,
                    statement,
                    &meaning,
                    elements,
                ));
            }
        }
    }
    let added = new.iter().map(|(statement, meaning)| {
        let elements = element_changes(&Meaning::default(), meaning);
        StatementChange::new(StatementChangeKind::Added, statement, meaning, elements)
    });
    removed.into_iter().chain(changed).chain(added).collect()
}

fn element_changes(old: &Meaning, new: &Meaning) -> Vec<ElementChange> {
    let mut names: Vec<&str> = old.elements().chain(new.elements()).map(|(name, _)| name).collect();
    names.sort_unstable();
    names.dedup();
    let only_in = |this: &Meaning, that: &Meaning, name: &str| -> Vec<String> {
        let Some(element) = this.element(name) else { return Vec::new() };
        let there = that.element(name);
        let is_there =
            |value: &String| there.is_some_and(|element| element.values.contains_key(value));
        element
            .values
            .iter()
            .filter(|(value, _)| !is_there(value))
            .map(|(_, shown)| shown.clone())
            .collect()
    };
    let mut changes = Vec::new();
    for name in names {
        let (old_element, new_element) = (old.element(name), new.element(name));
        let (removed, added) = (only_in(old, new, name), only_in(new, old, name));
        let is_change = !removed.is_empty()
            || !added.is_empty()
            || old_element.is_some() != new_element.is_some();
        if let Some(element) = new_element.or(old_element).filter(|_| is_change) {
            changes.push(ElementChange { element: element.name.clone(), removed, added });
        }
    }
    changes
}

impl StatementChange {
    fn new(
        kind: StatementChangeKind,
        statement: &Statement,
        meaning: &Meaning,
        elements: Vec<ElementChange>,
    ) -> Self {
        let verb = if statement.is_allow() { "allows" } else { "denies" };
        let before = match kind {
            StatementChangeKind::Added => "",
            StatementChangeKind::Removed => "no longer ",
            StatementChangeKind::Changed => "now ",
        };
        let summary = format!("{before}{verb} {}", describe(meaning));
        Self { sid: statement.sid().map(str::to_owned), kind, summary, elements }
    }
}

impl fmt::Display for StatementChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = match self.kind {
            StatementChangeKind::Added => '+',
            StatementChangeKind::Removed => '-',
            StatementChangeKind::Changed => '~',
        };
        write!(f, "{sign} {}: {}", self.sid.as_deref().unwrap_or("(no Sid)"), self.summary)?;
        if self.kind == StatementChangeKind::Changed {
            for change in &self.elements {
                write!(f, "\n    {change}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for ElementChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.element)?;
        for value in &self.removed {
            write!(f, " -{value}")?;
        }
        for value in &self.added {
            write!(f, " +{value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn document(statements: Value) -> Document {
        Document::parse(&json!({"Version": "2012-10-17", "Statement": statements}).to_string())
            .unwrap()
    }

    fn shown(changes: &[StatementChange]) -> String {
        changes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    }

    fn transport() -> Value {
        json!({"Sid": "GatepassDenyInsecureTransport", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/*"], "Condition": {"Bool": {"aws:SecureTransport": "false"}}})
    }

    fn age(milliseconds: &str) -> Value {
        json!({"Sid": "GatepassDenyOldSignatures", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
            "Resource": "arn:aws:s3:::b/*", "Condition": {"NumericGreaterThan": {"s3:signatureAge": milliseconds}}})
    }

    #[test]
    fn each_statement_comes_goes_or_changes() {
        let old = document(json!([transport(), age("600000")]));
        let allow = json!({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "s3:GetObject", "Resource": "arn:aws:s3:::b/*"});
        let new = document(json!([age("900000"), allow]));
        insta::assert_snapshot!(shown(&diff(Some(&old), &new)), @"
        - GatepassDenyInsecureTransport: no longer denies s3:* on b, b/* to everybody where aws:SecureTransport = false
        ~ GatepassDenyOldSignatures: now denies s3:* on b/* to everybody where s3:signatureAge > 900000
            Condition NumericGreaterThan s3:signatureAge: -600000 +900000
        + (no Sid): allows s3:GetObject on b/* to everybody
        ");
    }

    #[test]
    fn a_first_document_is_all_additions_and_an_equal_one_no_change() {
        let new = document(json!([transport(), age("900000")]));
        assert!(diff(None, &new).iter().all(|change| change.kind == StatementChangeKind::Added));
        assert_eq!(diff(None, &new).len(), 2);
        assert_eq!(diff(Some(&new), &document(json!([age("900000"), transport()]))), []);
    }

    #[test]
    fn an_element_that_comes_goes_or_turns_round_is_named() {
        let old = json!({"Sid": "A", "Effect": "Deny", "NotAction": "s3:Get*", "Resource": "*", "Condition": {"StringEquals": {"a:b": "x"}}});
        let new = json!({"Sid": "A", "Effect": "Allow", "Action": "s3:Get*", "Resource": "*", "Condition": {"StringEquals": {"a:c": []}}});
        insta::assert_snapshot!(shown(&diff(Some(&document(json!([old]))), &document(json!([new])))), @"
        ~ A: now allows s3:Get* on * where a:c = nothing
            Action: +s3:Get*
            Condition StringEquals a:b: -x
            Condition StringEquals a:c:
            Effect: -Deny +Allow
            NotAction: -s3:Get*
        ");
    }

    #[test]
    fn machines_read_the_same() {
        let (old, new) = (document(json!([age("600000")])), document(json!([age("900000")])));
        insta::assert_json_snapshot!(diff(Some(&old), &new), @r#"
        [
          {
            "sid": "GatepassDenyOldSignatures",
            "kind": "changed",
            "summary": "now denies s3:* on b/* to everybody where s3:signatureAge > 900000",
            "elements": [
              {
                "element": "Condition NumericGreaterThan s3:signatureAge",
                "removed": [
                  "600000"
                ],
                "added": [
                  "900000"
                ]
              }
            ]
          }
        ]
        "#);
    }

    #[test]
    fn every_kind_of_condition_has_words() {
        let line = |condition: Value| {
            let statement = json!({"Effect": "Deny", "NotPrincipal": {"AWS": ["1", "2"]}, "NotAction": ["s3:A", "s3:B"], "NotResource": "r",
                "Condition": condition});
            Statement::from_json(statement).unwrap().to_string()
        };
        insta::assert_snapshot!(line(json!({"Null": {"k": "true", "l": "false"}})),
            @"denies everything but s3:A, s3:B on everything but r to everybody but 1, 2 where k is absent and l is present");
        insta::assert_snapshot!(line(json!({"ForAnyValue:StringNotLikeIfExists": {"aws:RequestTag/a b": ["x", "y"]}})),
            @"denies everything but s3:A, s3:B on everything but r to everybody but 1, 2 where a value of aws:RequestTag/a b, if present, is not like x nor y");
        insta::assert_snapshot!(line(json!({"NumericLessThan": {"k": "1"}, "IpAddress": {"i": ["1", "2", "3", "4", "5"]}, "Odd": {"o": "p"}})),
            @"denies everything but s3:A, s3:B on everything but r to everybody but 1, 2 where i is in 1, 2, 3 and 2 more and k < 1 and o Odd p");
    }
}
