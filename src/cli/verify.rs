//! `gatepass verify`

mod operator;
mod progress;

use std::path::PathBuf;

use anstyle::AnsiColor;
use anyhow::Context as _;
use secrecy::SecretString;
use url::Url;

use crate::aws::Connection;
use crate::contract::{Contract, Trust};
use crate::grant::SigningCredentials;
use crate::policy::{Documents, StatementFiles};
use crate::provision::Desired;
use crate::verify::{Outcome as Row, Progress, Proof, Seen, Subject, Verified, verify};

use super::provisioning::Site;
use super::token::TokenArgs;
use super::{Global, Outcome, policies_dir, print};

use operator::ScratchMaker;

/// The flags of `gatepass verify`.
#[derive(Debug, clap::Args)]
pub(super) struct VerifyArgs {
    /// Prove the presign endpoint at this address too
    #[arg(long, value_name = "URL")]
    endpoint: Option<Url>,
    #[command(flatten)]
    token: TokenArgs,
    /// Print the proof as JSON on one line: {"probes": […]}
    #[arg(long)]
    json: bool,
    /// Write the proof to a file as JUnit XML too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Print the permissions policy that this command needs, and do nothing else
    #[arg(long, conflicts_with_all = ["endpoint", "json", "junit"])]
    print_permissions: bool,
}

pub(super) async fn run(args: &VerifyArgs, global: &Global) -> anyhow::Result<Outcome> {
    if args.print_permissions {
        return print_permissions(global);
    }
    let site = Site::open(global).await?;
    let files = policies_dir::statement_files(&site.contract, &global.config_path())?;
    let Verified { proof, is_stopped, left_behind } =
        progress::watched(async |progress| prove(&site, &files, args.endpoint.clone(), args.token.token(), progress).await).await??;
    for thing in &left_behind {
        anstream::eprintln!("left behind: {thing}");
    }
    anyhow::ensure!(!is_stopped, "stopped before all guardrails were attacked; what there was is cleaned up");
    if let Some(path) = &args.junit {
        std::fs::write(path, proof.to_junit()).with_context(|| format!("writing {}", path.display()))?;
    }
    if args.json {
        anstream::println!("{}", serde_json::to_string(&proof)?);
    } else {
        anstream::println!("{}", painted(&proof));
    }
    if !left_behind.is_empty() {
        let error = anyhow::anyhow!("not everything that was made could be removed: {} left", left_behind.len());
        return Err(print::hinted(error, "remove it by hand; `gatepass verify --print-permissions` prints what verify needs to do it"));
    }
    Ok(if proof.holds() { Outcome::Done } else { Outcome::SomethingToDo })
}

/// Attacks every guardrail of what the contract points to, and of the presign endpoint at this address if there is one.
///
/// As JSON, [`Verified::proof`] is `{"probes": [{"guardrail": …, "enforced_by": …, "outcome": …, "detail": …}]}`.
/// Who needs no progress passes `&()`.
///
/// # Errors
/// Documents that cannot be rendered, no credentials; whatever else fails is told in the rows that it concerns.
pub(super) async fn prove(
    site: &Site,
    files: &StatementFiles,
    endpoint: Option<Url>,
    token: Option<SecretString>,
    progress: &dyn Progress,
) -> anyhow::Result<Verified> {
    let subject = subject(site, files, endpoint, token).await?;
    verify(subject, progress).await.map_err(|why| anyhow::anyhow!("nothing could be tried: {why}"))
}

async fn subject(site: &Site, files: &StatementFiles, endpoint: Option<Url>, token: Option<SecretString>) -> anyhow::Result<Subject> {
    let Site { contract, connection, account } = site;
    let documents = Documents::render(contract, account, files)?;
    let desired = Desired::of(contract, account, &documents);
    let operator_credentials = credentials(contract, connection, false).await.map_err(anyhow::Error::msg)?;
    Ok(Subject {
        seen: Seen::read(&connection.reader(), &desired).await,
        role_session: role_session(contract, connection).await,
        contract: contract.clone(),
        account: account.clone(),
        operator_credentials,
        endpoint,
        token,
        ca_certificates: connection.ca_certificates().clone(),
        operator: Box::new(ScratchMaker::new(contract, connection, account)),
        desired,
    })
}

/// A session of the presigner role; not asked for where the trust policy lets in services only.
async fn role_session(contract: &Contract, connection: &Connection) -> Result<SigningCredentials, String> {
    let lets_in_people = contract.role.trust.iter().any(|trust| matches!(trust, Trust::SameAccount { .. } | Trust::Principal { .. }));
    if !lets_in_people {
        return Err(format!("no session of the role {}: its trust policy lets in services only", contract.role.name));
    }
    credentials(contract, connection, true).await.map_err(|error| format!("no session of the role {}: {error}", contract.role.name))
}

/// What signs for the connection itself, or as the contract's role.
async fn credentials(contract: &Contract, connection: &Connection, as_role: bool) -> Result<SigningCredentials, String> {
    let mut contract = contract.clone();
    contract.serve.sign_as_role = as_role;
    let credentials = connection.signing_credentials(&contract).current().await.map_err(|error| error.to_string())?;
    Ok(SigningCredentials::clone(&credentials))
}

fn print_permissions(global: &Global) -> anyhow::Result<Outcome> {
    let contract = global.contract()?;
    anstream::println!("{}", serde_json::to_string_pretty(&crate::verify::permissions(&contract))?);
    Ok(Outcome::Done)
}

/// Colours each row by its outcome.
fn painted(proof: &Proof) -> String {
    let table = proof.to_string();
    let mut lines: Vec<String> = table.lines().map(str::to_owned).collect();
    for (line, probe) in lines.iter_mut().skip(1).zip(&proof.probes) {
        let color = match probe.outcome {
            Row::Held => AnsiColor::Green,
            Row::Broken => AnsiColor::Red,
            Row::NotEnforced => AnsiColor::Yellow,
            Row::NotTested => AnsiColor::BrightBlack,
        };
        let style = color.on_default();
        *line = format!("{style}{line}{style:#}");
    }
    lines.join("\n")
}
