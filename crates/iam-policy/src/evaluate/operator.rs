//! Condition operators.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>.

/// What is compared, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    StringEquals,
    StringEqualsIgnoreCase,
    StringLike,
    /// `ArnEquals` and `ArnLike` are one and the same
    Arn,
    Bool,
    Binary,
    Ip,
    Numeric(Order),
    Date(Order),
    Null,
}

/// How two numbers or dates must stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Equals,
    LessThan,
    LessThanEquals,
    GreaterThan,
    GreaterThanEquals,
}

impl Order {
    /// Whether `left` stands so to `right`; incomparable values do not.
    pub(super) fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Equals => left == right,
            Self::LessThan => left < right,
            Self::LessThanEquals => left <= right,
            Self::GreaterThan => left > right,
            Self::GreaterThanEquals => left >= right,
        }
    }
}

/// How the values of a multi-valued key are taken together.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html>.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantifier {
    /// No prefix.
    Single,
    /// `ForAllValues:`
    ForAllValues,
    /// `ForAnyValue:`
    ForAnyValue,
}

/// A condition operator with its prefix and suffix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Operator {
    pub(super) comparison: Comparison,
    /// `…Not…`
    pub(super) negated: bool,
    /// `…IfExists`
    pub(super) if_exists: bool,
    pub(super) quantifier: Quantifier,
}

impl Operator {
    /// Parses an operator's name, without regard to case as AWS does it; `None` for one that AWS does not know.
    pub(super) fn parse(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let (quantifier, name) = if let Some(rest) = name.strip_prefix("forallvalues:") {
            (Quantifier::ForAllValues, rest)
        } else if let Some(rest) = name.strip_prefix("foranyvalue:") {
            (Quantifier::ForAnyValue, rest)
        } else {
            (Quantifier::Single, name.as_str())
        };
        let (if_exists, name) =
            name.strip_suffix("ifexists").map_or((false, name), |rest| (true, rest));
        let (comparison, negated) = match name {
            "stringequals" => (Comparison::StringEquals, false),
            "stringnotequals" => (Comparison::StringEquals, true),
            "stringequalsignorecase" => (Comparison::StringEqualsIgnoreCase, false),
            "stringnotequalsignorecase" => (Comparison::StringEqualsIgnoreCase, true),
            "stringlike" => (Comparison::StringLike, false),
            "stringnotlike" => (Comparison::StringLike, true),
            "arnequals" | "arnlike" => (Comparison::Arn, false),
            "arnnotequals" | "arnnotlike" => (Comparison::Arn, true),
            "bool" => (Comparison::Bool, false),
            "binaryequals" => (Comparison::Binary, false),
            "ipaddress" => (Comparison::Ip, false),
            "notipaddress" => (Comparison::Ip, true),
            "numericequals" => (Comparison::Numeric(Order::Equals), false),
            "numericnotequals" => (Comparison::Numeric(Order::Equals), true),
            "numericlessthan" => (Comparison::Numeric(Order::LessThan), false),
            "numericlessthanequals" => (Comparison::Numeric(Order::LessThanEquals), false),
            "numericgreaterthan" => (Comparison::Numeric(Order::GreaterThan), false),
            "numericgreaterthanequals" => (Comparison::Numeric(Order::GreaterThanEquals), false),
            "dateequals" => (Comparison::Date(Order::Equals), false),
            "datenotequals" => (Comparison::Date(Order::Equals), true),
            "datelessthan" => (Comparison::Date(Order::LessThan), false),
            "datelessthanequals" => (Comparison::Date(Order::LessThanEquals), false),
            "dategreaterthan" => (Comparison::Date(Order::GreaterThan), false),
            "dategreaterthanequals" => (Comparison::Date(Order::GreaterThanEquals), false),
            // whether a key exists cannot itself depend on whether it exists
            "null" if !if_exists => (Comparison::Null, false),
            _ => return None,
        };
        Some(Self { comparison, negated, if_exists, quantifier })
    }
}
