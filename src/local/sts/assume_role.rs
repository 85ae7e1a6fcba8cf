//! Temporary credentials for a role.

use time::OffsetDateTime;

use crate::local::account::Principal;
use crate::local::iam;
use crate::local::ids;
use crate::local::policy_form::{self, Kind};
use crate::local::query::{Call, QueryError};
use crate::local::state::Session;
use crate::local::xml::Xml;

use super::Answer;

/// What a role that assumes another one gets at most (role chaining), in seconds.
const CHAINED: u32 = 3600;

/// Whether the role's trust policy lets the caller in is not asked yet: every principal of the account is let in.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>
pub(super) fn assume_role(call: &Call<'_>) -> Answer {
    let arn = call.params.required("RoleArn")?;
    let session_name = session_name(call)?;
    let seconds = call.params.number("DurationSeconds", 900..=43200)?;
    let policy = call.params.get("Policy").map(str::to_owned);
    if let Some(text) = &policy {
        policy_form::check(Kind::Identity, text).map_err(QueryError::malformed_policy)?;
    }
    let now = OffsetDateTime::now_utc().unix_timestamp();
    let access_key_id = ids::unique_id("ASIA", 16);
    let session = call.account.store.change(|state| {
        let role = arn
            .strip_prefix(&call.account.arn("iam", "role"))
            .and_then(|path_and_name| {
                let (path, name) = path_and_name.split_at(path_and_name.rfind('/')? + 1);
                state.roles.get_key_value(name).filter(|(_, role)| role.path == path)
            })
            .ok_or_else(|| not_authorized(call, arn))?;
        let (role_name, role) = role;
        let longest = if matches!(call.caller, Principal::Session(_)) { CHAINED } else { role.max_session_duration };
        let seconds = seconds.unwrap_or(CHAINED.min(longest));
        if seconds > longest {
            return Err(QueryError::validation(if longest == CHAINED && matches!(call.caller, Principal::Session(_)) {
                "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining."
            } else {
                "The requested DurationSeconds exceeds the MaxSessionDuration set for this role."
            }));
        }
        let session = Session {
            secret_access_key: ids::new_secret_access_key(),
            token: ids::session_token(),
            issued: Some(now),
            expires: now + i64::from(seconds),
            role_name: role_name.clone(),
            role_id: role.id.clone(),
            session_name: session_name.to_owned(),
            policy,
        };
        state.sessions.retain(|_, session| session.expires > now);
        state.sessions.insert(access_key_id.clone(), session.clone());
        Ok(session)
    })?;
    Ok(Some(answer(call, &access_key_id, &session)))
}

/// The parameter `RoleSessionName`.
fn session_name<'a>(call: &Call<'a>) -> Result<&'a str, QueryError> {
    let name = call.params.required("RoleSessionName")?;
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || b"_+=,.@-".contains(&byte);
    if (2..=64).contains(&name.len()) && name.bytes().all(letter) {
        return Ok(name);
    }
    Err(QueryError::validation(format!(
        "1 validation error detected: Value '{name}' at 'roleSessionName' failed to satisfy constraint: \
         Member must satisfy regular expression pattern: [\\w+=,.@-]{{2,64}}"
    )))
}

/// STS does not tell a role that does not exist from one that may not be assumed.
fn not_authorized(call: &Call<'_>, arn: &str) -> QueryError {
    let caller = call.account.principal_arn(call.caller);
    QueryError::access_denied(format!("User: {caller} is not authorized to perform: sts:AssumeRole on resource: {arn}"))
}

fn answer(call: &Call<'_>, access_key_id: &str, session: &Session) -> Xml {
    let mut xml = Xml::default();
    xml.element("Credentials", |xml| {
        xml.text("AccessKeyId", access_key_id);
        xml.text("SecretAccessKey", &session.secret_access_key);
        xml.text("SessionToken", &session.token);
        xml.text("Expiration", &iam::date(session.expires));
    });
    xml.element("AssumedRoleUser", |xml| {
        let principal = Principal::Session(session.clone());
        xml.text("AssumedRoleId", &format!("{}:{}", session.role_id, session.session_name));
        xml.text("Arn", &call.account.principal_arn(&principal));
    });
    xml
}
