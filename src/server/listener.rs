//! Listening, and stopping.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use crate::contract::Contract;
use crate::grant::SigningCredentials;

use super::auth::{Authenticator, KeysUnavailable};
use super::connection;
use super::credentials::{CredentialSource, CredentialsUnavailable, INTERVAL, follow};
use super::endpoint::{Endpoint, Equipment};
use super::limits::Limits;
use super::objects::Continuation;
use super::page::Page;
use super::proof::ProofSource;
use super::routes::App;

/// After an `accept` failed for lack of something (file descriptors, memory), the next one waits this long.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// What the contract does not say about an endpoint.
#[derive(Debug, Clone, Default)]
pub struct ServerOptions {
    /// Serve a page at `/` on which one drops a file.
    pub page: bool,
    /// What makes the proof that the page shows, where it shows one.
    pub proof: Option<Arc<dyn ProofSource>>,
    /// Listen on other than loopback without authentication, as `serve.allow_unauthenticated` in the contract does.
    pub allow_unauthenticated: bool,
    /// What uploads in parts are begun and gone on with; needed where the contract has them.
    pub continuation: Option<Continuation>,
}

/// Why an endpoint does not start.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address is not to be had.
    #[error("listening on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// Whoever reaches the address could upload.
    #[error("refusing to listen on {0}: everybody who reaches that address could upload, for the endpoint asks nobody who they are")]
    Unauthenticated(SocketAddr),
    /// [`ServerOptions::continuation`] is missing.
    #[error("the contract has uploads in parts, and there is nothing to begin them with")]
    NoContinuation,
    /// There is nothing to sign with.
    #[error(transparent)]
    Credentials(#[from] CredentialsUnavailable),
    /// There is nothing to check tokens with.
    #[error(transparent)]
    Keys(#[from] KeysUnavailable),
}

impl ServerError {
    /// The way out, where there is a known one.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Listen { source, .. } if source.kind() == io::ErrorKind::AddrInUse => {
                Some("another process listens there; choose another port, or port 0 for any free one")
            }
            Self::Unauthenticated(_) => Some(
                "say who may ask under [auth], listen on a loopback address behind something that authenticates, or say that this is meant: \
                 `allow_unauthenticated = true` under [serve], or --allow-unauthenticated",
            ),
            Self::Keys(_) => Some("see [auth.jwt] in the contract; without its issuer's keys the endpoint could let nobody in"),
            Self::Listen { .. } | Self::NoContinuation | Self::Credentials(_) => None,
        }
    }
}

/// A presign endpoint that listens; [`run`](Self::run) makes it answer.
pub struct Server<C> {
    listener: TcpListener,
    address: SocketAddr,
    app: App,
    credentials: C,
    first: Arc<SigningCredentials>,
    max_connections: usize,
}

impl<C: CredentialSource> Server<C> {
    /// Listens on the contract's address and gets the first credentials.
    ///
    /// # Errors
    /// When the address is taken, is open to others without a word that this is meant, or nothing can sign.
    pub async fn bind(contract: &Contract, credentials: C, options: ServerOptions) -> Result<Self, ServerError> {
        let address = contract.serve.listen;
        refuse_unauthenticated(address, contract, &options)?;
        let listener = TcpListener::bind(address).await.map_err(|source| ServerError::Listen { address, source })?;
        Self::on(listener, contract, credentials, options).await
    }

    /// The same on a listener that exists: for a contract whose origins name the port that the listener got.
    ///
    /// # Errors
    /// When the address is open to others without a word that this is meant, or nothing can sign.
    pub async fn on(listener: TcpListener, contract: &Contract, credentials: C, options: ServerOptions) -> Result<Self, ServerError> {
        let address = listener.local_addr().map_err(|source| ServerError::Listen { address: contract.serve.listen, source })?;
        refuse_unauthenticated(address, contract, &options)?;
        if contract.upload.multipart.is_some() && options.continuation.is_none() {
            return Err(ServerError::NoContinuation);
        }
        let first = credentials.current().await?;
        let page = options.page.then(|| Page::of(contract, options.proof));
        let authenticator = match &contract.auth {
            Some(auth) => Some(Authenticator::open(auth).await?),
            None => None,
        };
        let equipment = Equipment { page, continuation: options.continuation, authenticator, limits: Limits::new(contract) };
        let app = App::new(Endpoint::new(contract.clone(), SigningCredentials::clone(&first), equipment));
        let max_connections = contract.serve.max_connections.min(Semaphore::MAX_PERMITS);
        Ok(Self { listener, address, app, credentials, first, max_connections })
    }

    /// The address that is listened on, with its real port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Answers until `shutdown` ends; then takes no new connection, finishes what is running within the contract's
    /// `request_timeout`, and cuts what is left. Dropping the future cuts everything at once.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let Self { listener, app, credentials, first, max_connections, .. } = self;
        let timeout = app.endpoint.request_timeout();
        let graceful = GracefulShutdown::new();
        let mut connections = JoinSet::new();
        {
            let slots = Arc::new(Semaphore::new(max_connections));
            let accepting = async {
                loop {
                    let (slot, stream, peer) = next_connection(&listener, &slots).await;
                    let (app, watcher) = (app.clone(), graceful.watcher());
                    connections.spawn(async move {
                        connection::serve(stream, peer, app, timeout, watcher).await;
                        drop(slot);
                    });
                    while connections.try_join_next().is_some() {}
                }
            };
            tokio::select! {
                () = shutdown => {}
                () = accepting => {}
                never = follow(&credentials, &app.endpoint, first, INTERVAL) => match never {},
            }
        }
        drop(listener);
        let finishing = async {
            tokio::join!(graceful.shutdown(), async { while connections.join_next().await.is_some() {} });
        };
        if tokio::time::timeout(timeout, pin!(finishing)).await.is_err() {
            tracing::warn!(connections = connections.len(), "connections cut that did not finish in time");
        }
    }
}

fn refuse_unauthenticated(address: SocketAddr, contract: &Contract, options: &ServerOptions) -> Result<(), ServerError> {
    let is_allowed =
        contract.auth.is_some() || address.ip().is_loopback() || contract.serve.allow_unauthenticated || options.allow_unauthenticated;
    if is_allowed { Ok(()) } else { Err(ServerError::Unauthenticated(address)) }
}

/// The next connection, as soon as there is a slot for it: until then it waits in the kernel's queue.
async fn next_connection(listener: &TcpListener, slots: &Arc<Semaphore>) -> (Option<OwnedSemaphorePermit>, TcpStream, SocketAddr) {
    // the semaphore is never closed, so there always is a slot in the end
    let slot = Arc::clone(slots).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                // answers are small and must not wait for more; without it they only come later
                let _ = stream.set_nodelay(true);
                return (slot, stream, peer);
            }
            Err(error) if is_of_one_connection(&error) => {}
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "no connection could be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Whether the error is that of a connection which went away before it was accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::ConnectionRefused | io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset)
}
