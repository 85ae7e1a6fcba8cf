//! `gatepass receipt`

use std::path::PathBuf;

use anyhow::Context as _;

use gatepass_core::grant::ReceiptError;

use super::{Outcome, continuation, print};

/// The flags of `gatepass receipt`.
#[derive(Debug, clap::Args)]
pub(super) struct ReceiptArgs {
    #[command(subcommand)]
    command: ReceiptCommand,
}

#[derive(Debug, clap::Subcommand)]
enum ReceiptCommand {
    /// Check a receipt without any call, and print what it states as JSON
    Check(CheckArgs),
}

#[derive(Debug, clap::Args)]
struct CheckArgs {
    /// The receipt that POST /api/confirm gave
    #[arg(value_name = "RECEIPT")]
    receipt: String,
    /// A file with the secrets, one a line [env: GATEPASS_RECEIPT_SECRETS]
    #[arg(long, value_name = "FILE")]
    secrets_file: Option<PathBuf>,
}

pub(super) fn run(args: &ReceiptArgs) -> anyhow::Result<Outcome> {
    let ReceiptCommand::Check(args) = &args.command;
    let Some(keys) =
        continuation::receipt_keys(args.secrets_file.as_deref(), "flag --secrets-file")?
    else {
        let error = anyhow::anyhow!("there is no secret to check the receipt with");
        return Err(print::hinted(
            error,
            "name a file by --secrets-file, or set GATEPASS_RECEIPT_SECRETS",
        ));
    };
    let receipt = keys.check(&args.receipt).map_err(|error| {
        let hint = match error {
            ReceiptError::Malformed => "give the `receipt` of the answer as it is",
            ReceiptError::Forged => {
                "do not believe it; or name the secrets of the endpoint that signed it"
            }
        };
        print::hinted(anyhow::Error::from(error).context("checking the receipt"), hint)
    })?;
    anstream::println!("{}", serde_json::to_string(&receipt).context("writing JSON")?);
    Ok(Outcome::Done)
}
