//! `gatepass policy`

mod check;
mod documents;
mod explain;
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
    /// Prove least privilege without any call to AWS: every action of S3 tried, every guardrail left out in turn; exit code 2
    /// if something is allowed that no feature needs, or a guardrail keeps nothing out
    Check(check::CheckArgs),
    /// Say why a request would be denied, without any call to AWS; exit code 2 if it would
    Explain(explain::ExplainArgs),
    /// Write the built-in statement files to a directory, as the start of one's own
    Export(export::ExportArgs),
}

pub(super) fn run(args: &PolicyArgs, global: &Global) -> anyhow::Result<Outcome> {
    match &args.command {
        PolicyCommand::Show(args) => show::run(args, global),
        PolicyCommand::Check(args) => check::run(args, global),
        PolicyCommand::Explain(args) => explain::run(args, global),
        PolicyCommand::Export(args) => export::run(args),
    }
}
