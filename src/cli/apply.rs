//! `gatepass apply`

use super::provisioning::{Confirmed, Site, confirm, painted, watched};
use super::{Global, Outcome};
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
}

pub(super) async fn run(args: &ApplyArgs, global: &Global) -> anyhow::Result<Outcome> {
    let site = Site::open(global).await?;
    let plan = site.plan(global, args.adopt).await?;
    anstream::eprintln!("{}", painted(&plan));
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
        let but = if applied.notes.is_empty() { "" } else { ", but for these notes" };
        anstream::eprintln!("\nBucket {bucket} and role {role} are as the contract states{but}. Next: `gatepass serve`.");
    }
    if args.json {
        anstream::println!("{}", serde_json::to_string(&plan)?);
    }
    Ok(Outcome::Done)
}
