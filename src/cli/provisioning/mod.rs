//! What `plan`, `apply` and `destroy` share: opening the contract's AWS, asking first, showing steps.

mod confirm;
mod steps;

use std::fmt::Display;

use anstyle::AnsiColor;

use super::{Global, policies_dir, print};
use crate::aws::{AwsErrorKind, Connection};
use crate::provision::{Desired, Plan, observe, plan};
use gatepass_core::contract::Contract;
use gatepass_core::policy::Documents;
use iam_policy::AccountId;

pub(super) use confirm::{Confirmed, confirm};
pub(super) use steps::watched;

/// A contract, its AWS, and the account that it is about.
pub(super) struct Site {
    pub(super) contract: Contract,
    pub(super) connection: Connection,
    pub(super) account: AccountId,
}

impl Site {
    pub(super) async fn open(global: &Global) -> anyhow::Result<Self> {
        let contract = global.contract()?;
        let connection = Connection::open(&contract, global.ca_certificates(&contract)?).await;
        let account = match (connection.account().await, &contract.account_id) {
            (Ok(account), _) => account,
            // a store without STS cannot say whose the credentials are, and the contract's word is all there is
            (Err(error), stated) if contract.endpoint.is_some() && is_of_no_sts(error.kind()) => {
                match stated {
                    Some(stated) => stated.clone(),
                    None => {
                        let way_out = "is it a store without STS? then write account_id into the contract, or set --account-id: any 12 digits do";
                        let hint = error.hint().map_or_else(
                            || way_out.to_owned(),
                            |hint| format!("{hint}; {way_out}"),
                        );
                        return Err(print::hinted(error.into(), hint));
                    }
                }
            }
            (Err(error), _) => return Err(print::aws(error)),
        };
        Ok(Self { contract, connection, account })
    }

    /// Reads what is there and compares it with what the contract wants.
    pub(super) async fn plan(&self, global: &Global, adopt: bool) -> anyhow::Result<Plan> {
        let files = policies_dir::statement_files(&self.contract, &global.config_path())?;
        let documents = Documents::render(&self.contract, &self.account, &files)?;
        let desired = Desired::of(&self.contract, &self.account, &documents);
        let observed = observe(&self.connection.reader(), &desired).await?;
        Ok(plan(&desired, &observed, adopt)?)
    }
}

/// Whether this is how a store answers `GetCallerIdentity` that has no STS: each in its own way, but not by refusing somebody.
fn is_of_no_sts(kind: &AwsErrorKind) -> bool {
    matches!(
        kind,
        AwsErrorKind::NotImplemented
            | AwsErrorKind::NotFound
            | AwsErrorKind::Invalid
            | AwsErrorKind::Other
    )
}

/// Colours each line of a plan by what it says happens.
pub(super) fn painted(plan: &impl Display) -> String {
    let paint = |line: &str| {
        let color = match line.trim_start().chars().next() {
            Some('+') => AnsiColor::Green,
            Some('-') => AnsiColor::Red,
            Some('~') => AnsiColor::Yellow,
            _ if line.starts_with("note:") => AnsiColor::Cyan,
            _ => return line.to_owned(),
        };
        let style = color.on_default();
        format!("{style}{line}{style:#}")
    };
    plan.to_string().lines().map(paint).collect::<Vec<_>>().join("\n")
}
