//! `gatepass plan`

use super::provisioning::{Site, painted};
use super::{Global, Outcome};

/// The flags of `gatepass plan`.
#[derive(Debug, clap::Args)]
pub(super) struct PlanArgs {
    /// Plan as if a bucket or a role without gatepass's tag were gatepass's
    #[arg(long)]
    adopt: bool,
    /// As JSON on one line: {"changes": […], "notes": […]}
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &PlanArgs, global: &Global) -> anyhow::Result<Outcome> {
    let plan = Site::open(global).await?.plan(global, args.adopt).await?;
    if args.json {
        anstream::println!("{}", serde_json::to_string(&plan)?);
    } else {
        anstream::println!("{}", painted(&plan));
    }
    if plan.is_empty() {
        return Ok(Outcome::Done);
    }
    if !args.json {
        anstream::eprintln!(
            "\nNext: `gatepass apply{}` makes these changes.",
            if args.adopt { " --adopt" } else { "" }
        );
    }
    Ok(Outcome::SomethingToDo)
}
