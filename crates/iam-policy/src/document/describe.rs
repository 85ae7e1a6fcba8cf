//! What a statement permits or forbids, in one line.

use super::meaning::{Element, Meaning};

/// How many values of one element a line names before it only counts.
const NAMED: usize = 4;

/// What comes after "denies" or "allows".
pub(super) fn describe(meaning: &Meaning) -> String {
    let mut line = String::new();
    if let Some(actions) = meaning.element("action") {
        line += &list(actions, ", ");
    } else if let Some(actions) = meaning.element("notaction") {
        line += &format!("everything but {}", list(actions, ", "));
    }
    if let Some(resources) = meaning.element("resource") {
        line += &format!(" on {}", list(resources, ", "));
    } else if let Some(resources) = meaning.element("notresource") {
        line += &format!(" on everything but {}", list(resources, ", "));
    }
    line += &principals(meaning);
    let conditions: Vec<String> = meaning
        .elements()
        .filter(|(name, _)| name.starts_with("condition "))
        .map(|(_, element)| condition(element))
        .collect();
    if !conditions.is_empty() {
        line += &format!(" where {}", conditions.join(" and "));
    }
    line
}

fn principals(meaning: &Meaning) -> String {
    let named = |element: &str| {
        let lists: Vec<String> = meaning
            .elements()
            .filter(|(name, _)| name.starts_with(element))
            .map(|(_, principals)| list(principals, ", "))
            .collect();
        (!lists.is_empty()).then(|| lists.join(", "))
    };
    match (named("principal "), named("notprincipal ")) {
        (Some(everybody), _) if everybody == "*" => " to everybody".to_owned(),
        (Some(principals), _) => format!(" to {principals}"),
        (None, Some(principals)) => format!(" to everybody but {principals}"),
        (None, None) => String::new(),
    }
}

fn condition(element: &Element) -> String {
    let mut words = element.name.splitn(3, ' ').skip(1);
    match (words.next(), words.next()) {
        (Some(operator), Some(key)) => {
            let values: Vec<&str> = element.values.values().map(String::as_str).collect();
            condition_in_words(operator, key, &values)
        }
        _ => element.name.clone(),
    }
}

/// `s3:signatureAge > 900000`
pub fn condition_in_words(operator: &str, key: &str, values: &[&str]) -> String {
    let (key, operator) = match operator.split_once(':') {
        Some(("ForAllValues", operator)) => (format!("every value of {key}"), operator),
        Some(("ForAnyValue", operator)) => (format!("a value of {key}"), operator),
        _ => (key.to_owned(), operator),
    };
    let (operator, if_present) = match operator.strip_suffix("IfExists") {
        Some(operator) => (operator, ", if present,"),
        None => (operator, ""),
    };
    let either = joined(values, " or ");
    let neither = joined(values, " nor ");
    match operator {
        "Null" if either.eq_ignore_ascii_case("true") => format!("{key} is absent"),
        "Null" if either.eq_ignore_ascii_case("false") => format!("{key} is present"),
        "StringEquals" | "ArnEquals" | "NumericEquals" | "DateEquals" | "BinaryEquals" | "Bool" => {
            format!("{key}{if_present} = {either}")
        }
        "StringNotEquals" | "ArnNotEquals" | "NumericNotEquals" | "DateNotEquals" => {
            format!("{key}{if_present} is not {neither}")
        }
        "StringLike" | "ArnLike" => format!("{key}{if_present} is like {either}"),
        "StringNotLike" | "ArnNotLike" => format!("{key}{if_present} is not like {neither}"),
        "NumericLessThan" | "DateLessThan" => format!("{key}{if_present} < {either}"),
        "NumericLessThanEquals" | "DateLessThanEquals" => format!("{key}{if_present} <= {either}"),
        "NumericGreaterThan" | "DateGreaterThan" => format!("{key}{if_present} > {either}"),
        "NumericGreaterThanEquals" | "DateGreaterThanEquals" => {
            format!("{key}{if_present} >= {either}")
        }
        "IpAddress" => format!("{key}{if_present} is in {either}"),
        "NotIpAddress" => format!("{key}{if_present} is not in {neither}"),
        operator => format!("{key}{if_present} {operator} {either}"),
    }
}

fn list(element: &Element, between: &str) -> String {
    joined(&element.values.values().map(String::as_str).collect::<Vec<_>>(), between)
}

fn joined(values: &[&str], between: &str) -> String {
    let values: Vec<&str> = values.iter().map(|value| without_s3_arn(value)).collect();
    match values.as_slice() {
        [] => "nothing".to_owned(),
        values if values.len() <= NAMED => values.join(between),
        values => {
            format!("{} and {} more", values[..NAMED - 1].join(", "), values.len() - (NAMED - 1))
        }
    }
}

/// `arn:aws:s3:::bucket/key` says no more than `bucket/key`.
fn without_s3_arn(value: &str) -> &str {
    value
        .strip_prefix("arn:")
        .and_then(|rest| rest.split_once(":s3:::"))
        .map_or(value, |(_, resource)| resource)
}
