//! `gatepass presign`

use super::{Global, Outcome};

/// The flags of `gatepass presign`.
#[derive(Debug, clap::Args)]
pub(super) struct PresignArgs {}

pub(super) async fn run(_args: &PresignArgs, _global: &Global) -> anyhow::Result<Outcome> {
    todo!()
}
