//! `gatepass serve`

use super::{Global, Outcome};

/// The flags of `gatepass serve`.
#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {}

pub(super) async fn run(_args: ServeArgs, _global: &Global) -> anyhow::Result<Outcome> {
    todo!()
}
