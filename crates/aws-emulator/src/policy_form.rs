//! Whether a text is a policy document of its kind at all: what IAM and S3 refuse before they keep it.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html>.

use std::borrow::Cow;

use serde_json::{Map, Value};

use iam_policy::evaluate::Policy;

/// The kinds of policy documents that are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind<'a> {
    /// A role's trust policy: principals, no resources.
    Trust,
    /// An identity policy: resources, no principals.
    Identity,
    /// The policy of the bucket with this ARN: principals, and resources in it.
    Bucket(&'a str),
}

/// Tells what is wrong with a document, in the words of the service that refuses it.
pub(crate) fn check(kind: Kind<'_>, text: &str) -> Result<(), Cow<'static, str>> {
    let not_json = match kind {
        Kind::Trust => "This policy contains invalid Json",
        Kind::Identity => "Syntax errors in policy.",
        Kind::Bucket(_) => "Policies must be valid JSON and the first byte must be '{'",
    };
    let json: Value = serde_json::from_str(text).map_err(|_| not_json)?;
    let Some(document) = json.as_object() else { return Err(not_json.into()) };
    if document.keys().any(|key| !["Version", "Id", "Statement"].contains(&key.as_str())) {
        return Err("Syntax errors in policy.".into());
    }
    if document
        .get("Version")
        .is_some_and(|version| version != "2012-10-17" && version != "2008-10-17")
    {
        return Err("The policy must contain a valid version string".into());
    }
    let statements = elements(document.get("Statement").ok_or("Missing required field Statement")?);
    if statements.is_empty() {
        return Err("Could not parse the policy: Statement is empty!".into());
    }
    let mut sids = std::collections::BTreeSet::new();
    for statement in statements {
        let statement = statement.as_object().ok_or("Syntax errors in policy.")?;
        check_statement(kind, statement)?;
        if let Some(sid) =
            statement.get("Sid").and_then(Value::as_str).filter(|sid| !sid.is_empty())
            && !sids.insert(sid)
        {
            return Err("Statement IDs (SID) in a single policy must be unique.".into());
        }
    }
    // an operator that there is not, a value that its operator cannot compare, …
    Policy::parse(&json).map(|_| ()).map_err(|error| {
        tracing::debug!(%error, "a policy cannot be evaluated");
        "Syntax errors in policy.".into()
    })
}

fn check_statement(
    kind: Kind<'_>,
    statement: &Map<String, Value>,
) -> Result<(), Cow<'static, str>> {
    const KNOWN: [&str; 9] = [
        "Sid",
        "Effect",
        "Principal",
        "NotPrincipal",
        "Action",
        "NotAction",
        "Resource",
        "NotResource",
        "Condition",
    ];
    if statement.keys().any(|key| !KNOWN.contains(&key.as_str())) {
        return Err("Unknown field in a statement".into());
    }
    let one_of = |name: &str, not: &str| match (statement.get(name), statement.get(not)) {
        (Some(value), None) | (None, Some(value)) => Ok(Some(value)),
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err("Syntax errors in policy."),
    };
    match statement.get("Effect").and_then(Value::as_str) {
        Some("Allow" | "Deny") => {}
        Some(_) => return Err("Invalid effect".into()),
        None => return Err("Missing required field Effect".into()),
    }
    let no_action = if kind == Kind::Identity {
        "Policy statement must contain actions."
    } else {
        "Missing required field Action"
    };
    let actions = texts(one_of("Action", "NotAction")?.ok_or(no_action)?)?;
    if actions.is_empty()
        || !actions.iter().all(|action| *action == "*" || action.split_once(':').is_some())
    {
        return Err("Policy has invalid action".into());
    }
    let principal = one_of("Principal", "NotPrincipal")?;
    let resource = one_of("Resource", "NotResource")?.map(texts).transpose()?;
    if statement.get("Condition").is_some_and(|condition| !is_condition(condition)) {
        return Err("Conditions must be specified as operators over keys and values".into());
    }
    if kind == Kind::Trust
        && !actions.iter().all(|action| action.to_ascii_lowercase().starts_with("sts:"))
    {
        return Err("AssumeRole policy may only specify STS AssumeRole actions.".into());
    }
    match kind {
        Kind::Trust if resource.is_some() => Err("Has prohibited field Resource".into()),
        Kind::Identity if principal.is_some() => {
            Err("Policy document should not specify a principal.".into())
        }
        Kind::Trust | Kind::Bucket(_) if principal.is_none() => {
            Err("Missing required field Principal".into())
        }
        Kind::Trust | Kind::Bucket(_) if !principal.is_some_and(is_principal) => {
            Err("Invalid principal in policy".into())
        }
        Kind::Trust => Ok(()),
        Kind::Identity => {
            let resources = resource.ok_or("Policy statement must contain resources.")?;
            let well_formed = |resource: &&str| *resource == "*" || resource.starts_with("arn:");
            match resources.iter().find(|resource| !well_formed(resource)) {
                Some(resource) => {
                    Err(format!("Resource {resource} must be in ARN format or \"*\".").into())
                }
                None => Ok(()),
            }
        }
        Kind::Bucket(bucket) => {
            if !actions
                .iter()
                .all(|action| *action == "*" || action.to_ascii_lowercase().starts_with("s3:"))
            {
                return Err("Policy has invalid action".into());
            }
            let resources = resource.ok_or("Missing required field Resource")?;
            let within = |resource: &&str| {
                resource
                    .strip_prefix(bucket)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '*']))
            };
            if resources.iter().all(within) {
                Ok(())
            } else {
                Err("Policy has invalid resource".into())
            }
        }
    }
}

/// A value that may stand alone or in a list.
pub(crate) fn elements(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        value => vec![value],
    }
}

/// The same, of texts.
pub(crate) fn texts(value: &Value) -> Result<Vec<&str>, &'static str> {
    elements(value)
        .into_iter()
        .map(|value| value.as_str().ok_or("Syntax errors in policy."))
        .collect()
}

/// `"*"`, or kinds of principals with their names.
fn is_principal(value: &Value) -> bool {
    match value {
        Value::String(text) => text == "*",
        Value::Object(kinds) => {
            !kinds.is_empty()
                && kinds.iter().all(|(kind, names)| {
                    ["AWS", "Service", "Federated", "CanonicalUser"].contains(&kind.as_str())
                        && texts(names).is_ok_and(|names| !names.is_empty())
                })
        }
        _ => false,
    }
}

/// Operators over keys over one or more plain values.
fn is_condition(value: &Value) -> bool {
    let plain = |value: &Value| value.is_string() || value.is_boolean() || value.is_number();
    let Value::Object(operators) = value else { return false };
    operators.values().all(|keys| {
        keys.as_object()
            .is_some_and(|keys| keys.values().all(|values| elements(values).into_iter().all(plain)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUCKET: Kind<'_> = Kind::Bucket("arn:aws:s3:::b");

    fn bucket_policy(resource: &str, principal: &str) -> String {
        format!(
            r#"{{"Statement":[{{"Effect":"Deny","Principal":{principal},"Action":"s3:*","Resource":{resource}}}]}}"#
        )
    }

    #[test]
    fn a_bucket_policy_stays_in_its_bucket() {
        for resource in [
            r#""arn:aws:s3:::b""#,
            r#"["arn:aws:s3:::b/*","arn:aws:s3:::b"]"#,
            r#""arn:aws:s3:::b*""#,
        ] {
            assert_eq!(check(BUCKET, &bucket_policy(resource, r#""*""#)), Ok(()));
        }
        for resource in
            [r#""arn:aws:s3:::bb/*""#, r#"["arn:aws:s3:::b","arn:aws:s3:::c/*"]"#, r#""*""#]
        {
            assert_eq!(
                check(BUCKET, &bucket_policy(resource, r#""*""#)),
                Err("Policy has invalid resource".into())
            );
        }
    }

    #[test]
    fn what_is_no_policy_is_refused_in_the_services_words() {
        let cases = [
            (BUCKET, "nonsense", "Policies must be valid JSON and the first byte must be '{'"),
            (BUCKET, "{}", "Missing required field Statement"),
            (
                BUCKET,
                r#"{"Version":"2012","Statement":[]}"#,
                "The policy must contain a valid version string",
            ),
            (BUCKET, r#"{"Statement":{"Effect":"allow"}}"#, "Invalid effect"),
            (
                BUCKET,
                r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::b"}}"#,
                "Missing required field Principal",
            ),
            (
                Kind::Trust,
                r#"{"Statement":{"Effect":"Allow","Action":"sts:AssumeRole","Principal":"*","Resource":"*"}}"#,
                "Has prohibited field Resource",
            ),
            (
                Kind::Identity,
                r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Principal":"*","Resource":"*"}}"#,
                "Policy document should not specify a principal.",
            ),
            (
                Kind::Identity,
                r#"{"Statement":{"Effect":"Allow","Action":"s3:*"}}"#,
                "Policy statement must contain resources.",
            ),
            (
                Kind::Identity,
                r#"{"Statement":{"Effect":"Allow","Resource":"*"}}"#,
                "Policy statement must contain actions.",
            ),
            (
                Kind::Identity,
                r#"{"Statement":{"Effect":"Allow","Action":"everything","Resource":"*"}}"#,
                "Policy has invalid action",
            ),
            (
                Kind::Identity,
                r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":["*","b"]}}"#,
                "Resource b must be in ARN format or \"*\".",
            ),
        ];
        for (kind, text, problem) in cases {
            assert_eq!(check(kind, text), Err(problem.into()), "{text}");
        }
    }

    #[test]
    fn a_statement_id_stands_once() {
        let statement = r#"{"Sid":"A","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"arn:aws:s3:::b"}"#;
        let text = format!(r#"{{"Statement":[{statement},{statement}]}}"#);
        assert_eq!(
            check(BUCKET, &text),
            Err("Statement IDs (SID) in a single policy must be unique.".into())
        );
    }
}
