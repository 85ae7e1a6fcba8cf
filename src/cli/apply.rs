//! `gatepass apply`

use super::{Global, Outcome};

/// The flags of `gatepass apply`.
#[derive(Debug, clap::Args)]
pub(super) struct ApplyArgs {}

pub(super) async fn run(_args: &ApplyArgs, _global: &Global) -> anyhow::Result<Outcome> {
    todo!()
}
