//! `gatepass verify`

mod operator;
mod progress;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anstyle::AnsiColor;
use anyhow::Context as _;
use secrecy::SecretString;
use url::Url;

use crate::aws::{AwsError, AwsErrorKind, Connection};
use crate::provision::Desired;
use crate::verify::{
    self, ByContract, CleanedUp, Leftovers, Outcome as Row, Progress, Proof, Seen, Subject,
    Verified,
};
use gatepass_core::contract::{Contract, Trust};
use gatepass_core::grant::SigningCredentials;
use gatepass_core::policy::{Documents, StatementFiles};

use super::provisioning::Site;
use super::token::TokenArgs;
use super::{Global, Outcome, policies_dir, print};

use operator::OperatorOnAws;

/// The flags of `gatepass verify`.
#[derive(Debug, clap::Args)]
pub(super) struct VerifyArgs {
    /// Prove the presign endpoint at this address too
    #[arg(long, value_name = "URL", value_parser = endpoint_url)]
    endpoint: Option<Url>,
    #[command(flatten)]
    token: TokenArgs,
    /// Print the proof as JSON on one line: {"probes": […]}
    #[arg(long)]
    json: bool,
    /// Write the proof to a file as JUnit XML too
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
    /// Do not give the presigner role a wider policy for some seconds, which two guardrails cannot be attacked without; it
    /// is for this run's own session and objects only
    #[arg(long)]
    leave_role_alone: bool,
    /// Remove what runs have left that were killed, and do nothing else; only while no other run goes on
    #[arg(long, conflicts_with_all = ["endpoint", "json", "junit", "leave_role_alone"])]
    clean_up: bool,
    /// Print the permissions policy that this command needs, and do nothing else
    #[arg(long, conflicts_with_all = ["endpoint", "json", "junit", "clean_up"])]
    print_permissions: bool,
}

/// The address of an endpoint, which speaks HTTP.
fn endpoint_url(text: &str) -> Result<Url, String> {
    let wrong = |problem: String| format!("{problem}; write e.g. http://127.0.0.1:8080");
    let url = Url::parse(text).map_err(|error| wrong(error.to_string()))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong(format!("its scheme is {:?}", url.scheme())));
    }
    Ok(url)
}

pub(super) async fn run(args: &VerifyArgs, global: &Global) -> anyhow::Result<Outcome> {
    if args.print_permissions {
        return print_permissions(args, global);
    }
    let site = Site::open(global).await?;
    let files = policies_dir::statement_files(&site.contract, &global.config_path())?;
    if args.clean_up {
        return clean_up(&site, &files).await;
    }
    let aim = Aim {
        endpoint: args.endpoint.clone(),
        token: args.token.token(),
        leave_role_alone: args.leave_role_alone,
        patience: Duration::ZERO,
    };
    let verified = watched(&site, &files, aim).await?;
    let proof = &verified.proof;
    if let Some(path) = &args.junit {
        std::fs::write(path, proof.to_junit())
            .with_context(|| format!("writing {}", path.display()))?;
    }
    if args.json {
        anstream::println!("{}", serde_json::to_string(proof)?);
    } else {
        anstream::println!("{}", painted(proof));
    }
    concluded(&verified)
}

/// Proves what `apply` has just made. IAM is eventually consistent, so that a new role may take a while to work.
pub(super) async fn after_apply(site: &Site, global: &Global) -> anyhow::Result<Outcome> {
    const PATIENCE: Duration = Duration::from_secs(60);
    let files = policies_dir::statement_files(&site.contract, &global.config_path())?;
    let patience = if site.contract.endpoint.is_none() { PATIENCE } else { Duration::ZERO };
    let verified = watched(site, &files, Aim { patience, ..Aim::default() }).await?;
    anstream::println!("{}", painted(&verified.proof));
    concluded(&verified)
}

/// Fails where something is left, or where nothing was attacked and what was read shows nothing broken.
fn concluded(Verified { proof, untested, left_behind, .. }: &Verified) -> anyhow::Result<Outcome> {
    all_removed(left_behind)?;
    if let Some(why) = untested {
        let hint = "give these credentials the permissions that `gatepass verify --print-permissions` prints, and run verify again";
        let error = print::hinted(anyhow::anyhow!("no guardrail was attacked: {why}"), hint);
        if proof.holds() {
            return Err(error);
        }
        let _ = print::failure(&error);
    }
    Ok(if proof.holds() { Outcome::Done } else { Outcome::SomethingToDo })
}

/// Proves with progress shown, and tells what was and is left.
async fn watched(site: &Site, files: &StatementFiles, aim: Aim) -> anyhow::Result<Verified> {
    let verified =
        progress::watched(async |progress| prove(site, files, aim, progress).await).await??;
    tell_leftovers(&verified.earlier, &verified.left_behind);
    anyhow::ensure!(
        !verified.is_stopped,
        "stopped before all guardrails were attacked; what there was is cleaned up"
    );
    Ok(verified)
}

async fn clean_up(site: &Site, files: &StatementFiles) -> anyhow::Result<Outcome> {
    let subject = subject(site, files, Aim::default()).await?;
    let CleanedUp { leftovers, left_behind } = verify::clean_up(subject)
        .await
        .map_err(|why| anyhow::anyhow!("nothing could be looked for: {why}"))?;
    tell_leftovers(&leftovers, &left_behind);
    all_removed(&left_behind)?;
    anyhow::ensure!(leftovers.unseen.is_empty(), "not everything could be looked for");
    if leftovers.found.is_empty() {
        anstream::eprintln!("no run has left anything");
    }
    Ok(Outcome::Done)
}

fn tell_leftovers(leftovers: &Leftovers, left_behind: &[String]) {
    let Leftovers { found, unseen } = leftovers;
    for thing in found
        .iter()
        .filter(|thing| !left_behind.iter().any(|left| left.starts_with(thing.as_str())))
    {
        anstream::eprintln!("removed what an earlier run had left: {thing}");
    }
    for why in unseen {
        anstream::eprintln!("what earlier runs may have left was not looked for: {why}");
    }
    for thing in left_behind {
        anstream::eprintln!("left behind: {thing}");
    }
}

fn all_removed(left_behind: &[String]) -> anyhow::Result<()> {
    if left_behind.is_empty() {
        return Ok(());
    }
    let error = anyhow::anyhow!(
        "not everything that was made could be removed: {} left",
        left_behind.len()
    );
    let hint = "`gatepass verify --clean-up` tries again; `gatepass verify --print-permissions` prints what verify needs to do it";
    Err(print::hinted(error, hint))
}

/// What the proof is of, beside the contract's bucket and role.
#[derive(Debug, Default)]
pub(super) struct Aim {
    /// Where the presign endpoint is, if that is to be proven too.
    pub(super) endpoint: Option<Url>,
    /// What says who asks the endpoint, where that asks.
    pub(super) token: Option<SecretString>,
    /// Whether the presigner role is not to be given a wider policy, not for seconds.
    pub(super) leave_role_alone: bool,
    /// How long the role may take to be assumed and to upload.
    pub(super) patience: Duration,
}

/// Attacks every guardrail of what the contract points to.
///
/// As JSON, [`Verified::proof`] is `{"probes": [{"guardrail": …, "enforced_by": …, "outcome": …, "detail": …}]}`.
/// Who needs no progress passes `&()`.
///
/// # Errors
/// Documents that cannot be rendered, no credentials; whatever else fails is told in the rows that it concerns.
pub(super) async fn prove(
    site: &Site,
    files: &StatementFiles,
    aim: Aim,
    progress: &dyn Progress,
) -> anyhow::Result<Verified> {
    let subject = subject(site, files, aim).await?;
    verify::verify(subject, progress)
        .await
        .map_err(|why| anyhow::anyhow!("nothing could be tried: {why}"))
}

async fn subject(site: &Site, files: &StatementFiles, aim: Aim) -> anyhow::Result<Subject> {
    let Site { contract, connection, account } = site;
    let documents = Documents::render(contract, account, files)?;
    let desired = Desired::of(contract, account, &documents);
    let operator_credentials =
        credentials(contract, connection, false).await.map_err(print::aws)?;
    let operator = OperatorOnAws::new(contract, connection, account);
    Ok(Subject {
        seen: Seen::read(&connection.reader(), &desired, &operator).await,
        role_session: role_session(contract, connection, aim.patience).await,
        contract: contract.clone(),
        account: account.clone(),
        operator_credentials,
        endpoint: aim.endpoint,
        token: aim.token,
        may_widen_role: !aim.leave_role_alone,
        patience: aim.patience,
        ca_certificates: connection.ca_certificates().clone(),
        operator: Box::new(operator),
        grants: Arc::new(ByContract),
        desired,
    })
}

/// A session of the presigner role; not asked for where the trust policy lets in services only.
async fn role_session(
    contract: &Contract,
    connection: &Connection,
    patience: Duration,
) -> Result<SigningCredentials, String> {
    let lets_in_people = contract
        .role
        .trust
        .iter()
        .any(|trust| matches!(trust, Trust::SameAccount { .. } | Trust::Principal { .. }));
    if !lets_in_people {
        return Err(format!(
            "no session of the role {}: its trust policy lets in services only",
            contract.role.name
        ));
    }
    let began = Instant::now();
    loop {
        match credentials(contract, connection, true).await {
            Err(error)
                if *error.kind() == AwsErrorKind::AccessDenied && began.elapsed() < patience =>
            {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            Err(error) => {
                return Err(format!("no session of the role {}: {error}", contract.role.name));
            }
            Ok(credentials) => return Ok(credentials),
        }
    }
}

/// What signs for the connection itself, or as the contract's role.
async fn credentials(
    contract: &Contract,
    connection: &Connection,
    as_role: bool,
) -> Result<SigningCredentials, AwsError> {
    let mut contract = contract.clone();
    contract.serve.sign_as_role = as_role;
    Ok(SigningCredentials::clone(&*connection.signing_credentials(&contract).current().await?))
}

fn print_permissions(args: &VerifyArgs, global: &Global) -> anyhow::Result<Outcome> {
    let contract = global.contract()?;
    anstream::println!(
        "{}",
        serde_json::to_string_pretty(&crate::verify::permissions(
            &contract,
            !args.leave_role_alone
        ))?
    );
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
