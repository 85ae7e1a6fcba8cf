//! Whom a trust policy names: IAM keeps none whose principals are not there.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html>.

use serde_json::Value;

use crate::account::Account;
use crate::query::QueryError;
use crate::state::State;

/// Identity providers that have no ARN.
pub(crate) const PUBLIC_PROVIDERS: [&str; 4] = [
    "accounts.google.com",
    "cognito-identity.amazonaws.com",
    "graph.facebook.com",
    "www.amazon.com",
];

/// Refuses a document that names somebody who is not there. Its form has been checked.
pub(super) fn check(account: &Account, state: &State, document: &str) -> Result<(), QueryError> {
    let document: Value = serde_json::from_str(document).unwrap_or_default();
    for statement in elements(&document["Statement"]) {
        for principal in [&statement["Principal"], &statement["NotPrincipal"]] {
            let Some(kinds) = principal.as_object() else { continue };
            for (kind, names) in kinds {
                for name in elements(names).into_iter().filter_map(Value::as_str) {
                    if !is_there(account, state, kind, name) {
                        return Err(QueryError::malformed_policy(format!(
                            "Invalid principal in policy: \"{}\":\"{name}\"",
                            kind.to_ascii_uppercase()
                        )));
                    }
                }
            }
        }
    }
    Ok(())
}

fn elements(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        Value::Null => Vec::new(),
        value => vec![value],
    }
}

fn is_there(account: &Account, state: &State, kind: &str, name: &str) -> bool {
    match kind {
        "AWS" => is_aws_principal(account, state, name),
        "Service" => name.ends_with(".amazonaws.com") || name.ends_with(".amazonaws.com.cn"),
        "Federated" => {
            PUBLIC_PROVIDERS.contains(&name)
                || name.contains(":oidc-provider/")
                || name.contains(":saml-provider/")
        }
        // no trust policy can name one
        _ => false,
    }
}

/// Everybody, an account, or a user, role or session; of the account's own users and roles only those that are there.
pub(crate) fn is_aws_principal(account: &Account, state: &State, name: &str) -> bool {
    name == "*" || is_account(name) || is_arn_there(account, state, name)
}

fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_arn_there(account: &Account, state: &State, arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let &["arn", partition, service, "", of_account, resource] = parts.as_slice() else {
        return false;
    };
    if partition != account.region.partition().to_string()
        || !is_account(of_account)
        || resource.contains(['*', '?'])
    {
        return false;
    }
    // who is in another account cannot be known here
    let elsewhere = of_account != account.id.as_str();
    match (service, resource.split_once('/')) {
        ("iam", None) => resource == "root",
        ("iam", Some(("user", rest))) => {
            elsewhere
                || state.users.iter().any(|(name, user)| {
                    user.path.strip_prefix('/').is_some_and(|path| format!("{path}{name}") == rest)
                })
        }
        ("iam", Some(("role", rest))) => {
            elsewhere
                || state.roles.iter().any(|(name, role)| {
                    role.path.strip_prefix('/').is_some_and(|path| format!("{path}{name}") == rest)
                })
        }
        ("sts", Some(("assumed-role", rest))) => {
            rest.split_once('/').is_some_and(|(role, session)| {
                !session.is_empty() && (elsewhere || state.roles.contains_key(role))
            })
        }
        ("sts", Some(("federated-user", _))) => true,
        _ => false,
    }
}
