//! The forms of parameters that several actions have.

use crate::query::{Params, QueryError};

/// What is wrong about a parameter's value, in AWS's words.
pub(super) fn invalid(name: &str, value: &str, constraint: &str) -> QueryError {
    QueryError::validation(format!(
        "1 validation error detected: Value '{value}' at '{name}' failed to satisfy constraint: Member must {constraint}"
    ))
}

/// A text of this many characters.
pub(super) fn check_length(
    name: &str,
    text: &str,
    limits: std::ops::RangeInclusive<usize>,
) -> Result<(), QueryError> {
    let length = text.chars().count();
    if length < *limits.start() {
        return Err(invalid(
            name,
            text,
            &format!("have length greater than or equal to {}", limits.start()),
        ));
    }
    if length > *limits.end() {
        return Err(invalid(
            name,
            text,
            &format!("have length less than or equal to {}", limits.end()),
        ));
    }
    Ok(())
}

/// `RoleArn` or `PrincipalArn`: the ARN of something of this kind in IAM.
pub(super) fn arn<'a>(
    params: &'a Params,
    name: &str,
    parameter: &str,
    kind: &str,
) -> Result<&'a str, QueryError> {
    let text = params.required(parameter)?;
    check_length(name, text, 20..=2048)?;
    let parts: Vec<&str> = text.splitn(6, ':').collect();
    let ["arn", partition, service, region, account, resource] = parts.as_slice() else {
        return Err(QueryError::validation(format!("{text} is invalid")));
    };
    if [partition, service, resource].iter().any(|part| part.is_empty()) {
        return Err(QueryError::validation(format!("{text} is invalid")));
    }
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let is_named = resource
        .strip_prefix(kind)
        .and_then(|rest| rest.strip_prefix('/'))
        .is_some_and(|name| !name.is_empty());
    if *service != "iam" || !region.is_empty() || !is_account || !is_named {
        return Err(QueryError::validation("Request ARN is invalid"));
    }
    Ok(text)
}
