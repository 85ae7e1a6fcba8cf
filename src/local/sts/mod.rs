//! STS: who am I, and temporary credentials for a role.
//! See <https://docs.aws.amazon.com/STS/latest/APIReference/API_Operations.html>.

mod assume_role;
mod caller_identity;

use super::query::{Call, QueryError};
use super::xml::Xml;

/// What a call answers: the content of its `…Result` element.
type Answer = Result<Option<Xml>, QueryError>;

/// Runs one action.
pub(super) fn call(action: &str, call: &Call<'_>) -> Answer {
    match action {
        "AssumeRole" => assume_role::assume_role(call),
        "GetCallerIdentity" => caller_identity::get(call),
        _ => Err(QueryError::invalid_action(action)),
    }
}
