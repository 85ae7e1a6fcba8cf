//! `gatepass policy`

mod export;
mod show;

use super::{Global, Outcome};

/// The flags of `gatepass policy`.
#[derive(Debug, clap::Args)]
pub(super) struct PolicyArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Debug, clap::Subcommand)]
enum PolicyCommand {
    /// Print the documents that the contract stands for, without any call to AWS
    Show(show::ShowArgs),
    /// Write the built-in statement files to a directory, as the start of one's own
    Export(export::ExportArgs),
}

pub(super) fn run(args: &PolicyArgs, global: &Global) -> anyhow::Result<Outcome> {
    match &args.command {
        PolicyCommand::Show(args) => show::run(args, global),
        PolicyCommand::Export(args) => export::run(args),
    }
}
