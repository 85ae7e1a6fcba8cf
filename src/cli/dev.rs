//! `gatepass dev`: everything on this machine, with no account.

mod announcement;
mod contract_in_use;
mod keys;
mod proof;

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context as _;
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use url::Url;

use crate::aws::{Connection, SigningCredentialSource};
use crate::ca_certificates::CaCertificates;
use crate::client::{Client, Parts, Upload};
use crate::log_writer::LogWriter;
use crate::provision::{self, Desired};
use crate::server::{GrantObserver, ProofSource, Server, ServerOptions};
use aws_emulator::{
    AdministratorKey, Backend, BackendError, BackendOptions, SignedRequests, new_access_key_id,
    new_secret_access_key,
};
use gatepass_core::contract::{Contract, Overrides};
use gatepass_core::grant::PresignedUrl;
use gatepass_core::policy::{Documents, StatementFiles};
use iam_policy::AccountId;

use super::log::{self, LogFormat};
use super::signals::{self, StopRequested};
use super::{
    Global, Outcome, continuation, env, policies_dir, print, provisioning, serve, token, upload,
};

use announcement::Announcement;
use contract_in_use::ContractInUse;
use keys::Keys;
use proof::Prover;

/// The flags of `gatepass dev`.
#[derive(Debug, clap::Args)]
pub(super) struct DevArgs {
    /// Where the presign endpoint and the page listen; port 0 for any free port [default: 127.0.0.1:8080; env: GATEPASS_LISTEN]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<SocketAddr>,
    /// Where the embedded S3, IAM and STS listen, on this machine only; port 0 for any free port
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:9444")]
    backend_listen: SocketAddr,
    /// Let the contract in use name the embedded backend by https, so that the guardrails about TLS are there and can be
    /// attacked. Browsers that do not know its certificate authority cannot upload then.
    #[arg(long)]
    https: bool,
    /// Keep everything in this directory [default: a temporary one, removed at the end]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// When ready, print one line of JSON instead of text
    #[arg(long)]
    json: bool,
    /// When ready, upload this file through the endpoint
    #[arg(long, value_name = "FILE")]
    upload: Option<PathBuf>,
    /// The file's media type [default: by the file name's extension, where that is a known one]
    #[arg(long, value_name = "TYPE", requires = "upload")]
    content_type: Option<String>,
    /// Stop after the upload
    #[arg(long, requires = "upload")]
    once: bool,
}

/// Where the endpoint listens unless told otherwise.
const LISTEN: &str = "127.0.0.1:8080";

pub(super) async fn run(args: DevArgs, global: &Global) -> anyhow::Result<Outcome> {
    let started = Instant::now();
    let log = log::start(LogFormat::Text)?;
    let upload = args
        .upload
        .as_deref()
        .map(|path| wanted_upload(path, args.content_type.as_deref()))
        .transpose()?;
    // begins to listen to signals first: a directory is to be removed
    signals::until_stopped(async |stop| {
        let dir = Directory::open(args.dir.as_deref())?;
        let site = Site::start(&args, global, &dir, log).await?;
        let announcement = site.announcement(&dir, started);
        let text = if args.json { announcement.to_json() } else { announcement.to_string() };
        let announcing =
            tokio::task::spawn_blocking(move || print_line(&mut anstream::stdout(), &text));
        site.run(announcing, upload, &args, stop).await
    })
    .await??;
    Ok(Outcome::Done)
}

/// Output that is printed on another thread: a reader that stalls keeps nothing else from running, or from stopping.
type Printing = tokio::task::JoinHandle<anyhow::Result<()>>;

fn print_line(to: &mut impl std::io::Write, text: &str) -> anyhow::Result<()> {
    writeln!(to, "{text}").context("writing the output")
}

fn wanted_upload(path: &Path, content_type: Option<&str>) -> anyhow::Result<Upload> {
    let content_type =
        content_type.map_or_else(|| upload::guess(path), |stated| Ok(stated.to_owned()))?;
    Ok(Upload {
        path: path.to_owned(),
        content_type,
        filename: None,
        checksum: false,
        parts: Parts::default(),
    })
}

/// Where everything is kept: a temporary directory is removed when this is dropped.
enum Directory {
    Kept(PathBuf),
    Temporary(tempfile::TempDir),
}

impl Directory {
    fn open(dir: Option<&Path>) -> anyhow::Result<Self> {
        match dir {
            None => Ok(Self::Temporary(
                tempfile::Builder::new()
                    .prefix("gatepass-dev-")
                    .tempdir()
                    .context("making a temporary directory")?,
            )),
            Some(dir) => {
                let making = || format!("making the directory {}", dir.display());
                std::fs::create_dir_all(dir).with_context(making)?;
                Ok(Self::Kept(dir.canonicalize().with_context(making)?))
            }
        }
    }

    fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Temporary(dir) => dir.path(),
        }
    }
}

/// Lets the backend know what the endpoint signs, so that its log has the difference where a signature does not match.
#[derive(Debug)]
struct Signed(SignedRequests);

impl GrantObserver for Signed {
    fn signed(&self, url: &PresignedUrl, headers: &[(&str, &str)]) {
        self.0.remember("PUT", url.expose(), headers.iter().copied());
    }
}

/// What runs.
struct Site {
    backend: Backend,
    server: Server<SigningCredentialSource>,
    contract: Contract,
    keys: Keys,
    prover: Arc<Prover>,
    proven: provisioning::Site,
    files: StatementFiles,
}

impl Site {
    async fn start(
        args: &DevArgs,
        global: &Global,
        dir: &Directory,
        log: Arc<LogWriter>,
    ) -> anyhow::Result<Self> {
        let listener = listen(listen_address(args)?).await?;
        let source = ContractInUse::find(global, dir.path())?;
        let keys = Keys::of(dir.path())?;
        let backend = Backend::start(BackendOptions {
            listen: args.backend_listen,
            dir: dir.path().join("backend"),
            account_id: source.account_id.clone(),
            region: source.region.clone(),
            // nobody is told these: the root user can do what nobody should, and cannot assume the contract's role
            root_access_key_id: new_access_key_id(),
            root_secret_access_key: new_secret_access_key().into(),
            administrator: Some(AdministratorKey {
                access_key_id: keys.access_key_id.clone(),
                secret_access_key: keys.secret_access_key.clone(),
            }),
        })
        .await
        .map_err(hinted)?;

        let path = dir.path().join(contract_in_use::FILE);
        let text = source.text(
            listener.local_addr().context("asking for the endpoint's address")?,
            backend.address(),
            args.https.then(|| backend.ca_certificate()),
        );
        let contract = Contract::parse(&text, &path.display().to_string(), &Overrides::default())?;
        std::fs::write(&path, &text).with_context(|| format!("writing {}", path.display()))?;

        let credentials = SharedCredentialsProvider::new(Credentials::new(
            &keys.access_key_id,
            keys.expose_secret(),
            None,
            None,
            "gatepass dev",
        ));
        let ca_certificates = CaCertificates::read(backend.ca_certificate())?.without_proxy();
        let connection = Connection::with_credentials(&contract, credentials, ca_certificates);
        let files = policies_dir::statement_files(&contract, &path)?;
        let account = apply(&contract, &files, &connection)
            .await
            .context("applying the contract to the embedded backend")?;
        let signing = connection.signing_credentials(&contract);
        let continuation = continuation::of(&contract, &path, &connection, signing.clone())?;
        let prover = Arc::<Prover>::default();
        let proof = Some(Arc::clone(&prover) as Arc<dyn ProofSource>);
        let observer = Some(Arc::new(Signed(backend.signed_requests())) as Arc<dyn GrantObserver>);
        let options = ServerOptions {
            page: true,
            proof,
            continuation,
            observer,
            log: Some(log),
            ..ServerOptions::default()
        };
        let server =
            Server::on(listener, &contract, signing, options).await.map_err(serve::hinted)?;
        let proven = provisioning::Site { contract: contract.clone(), connection, account };
        Ok(Self { backend, server, contract, keys, prover, proven, files })
    }

    fn announcement<'a>(&'a self, dir: &'a Directory, started: Instant) -> Announcement<'a> {
        Announcement {
            took: started.elapsed(),
            endpoint: self.server.address(),
            backend: &self.backend,
            contract: &self.contract,
            keys: &self.keys,
            dir: dir.path(),
            is_temporary: matches!(dir, Directory::Temporary(_)),
        }
    }

    /// Answers until told to stop, or until the upload is done where only that was asked for.
    async fn run(
        self,
        announcing: Printing,
        upload: Option<Upload>,
        args: &DevArgs,
        stop: StopRequested,
    ) -> anyhow::Result<()> {
        let Self { backend, server, contract, prover, proven, files, .. } = self;
        let endpoint = format!("http://{}", server.address());
        let ca_certificates = CaCertificates::read(backend.ca_certificate())?.without_proxy();
        let proving = Url::parse(&endpoint).context("the endpoint's own address")?;
        let proving = prover.run(&proven, &files, &proving);
        let (uploaded, done) = oneshot::channel::<()>();
        let serving = server.run(async {
            tokio::select! {
                () = stop.wait() => {}
                Ok(()) = done => {}
            }
        });
        let uploading = async {
            announcing.await.context("printing")??;
            let Some(upload) = upload else { return std::future::pending().await };
            let client = Client::new(&endpoint, &ca_certificates)
                .map_err(upload::hinted)?
                .with_token(token::from_environment());
            let uploaded = upload::upload_with_progress(client, &upload).await?;
            let file = backend.object_file(contract.bucket.name.as_str(), &uploaded.key);
            let file = file
                .map_or_else(|| "not there any more".to_owned(), |file| file.display().to_string());
            let kept = if args.once && args.dir.is_none() {
                "  (removed now; --dir DIR keeps it)"
            } else {
                ""
            };
            let text = format!("  key    {}\n  bytes  {file}{kept}", uploaded.key);
            // the one line of JSON stays the only one
            let is_json = args.json;
            let printing = tokio::task::spawn_blocking(move || {
                if is_json {
                    print_line(&mut anstream::stderr(), &text)
                } else {
                    print_line(&mut anstream::stdout(), &text)
                }
            });
            printing.await.context("printing")?
        };
        let working = async {
            let mut serving = std::pin::pin!(serving);
            let result = tokio::select! {
                // what is not uploaded by then is not waited for
                () = &mut serving => Ok(()),
                result = uploading => {
                    if args.once || result.is_err() {
                        // the other end is gone only where serving is over already
                        let _ = uploaded.send(());
                    }
                    serving.await;
                    result
                }
            };
            prover.stop();
            result
        };
        // a proof that is under way cleans up, where that makes a difference
        let result = if args.dir.is_some() {
            tokio::join!(working, proving).0
        } else {
            let (mut working, mut proving) = (std::pin::pin!(working), std::pin::pin!(proving));
            tokio::select! {
                biased;
                result = &mut working => result,
                () = &mut proving => working.await,
            }
        };
        backend.shutdown().await;
        result
    }
}

/// The flag, the environment variable, the default.
fn listen_address(args: &DevArgs) -> anyhow::Result<SocketAddr> {
    if let Some(address) = args.listen {
        return Ok(address);
    }
    let (text, source) = match env::flag_or(None, "", &[env::LISTEN]) {
        Some(setting) => (setting.value, setting.source.to_string()),
        None => (LISTEN.to_owned(), "the default".to_owned()),
    };
    text.parse().map_err(|_| {
        let error = anyhow::anyhow!("{source}: {text:?} is not an address and a port");
        print::hinted(error, format!("write e.g. {LISTEN:?}"))
    })
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| {
        let busy = error.kind() == ErrorKind::AddrInUse;
        let error =
            anyhow::Error::from(error).context(format!("listening on {address} for the endpoint"));
        if busy { print::hinted(error, busy_hint("--listen")) } else { error }
    })
}

fn busy_hint(flag: &str) -> String {
    format!(
        "another process listens there, maybe another `gatepass dev`; choose another port, e.g. {flag} 127.0.0.1:0 for any free one"
    )
}

/// The error with its way out.
fn hinted(error: BackendError) -> anyhow::Error {
    let hint = match &error {
        BackendError::NotLoopback(_) => {
            Some("choose another address with --backend-listen".to_owned())
        }
        BackendError::Listen { source, .. } if source.kind() == ErrorKind::AddrInUse => {
            Some(busy_hint("--backend-listen"))
        }
        BackendError::InUse(_) => {
            Some("stop the other `gatepass dev`, or choose another directory with --dir".to_owned())
        }
        BackendError::State(_) => {
            Some("choose another directory with --dir, or remove this one".to_owned())
        }
        BackendError::Listen { .. }
        | BackendError::Directory { .. }
        | BackendError::Certificate(_) => None,
    };
    let error = anyhow::Error::from(error).context("starting the embedded backend");
    match hint {
        Some(hint) => print::hinted(error, hint),
        None => error,
    }
}

/// What `gatepass apply` does, without asking.
async fn apply(
    contract: &Contract,
    files: &StatementFiles,
    connection: &Connection,
) -> anyhow::Result<AccountId> {
    let account = connection.account().await?;
    let documents = Documents::render(contract, &account, files)?;
    let desired = Desired::of(contract, &account, &documents);
    let (reader, writer) = (connection.reader(), connection.writer());
    let observed = provision::observe(&reader, &desired).await?;
    let plan = provision::plan(&desired, &observed, false)?;
    provision::apply(&plan, &reader, &writer, &()).await?;
    Ok(account)
}
