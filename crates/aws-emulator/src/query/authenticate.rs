//! Who calls IAM or STS.

use hyper::http::request::Parts;
use secrecy::ExposeSecret as _;
use time::{Duration, OffsetDateTime};

use crate::account::{Account, KeyRefusal, Principal};
use crate::sigv4::{Claim, Place, payload_hash};

use super::QueryError;

/// How far a request's date may be from now.
const SKEW: Duration = Duration::minutes(15);

/// Checks the signature, with the body under it, and tells whose it is.
pub(super) fn authenticate(
    account: &Account,
    service: &str,
    parts: &Parts,
    body: &[u8],
) -> Result<Principal, QueryError> {
    let claim = Claim::read(parts)
        .map_err(|unreadable| QueryError::incomplete_signature(unreadable.problem))?
        .ok_or_else(QueryError::missing_token)?;
    let now = OffsetDateTime::now_utc();
    if !is_in_time(&claim, now) {
        return Err(QueryError::signature_does_not_match(format!(
            "Signature expired: {} is too far from the server's time",
            claim.date
        )));
    }
    let key = account.access_key(&claim.scope.access_key_id, claim.token.as_deref(), now).map_err(
        |refusal| match refusal {
            KeyRefusal::Unknown | KeyRefusal::InvalidToken => QueryError::invalid_client_token(),
            KeyRefusal::ExpiredToken => QueryError::expired_token(),
        },
    )?;
    let regions = [account.region.as_str(), "us-east-1"];
    if !regions.contains(&claim.scope.region.as_str())
        || claim.scope.service != service
        || !claim.date.starts_with(&claim.scope.date)
    {
        return Err(QueryError::signature_does_not_match(format!(
            "Credential should be scoped to a valid region, not '{}', to correct service: '{service}' and to the date of the request.",
            claim.scope.region
        )));
    }
    // a query has its date under the signature as a whole
    let needed: &[&str] =
        if claim.place == Place::Query { &["host"] } else { &["host", "x-amz-date"] };
    if let Some(name) =
        needed.iter().find(|name| !claim.signed_headers.iter().any(|signed| signed == *name))
    {
        return Err(QueryError::signature_does_not_match(format!(
            "'{name}' must be a 'SignedHeader' in the AWS Authorization."
        )));
    }
    let string_to_sign = claim.string_to_sign(&claim.canonical_request(parts, &payload_hash(body)));
    if !claim.is_signed_by(key.secret.expose_secret(), &string_to_sign) {
        return Err(QueryError::signature_does_not_match(
            "The request signature we calculated does not match the signature you provided. \
             Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
        ));
    }
    Ok(key.principal)
}

/// Whether a signature counts now: for fifteen minutes, or for as long as a query says, if that is less.
fn is_in_time(claim: &Claim, now: OffsetDateTime) -> bool {
    let age = now - claim.signed_at;
    let longest = match &claim.expires {
        None => SKEW,
        Some(seconds) => seconds
            .parse::<u32>()
            .map_or(Duration::ZERO, |seconds| Duration::seconds(i64::from(seconds)).min(SKEW)),
    };
    age >= -SKEW && age <= longest
}
