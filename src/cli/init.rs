//! `gatepass init`

use super::{Global, Outcome};

/// The flags of `gatepass init`.
#[derive(Debug, clap::Args)]
pub(super) struct InitArgs {}

pub(super) fn run(_args: &InitArgs, _global: &Global) -> anyhow::Result<Outcome> {
    todo!()
}
