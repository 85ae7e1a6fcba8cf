//! What `ArnEquals` and `ArnLike` compare with.

use super::RequestContext;
use super::pattern::Pattern;

/// A pattern of an ARN operator: each of the six parts is matched on its own, so that a `*` cannot swallow a colon. (In a
/// `Resource` element it can.)
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN>.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ArnPattern {
    /// A lone `*`.
    Any,
    /// Six parts.
    Parts(Box<[Pattern; 6]>),
    /// A variable that holds the whole ARN.
    Variable(Pattern),
    /// What has no six parts, which no ARN matches.
    Malformed,
}

impl ArnPattern {
    pub(super) fn parse(text: &str, variables: bool) -> Self {
        if text == "*" {
            return Self::Any;
        }
        match parts(text) {
            Some(parts) => Self::Parts(Box::new(parts.map(|part| Pattern::parse(part, variables)))),
            None if variables && text.starts_with("${") => {
                Self::Variable(Pattern::literal(text, variables))
            }
            None => Self::Malformed,
        }
    }

    pub(super) fn matches(&self, arn: &str, context: &RequestContext) -> bool {
        match self {
            Self::Any => true,
            Self::Parts(patterns) => parts(arn).is_some_and(|parts| {
                patterns.iter().zip(parts).all(|(pattern, part)| pattern.matches(part, context))
            }),
            Self::Variable(whole) => whole.text(context).is_some_and(|text| text == arn),
            Self::Malformed => false,
        }
    }
}

/// The six parts of an ARN; the last one keeps its colons. Colons inside `${…}` separate nothing.
fn parts(arn: &str) -> Option<[&str; 6]> {
    let mut parts = [""; 6];
    let mut start = 0;
    let mut found = 0;
    let mut depth = 0_u32;
    for (index, byte) in arn.bytes().enumerate() {
        match byte {
            b'{' if index > 0 && arn.as_bytes()[index - 1] == b'$' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 && found < 5 => {
                parts[found] = &arn[start..index];
                found += 1;
                start = index + 1;
            }
            _ => {}
        }
    }
    parts[5] = &arn[start..];
    (found == 5).then_some(parts)
}
