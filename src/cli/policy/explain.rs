//! `gatepass policy explain`

mod action;
mod answer;
mod input;
mod url;

use std::time::SystemTime;

use super::documents::{self, Rendered};
use crate::cli::{Global, Outcome, print};
use crate::explain::decision::Principal;
use crate::explain::presigned::{Basis, Sent};
use iam_policy::Invalid;
use input::Question;

/// The flags of `gatepass policy explain`.
#[derive(Debug, clap::Args)]
pub(super) struct ExplainArgs {
    /// An action such as s3:GetObject, or a presigned URL; `-` reads a URL, or the body of S3's answer, from standard input,
    /// which keeps it out of the shell's history
    #[arg(value_name = "ACTION|URL", required_unless_present = "answer")]
    what: Option<String>,
    /// What the action is about: a key of the contract's bucket, s3://BUCKET/KEY, or an ARN; nothing for the bucket itself
    #[arg(value_name = "RESOURCE")]
    resource: Option<String>,
    /// The body of S3's refusal, from a file; `-` for standard input. The URL beside it tells what was signed
    #[arg(long, value_name = "FILE")]
    answer: Option<String>,
    /// Who asks: "role" (the presigner role), "anonymous", the ARN of a user, role or session, or a service
    #[arg(long = "as", value_name = "WHO", default_value = "role")]
    principal: String,
    /// A header that is sent with the URL, as curl takes it; with one, all that are signed have to be told. Beside --answer: a
    /// header as the grant gave it
    #[arg(long = "header", short = 'H', value_name = "NAME: VALUE")]
    headers: Vec<String>,
    /// The method that the URL is used with
    #[arg(long, short = 'X', value_name = "METHOD")]
    method: Option<String>,
    /// A condition key of an action's request, such as aws:SourceIp=203.0.113.7, instead of what it has just after a grant was made
    #[arg(long, value_name = "KEY=VALUE")]
    context: Vec<String>,
    /// A condition key that an action's request lacks, such as s3:if-none-match
    #[arg(long, value_name = "KEY")]
    without: Vec<String>,
    /// Instead of the present time, e.g. 2026-01-31T12:00:00Z
    #[arg(long, value_name = "TIME")]
    now: Option<String>,
    /// The explanation as one JSON object
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &ExplainArgs, global: &Global) -> anyhow::Result<Outcome> {
    let rendered = Rendered::of(global)?;
    let Rendered { contract, account, documents } = &rendered;
    let principal = Principal::parse(&args.principal, contract, account)
        .map_err(|invalid| mistyped(&args.principal, invalid))?;
    let sent = Sent::new(args.method.as_deref(), &args.headers)
        .map_err(|(header, invalid)| mistyped(&header, invalid))?;
    let basis = Basis { contract, account, documents, principal: &principal, now: now(args)? };
    let allowed = match input::read(args)? {
        Question::Action(text) => action::run(&text, args, basis)?,
        Question::Url(url) => url::run(&url, &sent, args.json, basis)?,
        Question::Answer(answer, url) => {
            answer::run(&answer, url.as_ref(), &sent, args.json, basis)?
        }
    };
    documents::say_whose_account(contract);
    Ok(if allowed { Outcome::Done } else { Outcome::SomethingToDo })
}

fn now(args: &ExplainArgs) -> anyhow::Result<SystemTime> {
    let Some(text) = &args.now else { return Ok(SystemTime::now()) };
    humantime::parse_rfc3339_weak(text).map_err(|error| {
        let error = anyhow::anyhow!("flag --now: {text:?} is not a time ({error})");
        print::hinted(error, "write it in UTC, e.g. --now 2026-01-31T12:00:00Z")
    })
}

/// What somebody typed and what is wrong with it.
fn mistyped(text: &str, invalid: Invalid) -> anyhow::Error {
    wrong(&format!("{text:?}"), invalid)
}

/// The same about what is not to be repeated.
fn wrong(what: &str, invalid: Invalid) -> anyhow::Error {
    let error = anyhow::anyhow!("{what} {}", invalid.problem);
    match invalid.hint {
        Some(hint) => print::hinted(error, hint),
        None => error,
    }
}
