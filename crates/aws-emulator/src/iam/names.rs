//! The forms of names and paths.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.

use crate::query::{Params, QueryError};

/// A parameter that is a name: letters, digits and `_+=,.@-`.
pub(super) fn name<'a>(
    params: &'a Params,
    parameter: &str,
    longest: usize,
) -> Result<&'a str, QueryError> {
    let name = params.required(parameter)?;
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if name.bytes().all(letter) && name.len() <= longest {
        return Ok(name);
    }
    let parameter = format!("{}{}", parameter[..1].to_ascii_lowercase(), &parameter[1..]);
    Err(QueryError::validation(if name.len() > longest {
        format!(
            "1 validation error detected: Value '{name}' at '{parameter}' failed to satisfy constraint: \
             Member must have length less than or equal to {longest}"
        )
    } else {
        format!(
            "The specified value for {parameter} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
        )
    }))
}

/// The parameter `GroupName`.
pub(super) fn group_name(params: &Params) -> Result<&str, QueryError> {
    name(params, "GroupName", 128)
}

/// The parameter `RoleName`.
pub(super) fn role_name(params: &Params) -> Result<&str, QueryError> {
    name(params, "RoleName", 64)
}

/// The parameter `UserName`.
pub(super) fn user_name(params: &Params) -> Result<&str, QueryError> {
    name(params, "UserName", 64)
}

/// The parameter `PolicyArn`.
pub(super) fn policy_arn(params: &Params) -> Result<&str, QueryError> {
    let arn = params.required("PolicyArn")?;
    if arn.len() < 20 {
        return Err(QueryError::validation(format!(
            "1 validation error detected: Value '{arn}' at 'policyArn' failed to satisfy constraint: \
             Member must have length greater than or equal to 20"
        )));
    }
    let is_policy = arn.starts_with("arn:")
        && arn.splitn(6, ':').last().is_some_and(|rest| rest.starts_with("policy/"));
    if is_policy {
        Ok(arn)
    } else {
        Err(QueryError::invalid_input(format!("ARN {arn} is not valid.")))
    }
}

/// The parameter `VersionId` of a managed policy.
pub(super) fn version_id(params: &Params) -> Result<&str, QueryError> {
    let id = params.required("VersionId")?;
    let number = id.strip_prefix('v').unwrap_or_default();
    if number.bytes().all(|byte| byte.is_ascii_digit())
        && !number.is_empty()
        && !number.starts_with('0')
    {
        return Ok(id);
    }
    Err(QueryError::validation(format!(
        "1 validation error detected: Value '{id}' at 'versionId' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: v[1-9][0-9]*(\\.[A-Za-z0-9-]*)?"
    )))
}

/// The parameter `Path`; `/` unless given.
pub(super) fn path(params: &Params) -> Result<&str, QueryError> {
    let path = params.get("Path").unwrap_or("/");
    if is_path(path) {
        Ok(path)
    } else {
        Err(QueryError::validation(
            "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.",
        ))
    }
}

/// Whether a text has the form of a path.
pub(super) fn is_path(path: &str) -> bool {
    path.starts_with('/')
        && path.ends_with('/')
        && path.len() <= 512
        && path.bytes().all(|byte| (0x21..=0x7e).contains(&byte))
}
