//! STS: who am I, and temporary credentials for users and roles.
//! See <https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html>.

mod assume_role;
mod caller_identity;
mod parameters;
mod saml;
mod session_token;
mod web_identity;

use super::account::Account;
use super::iam;
use super::query::{Call, Params, QueryError};
use super::xml::Xml;
use iam_policy::evaluate::RequestContext;

/// What a call answers: the content of its `…Result` element.
type Answer = Result<Option<Xml>, QueryError>;

/// The refusal of an action that nobody signs, for it brings somebody else's word instead; None for the others.
pub(super) fn refuse_unsigned(
    action: &str,
    account: &Account,
    params: &Params,
    context: &RequestContext,
) -> Option<QueryError> {
    match action {
        "AssumeRoleWithWebIdentity" => Some(web_identity::refuse(account, params, context)),
        "AssumeRoleWithSAML" => Some(saml::refuse(params)),
        _ => None,
    }
}

/// Runs one action.
pub(super) fn call(action: &str, call: &Call<'_>) -> Answer {
    match action {
        "AssumeRole" => assume_role::assume_role(call),
        "GetCallerIdentity" => caller_identity::get(call),
        "GetSessionToken" => session_token::get(call),
        "DecodeAuthorizationMessage" => caller_identity::decode_message(call),
        "GetAccessKeyInfo" => caller_identity::of_access_key(call),
        _ => Err(QueryError::invalid_action(action, "2011-06-15")),
    }
}

/// `<Credentials>`
fn write_credentials(
    xml: &mut Xml,
    access_key_id: &str,
    secret_access_key: &str,
    token: &str,
    expires: i64,
) {
    xml.element("Credentials", |xml| {
        xml.text("AccessKeyId", access_key_id);
        xml.text("SecretAccessKey", secret_access_key);
        xml.text("SessionToken", token);
        xml.text("Expiration", &iam::date(expires));
    });
}
