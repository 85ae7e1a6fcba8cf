//! Whether a bucket policy is public: whether it lets in more than principals, networks and accounts that it names.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html#access-control-block-public-access-policy-status>.

use std::net::IpAddr;

use serde_json::Value;

/// The keys by which an Allow for everybody can be limited to somebody.
const KEYS: [&str; 16] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

/// Whether a policy is public. Every Allow for everybody counts as public until a condition limits it to fixed values.
pub(crate) fn is_public(policy: &str) -> bool {
    let document: Value = serde_json::from_str(policy).unwrap_or_default();
    let statements = elements(&document["Statement"]);
    statements.into_iter().any(|statement| {
        let names_everybody = |names: &Value| elements(names).into_iter().any(|name| name == "*");
        let for_everybody = statement.get("NotPrincipal").is_some()
            || names_everybody(&statement["Principal"])
            || names_everybody(&statement["Principal"]["AWS"]);
        statement["Effect"] == "Allow" && for_everybody && !is_limited(&statement["Condition"])
    })
}

fn is_limited(condition: &Value) -> bool {
    condition.as_object().is_some_and(|operators| {
        operators.iter().any(|(operator, keys)| {
            let operator = operator.to_ascii_lowercase();
            // these let through more than what they name
            let wide = operator.contains("not")
                || operator.ends_with("ifexists")
                || operator == "null"
                || operator.starts_with("forallvalues:");
            let limits = |(key, values): (&String, &Value)| {
                let key = key.to_ascii_lowercase();
                KEYS.contains(&key.as_str())
                    && elements(values).into_iter().all(|value| is_fixed(&key, value))
            };
            !wide && keys.as_object().is_some_and(|keys| keys.iter().any(limits))
        })
    })
}

fn is_fixed(key: &str, value: &Value) -> bool {
    let Some(text) = value.as_str() else { return false };
    match key {
        "aws:sourceip" => !is_wide(text),
        // a role's sessions, under whatever name
        "aws:userid" => !text.strip_suffix(":*").unwrap_or(text).contains(['*', '?', '$']),
        // any access point of an account
        "s3:dataaccesspointarn" => {
            let parts: Vec<&str> = text.split(':').collect();
            parts.get(4).is_some_and(|account| {
                account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit())
            })
        }
        _ => !text.contains(['*', '?', '$']),
    }
}

/// Whether a network is wider than /8 (IPv4) or /32 (IPv6), private ones aside.
fn is_wide(network: &str) -> bool {
    let (address, prefix) = network
        .split_once('/')
        .map_or((network, None), |(address, prefix)| (address, prefix.parse::<u8>().ok()));
    match address.parse::<IpAddr>() {
        Ok(IpAddr::V4(_)) => prefix.is_some_and(|prefix| prefix < 8),
        Ok(IpAddr::V6(_)) => prefix.is_some_and(|prefix| prefix < 32),
        Err(_) => true,
    }
}

/// A value that may stand alone or in a list.
fn elements(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        value => vec![value],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(effect: &str, principal: &str, condition: &str) -> String {
        format!(
            r#"{{"Statement":{{"Effect":"{effect}","Principal":{principal},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*","Condition":{condition}}}}}"#
        )
    }

    #[test]
    fn public_is_an_allow_for_everybody_that_nothing_limits() {
        assert!(is_public(&policy("Allow", r#""*""#, "{}")));
        assert!(is_public(&policy("Allow", r#"{"AWS":["*"]}"#, "{}")));
        assert!(!is_public(&policy("Deny", r#""*""#, "{}")));
        assert!(!is_public(&policy("Allow", r#"{"AWS":"arn:aws:iam::111122223333:root"}"#, "{}")));
        assert!(!is_public(&policy("Allow", r#"{"Service":"cloudtrail.amazonaws.com"}"#, "{}")));
    }

    #[test]
    fn a_condition_limits_by_fixed_values_of_certain_keys() {
        let limits = |condition: &str| !is_public(&policy("Allow", r#""*""#, condition));
        for condition in [
            r#"{"StringEquals":{"aws:PrincipalAccount":"111122223333"}}"#,
            r#"{"StringLike":{"aws:SourceVpc":"vpc-91237329"}}"#,
            r#"{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","10.0.0.0/8"]}}"#,
            r#"{"StringLike":{"aws:userid":"AROAEXAMPLE:*"}}"#,
            r#"{"StringLike":{"s3:DataAccessPointArn":"arn:aws:s3:us-west-2:123456789012:accesspoint/*"}}"#,
        ] {
            assert!(limits(condition), "{condition}");
        }
        for condition in [
            r#"{"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}}"#,
            r#"{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","0.0.0.0/1"]}}"#,
            r#"{"StringNotEquals":{"aws:PrincipalAccount":"111122223333"}}"#,
            r#"{"StringEqualsIfExists":{"aws:PrincipalAccount":"111122223333"}}"#,
            r#"{"StringLike":{"aws:SourceVpc":"vpc-*"}}"#,
            r#"{"StringEquals":{"aws:UserAgent":"me"}}"#,
            r#"{"Bool":{"aws:SecureTransport":"true"}}"#,
        ] {
            assert!(!limits(condition), "{condition}");
        }
    }
}
