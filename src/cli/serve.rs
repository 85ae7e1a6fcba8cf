//! `gatepass serve`

use std::sync::Arc;

use crate::aws::{Connection, SigningCredentialSource};
use crate::contract::{Contract, Mode, Source, Sourced};
use crate::grant::SigningCredentials;
use crate::policy::{Note, notes};
use crate::server::{CredentialSource, CredentialsUnavailable, Server, ServerError, ServerOptions};

use super::log::{self, LogFormat};
use super::{Global, Outcome, continuation, policies_dir, print, signals};

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
    log::start(args.log_format)?;
    let mut overrides = global.overrides();
    if let Some(value) = args.listen {
        overrides.listen = Some(Sourced { value, source: Source::Flag("--listen") });
    }
    let contract = global.contract_with(&overrides)?;
    let connection = Connection::open(&contract, global.ca_certificates(&contract)?).await;
    let credentials = connection.signing_credentials(&contract);
    let first = credentials.current().await.map_err(print::aws)?;

    let continuation = continuation::of(&contract, &global.config_path(), &connection, credentials.clone())?;
    let options = ServerOptions { page: args.page, proof: None, allow_unauthenticated: args.allow_unauthenticated, continuation };
    let server = Server::bind(&contract, credentials, options).await.map_err(hinted)?;
    log_contract(&contract, global);
    log_credentials(&contract, &first);
    signals::until_stopped(async |stop| {
        tracing::info!(address = %server.address(), "listening");
        server.run(stop.wait()).await;
    })
    .await?;
    tracing::info!("stopped");
    Ok(Outcome::Done)
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
        Err(error) => tracing::warn!(error = format!("{error:#}"), "what the bucket policy leaves out is not known"),
    }
}

fn log_credentials(contract: &Contract, credentials: &SigningCredentials) {
    tracing::info!(
        source = if contract.serve.sign_as_role { "presigner role" } else { "default chain" },
        access_key_id = credentials.access_key_id,
        credentials_expire_at = credentials.expires_at.map(|end| tracing::field::display(humantime::format_rfc3339_seconds(end))),
        "credentials"
    );
}
