//! `gatepass policy show`

use serde_json::Value;

use super::documents::{self, Rendered};
use crate::cli::{Global, Outcome};
use gatepass_core::contract::Contract;

/// The flags of `gatepass policy show`.
#[derive(Debug, clap::Args)]
pub(super) struct ShowArgs {
    /// Only this document
    #[arg(value_name = "DOCUMENT")]
    document: Option<Shown>,
    /// As JSON on one line: all documents in one object, or the one that is named
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Shown {
    /// The bucket policy
    Bucket,
    /// The presigner role's permissions policy
    Permissions,
    /// The presigner role's trust policy
    Trust,
    /// The bucket's CORS rule
    Cors,
}

impl Shown {
    const ALL: [Self; 4] = [Self::Bucket, Self::Permissions, Self::Trust, Self::Cors];

    /// The document's key in [`Documents::to_json`].
    fn key(self) -> &'static str {
        match self {
            Self::Bucket => "bucket_policy",
            Self::Permissions => "permissions_policy",
            Self::Trust => "trust_policy",
            Self::Cors => "cors",
        }
    }

    fn title(self, contract: &Contract) -> String {
        let (bucket, role) = (&contract.bucket.name, &contract.role.name);
        match self {
            Self::Bucket => format!("Bucket policy of {bucket}"),
            Self::Permissions => format!("Permissions policy of the role {role}"),
            Self::Trust => format!("Trust policy of the role {role}"),
            Self::Cors => format!("CORS rule of {bucket}"),
        }
    }
}

pub(super) fn run(args: &ShowArgs, global: &Global) -> anyhow::Result<Outcome> {
    let Rendered { contract, documents, .. } = Rendered::of(global)?;
    let json = documents.to_json();

    match (args.json, args.document) {
        (true, None) => anstream::println!("{json}"),
        (true, Some(shown)) => anstream::println!("{}", json[shown.key()]),
        (false, Some(shown)) => print_titled(shown, &contract, &json)?,
        (false, None) => {
            for (index, shown) in Shown::ALL.into_iter().enumerate() {
                if index > 0 {
                    anstream::println!();
                }
                print_titled(shown, &contract, &json)?;
            }
        }
    }
    for note in &documents.notes {
        anstream::eprintln!("note: {}: {}", note.about, note.text);
    }
    documents::say_whose_account(&contract);
    Ok(Outcome::Done)
}

fn print_titled(shown: Shown, contract: &Contract, documents: &Value) -> anyhow::Result<()> {
    let bold = anstyle::Style::new().bold();
    anstream::println!("{bold}{}{bold:#}", shown.title(contract));
    anstream::println!("{}", serde_json::to_string_pretty(&documents[shown.key()])?);
    Ok(())
}
