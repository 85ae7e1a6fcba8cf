//! `gatepass policy show`

use serde_json::Value;

use crate::cli::{Global, Outcome, env, policies_dir};
use crate::contract::{AccountId, Contract};
use crate::policy::Documents;

/// AWS's own example account, in the place of one that is not known.
const EXAMPLE_ACCOUNT: &str = "111122223333";

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
    let contract = global.contract()?;
    let files = policies_dir::statement_files(&contract, &global.config_path())?;
    let account = contract.account_id.clone().map_or_else(example_account, Ok)?;
    let documents = Documents::render(&contract, &account, &files)?;
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
    if contract.account_id.is_none() {
        anstream::eprintln!(
            "note: account_id: The account is not known without a call to AWS, so {EXAMPLE_ACCOUNT} stands in its place. \
             Write account_id into the contract, or set --account-id or {}.",
            env::ACCOUNT_ID
        );
    }
    Ok(Outcome::Done)
}

fn example_account() -> anyhow::Result<AccountId> {
    Ok(AccountId::parse(EXAMPLE_ACCOUNT)?)
}

fn print_titled(shown: Shown, contract: &Contract, documents: &Value) -> anyhow::Result<()> {
    let bold = anstyle::Style::new().bold();
    anstream::println!("{bold}{}{bold:#}", shown.title(contract));
    anstream::println!("{}", serde_json::to_string_pretty(&documents[shown.key()])?);
    Ok(())
}
