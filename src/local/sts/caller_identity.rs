//! Who am I.

use crate::local::account::Principal;
use crate::local::query::Call;
use crate::local::xml::Xml;

use super::Answer;

/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html>
pub(super) fn get(call: &Call<'_>) -> Answer {
    let user_id = match call.caller {
        Principal::Root => call.account.id.to_string(),
        Principal::User(user) => user.id.clone(),
        Principal::Session(session) => format!("{}:{}", session.role_id, session.session_name),
    };
    let mut xml = Xml::default();
    xml.text("Arn", &call.account.principal_arn(call.caller));
    xml.text("UserId", &user_id);
    xml.text("Account", call.account.id.as_str());
    Ok(Some(xml))
}
