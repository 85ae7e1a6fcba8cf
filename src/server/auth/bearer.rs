//! The header `Authorization: Bearer …`, and what it is answered with where it does not do (RFC 6750).

use std::borrow::Cow;

use axum::http::{HeaderMap, StatusCode, header};

use super::ApiError;

/// The longest token that is looked at, in bytes. The largest that identity providers give out are below 4 KiB.
const LONGEST: usize = 8 * 1024;

/// Where the token is good, and not for this.
pub(super) const INSUFFICIENT: &str = "Bearer realm=\"gatepass\", error=\"insufficient_scope\"";

/// The one token that a request carries.
pub(super) fn token(headers: &HeaderMap) -> Result<&str, ApiError> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let Some(value) = values.next() else {
        return Err(missing("the request does not say who asks"));
    };
    if values.next().is_some() {
        return Err(invalid("the request has the header `Authorization` twice"));
    }
    let Some((scheme, token)) = value.to_str().ok().and_then(|value| value.split_once(' ')) else {
        return Err(missing("the header `Authorization` has no scheme and token"));
    };
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Err(missing("the header `Authorization` has another scheme than Bearer"));
    }
    let token = token.trim_matches(' ');
    if token.len() > LONGEST {
        return Err(invalid("the token is longer than 8 KiB"));
    }
    Ok(token)
}

fn missing(message: &'static str) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "token_missing", message)
        .hint("send the header `Authorization: Bearer …` with an access key or a token")
        .challenge("Bearer realm=\"gatepass\"")
}

/// The token was good until a moment ago.
pub(super) fn expired() -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "token_expired", "the token has expired")
        .hint("get a new one from its issuer")
        .challenge("Bearer realm=\"gatepass\", error=\"invalid_token\"")
}

/// The token is none that is accepted here.
pub(super) fn invalid(message: impl Into<Cow<'static, str>>) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "token_invalid", message)
        .challenge("Bearer realm=\"gatepass\", error=\"invalid_token\"")
}
