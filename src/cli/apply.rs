//! `gatepass apply`

use super::provisioning::{Confirmed, Site, confirm, painted, watched};
use super::{Global, Outcome, verify};
use crate::provision::apply;

/// The flags of `gatepass apply`.
#[derive(Debug, clap::Args)]
pub(super) struct ApplyArgs {
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// Take over a bucket or a role that exists without gatepass's tag
    #[arg(long)]
    adopt: bool,
    /// When done, print the changes that were made as JSON on one line: {"changes": […], "notes": […]}
    #[arg(long)]
    json: bool,
    /// When done, prove it as `gatepass verify` does; exit code 2 if anything is broken [default: asks, on a terminal]
    #[arg(long, conflicts_with_all = ["json", "no_verify"])]
    verify: bool,
    /// Do not ask whether to prove it
    #[arg(long)]
    no_verify: bool,
}

pub(super) async fn run(args: &ApplyArgs, global: &Global) -> anyhow::Result<Outcome> {
    let site = Site::open(global).await?;
    let plan = site.plan(global, args.adopt).await?;
    anstream::eprintln!("{}", painted(&plan));
    let mut outcome = Outcome::Done;
    if !plan.is_empty() {
        anstream::eprintln!();
        let command = if args.adopt { "apply --adopt" } else { "apply" };
        if confirm("Make these changes? [y/N]", "y", args.yes, command)? == Confirmed::No {
            anyhow::bail!("nothing was changed");
        }
        let (reader, writer) = (site.connection.reader(), site.connection.writer());
        let applied = watched(async |steps| apply(&plan, &reader, &writer, steps).await).await??;
        for note in &applied.notes {
            anstream::eprintln!("note: {}: {}", note.about, note.text);
        }
        let (bucket, role) = (&site.contract.bucket.name, &site.contract.role.name);
        let but = match (applied.notes.is_empty(), applied.left.is_empty()) {
            (true, _) => "",
            (false, true) => ", but for these notes",
            (false, false) => ", but for these notes: `gatepass plan` shows what is left to change",
        };
        anstream::eprintln!(
            "\nBucket {bucket} and role {role} are as the contract states{but}. Next: `gatepass verify`, `gatepass serve`."
        );
        if !applied.left.is_empty() {
            outcome = Outcome::SomethingToDo;
        }
    }
    if args.json {
        anstream::println!("{}", serde_json::to_string(&plan)?);
    }
    if args.verify || !plan.is_empty() && wants_proof(args)? {
        anstream::eprintln!();
        let proof = verify::after_apply(&site, global).await?;
        return Ok(if proof == Outcome::Done { outcome } else { proof });
    }
    Ok(outcome)
}

/// Asks whoever was asked before.
fn wants_proof(args: &ApplyArgs) -> anyhow::Result<bool> {
    if args.yes || args.json || args.no_verify {
        return Ok(false);
    }
    anstream::eprintln!();
    Ok(confirm("Attack every guardrail now, to see whether it holds? [y/N]", "y", false, "verify")?
        == Confirmed::Yes)
}
