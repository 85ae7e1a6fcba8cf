//! One condition: an operator, a key, and the values that the policy names.

use std::net::IpAddr;
use std::str::FromStr as _;

use time::OffsetDateTime;
use time::format_description::well_known::Iso8601;

use super::RequestContext;
use super::arn::ArnPattern;
use super::operator::{Comparison, Operator, Quantifier};
use super::pattern::Pattern;

/// A condition, parsed once.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Condition {
    operator: Operator,
    /// in lower case
    key: String,
    expected: Expected,
}

/// The policy's values, in the form that the operator compares.
#[derive(Debug, Clone, PartialEq)]
enum Expected {
    Texts(Vec<Pattern>),
    Arns(Vec<ArnPattern>),
    Bools(Vec<bool>),
    Networks(Vec<Network>),
    Numbers(Vec<f64>),
    Dates(Vec<OffsetDateTime>),
}

/// An address range in CIDR notation (RFC 4632).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Network {
    address: IpAddr,
    prefix: u32,
}

impl Condition {
    /// Parses a condition.
    ///
    /// # Errors
    /// An operator that AWS does not know, or a value of the wrong form; a sentence.
    pub(super) fn parse(
        operator: &str,
        key: &str,
        values: &[String],
        variables: bool,
    ) -> Result<Self, String> {
        let operator_name = operator;
        let operator = Operator::parse(operator)
            .ok_or_else(|| format!("`{operator}` is not a condition operator"))?;
        let wrong = |value: &String, what: &str| {
            format!("`{value}` is not {what}, which {operator_name} compares")
        };
        let expected = match operator.comparison {
            Comparison::StringLike => Expected::Texts(
                values.iter().map(|value| Pattern::parse(value, variables)).collect(),
            ),
            Comparison::StringEquals | Comparison::StringEqualsIgnoreCase | Comparison::Binary => {
                Expected::Texts(
                    values.iter().map(|value| Pattern::literal(value, variables)).collect(),
                )
            }
            Comparison::Arn => Expected::Arns(
                values.iter().map(|value| ArnPattern::parse(value, variables)).collect(),
            ),
            Comparison::Bool | Comparison::Null => {
                Expected::Bools(collect(values, parse_bool, |value| {
                    wrong(value, "`true` or `false`")
                })?)
            }
            Comparison::Ip => Expected::Networks(collect(values, Network::parse, |value| {
                wrong(value, "an address range")
            })?),
            Comparison::Numeric(_) => {
                Expected::Numbers(collect(values, parse_number, |value| wrong(value, "a number"))?)
            }
            Comparison::Date(_) => {
                Expected::Dates(collect(values, parse_date, |value| wrong(value, "a date"))?)
            }
        };
        Ok(Self { operator, key: key.to_ascii_lowercase(), expected })
    }

    /// Whether the condition holds for this request.
    pub(super) fn holds(&self, context: &RequestContext) -> bool {
        let values = context.get(&self.key);
        if self.operator.comparison == Comparison::Null {
            let Expected::Bools(expected) = &self.expected else { return false };
            return expected.contains(&values.is_none_or(<[String]>::is_empty));
        }
        let Some(values) = values.filter(|values| !values.is_empty()) else {
            return self.holds_when_absent();
        };
        let passes = |value: &String| self.matches(value, context) != self.operator.negated;
        match self.operator.quantifier {
            // a key of nothing but an empty text counts as a set of no values
            Quantifier::ForAllValues => {
                values.iter().all(passes) || values.iter().all(String::is_empty)
            }
            Quantifier::ForAnyValue => values.iter().any(passes),
            // several values without a prefix: a positive operator wants one match, a negated one none
            Quantifier::Single if self.operator.negated => values.iter().all(passes),
            Quantifier::Single => values.iter().any(passes),
        }
    }

    fn holds_when_absent(&self) -> bool {
        self.operator.if_exists
            || match self.operator.quantifier {
                Quantifier::ForAllValues => true,
                Quantifier::ForAnyValue => false,
                Quantifier::Single => self.operator.negated,
            }
    }

    /// Whether one value of the request matches one of the policy's, negation aside.
    fn matches(&self, value: &str, context: &RequestContext) -> bool {
        match (&self.expected, self.operator.comparison) {
            (Expected::Texts(expected), Comparison::StringLike) => {
                expected.iter().any(|pattern| pattern.matches(value, context))
            }
            (Expected::Texts(expected), Comparison::StringEqualsIgnoreCase) => {
                expected.iter().filter_map(|pattern| pattern.text(context)).any(|text| {
                    text.chars()
                        .flat_map(char::to_lowercase)
                        .eq(value.chars().flat_map(char::to_lowercase))
                })
            }
            (Expected::Texts(expected), _) => expected
                .iter()
                .filter_map(|pattern| pattern.text(context))
                .any(|text| text == value),
            (Expected::Arns(expected), _) => {
                expected.iter().any(|pattern| pattern.matches(value, context))
            }
            (Expected::Bools(expected), _) => {
                parse_bool(value).is_some_and(|value| expected.contains(&value))
            }
            (Expected::Networks(expected), _) => IpAddr::from_str(value)
                .is_ok_and(|address| expected.iter().any(|network| network.contains(address))),
            (Expected::Numbers(expected), Comparison::Numeric(order)) => parse_number(value)
                .is_some_and(|value| expected.iter().any(|expected| order.holds(&value, expected))),
            (Expected::Dates(expected), Comparison::Date(order)) => parse_date(value)
                .is_some_and(|value| expected.iter().any(|expected| order.holds(&value, expected))),
            (Expected::Numbers(_) | Expected::Dates(_), _) => false,
        }
    }
}

fn collect<T>(
    values: &[String],
    parse: impl Fn(&str) -> Option<T>,
    wrong: impl Fn(&String) -> String,
) -> Result<Vec<T>, String> {
    values.iter().map(|value| parse(value).ok_or_else(|| wrong(value))).collect()
}

fn parse_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

fn parse_number(text: &str) -> Option<f64> {
    text.parse::<f64>().ok().filter(|number| number.is_finite())
}

/// An ISO 8601 date or time, or seconds since 1970.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_Date>.
fn parse_date(text: &str) -> Option<OffsetDateTime> {
    if let Ok(seconds) = text.parse::<i64>() {
        return OffsetDateTime::from_unix_timestamp(seconds).ok();
    }
    OffsetDateTime::parse(text, &Iso8601::DEFAULT)
        .ok()
        .or_else(|| {
            time::PrimitiveDateTime::parse(text, &Iso8601::DEFAULT)
                .ok()
                .map(time::PrimitiveDateTime::assume_utc)
        })
        .or_else(|| {
            time::Date::parse(text, &Iso8601::DATE).ok().map(|date| date.midnight().assume_utc())
        })
}

impl Network {
    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) =
            text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address = IpAddr::from_str(address).ok()?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Some(bits), |prefix| prefix.parse().ok())?;
        (prefix <= bits).then_some(Self { address, prefix })
    }

    fn contains(self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                (network.to_bits() ^ address.to_bits()).checked_shr(32 - self.prefix).unwrap_or(0)
                    == 0
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                (network.to_bits() ^ address.to_bits()).checked_shr(128 - self.prefix).unwrap_or(0)
                    == 0
            }
            _ => false,
        }
    }
}
