//! `gatepass destroy`

use super::provisioning::{Confirmed, Site, confirm, painted, watched};
use super::{Global, Outcome};
use crate::provision::{Target, destroy, plan_destroy, survey};

/// The flags of `gatepass destroy`.
#[derive(Debug, clap::Args)]
pub(super) struct DestroyArgs {
    /// Do not ask
    #[arg(long, short)]
    yes: bool,
    /// When done, print what was removed as JSON on one line: {"removals": […], "notes": […]}
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &DestroyArgs, global: &Global) -> anyhow::Result<Outcome> {
    let site = Site::open(global).await?;
    let target = Target::of(&site.contract, &site.account);
    let survey = survey(&site.connection.reader(), &target).await?;
    let plan = plan_destroy(&target, &survey)?;
    anstream::eprintln!("{}", painted(&plan));
    if !plan.is_empty() {
        anstream::eprintln!();
        let bucket = site.contract.bucket.name.as_str();
        let question = format!("Remove this for good? Type {bucket} or y:");
        if confirm(&question, bucket, args.yes, "destroy")? == Confirmed::No {
            anyhow::bail!("nothing was removed");
        }
        let writer = site.connection.writer();
        watched(async |steps| destroy(&plan, &writer, steps).await).await??;
        anstream::eprintln!("\nRemoved. `gatepass apply` makes it anew.");
    }
    if args.json {
        anstream::println!("{}", serde_json::to_string(&plan)?);
    }
    Ok(Outcome::Done)
}
