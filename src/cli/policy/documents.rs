//! The documents that the subcommands speak of.

use crate::cli::{Global, env, policies_dir, print};
use gatepass_core::contract::Contract;
use gatepass_core::policy::Documents;
use iam_policy::AccountId;
use iam_policy::evaluate::RequestContext;

/// AWS's own example account, in the place of one that is not known.
const EXAMPLE_ACCOUNT: &str = "111122223333";

/// A contract with its documents.
pub(super) struct Rendered {
    pub(super) contract: Contract,
    pub(super) account: AccountId,
    pub(super) documents: Documents,
}

impl Rendered {
    /// Reads the contract and its statement files, and renders them without any call to AWS.
    pub(super) fn of(global: &Global) -> anyhow::Result<Self> {
        let contract = global.contract()?;
        let files = policies_dir::statement_files(&contract, &global.config_path())?;
        let account =
            contract.account_id.clone().map_or_else(|| AccountId::parse(EXAMPLE_ACCOUNT), Ok)?;
        let documents = Documents::render(&contract, &account, &files)?;
        Ok(Self { contract, account, documents })
    }
}

/// Says that an example stands in the place of the account, where the contract states none.
pub(super) fn say_whose_account(contract: &Contract) {
    if contract.account_id.is_none() {
        anstream::eprintln!(
            "note: account_id: The account is not known without a call to AWS, so {EXAMPLE_ACCOUNT} stands in its place. \
             Write account_id into the contract, or set --account-id or {}.",
            env::ACCOUNT_ID
        );
    }
}

/// Reads `KEY=VALUE`s; a key that is given more than once has several values.
pub(super) fn context(pairs: &[String]) -> anyhow::Result<RequestContext> {
    let mut context = RequestContext::new();
    for pair in pairs {
        let Some((key, _)) = pair.split_once('=').filter(|(key, _)| key.contains(':')) else {
            return Err(print::hinted(
                anyhow::anyhow!("flag --context: {pair:?} is not a condition key with its value"),
                "write e.g. --context aws:SourceIp=203.0.113.7",
            ));
        };
        let same = |other: &&String| {
            other.split_once('=').is_some_and(|(other, _)| other.eq_ignore_ascii_case(key))
        };
        let values = pairs
            .iter()
            .filter(same)
            .filter_map(|pair| pair.split_once('='))
            .map(|(_, value)| value);
        context = context.with_all(key, values);
    }
    Ok(context)
}
