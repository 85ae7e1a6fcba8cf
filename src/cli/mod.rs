//! The command line: one file per command; printing; where concrete parts are put together.

mod apply;
mod continuation;
mod destroy;
#[cfg(feature = "dev")]
mod dev;
mod env;
mod form_support;
mod init;
mod key;
mod log;
mod plan;
mod policies_dir;
mod policy;
mod presign;
mod print;
mod provisioning;
mod receipt;
mod serve;
mod signals;
mod token;
mod upload;
mod verify;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, Parser, Subcommand};

use crate::ca_certificates::CaCertificates;
use crate::redact;
use gatepass_core::contract::{Contract, Overrides, Sourced};

/// What the process's exit code says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    /// 0
    Done,
    /// 2: a plan with changes, drift, a failed proof.
    SomethingToDo,
}

#[derive(Debug, Parser)]
#[command(name = "gatepass", version, about, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// What `--help` puts the flags under that choose or change the contract.
const CONTRACT: &str = "Contract";

/// Settings of every command. Each flag has an environment variable of the same name, see [`env`].
#[derive(Debug, Args)]
struct Global {
    /// The contract file [default: gatepass.toml; env: GATEPASS_CONFIG]
    #[arg(long, short, global = true, value_name = "FILE", help_heading = CONTRACT)]
    config: Option<PathBuf>,
    /// Instead of the contract's account_id [env: GATEPASS_ACCOUNT_ID]
    #[arg(long, global = true, value_name = "ID", help_heading = CONTRACT)]
    account_id: Option<String>,
    /// Instead of the contract's bucket.name [env: GATEPASS_BUCKET]
    #[arg(long, global = true, value_name = "NAME", help_heading = CONTRACT)]
    bucket: Option<String>,
    /// Instead of the contract's bucket.region [env: GATEPASS_REGION]
    #[arg(long, global = true, value_name = "REGION", help_heading = CONTRACT)]
    region: Option<String>,
    /// Instead of the contract's endpoint.url [env: GATEPASS_ENDPOINT_URL, AWS_ENDPOINT_URL]
    #[arg(long, global = true, value_name = "URL", help_heading = CONTRACT)]
    endpoint_url: Option<String>,
    /// A directory of statement files instead of the built-in ones [env: GATEPASS_POLICIES]
    #[arg(long, global = true, value_name = "DIR", help_heading = CONTRACT)]
    policies: Option<String>,
    /// Colours on standard output and standard error
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    color: print::Color,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything on this machine: an embedded S3, IAM and STS, the endpoint, a page to drop a file on
    #[cfg(feature = "dev")]
    Dev(dev::DevArgs),
    /// Write a commented gatepass.toml
    Init(init::InitArgs),
    /// Show what apply would change; exit code 2 if anything
    Plan(plan::PlanArgs),
    /// Make bucket and role what the contract states
    Apply(apply::ApplyArgs),
    /// Attack every guardrail, live, and show what held; exit code 2 if anything is broken
    Verify(verify::VerifyArgs),
    /// Remove what apply made
    Destroy(destroy::DestroyArgs),
    /// Run the presign endpoint
    Serve(serve::ServeArgs),
    /// Make access keys for the endpoint
    Key(key::KeyArgs),
    /// Make one grant here, without an endpoint
    Presign(presign::PresignArgs),
    /// Check the receipt of an upload
    Receipt(receipt::ReceiptArgs),
    /// Upload a file through a presign endpoint
    Upload(upload::UploadArgs),
    /// Show the documents that the contract stands for
    Policy(policy::PolicyArgs),
}

/// Parses the command line, runs the command, and tells the exit code: 0 done, 1 failed, 2 there is something to do.
#[must_use]
pub fn main() -> ExitCode {
    std::env::args_os().skip(1).for_each(|argument| redact::given(&argument.to_string_lossy()));
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // clap's own code for a wrong command line is 2, which here means that there is something to do
            let code = if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
            if print::usage(&error).is_err() {
                return ExitCode::FAILURE;
            }
            return code;
        }
    };
    cli.global.color.apply();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return print::failure(
                &anyhow::Error::from(error).context("starting the asynchronous runtime"),
            );
        }
    };
    let outcome = runtime.block_on(async {
        let outcome = run(cli).await;
        log::flush().await;
        outcome
    });
    let code = match outcome {
        Ok(Outcome::Done) => ExitCode::SUCCESS,
        Ok(Outcome::SomethingToDo) => ExitCode::from(2),
        Err(error) => print::failure(&error),
    };
    // a thread may still wait for a reader that has stalled
    runtime.shutdown_timeout(log::PATIENCE);
    code
}

async fn run(cli: Cli) -> anyhow::Result<Outcome> {
    let global = &cli.global;
    match cli.command {
        #[cfg(feature = "dev")]
        Command::Dev(args) => dev::run(args, global).await,
        Command::Init(args) => init::run(&args, global),
        Command::Plan(args) => plan::run(&args, global).await,
        Command::Apply(args) => apply::run(&args, global).await,
        Command::Verify(args) => verify::run(&args, global).await,
        Command::Destroy(args) => destroy::run(&args, global).await,
        Command::Serve(args) => serve::run(args, global).await,
        Command::Key(args) => key::run(&args),
        Command::Presign(args) => presign::run(&args, global).await,
        Command::Receipt(args) => receipt::run(&args),
        Command::Upload(args) => upload::run(&args, global).await,
        Command::Policy(args) => policy::run(&args, global),
    }
}

impl Global {
    /// The contract file's path: flag, environment, `gatepass.toml`.
    fn config_path(&self) -> PathBuf {
        self.config
            .clone()
            .or_else(|| {
                std::env::var_os(env::CONFIG).filter(|path| !path.is_empty()).map(PathBuf::from)
            })
            .unwrap_or_else(|| "gatepass.toml".into())
    }

    /// What flags and environment put in the place of the file's values.
    fn overrides(&self) -> Overrides {
        Overrides {
            account_id: env::flag_or(self.account_id.as_ref(), "--account-id", &[env::ACCOUNT_ID]),
            bucket_name: env::flag_or(self.bucket.as_ref(), "--bucket", &[env::BUCKET]),
            region: env::flag_or(self.region.as_ref(), "--region", &[env::REGION]),
            region_fallback: env::flag_or(None, "", &[env::AWS_REGION, env::AWS_DEFAULT_REGION]),
            endpoint_url: env::flag_or(
                self.endpoint_url.as_ref(),
                "--endpoint-url",
                &[env::ENDPOINT_URL, env::AWS_ENDPOINT_URL_S3, env::AWS_ENDPOINT_URL],
            ),
            listen: env::flag_or(None, "", &[env::LISTEN]),
            policies: env::flag_or(self.policies.as_ref(), "--policies", &[env::POLICIES])
                .map(from_here),
        }
    }

    /// Whom to believe by TLS beside the system's authorities: whom `AWS_CA_BUNDLE` and the contract's
    /// `endpoint.ca_certificate` name.
    fn ca_certificates(&self, contract: &Contract) -> anyhow::Result<CaCertificates> {
        let from_outside = ca_certificates()?;
        let Some(stated) =
            contract.endpoint.as_ref().and_then(|endpoint| endpoint.ca_certificate.as_ref())
        else {
            return Ok(from_outside);
        };
        let path = self.config_path().parent().unwrap_or(Path::new("")).join(stated);
        Ok(from_outside.and(CaCertificates::read(&path).context("endpoint.ca_certificate")?))
    }

    /// Reads and parses the contract.
    fn contract(&self) -> anyhow::Result<Contract> {
        self.contract_with(&self.overrides())
    }

    /// The same with overrides that a command's own flags have added to.
    fn contract_with(&self, overrides: &Overrides) -> anyhow::Result<Contract> {
        let path = self.config_path();
        let text = read(&path)?;
        let mut contract = Contract::parse(&text, &path.display().to_string(), overrides)?;
        if let Some(jwt) = contract.auth.as_mut().and_then(|auth| auth.jwt.as_mut()) {
            jwt.keys.rebase(path.parent().unwrap_or(Path::new("")));
        }
        if let Some(audit) = &mut contract.serve.audit {
            audit.rebase(path.parent().unwrap_or(Path::new("")));
        }
        Ok(contract)
    }
}

/// What `AWS_CA_BUNDLE` names.
fn ca_certificates() -> anyhow::Result<CaCertificates> {
    match std::env::var_os(env::AWS_CA_BUNDLE).filter(|path| !path.is_empty()) {
        Some(path) => CaCertificates::read(Path::new(&path))
            .with_context(|| format!("environment variable {}", env::AWS_CA_BUNDLE)),
        None => Ok(CaCertificates::default()),
    }
}

/// A path that was given from outside is relative to the working directory, not to the contract file's.
fn from_here(mut setting: Sourced) -> Sourced {
    if let Some(path) = std::path::absolute(&setting.value)
        .ok()
        .and_then(|path| path.into_os_string().into_string().ok())
    {
        setting.value = path;
    }
    setting
}

fn read(path: &Path) -> anyhow::Result<String> {
    match std::fs::read_to_string(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(print::hinted(
            anyhow::Error::from(error).context(format!("reading the contract {}", path.display())),
            "write one with `gatepass init`, or name another with --config FILE",
        )),
        result => result.with_context(|| format!("reading the contract {}", path.display())),
    }
}
