//! A role for whom a SAML provider vouches. IAM's SAML providers are not kept here, so none vouches for anybody: a request is refused
//! for what is wrong about it, and at last for the provider that is not there.
//! See <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html>.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::query::{Params, QueryError};
use crate::xml;

use super::parameters::{arn, check_length};

/// The longest assertion, in characters.
const LONGEST: usize = 100_000;

/// Why nobody gets into the role.
pub(super) fn refuse(params: &Params) -> QueryError {
    match check(params) {
        Ok(()) => invalid("Specified provider doesn't exist"),
        Err(refused) => refused,
    }
}

fn check(params: &Params) -> Result<(), QueryError> {
    arn(params, "roleArn", "RoleArn", "role")?;
    arn(params, "principalArn", "PrincipalArn", "saml-provider")?;
    let assertion = params.required("SAMLAssertion")?;
    check_length("sAMLAssertion", assertion, 4..=LONGEST)?;
    params.number("DurationSeconds", 900..=43_200)?;
    let letters: String = assertion.split_whitespace().collect();
    let document = STANDARD.decode(letters).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let elements = document.as_deref().and_then(xml::elements).unwrap_or_default();
    let root = elements.last().and_then(|root| root.path.first());
    if root.is_none_or(|root| root != "Response") {
        return Err(invalid("Invalid base64 SAMLResponse"));
    }
    Ok(())
}

fn invalid(message: &str) -> QueryError {
    QueryError::bad_request("InvalidIdentityToken", message)
}
