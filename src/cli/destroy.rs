//! `gatepass destroy`

use super::{Global, Outcome};

/// The flags of `gatepass destroy`.
#[derive(Debug, clap::Args)]
pub(super) struct DestroyArgs {}

pub(super) async fn run(_args: &DestroyArgs, _global: &Global) -> anyhow::Result<Outcome> {
    todo!()
}
