//! The embedded S3, IAM and STS behind `gatepass dev` and the fast tests.
//!
//! [`Backend::start`] opens one listener, on loopback only, that speaks HTTP and HTTPS and all three services: forms posted to the root go to IAM or
//! STS by their credential scope, everything else is S3. Signatures are checked on every request. Objects, bucket
//! configuration, roles and sessions are kept in one directory and found again by the next start.
//!
//! Every request is decided by the documents that have a say in it, as AWS decides: `authorize` asks the evaluator of
//! [`iam_policy::evaluate`].

mod account;
mod administrator;
mod authorize;
mod body;
mod certificates;
mod connection;
mod iam;
mod ids;
mod listener;
mod objects;
mod policy_form;
mod query;
mod s3;
mod sigv4;
mod state;
mod sts;
mod virtual_host;
mod xml;

use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use iam_policy::{AccountId, Region};

use account::Account;
use authorize::DocumentCache;
use certificates::Certificates;
use listener::Services;
use objects::ObjectStore;
use s3::Buckets;
use state::Store;

pub use ids::{new_access_key_id, new_secret_access_key};
pub use s3::SignedRequests;

/// What a backend is started with.
#[derive(Debug, Clone)]
pub struct BackendOptions {
    /// Where to listen: a loopback address; port 0 for any free port.
    pub listen: SocketAddr,
    /// The directory that everything is kept in; made if it is not there.
    pub dir: PathBuf,
    /// The one account that the backend is.
    pub account_id: AccountId,
    /// The one region that the backend is in.
    pub region: Region,
    /// The access key id of the account's root user.
    pub root_access_key_id: String,
    /// Its secret access key.
    pub root_secret_access_key: SecretString,
    /// The access key of a user called `administrator`, who is made at the start where there is none and may do
    /// everything. On AWS the root user can assume no role, and neither can it here.
    pub administrator: Option<AdministratorKey>,
}

/// An access key of the user `administrator`.
#[derive(Debug, Clone)]
pub struct AdministratorKey {
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: SecretString,
}

/// A running backend. Stops without ceremony when dropped; [`shutdown`](Self::shutdown) lets running requests finish.
#[derive(Debug)]
pub struct Backend {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
    objects: Arc<ObjectStore>,
    signed: SignedRequests,
    ca_certificate: PathBuf,
    /// Held while the directory is in use.
    _lock: File,
}

/// Why a backend did not start.
#[derive(Debug, thiserror::Error)]
pub enum BackendError {
    /// The address can be reached from elsewhere.
    #[error(
        "{0} is not a loopback address: the embedded backend listens on 127.0.0.1 or [::1] only"
    )]
    NotLoopback(SocketAddr),
    /// The address is taken, or not this machine's.
    #[error("listening on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another backend works in the directory.
    #[error("{0} is in use by another running backend")]
    InUse(PathBuf),
    /// The directory cannot be worked in.
    #[error("{}", path.display())]
    Directory {
        /// The directory or the file in it.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// What the directory holds cannot be read.
    #[error("{0}")]
    State(String),
    /// No certificate for HTTPS could be made.
    #[error("making a certificate for HTTPS: {0}")]
    Certificate(String),
}

impl Backend {
    /// Starts a backend.
    ///
    /// # Errors
    /// An address that is not loopback or is taken; a directory that cannot be worked in or that another backend works in.
    pub async fn start(options: BackendOptions) -> Result<Self, BackendError> {
        let BackendOptions {
            listen,
            dir,
            account_id,
            region,
            root_access_key_id,
            root_secret_access_key,
            administrator,
        } = options;
        if !listen.ip().is_loopback() {
            return Err(BackendError::NotLoopback(listen));
        }
        let objects = dir.join("objects");
        let directory = |path: &PathBuf| {
            let path = path.clone();
            move |source| BackendError::Directory { path, source }
        };
        std::fs::create_dir_all(&objects).map_err(directory(&objects))?;
        let lock = lock(&dir)?;
        let store = Store::open(dir.join("state.json"))
            .map_err(|error| BackendError::State(error.to_string()))?;
        if let Some(key) = &administrator {
            administrator::settle(&store, region.partition(), key)
                .map_err(|error| BackendError::State(error.to_string()))?;
        }
        let documents = DocumentCache::default();
        let account = Arc::new(Account {
            id: account_id,
            region,
            root_access_key_id,
            root_secret_access_key,
            store,
            documents,
        });
        let objects = Arc::new(ObjectStore::open(objects.clone()).map_err(directory(&objects))?);
        let buckets = Buckets::new(Arc::clone(&account), Arc::clone(&objects));
        let certificates =
            Certificates::new().map_err(|error| BackendError::Certificate(error.to_string()))?;
        let ca_certificate = dir.join("ca.pem");
        std::fs::write(&ca_certificate, &certificates.authority_pem)
            .map_err(directory(&ca_certificate))?;
        let listening = |source| BackendError::Listen { address: listen, source };
        let listener = TcpListener::bind(listen).await.map_err(listening)?;
        let address = listener.local_addr().map_err(listening)?;
        let (stop, stopped) = oneshot::channel();
        let signed = SignedRequests::default();
        let services = Services { account, s3: buckets.into_service(), signed: signed.clone() };
        let running =
            tokio::spawn(listener::serve(listener, certificates.acceptor, services, stopped));
        tracing::debug!(%address, dir = %dir.display(), "the embedded backend listens");
        Ok(Self { address, stop, running, objects, signed, ca_certificate, _lock: lock })
    }

    /// Where it listens: the port that was chosen, for port 0.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The requests that were signed for clients. Of a request whose signature is one of theirs and does not match, the log has
    /// the first difference from what was signed.
    #[must_use]
    pub fn signed_requests(&self) -> SignedRequests {
        self.signed.clone()
    }

    /// The certificate authority to believe for HTTPS, a file in PEM form. It is another one after each start, and can
    /// vouch for this machine only.
    #[must_use]
    pub fn ca_certificate(&self) -> &Path {
        &self.ca_certificate
    }

    /// The file that holds the bytes of an object, if there is such an object.
    #[must_use]
    pub fn object_file(&self, bucket: &str, key: &str) -> Option<PathBuf> {
        let version = self.objects.find(bucket, key, None).ok()?;
        Some(self.objects.file(bucket, &version.id))
    }

    /// Takes no new connection, lets running requests finish for a few seconds, and ends.
    pub async fn shutdown(self) {
        let Self { stop, running, .. } = self;
        // the other end is gone only when the task is over already
        let _ = stop.send(());
        if let Err(error) = running.await {
            tracing::warn!(%error, "the embedded backend did not end well");
        }
    }
}

/// Takes the directory for this process, for as long as the file is open.
fn lock(dir: &Path) -> Result<File, BackendError> {
    let path = dir.join("lock");
    let file = File::create(&path)
        .map_err(|source| BackendError::Directory { path: path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(BackendError::InUse(dir.to_owned())),
        Err(TryLockError::Error(source)) => Err(BackendError::Directory { path, source }),
    }
}

#[cfg(test)]
mod tests;
