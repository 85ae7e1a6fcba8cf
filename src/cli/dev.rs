//! `gatepass dev`

use super::{Global, Outcome};

/// The flags of `gatepass dev`.
#[derive(Debug, clap::Args)]
pub(super) struct DevArgs {}

pub(super) async fn run(_args: DevArgs, _global: &Global) -> anyhow::Result<Outcome> {
    todo!()
}
