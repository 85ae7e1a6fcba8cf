//! `gatepass upload`

use super::Outcome;

/// The flags of `gatepass upload`.
#[derive(Debug, clap::Args)]
pub(super) struct UploadArgs {}

pub(super) async fn run(_args: &UploadArgs) -> anyhow::Result<Outcome> {
    todo!()
}
