//! Who asks: an access key or a token in the header `Authorization`, as the contract's `[auth]` says.

mod bearer;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(super) mod fixtures;
mod identity;
mod jwk_set;
mod jwks;
mod keys;
mod narrowing;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
mod tokens;

use std::sync::Arc;

use axum::http::HeaderMap;

use crate::ca_certificates::CaCertificates;
use gatepass_core::contract::{AccessKey, Auth};

use super::error::ApiError;
use keys::AccessKeys;
use tokens::Tokens;

pub(super) use identity::Identity;
pub use jwks::KeysUnavailable;
pub(super) use jwks::{IssuerState, unavailable as issuer_unavailable};

/// Everybody who may ask.
pub(super) struct Authenticator {
    keys: AccessKeys,
    tokens: Option<Tokens>,
}

impl Authenticator {
    /// Gets the keys that tokens are checked with, beginning with those that the `present` one has.
    pub(super) async fn open(
        auth: &Auth,
        ca_certificates: &CaCertificates,
        present: Option<&Self>,
    ) -> Result<Self, KeysUnavailable> {
        let tokens = match &auth.jwt {
            Some(jwt) => Some(
                Tokens::open(
                    jwt,
                    ca_certificates,
                    present.and_then(|present| present.tokens.as_ref()),
                )
                .await?,
            ),
            None => None,
        };
        Ok(Self { keys: AccessKeys::new(&auth.keys), tokens })
    }

    /// Whether the tokens' issuer answers.
    pub(super) fn issuer(&self) -> IssuerState {
        self.tokens.as_ref().map_or(IssuerState::Available, Tokens::state)
    }

    /// Whether a caller could be authenticated by an API key.
    pub(super) fn has_keys(&self) -> bool {
        !self.keys.is_empty()
    }

    /// Who asks.
    ///
    /// # Errors
    /// 401 where nobody is named, or nobody whom the contract knows; 403 where a token's claims are of no use; 503 where it cannot
    /// be checked now.
    pub(super) async fn authenticate(
        &self,
        headers: &HeaderMap,
    ) -> Result<Arc<Identity>, ApiError> {
        let token = bearer::token(headers)?;
        match &self.tokens {
            Some(tokens) if !token.starts_with(AccessKey::PREFIX) => {
                tokens.verify(token).await.map(Arc::new)
            }
            _ => self
                .keys
                .find(token)
                .ok_or_else(|| bearer::invalid("the access key is not one that is accepted here")),
        }
    }
}
