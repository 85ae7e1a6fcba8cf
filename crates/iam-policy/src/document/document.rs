//! A policy document as a value, compared by what it means.

use serde_json::{Map, Value};

use super::error::DocumentError;
use super::meaning::Meaning;
use super::statement::{Statement, json_kind};

/// The version of the policy language that gatepass writes, and the one that IAM takes where none is stated.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html>.
const VERSION: &str = "2012-10-17";
const DEFAULT_VERSION: &str = "2008-10-17";

/// A policy document (bucket, trust or permissions policy).
///
/// Two documents are equal when they mean the same. The order of statements, of list elements and of keys does not count,
/// nor does a statement said twice, a list of one against its element, the case of actions and condition keys, an account's
/// id against its root ARN, `"*"` against `{"AWS": "*"}`, `false` against `"false"`, an empty `Sid`, or the document's `Id`.
/// The `Version` counts only for statements that use policy variables, because it changes nothing else.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>.
#[derive(Debug, Clone)]
pub struct Document {
    /// Everything but the statements: `Version`, and an `Id` that somebody else gave it.
    head: Map<String, Value>,
    statements: Vec<Statement>,
}

impl Document {
    /// A document of these statements.
    #[must_use]
    pub fn new(statements: Vec<Statement>) -> Self {
        let head = Map::from_iter([("Version".to_owned(), Value::from(VERSION))]);
        Self { head, statements }
    }

    /// Parses the text of a document as AWS returns it.
    ///
    /// # Errors
    /// What is not JSON, or not of a policy document's form.
    pub fn parse(text: &str) -> Result<Self, DocumentError> {
        let json = serde_json::from_str(text)
            .map_err(|error| DocumentError(format!("a policy document is JSON: {error}")))?;
        let Value::Object(mut head) = json else {
            return Err(DocumentError(format!(
                "a policy document is a JSON object, not {}",
                json_kind(&json)
            )));
        };
        let statements = match head.remove("Statement") {
            Some(Value::Array(statements)) => statements,
            Some(statement @ Value::Object(_)) => vec![statement],
            Some(other) => {
                return Err(DocumentError(format!(
                    "a policy document's Statement is a list, not {}",
                    json_kind(&other)
                )));
            }
            None => {
                return Err(DocumentError(
                    "a policy document has a Statement, this one has none".to_owned(),
                ));
            }
        };
        let statements =
            statements.into_iter().map(Statement::from_json).collect::<Result<_, _>>()?;
        Ok(Self { head, statements })
    }

    /// The statements.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The document as JSON, statements in their order, stable to the byte.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let mut json = self.head.clone();
        let statements = self
            .statements
            .iter()
            .map(|statement| Value::Object(statement.json().clone()))
            .collect();
        json.insert("Statement".to_owned(), Value::Array(statements));
        Value::Object(json)
    }

    /// Replaces the statements whose `Sid` begins with `sid_prefix` by those of `own`. Every other statement and the document's
    /// `Id` stay as they are.
    ///
    /// The `Version` becomes that of `own`, unless that would turn text in another statement into a policy variable.
    #[must_use]
    pub fn with_own_statements(&self, sid_prefix: &str, own: &Document) -> Document {
        let others: Vec<Statement> = self.others(sid_prefix).cloned().collect();
        let mut head = self.head.clone();
        if !others.iter().any(has_variable) {
            head.insert("Version".to_owned(), Value::from(own.version()));
        }
        let statements = others.into_iter().chain(own.statements.iter().cloned()).collect();
        Document { head, statements }
    }

    /// Removes the statements whose `Sid` begins with `sid_prefix`; none if no other statement is left.
    #[must_use]
    pub fn without_own_statements(&self, sid_prefix: &str) -> Option<Document> {
        let statements: Vec<Statement> = self.others(sid_prefix).cloned().collect();
        (!statements.is_empty()).then(|| Document { head: self.head.clone(), statements })
    }

    /// The same document with one statement.
    #[must_use]
    pub fn with_only(&self, statement: &Statement) -> Document {
        Document { head: self.head.clone(), statements: vec![statement.clone()] }
    }

    /// The same document without the statement of this place.
    #[must_use]
    pub fn without(&self, place: usize) -> Document {
        let mut statements = self.statements.clone();
        statements.remove(place);
        Document { head: self.head.clone(), statements }
    }

    fn others(&self, sid_prefix: &str) -> impl Iterator<Item = &Statement> {
        self.statements.iter().filter(move |statement| {
            !statement.sid().is_some_and(|sid| sid.starts_with(sid_prefix))
        })
    }

    fn version(&self) -> &str {
        self.head.get("Version").and_then(Value::as_str).unwrap_or(DEFAULT_VERSION)
    }

    /// What each statement means in this document, each meaning once.
    pub(super) fn meanings(&self) -> Vec<(&Statement, Meaning)> {
        let mut meanings: Vec<(&Statement, Meaning)> = Vec::new();
        for statement in &self.statements {
            let mut meaning = statement.meaning();
            if has_variable(statement) {
                meaning = meaning.with("Version", self.version());
            }
            if meanings.iter().all(|(_, other)| *other != meaning) {
                meanings.push((statement, meaning));
            }
        }
        meanings
    }
}

impl PartialEq for Document {
    fn eq(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.meanings(), other.meanings());
        mine.len() == theirs.len()
            && mine.iter().all(|(_, meaning)| theirs.iter().any(|(_, other)| other == meaning))
    }
}

impl Eq for Document {}

/// Whether the statement holds what the newer policy language reads as a variable and the older one as text.
fn has_variable(statement: &Statement) -> bool {
    fn found(value: &Value) -> bool {
        match value {
            Value::String(text) => text.contains("${"),
            Value::Array(values) => values.iter().any(found),
            Value::Object(members) => members.values().any(found),
            _ => false,
        }
    }
    statement.json().values().any(found)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::json;

    use super::super::diff;
    use super::*;

    fn document(statements: Value) -> Document {
        Document::parse(&json!({"Version": "2012-10-17", "Statement": statements}).to_string())
            .unwrap()
    }

    fn deny(elements: Value) -> Document {
        let mut statement =
            json!({"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"});
        for (name, value) in elements.as_object().unwrap() {
            statement[name] = value.clone();
        }
        document(json!([statement]))
    }

    #[track_caller]
    fn same(one: Value, other: Value) {
        assert_eq!(deny(one.clone()), deny(other.clone()));
        assert_eq!(diff(Some(&deny(one)), &deny(other)), []);
    }

    #[track_caller]
    fn different(one: Value, other: Value) {
        assert_ne!(deny(one.clone()), deny(other.clone()));
        assert_ne!(diff(Some(&deny(one)), &deny(other)), []);
    }

    #[test]
    fn the_order_and_the_number_of_equal_statements_do_not_count() {
        let one = json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"});
        let two = json!({"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"});
        assert_eq!(document(json!([one, two])), document(json!([two, one])));
        assert_eq!(document(json!([one, two, one])), document(json!([two, one])));
        assert_eq!(document(json!([one])), document(json!(one)), "a lone statement needs no list");
        assert_ne!(document(json!([one, two])), document(json!([one])));
        assert_ne!(document(json!([one])), document(json!([two])));
    }

    #[test]
    fn lists_are_sets_and_a_list_of_one_is_its_element() {
        same(
            json!({"Action": ["s3:GetObject", "s3:PutObject"]}),
            json!({"Action": ["s3:PutObject", "s3:GetObject", "s3:GetObject"]}),
        );
        same(json!({"Resource": "arn:aws:s3:::b"}), json!({"Resource": ["arn:aws:s3:::b"]}));
        same(
            json!({"Condition": {"Bool": {"a:b": "true"}}}),
            json!({"Condition": {"Bool": {"a:b": ["true"]}}}),
        );
        different(json!({"Resource": ["a", "b"]}), json!({"Resource": ["a"]}));
        different(json!({"Resource": []}), json!({"Resource": "*"}));
    }

    #[test]
    fn case_counts_where_it_does_for_aws() {
        same(json!({"Action": "S3:PUTOBJECT"}), json!({"Action": "s3:PutObject"}));
        different(json!({"Resource": "arn:aws:s3:::b/A"}), json!({"Resource": "arn:aws:s3:::b/a"}));
        same(
            json!({"Condition": {"StringEquals": {"AWS:SourceAccount": "1"}}}),
            json!({"Condition": {"StringEquals": {"aws:sourceaccount": "1"}}}),
        );
        same(
            json!({"Condition": {"Bool": {"a:b": "True"}}}),
            json!({"Condition": {"Bool": {"a:b": "true"}}}),
        );
        same(
            json!({"Condition": {"Null": {"a:b": "FALSE"}}}),
            json!({"Condition": {"Null": {"a:b": false}}}),
        );
        different(
            json!({"Condition": {"StringEquals": {"a:b": "X"}}}),
            json!({"Condition": {"StringEquals": {"a:b": "x"}}}),
        );
    }

    #[test]
    fn condition_values_are_text_however_they_are_written() {
        same(
            json!({"Condition": {"Bool": {"a:b": false}}}),
            json!({"Condition": {"Bool": {"a:b": "false"}}}),
        );
        same(
            json!({"Condition": {"NumericGreaterThan": {"a:b": 900000}}}),
            json!({"Condition": {"NumericGreaterThan": {"a:b": "900000"}}}),
        );
        same(
            json!({"Condition": {"NumericLessThan": {"a:b": 1.2}}}),
            json!({"Condition": {"NumericLessThan": {"a:b": "1.2"}}}),
        );
        same(json!({"Condition": {}}), json!({}));
        same(json!({"Condition": {"Bool": {}}}), json!({}));
        different(json!({"Condition": {"StringEquals": {"a:b": []}}}), json!({}));
        different(
            json!({"Condition": {"StringEquals": {"a:b": "x"}}}),
            json!({"Condition": {"StringEqualsIfExists": {"a:b": "x"}}}),
        );
        different(
            json!({"Condition": {"StringEquals": {"a:b": "x"}}}),
            json!({"Condition": {"StringNotEquals": {"a:b": "x"}}}),
        );
    }

    #[test]
    fn a_key_twice_in_different_case_is_two_conditions() {
        different(
            json!({"Condition": {"StringEquals": {"a:b": "x", "A:B": "y"}}}),
            json!({"Condition": {"StringEquals": {"a:b": ["x", "y"]}}}),
        );
    }

    #[test]
    fn principals_are_compared_as_iam_understands_them() {
        same(json!({"Principal": "*"}), json!({"Principal": {"AWS": "*"}}));
        same(json!({"Principal": "*"}), json!({"Principal": {"AWS": ["*"]}}));
        same(
            json!({"Principal": {"AWS": "123456789012"}}),
            json!({"Principal": {"AWS": "arn:aws:iam::123456789012:root"}}),
        );
        same(
            json!({"Principal": {"AWS": ["123456789012"]}}),
            json!({"Principal": {"AWS": "arn:aws-cn:iam::123456789012:root"}}),
        );
        different(
            json!({"Principal": {"AWS": "123456789012"}}),
            json!({"Principal": {"AWS": "arn:aws:iam::123456789012:role/root"}}),
        );
        different(json!({"Principal": {"Service": "a"}}), json!({"Principal": {"AWS": "a"}}));
        different(
            json!({"Principal": {"AWS": "a"}}),
            json!({"Principal": {"AWS": "a", "Service": "b"}}),
        );
    }

    #[test]
    fn an_empty_sid_is_none_and_the_id_says_nothing() {
        same(json!({"Sid": ""}), json!({}));
        different(json!({"Sid": "A"}), json!({}));
        let with_id =
            json!({"Version": "2012-10-17", "Id": "x", "Statement": [{"Effect": "Deny"}]});
        assert_eq!(
            Document::parse(&with_id.to_string()).unwrap(),
            document(json!([{"Effect": "Deny"}]))
        );
    }

    #[test]
    fn the_version_counts_for_policy_variables_only() {
        let of = |version: &str, resource: &str| {
            let statement = json!({"Effect": "Deny", "Resource": resource});
            Document::parse(&json!({"Version": version, "Statement": [statement]}).to_string())
                .unwrap()
        };
        assert_eq!(of("2012-10-17", "a"), of("2008-10-17", "a"));
        assert_ne!(of("2012-10-17", "${aws:username}"), of("2008-10-17", "${aws:username}"));
        let without =
            Document::parse(r#"{"Statement": {"Effect": "Deny", "Resource": "${aws:username}"}}"#)
                .unwrap();
        assert_eq!(of("2008-10-17", "${aws:username}"), without);
        assert_eq!(diff(Some(&without), &of("2012-10-17", "${aws:username}")).len(), 2);
    }

    #[test]
    fn elements_the_grammar_does_not_know_count_as_they_stand() {
        different(json!({"Colour": "red"}), json!({}));
        different(json!({"Colour": "red"}), json!({"Colour": "blue"}));
    }

    #[test]
    fn what_others_wrote_survives_a_merge_to_the_letter() {
        let theirs = json!([
            {"Sid": "", "Effect": "Deny", "NotPrincipal": {"AWS": ["arn:aws:iam::1:root", "AROAEXAMPLE"]}, "NotAction": "S3:getobject",
             "NotResource": ["x"], "Condition": {"Bool": {"AWS:SecureTransport": [false]}, "NumericLessThan": {"s3:TlsVersion": 1.2}}},
            {"Sid": "gatepassLookalike", "Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject"}
        ]);
        let mut statements = theirs.as_array().unwrap().clone();
        statements.insert(1, json!({"Sid": "GatepassOld", "Effect": "Deny"}));
        let text =
            json!({"Id": "theirs", "Version": "2008-10-17", "Statement": statements}).to_string();
        let existing = Document::parse(&text).unwrap();

        let own = document(json!([{"Sid": "GatepassNew", "Effect": "Deny"}]));
        let merged = existing.with_own_statements("Gatepass", &own);
        let mut expected = theirs.as_array().unwrap().clone();
        expected.push(json!({"Sid": "GatepassNew", "Effect": "Deny"}));
        let expected = json!({"Id": "theirs", "Version": "2012-10-17", "Statement": expected});
        assert_eq!(merged.to_json().to_string(), expected.to_string());
        assert_eq!(merged.with_own_statements("Gatepass", &own), merged);

        let alone = json!({"Id": "theirs", "Version": "2008-10-17", "Statement": theirs});
        assert_eq!(
            existing.without_own_statements("Gatepass").unwrap().to_json().to_string(),
            alone.to_string()
        );
        assert_eq!(own.without_own_statements("Gatepass"), None);
    }

    #[test]
    fn a_merge_makes_no_variable_of_what_was_text() {
        let existing = Document::parse(r#"{"Statement": [{"Sid": "Theirs", "Effect": "Deny", "Resource": "${aws:username}"}]}"#).unwrap();
        let merged = existing.with_own_statements(
            "Gatepass",
            &document(json!([{"Sid": "GatepassNew", "Effect": "Deny"}])),
        );
        assert_eq!(merged.without_own_statements("Gatepass"), Some(existing));
    }

    #[test]
    fn what_is_no_document_is_refused() {
        let refused = |text: &str| Document::parse(text).unwrap_err().to_string();
        insta::assert_snapshot!(refused("{"), @"a policy document is JSON: EOF while parsing an object at line 1 column 1");
        insta::assert_snapshot!(refused("[]"), @"a policy document is a JSON object, not a list");
        insta::assert_snapshot!(refused("{}"), @"a policy document has a Statement, this one has none");
        insta::assert_snapshot!(refused(r#"{"Statement": 1}"#), @"a policy document's Statement is a list, not a number");
        insta::assert_snapshot!(refused(r#"{"Statement": [1]}"#), @"a statement is a JSON object, not a number");
        insta::assert_snapshot!(refused(r#"{"Statement": [{"Effect": "deny"}]}"#), @r#"a statement's Effect is "Allow" or "Deny", not "deny""#);
        insta::assert_snapshot!(refused(r#"{"Statement": [{}]}"#), @"a statement has no Effect");
    }
}
