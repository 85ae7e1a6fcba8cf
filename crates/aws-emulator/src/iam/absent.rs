//! What users and the account do not have here. It is answered as where nobody made it, for whoever removes a user or looks at an
//! account asks for all of it.

use crate::query::{Call, QueryError};

use super::{Answer, page, users};

/// A list with nothing in it.
pub(super) fn list(call: &Call<'_>, element: &str) -> Answer {
    page::texts(call, element, [])
}

/// The same of the user that the call names, or who makes it.
pub(super) fn list_of_user(call: &Call<'_>, element: &str) -> Answer {
    users::find(&call.account.store.read(), users::own_or_named(call)?)?;
    list(call, element)
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetLoginProfile.html>
pub(super) fn login_profile(call: &Call<'_>) -> Answer {
    let name = users::own_or_named(call)?;
    users::find(&call.account.store.read(), name)?;
    Err(QueryError::no_such_entity(format!("Login Profile for User {name} cannot be found.")))
}

/// <https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountPasswordPolicy.html>
pub(super) fn password_policy(call: &Call<'_>) -> Answer {
    Err(QueryError::no_such_entity(format!(
        "The Password Policy with domain name {} cannot be found.",
        call.account.id
    )))
}
