//! `gatepass presign`

mod put;

use super::{Global, Outcome};

/// The flags of `gatepass presign`.
#[derive(Debug, clap::Args)]
pub(super) struct PresignArgs {
    #[command(subcommand)]
    command: PresignCommand,
}

#[derive(Debug, clap::Subcommand)]
enum PresignCommand {
    /// Presign one upload by PUT, checked and signed as the endpoint would do it
    Put(put::PutArgs),
}

pub(super) async fn run(args: &PresignArgs, global: &Global) -> anyhow::Result<Outcome> {
    match &args.command {
        PresignCommand::Put(args) => put::run(args, global).await,
    }
}
