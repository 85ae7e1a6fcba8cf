//! POST policies: what the signer of a form limits it to.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Iso8601;

use crate::s3::Refusal;

use super::fields::Fields;

/// A POST policy.
#[derive(Debug, PartialEq)]
pub(super) struct PostPolicy {
    expires: OffsetDateTime,
    conditions: Vec<Condition>,
}

#[derive(Debug, PartialEq)]
struct Condition {
    rule: Rule,
    /// As it stands in the policy, for the refusal.
    shown: String,
}

#[derive(Debug, PartialEq)]
enum Rule {
    /// The field (in lower case) has this value.
    Equals(String, String),
    /// It begins so.
    StartsWith(String, String),
    /// The file has so many bytes, both limits included.
    LengthRange(u64, u64),
}

impl PostPolicy {
    /// Parses the base64 form.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let invalid = |problem: &str| {
            Refusal::bad_request("InvalidPolicyDocument", format!("Invalid Policy: {problem}"))
        };
        let text: String = text.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
        let json =
            STANDARD.decode(text).map_err(|_| invalid("Could not decode base-64 policy."))?;
        let document: Value =
            serde_json::from_slice(&json).map_err(|_| invalid("Invalid JSON."))?;
        let document = document.as_object().ok_or_else(|| invalid("Invalid JSON."))?;
        if let Some(unknown) =
            document.keys().find(|key| !["expiration", "conditions"].contains(&key.as_str()))
        {
            return Err(invalid(&format!("Unexpected: '{unknown}'.")));
        }
        let expires = document
            .get("expiration")
            .and_then(Value::as_str)
            .ok_or_else(|| invalid("Policy missing expiration."))?;
        let expires = OffsetDateTime::parse(expires, &Iso8601::DEFAULT)
            .map_err(|_| invalid(&format!("Invalid 'expiration' value: '{expires}'")))?;
        let conditions =
            document.get("conditions").ok_or_else(|| invalid("Policy missing conditions."))?;
        let conditions = conditions
            .as_array()
            .ok_or_else(|| invalid("Invalid 'conditions' value: must be a List."))?;
        let mut parsed = Vec::new();
        for condition in conditions {
            let rules = rules(condition)
                .ok_or_else(|| invalid(&format!("Invalid Simple-Condition: {condition}")))?;
            parsed.extend(rules.into_iter().map(|rule| Condition { shown: rule.shown(), rule }));
        }
        Ok(Self { expires, conditions: parsed })
    }

    /// The smallest and the largest file.
    pub(super) fn length_range(&self) -> Option<(u64, u64)> {
        let ranges = self.conditions.iter().filter_map(|condition| match condition.rule {
            Rule::LengthRange(least, most) => Some((least, most)),
            _ => None,
        });
        ranges.reduce(|(least, most), (other_least, other_most)| {
            (least.max(other_least), most.min(other_most))
        })
    }

    /// Whether a form keeps to the policy, its file's length aside. `key` has the file's name in it already.
    pub(super) fn check(
        &self,
        fields: &Fields,
        bucket: &str,
        key: &str,
        now: OffsetDateTime,
    ) -> Result<(), Refusal> {
        let refused = |problem: &str| {
            Refusal::forbidden("AccessDenied", format!("Invalid according to Policy: {problem}"))
        };
        if now >= self.expires {
            return Err(refused("Policy expired."));
        }
        let value = |field: &str| match field {
            "bucket" => bucket,
            "key" => key,
            field => fields.get(field).unwrap_or_default(),
        };
        for condition in &self.conditions {
            let holds = match &condition.rule {
                // a signer that takes any file name writes the variable itself
                Rule::Equals(field, wanted) => {
                    value(field) == wanted || (field == "key" && fields.get("key") == Some(wanted))
                }
                // a list of types: each has to begin so
                Rule::StartsWith(field, start) if field == "content-type" => {
                    value(field).split(',').all(|value| value.trim().starts_with(start.as_str()))
                }
                Rule::StartsWith(field, start) => value(field).starts_with(start.as_str()),
                Rule::LengthRange(..) => true,
            };
            if !holds {
                return Err(refused(&format!("Policy Condition failed: {}", condition.shown)));
            }
        }
        let is_declared = |name: &str| {
            self.conditions
                .iter()
                .any(|condition| matches!(&condition.rule, Rule::Equals(field, _) | Rule::StartsWith(field, _) if field == name))
        };
        let needs_none = |name: &str| {
            ["x-amz-signature", "awsaccesskeyid", "signature", "policy", "file"].contains(&name)
                || name.starts_with("x-ignore-")
        };
        let extra: Vec<&str> = fields
            .iter()
            .map(|(name, _)| name)
            .filter(|name| !needs_none(name) && !is_declared(name))
            .collect();
        if extra.is_empty() {
            Ok(())
        } else {
            Err(refused(&format!("Extra input fields: {}", extra.join(", "))))
        }
    }
}

/// The rules of one condition: `{"acl": "private"}`, `["starts-with", "$key", "uploads/"]`, `["content-length-range", 1, 10]`.
fn rules(condition: &Value) -> Option<Vec<Rule>> {
    match condition {
        Value::Object(pairs) if !pairs.is_empty() => pairs
            .iter()
            .map(|(field, value)| {
                Some(Rule::Equals(field.to_ascii_lowercase(), value.as_str()?.to_owned()))
            })
            .collect(),
        Value::Array(parts) => {
            let [operator, first, second] = parts.as_slice() else { return None };
            let operator = operator.as_str()?.to_ascii_lowercase();
            if operator == "content-length-range" {
                let number =
                    |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
                return Some(vec![Rule::LengthRange(number(first)?, number(second)?)]);
            }
            let (field, value) = (
                first.as_str()?.strip_prefix('$')?.to_ascii_lowercase(),
                second.as_str()?.to_owned(),
            );
            match operator.as_str() {
                "eq" => Some(vec![Rule::Equals(field, value)]),
                "starts-with" => Some(vec![Rule::StartsWith(field, value)]),
                _ => None,
            }
        }
        _ => None,
    }
}

impl Rule {
    /// As S3 writes it.
    fn shown(&self) -> String {
        match self {
            Self::Equals(field, value) => format!(r#"["eq", "${field}", "{value}"]"#),
            Self::StartsWith(field, value) => format!(r#"["starts-with", "${field}", "{value}"]"#),
            Self::LengthRange(least, most) => {
                format!(r#"["content-length-range", {least}, {most}]"#)
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn policy(conditions: &str) -> Result<PostPolicy, Refusal> {
        PostPolicy::parse(&STANDARD.encode(format!(
            r#"{{"expiration":"2099-01-01T00:00:00.000Z","conditions":[{conditions}]}}"#
        )))
    }

    fn check(conditions: &str, fields: &[(&str, &str)]) -> Result<(), String> {
        let now = OffsetDateTime::UNIX_EPOCH;
        policy(conditions)
            .unwrap()
            .check(&Fields::of(fields), "b", "uploads/a.png", now)
            .map_err(|refusal| refusal.message)
    }

    #[test]
    fn every_condition_has_to_hold() {
        let conditions = r#"{"bucket":"b"},["starts-with","$key","uploads/"],["eq","$Content-Type","image/png"]"#;
        let fields = [("key", "uploads/${filename}"), ("content-type", "image/png")];
        assert_eq!(check(conditions, &fields), Ok(()));
        let failed = |fields: &[(&str, &str)]| check(conditions, fields).unwrap_err();
        insta::assert_snapshot!(
            failed(&[("key", "uploads/a"), ("content-type", "image/gif")]),
            @r#"Invalid according to Policy: Policy Condition failed: ["eq", "$content-type", "image/png"]"#
        );
        insta::assert_snapshot!(
            failed(&[("key", "uploads/a"), ("content-type", "image/png"), ("x-amz-meta-a", "1"), ("x-ignore-b", "2")]),
            @"Invalid according to Policy: Extra input fields: x-amz-meta-a"
        );
        insta::assert_snapshot!(
            check(r#"["starts-with","$key","other/"]"#, &[("key", "uploads/a")]).unwrap_err(),
            @r#"Invalid according to Policy: Policy Condition failed: ["starts-with", "$key", "other/"]"#
        );
        assert_eq!(
            check(
                r#"["starts-with","$x-amz-meta-a",""],{"key":"uploads/a.png"}"#,
                &[("key", "uploads/a.png")]
            ),
            Ok(())
        );
        assert!(
            check(
                r#"["starts-with","$content-type","image/"]"#,
                &[("content-type", "image/png, text/html")]
            )
            .is_err()
        );
    }

    #[test]
    fn what_is_no_policy_is_refused() {
        let refused = |text: &str| PostPolicy::parse(text).unwrap_err().message;
        insta::assert_snapshot!(refused("?"), @"Invalid Policy: Could not decode base-64 policy.");
        insta::assert_snapshot!(refused(&STANDARD.encode("{")), @"Invalid Policy: Invalid JSON.");
        insta::assert_snapshot!(refused(&STANDARD.encode("{}")), @"Invalid Policy: Policy missing expiration.");
        insta::assert_snapshot!(
            policy(r#"["like","$key","a"]"#).unwrap_err().message,
            @r#"Invalid Policy: Invalid Simple-Condition: ["like","$key","a"]"#
        );
        assert_eq!(
            policy(r#"["content-length-range",1,10],["content-length-range",5,20]"#)
                .unwrap()
                .length_range(),
            Some((5, 10))
        );
    }
}
