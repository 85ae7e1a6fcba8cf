//! Who am I.

use crate::account::Principal;
use crate::authorize::{self, Ask};
use crate::query::{Call, QueryError};
use crate::xml::Xml;

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

/// There is one account here. Takes a permission of its own.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html>
pub(super) fn of_access_key(call: &Call<'_>) -> Answer {
    call.params.required("AccessKeyId")?;
    check(call, "sts:GetAccessKeyInfo")?;
    let mut xml = Xml::default();
    xml.text("Account", call.account.id.as_str());
    Ok(Some(xml))
}

/// No refusal here comes with an encoded message, so there is none to decode. Takes a permission of its own.
/// <https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>
pub(super) fn decode_message(call: &Call<'_>) -> Answer {
    call.params.required("EncodedMessage")?;
    check(call, "sts:DecodeAuthorizationMessage")?;
    Err(QueryError::bad_request("InvalidAuthorizationMessageException", "Message is not valid"))
}

fn check(call: &Call<'_>, action: &str) -> Result<(), QueryError> {
    authorize::decide(call.account, &Ask::new(Some(call.caller), action, "*", call.context))
        .map_err(|denied| QueryError::access_denied(denied.to_string()))
}
