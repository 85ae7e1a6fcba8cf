//! Who asks: an access key or a token in the header `Authorization`, as the contract's `[auth]` says.

mod bearer;
mod identity;
mod keys;

use std::sync::Arc;

use axum::http::HeaderMap;

use crate::contract::Auth;

use super::error::ApiError;
use keys::AccessKeys;

pub(super) use identity::Identity;

/// Everybody who may ask.
pub(super) struct Authenticator {
    keys: AccessKeys,
}

impl Authenticator {
    pub(super) fn new(auth: &Auth) -> Self {
        Self { keys: AccessKeys::new(&auth.keys) }
    }

    /// Who asks.
    ///
    /// # Errors
    /// 401 where nobody is named, or nobody whom the contract knows.
    pub(super) fn authenticate(&self, headers: &HeaderMap) -> Result<Arc<Identity>, ApiError> {
        let token = bearer::token(headers)?;
        self.keys.find(token).ok_or_else(|| bearer::invalid("the access key is not one that is accepted here"))
    }
}
