//! From a statement's conditions to circumstances that they hold for.

use std::collections::BTreeMap;

use super::Circumstance;
use super::circumstance::Must;
use iam_policy::Statement;

/// A value that no statement means.
const OTHER: &str = "gatepass-check";

/// Circumstances under which every condition of the statement holds. None where all its keys are `known` (in lower case), or
/// say who asks and for what, which is not a circumstance.
pub(super) fn of(statement: &Statement, known: &[String]) -> Option<Circumstance> {
    let operators = statement.json().get("Condition")?.as_object()?;
    let conditions = || {
        operators.iter().flat_map(|(operator, keys)| {
            keys.as_object().into_iter().flatten().map(move |(key, value)| (operator, key, value))
        })
    };
    let mut changes: BTreeMap<&str, Option<String>> = BTreeMap::new();
    for (operator, key, values) in conditions() {
        let value = values.as_array().map_or(Some(values), |values| values.first())?;
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let is_null = operator.eq_ignore_ascii_case("Null");
        // that a key is there says less than what it is
        let is_said = is_null && changes.contains_key(key.as_str());
        if !is_said && !says_who_or_what(key) {
            changes.insert(key, value_for(operator, &value));
        }
    }
    for (_, key, values) in
        conditions().filter(|(operator, ..)| operator.eq_ignore_ascii_case("Null"))
    {
        if !says_who_or_what(key) && values.as_str() == Some("true") {
            changes.insert(key, None);
        }
    }
    if changes.keys().all(|key| known.contains(&key.to_ascii_lowercase())) {
        return None;
    }
    let words: Vec<String> = changes
        .iter()
        .map(|(key, value)| {
            value
                .as_ref()
                .map_or_else(|| format!("without {key}"), |value| format!("with {key} = {value}"))
        })
        .collect();
    let changes: Vec<(&str, Option<&str>)> =
        changes.iter().map(|(key, value)| (*key, value.as_deref())).collect();
    Some(Circumstance::new(words.join(" and "), &changes).that(Must::Either))
}

fn says_who_or_what(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    ["aws:principal", "aws:user", "aws:resource", "s3:resourceaccount"]
        .iter()
        .any(|start| key.starts_with(start))
        && key != "aws:useragent"
}

/// A value for which the operator holds; none: the key has to be absent.
fn value_for(operator: &str, value: &str) -> Option<String> {
    let operator = operator.to_ascii_lowercase();
    let operator = operator.rsplit(':').next().unwrap_or_default();
    let operator = operator.strip_suffix("ifexists").unwrap_or(operator);
    let number = |step: f64| {
        value.parse::<f64>().map_or_else(|_| value.to_owned(), |number| (number + step).to_string())
    };
    Some(match operator {
        "null" if value.eq_ignore_ascii_case("true") => return None,
        "null" | "stringnotequals" | "stringnotequalsignorecase" | "stringnotlike" => {
            OTHER.to_owned()
        }
        "arnnotequals" | "arnnotlike" => format!("arn:aws:iam::999999999999:role/{OTHER}"),
        "stringlike" | "arnequals" | "arnlike" => value.replace(['*', '?'], "x"),
        "numericnotequals" | "numericgreaterthan" => number(1.0),
        "numericlessthan" => number(-1.0),
        "datelessthan" | "datenotequals" => "1970-01-01T00:00:00Z".to_owned(),
        "dategreaterthan" => "9999-12-31T00:00:00Z".to_owned(),
        "ipaddress" => value.split('/').next().unwrap_or_default().to_owned(),
        // addresses that documentation alone may use (RFC 5737)
        "notipaddress" if value.starts_with("192.0.2.") => "198.51.100.1".to_owned(),
        "notipaddress" => "192.0.2.1".to_owned(),
        _ => value.to_owned(),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use iam_policy::evaluate::{Caller, Policy, PolicySet, Request, RequestContext};

    /// What is found for a condition, and whether the condition then holds.
    fn found(condition: &Value) -> Option<(String, bool)> {
        let statement = json!({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*", "Condition": condition});
        let circumstance =
            of(&Statement::from_json(statement.clone()).unwrap(), &["s3:known".to_owned()])?;
        let policy =
            Policy::parse(&json!({"Version": "2012-10-17", "Statement": statement})).unwrap();
        let set = PolicySet { resource: Some(&policy), ..PolicySet::default() };
        let context = circumstance.change(RequestContext::new());
        let reason = set
            .decide(&Request::new(&Caller::Anonymous, "s3:PutObject", "arn:aws:s3:::b/k", &context))
            .reason;
        Some((
            circumstance.name,
            matches!(reason, iam_policy::evaluate::Reason::ExplicitDeny { .. }),
        ))
    }

    #[test]
    fn every_operator_has_a_circumstance_for_which_it_holds() {
        for (operator, value) in [
            ("StringEquals", "a"),
            ("StringNotEquals", "a"),
            ("StringEqualsIgnoreCase", "a"),
            ("StringNotEqualsIgnoreCase", "a"),
            ("StringLike", "a*b?"),
            ("StringNotLike", "a*"),
            ("ArnLike", "arn:aws:s3:::a*"),
            ("ArnEquals", "arn:aws:s3:::a"),
            ("ArnNotLike", "arn:aws:s3:::a*"),
            ("ArnNotEquals", "arn:aws:s3:::a"),
            ("NumericEquals", "5"),
            ("NumericNotEquals", "5"),
            ("NumericLessThan", "5"),
            ("NumericLessThanEquals", "5"),
            ("NumericGreaterThan", "5"),
            ("NumericGreaterThanEqualsIfExists", "5"),
            ("DateEquals", "2026-01-31T00:00:00Z"),
            ("DateNotEquals", "2026-01-31T00:00:00Z"),
            ("DateLessThan", "2026-01-31T00:00:00Z"),
            ("DateGreaterThan", "2026-01-31T00:00:00Z"),
            ("Bool", "false"),
            ("BinaryEquals", "QUJD"),
            ("IpAddress", "203.0.113.0/24"),
            ("NotIpAddress", "203.0.113.0/24"),
            ("NotIpAddress", "192.0.2.0/24"),
            ("Null", "true"),
            ("Null", "false"),
            ("ForAnyValue:StringLike", "a*"),
            ("ForAllValues:StringNotEquals", "a"),
        ] {
            let (name, holds) = found(&json!({operator: {"test:key": value}})).unwrap();
            assert!(holds, "{operator} {value}: {name}");
        }
    }

    #[test]
    fn conditions_of_one_statement_hold_together() {
        let both = json!({"Null": {"test:key": "false"}, "StringNotEquals": {"test:key": "a"}, "Bool": {"s3:known": "true"}});
        assert_eq!(
            found(&both),
            Some(("with s3:known = true and with test:key = gatepass-check".to_owned(), true))
        );
    }

    #[test]
    fn what_is_known_or_says_who_asks_is_no_circumstance() {
        assert_eq!(found(&json!({"Bool": {"S3:Known": "true"}})), None);
        assert_eq!(
            found(&json!({"ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/p"}})),
            None
        );
    }
}
