//! Another contract for an endpoint that runs.

use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::mpsc;

use gatepass_core::contract::Contract;
use gatepass_core::grant::SigningCredentials;

use super::credentials::CredentialSource;
use super::listener::{Fixed, ServerError, ServerOptions, app};
use super::routes::App;

/// Credentials that sign from now on.
pub(super) struct Source<C> {
    pub(super) credentials: C,
    pub(super) first: Arc<SigningCredentials>,
}

/// Gives an endpoint that runs another contract.
///
/// Requests that have begun end under the contract that they began under; the next one on the same connection comes under the new one. What
/// has been counted against limits counts on.
pub struct Reloader<C> {
    pub(super) current: Arc<ArcSwap<App>>,
    pub(super) sources: mpsc::Sender<Source<C>>,
    pub(super) fixed: Fixed,
}

impl<C: CredentialSource> Reloader<C> {
    /// Puts a contract in the place of the present one, with everything that belongs to it. Where it listens, and how many connections it
    /// serves, stays as it is.
    ///
    /// # Errors
    /// As [`Server::bind`](super::Server::bind); then the present one stays, with everything that belongs to it.
    pub async fn reload(
        &self,
        contract: &Contract,
        credentials: C,
        options: ServerOptions,
    ) -> Result<(), ServerError> {
        let result = self.try_reload(contract, credentials, options).await;
        if let Some(metrics) = &self.fixed.metrics {
            metrics.count_reload(result.is_ok());
        }
        result
    }

    async fn try_reload(
        &self,
        contract: &Contract,
        credentials: C,
        options: ServerOptions,
    ) -> Result<(), ServerError> {
        let present = self.current.load_full();
        let first = credentials.current().await?;
        let new = app(contract, &first, options, &self.fixed, Some(&present.endpoint)).await?;
        // who follows the credentials stores them into the endpoint that is then the present one
        self.current.store(Arc::new(new));
        let _ = self.sources.send(Source { credentials, first }).await;
        Ok(())
    }

    /// Opens the audit's file again, after somebody moved it away.
    ///
    /// # Errors
    /// The file cannot be opened; the old one is written to further.
    pub async fn reopen_audit(&self) -> Result<(), super::AuditError> {
        let present = self.current.load_full();
        match present.endpoint.audit() {
            Some(audit) => audit.reopen().await,
            None => Ok(()),
        }
    }
}
