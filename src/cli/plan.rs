//! `gatepass plan`

use super::{Global, Outcome};

/// The flags of `gatepass plan`.
#[derive(Debug, clap::Args)]
pub(super) struct PlanArgs {}

pub(super) async fn run(_args: &PlanArgs, _global: &Global) -> anyhow::Result<Outcome> {
    todo!()
}
