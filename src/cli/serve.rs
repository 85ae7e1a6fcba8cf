//! `gatepass serve`

use std::convert::Infallible;
use std::sync::Arc;

use anyhow::Context as _;

use crate::aws::{Connection, SigningCredentialSource};
use crate::log_writer::LogWriter;
use crate::server::{
    CredentialSource, CredentialsUnavailable, Reloader, Server, ServerError, ServerOptions,
};
use gatepass_core::contract::{Contract, Mode, Overrides, Source, Sourced};
use gatepass_core::grant::SigningCredentials;
use gatepass_core::policy::{Note, notes};

use super::log::{self, LogFormat};
use super::signals::Hangups;
use super::{Global, Outcome, continuation, env, form_support, policies_dir, print, signals};

/// The flags of `gatepass serve`.
#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    /// Instead of the contract's serve.listen [env: GATEPASS_LISTEN]
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Listen on other than loopback although the endpoint asks nobody who they are
    #[arg(long)]
    allow_unauthenticated: bool,
    /// Serve a page at / on which one drops a file
    #[arg(long)]
    page: bool,
    /// How the log on standard error looks; GATEPASS_LOG says what is in it, e.g. "debug"
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    log_format: LogFormat,
}

pub(super) async fn run(args: ServeArgs, global: &Global) -> anyhow::Result<Outcome> {
    let log = log::start(args.log_format)?;
    let mut overrides = global.overrides();
    if let Some(value) = args.listen.clone() {
        overrides.listen = Some(Sourced { value, source: Source::Flag("--listen") });
    }
    let Stated { contract, credentials, first, options } =
        Stated::read(&args, global, &overrides, &log).await?;
    let server = Server::bind(&contract, credentials, options).await.map_err(hinted)?;
    log_contract(&contract, global);
    log_credentials(&contract, &first);
    let hangups = Hangups::listen().context("listening to signals")?;
    let reloading = reload_at(
        hangups,
        server.reloader(),
        contract,
        async || Stated::read(&args, global, &overrides, &log).await,
        global,
    );
    signals::until_stopped(async |stop| {
        if let Some(metrics) = server.metrics_address() {
            tracing::info!(%metrics, "metrics");
        }
        tracing::info!(address = %server.address(), "listening");
        tokio::select! {
            () = server.run(stop.wait()) => {}
            never = reloading => match never {},
        }
    })
    .await?;
    tracing::info!("stopped");
    Ok(Outcome::Done)
}

/// A contract with everything that the endpoint needs for it.
struct Stated {
    contract: Contract,
    credentials: SigningCredentialSource,
    first: Arc<SigningCredentials>,
    options: ServerOptions,
}

impl Stated {
    async fn read(
        args: &ServeArgs,
        global: &Global,
        overrides: &Overrides,
        log: &Arc<LogWriter>,
    ) -> anyhow::Result<Self> {
        let contract = global.contract_with(overrides)?;
        let ca_certificates = global.ca_certificates(&contract)?;
        let connection = Connection::open(&contract, ca_certificates.clone()).await;
        let credentials = connection.signing_credentials(&contract);
        let first = credentials.current().await.map_err(print::aws)?;
        form_support::check(&contract, &ca_certificates).await?;
        let continuation =
            continuation::of(&contract, &global.config_path(), &connection, credentials.clone())?;
        let options = ServerOptions {
            page: args.page,
            proof: None,
            allow_unauthenticated: args.allow_unauthenticated,
            ca_certificates,
            continuation,
            log: Some(Arc::clone(log)),
            flush_before_responses: env::is_lambda(),
            observer: None,
        };
        Ok(Self { contract, credentials, first, options })
    }
}

/// At each SIGHUP opens the audit's file again and takes what the contract's file states then, if it is a contract.
async fn reload_at(
    mut hangups: Hangups,
    reloader: Reloader<SigningCredentialSource>,
    mut present: Contract,
    read: impl AsyncFn() -> anyhow::Result<Stated>,
    global: &Global,
) -> Infallible {
    loop {
        hangups.next().await;
        if let Err(error) = reloader.reopen_audit().await {
            tracing::error!(
                error = format!("{:#}", anyhow::Error::from(error)),
                "the audit goes on in the old file"
            );
        }
        let reloaded = async {
            let Stated { contract, credentials, first, options } = read().await?;
            reloader.reload(&contract, credentials, options).await.map_err(hinted)?;
            anyhow::Ok((contract, first))
        };
        match reloaded.await {
            Ok((contract, first)) => {
                log_contract(&contract, global);
                log_credentials(&contract, &first);
                for field in takes_a_restart(&present, &contract) {
                    tracing::warn!(field, "takes a restart to change");
                }
                tracing::info!("reloaded");
                present = contract;
            }
            Err(error) => tracing::error!(
                error = format!("{error:#}"),
                "the contract is not reloaded, and the present one stays"
            ),
        }
    }
}

/// What is different in a new contract, and stays as it is.
fn takes_a_restart(present: &Contract, new: &Contract) -> Vec<&'static str> {
    let (present, new) = (&present.serve, &new.serve);
    let changed = [
        ("serve.listen", present.listen != new.listen),
        ("serve.max_connections", present.max_connections != new.max_connections),
        ("serve.metrics_listen", present.metrics_listen != new.metrics_listen),
    ];
    changed.into_iter().filter(|(_, is_changed)| *is_changed).map(|(field, _)| field).collect()
}

impl CredentialSource for SigningCredentialSource {
    async fn current(&self) -> Result<Arc<SigningCredentials>, CredentialsUnavailable> {
        Self::current(self).await.map_err(|error| CredentialsUnavailable(error.into()))
    }
}

/// The error with its way out.
pub(super) fn hinted(error: ServerError) -> anyhow::Error {
    match error.hint() {
        Some(hint) => print::hinted(error.into(), hint),
        None => error.into(),
    }
}

fn log_contract(contract: &Contract, global: &Global) {
    let Contract { bucket, upload, endpoint, .. } = contract;
    tracing::info!(
        contract = %global.config_path().display(),
        bucket = %bucket.name,
        region = %bucket.region,
        endpoint = endpoint.as_ref().map(|endpoint| tracing::field::display(&endpoint.url)),
        mode = match upload.mode {
            Mode::Strict => "strict",
            Mode::Compatible => "compatible",
        },
        max_size_bytes = upload.max_size.bytes(),
        expires_in_seconds = upload.expires_in.seconds(),
        "contract"
    );
    // signing needs no statement files, so their lack is no reason not to start
    match policies_dir::statement_files(contract, &global.config_path()) {
        Ok(files) => {
            for Note { about, text } in notes(contract, &files) {
                tracing::warn!(about, note = text, "not enforced");
            }
        }
        Err(error) => tracing::warn!(
            error = format!("{error:#}"),
            "what the bucket policy leaves out is not known"
        ),
    }
}

fn log_credentials(contract: &Contract, credentials: &SigningCredentials) {
    tracing::info!(
        source = if contract.serve.sign_as_role { "presigner role" } else { "default chain" },
        access_key_id = credentials.access_key_id,
        credentials_expire_at = credentials
            .expires_at
            .map(|end| tracing::field::display(humantime::format_rfc3339_seconds(end))),
        "credentials"
    );
}
