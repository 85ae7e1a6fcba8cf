//! Listening, and stopping.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;
use axum::Router;
use axum::body::Body;
use futures::FutureExt as _;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

use crate::ca_certificates::CaCertificates;
use crate::log_writer::LogWriter;
use gatepass_core::contract::Contract;
use gatepass_core::grant::{PresignedUrl, SigningCredentials};

use super::audit::{Audit, AuditError};
use super::auth::{Authenticator, KeysUnavailable};
use super::connection::{self, Shared};
use super::credentials::{CredentialSource, CredentialsUnavailable, INTERVAL, follow};
use super::endpoint::{Endpoint, Equipment};
use super::hosts::Hosts;
use super::limits::Limits;
use super::metrics::{self, Metrics};
use super::objects::Continuation;
use super::page::Page;
use super::proof::ProofSource;
use super::reload::{Reloader, Source};
use super::routes::App;
use super::slots::Slots;

/// After an `accept` failed for lack of something (file descriptors, memory), the next one waits this long.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// Upper bound of the time that stopping waits for work that goes on for disconnected clients.
const UNFINISHED_TIMEOUT: Duration = Duration::from_secs(5);

/// What the contract does not say about an endpoint.
#[derive(Debug, Clone, Default)]
pub struct ServerOptions {
    /// Serve a page at `/` on which one drops a file.
    pub page: bool,
    /// What makes the proof that the page shows, where it shows one.
    pub proof: Option<Arc<dyn ProofSource>>,
    /// Listen on other than loopback without authentication, as `serve.allow_unauthenticated` in the contract does.
    pub allow_unauthenticated: bool,
    /// Who is believed by TLS beside the system's own authorities, when the keys of an issuer are fetched.
    pub ca_certificates: CaCertificates,
    /// What uploads are gone on with; needed where the contract has uploads in parts or confirms uploads.
    pub continuation: Option<Continuation>,
    /// The queue of the process's log, whose dropped lines the metrics count.
    pub log: Option<Arc<LogWriter>>,
    /// Write log and audit before each response goes out, for a process that is frozen after it.
    pub flush_before_responses: bool,
    /// What is shown every PUT that is signed.
    pub observer: Option<Arc<dyn GrantObserver>>,
}

/// What is shown every PUT that is signed, of an object or of a part.
pub trait GrantObserver: std::fmt::Debug + Send + Sync + 'static {
    /// Sees the URL, which is a credential, and the headers that it is signed for.
    fn signed(&self, url: &PresignedUrl, headers: &[(&str, &str)]);
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
    #[error(
        "refusing to listen on {0}: everybody who reaches that address could upload, for the endpoint asks nobody who they are"
    )]
    Unauthenticated(SocketAddr),
    /// [`ServerOptions::continuation`] is missing.
    #[error(
        "the contract has uploads in parts or confirms uploads, and there is nothing to do it with"
    )]
    NoContinuation,
    /// There is nothing to sign with.
    #[error(transparent)]
    Credentials(#[from] CredentialsUnavailable),
    /// There is nothing to check tokens with.
    #[error(transparent)]
    Keys(#[from] KeysUnavailable),
    /// There is nowhere to write the audit to.
    #[error(transparent)]
    Audit(#[from] AuditError),
}

impl ServerError {
    /// The way out, where there is a known one.
    #[must_use]
    pub fn hint(&self) -> Option<&'static str> {
        match self {
            Self::Listen { source, .. } if source.kind() == io::ErrorKind::AddrInUse => Some(
                "another process listens there; choose another port, or port 0 for any free one",
            ),
            Self::Unauthenticated(_) => Some(
                "say who may ask under [auth], listen on a loopback address behind something that authenticates, or say that this is meant: \
                 `allow_unauthenticated = true` under [serve], or --allow-unauthenticated",
            ),
            Self::Keys(_) => {
                Some("see jwks_url, jwks_file and secret_file under [auth.jwt] in the contract")
            }
            Self::Listen { .. } | Self::NoContinuation | Self::Audit(_) | Self::Credentials(_) => {
                None
            }
        }
    }
}

/// A presign endpoint that listens; [`run`](Self::run) makes it answer.
pub struct Server<C> {
    listener: TcpListener,
    metrics_listener: Option<TcpListener>,
    current: Arc<ArcSwap<App>>,
    fixed: Fixed,
    flushed_log: Option<Arc<LogWriter>>,
    source: Source<C>,
    sources: mpsc::Sender<Source<C>>,
    new_sources: mpsc::Receiver<Source<C>>,
    max_connections: usize,
}

impl<C: CredentialSource> Server<C> {
    /// Listens on the contract's address and gets the first credentials.
    ///
    /// # Errors
    /// When the address is taken, is open to others without a word that this is meant, or nothing can sign.
    pub async fn bind(
        contract: &Contract,
        credentials: C,
        options: ServerOptions,
    ) -> Result<Self, ServerError> {
        let address = contract.serve.listen;
        refuse_unauthenticated(address, contract, &options)?;
        let listener = TcpListener::bind(address)
            .await
            .map_err(|source| ServerError::Listen { address, source })?;
        Self::on(listener, contract, credentials, options).await
    }

    /// The same on a listener that exists: for a contract whose origins name the port that the listener got.
    ///
    /// # Errors
    /// When the address is open to others without a word that this is meant, or nothing can sign.
    pub async fn on(
        listener: TcpListener,
        contract: &Contract,
        credentials: C,
        options: ServerOptions,
    ) -> Result<Self, ServerError> {
        let address = listener
            .local_addr()
            .map_err(|source| ServerError::Listen { address: contract.serve.listen, source })?;
        refuse_unauthenticated(address, contract, &options)?;
        let metrics_listener = match contract.serve.metrics_listen {
            Some(address) => Some(
                TcpListener::bind(address)
                    .await
                    .map_err(|source| ServerError::Listen { address, source })?,
            ),
            None => None,
        };
        let metrics =
            metrics_listener.as_ref().map(|_| Arc::new(Metrics::new(options.log.as_deref())));
        let fixed = Fixed { address, metrics };
        let flushed_log = options.log.clone().filter(|_| options.flush_before_responses);
        let first = credentials.current().await?;
        let app = app(contract, &first, options, &fixed, None).await?;
        let current = Arc::new(ArcSwap::from_pointee(app));
        let max_connections = contract.serve.max_connections;
        let (sources, new_sources) = mpsc::channel(1);
        let source = Source { credentials, first };
        Ok(Self {
            listener,
            metrics_listener,
            current,
            fixed,
            flushed_log,
            source,
            sources,
            new_sources,
            max_connections,
        })
    }

    /// What gives this endpoint another contract while it runs.
    #[must_use]
    pub fn reloader(&self) -> Reloader<C> {
        Reloader {
            current: Arc::clone(&self.current),
            sources: self.sources.clone(),
            fixed: self.fixed.clone(),
        }
    }

    /// The address that metrics are at, with its real port, where the contract has them.
    #[must_use]
    pub fn metrics_address(&self) -> Option<SocketAddr> {
        self.metrics_listener.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// The address that is listened on, with its real port.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.fixed.address
    }

    /// Answers until `shutdown` ends; then takes no new connection, finishes what is running within the contract's
    /// `request_timeout`, and cuts what is left. What it undoes for clients that have disconnected takes some seconds more at most. Dropping the future cuts everything at once.
    pub async fn run(self, shutdown: impl Future<Output = ()>) {
        let Self {
            listener,
            metrics_listener,
            current,
            fixed,
            flushed_log,
            mut source,
            mut new_sources,
            max_connections,
            ..
        } = self;
        let unfinished = TaskTracker::new();
        let shared = Arc::new(Shared {
            current: Arc::clone(&current),
            metrics: fixed.metrics.clone(),
            unfinished: unfinished.clone(),
            flushed_log,
        });
        let metrics_routes =
            fixed.metrics.clone().map(|metrics| metrics::routes(metrics, Arc::clone(&current)));
        let listeners =
            Listeners { endpoint: listener, metrics: metrics_listener.zip(metrics_routes) };
        let closing = CancellationToken::new();
        let mut connections = JoinSet::new();
        {
            let slots = Arc::new(Slots::new(max_connections));
            let accepting = async {
                loop {
                    let (stream, peer, routes) = listeners.accept(&slots).await;
                    let slot = slots.take(closing.child_token()).await;
                    let shared = Arc::clone(&shared);
                    let timeout = shared.current.load().endpoint.request_timeout();
                    match routes {
                        None => {
                            let slots = Arc::clone(&slots);
                            connections.spawn(connection::serve(
                                stream,
                                slot,
                                timeout,
                                move |request| {
                                    connection::answer(Arc::clone(&shared), &slots, request, peer)
                                },
                            ))
                        }
                        Some(routes) => connections.spawn(connection::serve(
                            stream,
                            slot,
                            timeout,
                            move |request| {
                                routes
                                    .clone()
                                    .oneshot(request.map(Body::new))
                                    .map(|Ok(response)| response)
                            },
                        )),
                    };
                    while connections.try_join_next().is_some() {}
                }
            };
            let following = async {
                loop {
                    let endpoint = Arc::clone(&current.load().endpoint);
                    tokio::select! {
                        never = follow(&source.credentials, &endpoint, Arc::clone(&source.first), INTERVAL) => match never {},
                        Some(new) = new_sources.recv() => source = new,
                    }
                }
            };
            tokio::select! {
                () = shutdown => {}
                () = accepting => {}
                () = following => {}
            }
        }
        let timeout = current.load().endpoint.request_timeout();
        drop(listeners);
        closing.cancel();
        let finishing = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(timeout, pin!(finishing)).await.is_err() {
            tracing::warn!(
                connections = connections.len(),
                "connections cut that did not finish in time"
            );
            connections.shutdown().await;
        }
        unfinished.close();
        if tokio::time::timeout(UNFINISHED_TIMEOUT, unfinished.wait()).await.is_err() {
            tracing::warn!(
                requests = unfinished.len(),
                "requests of disconnected clients cut that did not finish in time"
            );
        }
        if let Some(audit) = current.load_full().endpoint.audit() {
            audit.flush().await;
        }
    }
}

/// What stays when the contract is reloaded.
#[derive(Clone)]
pub(super) struct Fixed {
    pub(super) address: SocketAddr,
    pub(super) metrics: Option<Arc<Metrics>>,
}

/// Everything that belongs to a contract. What has been counted under the `present` one counts on.
pub(super) async fn app(
    contract: &Contract,
    first: &SigningCredentials,
    options: ServerOptions,
    fixed: &Fixed,
    present: Option<&Endpoint>,
) -> Result<App, ServerError> {
    refuse_unauthenticated(fixed.address, contract, &options)?;
    let (goes_on, confirms) = (contract.upload.multipart.is_some(), contract.upload.confirm);
    let has_receipts =
        options.continuation.as_ref().is_some_and(|continuation| continuation.receipts.is_some());
    if goes_on && options.continuation.is_none() || confirms && !has_receipts {
        return Err(ServerError::NoContinuation);
    }
    let authenticator = match &contract.auth {
        Some(auth) => Some(
            Authenticator::open(
                auth,
                &options.ca_certificates,
                present.and_then(Endpoint::authenticator),
            )
            .await?,
        ),
        None => None,
    };
    let audit = match (&contract.serve.audit, present.and_then(Endpoint::audit)) {
        (Some(to), Some(audit)) if audit.to() == to => Some(Arc::clone(audit)),
        (Some(to), _) => Some(Arc::new(Audit::open(to).await?)),
        (None, _) => None,
    };
    let limits = present
        .map_or_else(|| Limits::new(contract), |present| Limits::after(present.limits(), contract));
    let page = options.page.then(|| Page::of(contract, options.proof));
    let hosts = Hosts::of(fixed.address, contract);
    let (continuation, observer) = (options.continuation, options.observer);
    let equipment = Equipment {
        page,
        continuation,
        authenticator,
        limits,
        audit,
        hosts,
        observer,
        ..Equipment::default()
    };
    Ok(App::new(Endpoint::new(contract.clone(), first.clone(), equipment)))
}

fn refuse_unauthenticated(
    address: SocketAddr,
    contract: &Contract,
    options: &ServerOptions,
) -> Result<(), ServerError> {
    let is_allowed = contract.auth.is_some()
        || address.ip().is_loopback()
        || contract.serve.allow_unauthenticated
        || options.allow_unauthenticated;
    if is_allowed { Ok(()) } else { Err(ServerError::Unauthenticated(address)) }
}

/// Where connections come from.
struct Listeners {
    endpoint: TcpListener,
    /// With what answers there.
    metrics: Option<(TcpListener, Router)>,
}

impl Listeners {
    /// The next connection, with what answers there if that is not the endpoint. While it has no slot, others wait in the kernel's queue.
    async fn accept(&self, slots: &Slots) -> (TcpStream, SocketAddr, Option<Router>) {
        loop {
            let metrics = async {
                match &self.metrics {
                    Some((listener, routes)) => (listener.accept().await, Some(routes.clone())),
                    None => std::future::pending().await,
                }
            };
            let (accepted, routes) = tokio::select! {
                accepted = self.endpoint.accept() => (accepted, None),
                accepted = metrics => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    // answers are small and must not wait for more; without it they only come later
                    let _ = stream.set_nodelay(true);
                    return (stream, peer, routes);
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    tracing::error!(
                        error = &error as &dyn std::error::Error,
                        "no connection could be accepted"
                    );
                    // closing an idle connection frees what is lacking; the pause ends early if there is one
                    let _ = tokio::time::timeout(ACCEPT_PAUSE, slots.make_room()).await;
                }
            }
        }
    }
}

/// Whether the error is that of a connection which went away before it was accepted.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionRefused
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
    )
}
