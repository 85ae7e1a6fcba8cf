//! `gatepass key`

use anyhow::Context as _;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use gatepass_core::contract::{AccessKey, KeyHash, KeyId, Subject};
use iam_policy::Invalid;

use super::Outcome;

/// The flags of `gatepass key`.
#[derive(Debug, clap::Args)]
pub(super) struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, clap::Subcommand)]
enum KeyCommand {
    /// Make an access key: the key to standard output, once; what the contract needs of it to standard error
    New(NewArgs),
}

#[derive(Debug, clap::Args)]
struct NewArgs {
    /// What the contract and the log call the key [default: key-DATE-…]
    #[arg(long, value_name = "ID", value_parser = KeyId::parse)]
    id: Option<KeyId>,
    /// Who asks with it [default: the id]
    #[arg(long, value_name = "NAME", value_parser = subject)]
    subject: Option<String>,
}

pub(super) fn run(args: &KeyArgs) -> anyhow::Result<Outcome> {
    let KeyCommand::New(args) = &args.command;
    let mut random = [0; 32];
    getrandom::fill(&mut random).context("asking the system for random bytes")?;
    let key = format!("{}{}", AccessKey::PREFIX, URL_SAFE_NO_PAD.encode(random));
    let hash: [u8; 32] = Sha256::digest(&key).into();
    let hash = KeyHash::from(hash);
    let id = match &args.id {
        Some(id) => id.clone(),
        None => default_id(&hash).map_err(|invalid| anyhow::anyhow!("the key's id {invalid}"))?,
    };
    anstream::println!("{key}");
    anstream::eprintln!("This key is shown once. For the contract:\n");
    anstream::eprintln!("[[auth.keys]]\nid = \"{id}\"\nsha256 = \"{hash}\"");
    if let Some(subject) = &args.subject {
        anstream::eprintln!("subject = {}", toml::Value::from(subject.as_str()));
    }
    Ok(Outcome::Done)
}

/// A name that can be the subject of an API key.
fn subject(name: &str) -> Result<String, Invalid> {
    Subject::of_api_key(name).map(|_| name.to_owned())
}

/// The date, and enough of the hash to tell keys of one day apart.
fn default_id(hash: &KeyHash) -> Result<KeyId, Invalid> {
    let now = humantime::format_rfc3339_seconds(std::time::SystemTime::now()).to_string();
    KeyId::parse(&format!("key-{}-{}", &now[..10], &hash.to_string()[..4]))
}
