//! `gatepass policy`

use super::{Global, Outcome};

/// The flags of `gatepass policy`.
#[derive(Debug, clap::Args)]
pub(super) struct PolicyArgs {}

pub(super) fn run(_args: &PolicyArgs, _global: &Global) -> anyhow::Result<Outcome> {
    todo!()
}
