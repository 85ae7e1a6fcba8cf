//! From the text of `gatepass.toml` to a [`Contract`].

mod auth;
mod bucket;
mod bucket_name;
mod download;
mod endpoint;
mod jwt;
mod limits;
mod problems;
mod role;
mod serve;
mod table;
mod upload;
mod value;

use std::fmt;
use std::path::PathBuf;

use toml::de::DeTable;

use super::{Contract, ContractErrors};
use iam_policy::{AccountId, BucketName, Invalid, Region};
use problems::{Problems, Reported};
use table::{Read, ReadOption, Table};
use value::text;

/// Where a setting from outside the file came from, named in errors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A command-line flag, with its dashes.
    Flag(&'static str),
    /// An environment variable.
    Environment(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(f, "flag {name}"),
            Self::Environment(name) => write!(f, "environment variable {name}"),
        }
    }
}

/// A setting with its source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sourced {
    /// The value as given.
    pub value: String,
    /// Where it came from.
    pub source: Source,
}

/// What flags and environment variables put in the place of the file's values.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// Replaces `account_id`.
    pub account_id: Option<Sourced>,
    /// Replaces `bucket.name`.
    pub bucket_name: Option<Sourced>,
    /// Replaces `bucket.region`.
    pub region: Option<Sourced>,
    /// Stands in for `bucket.region` where the file has none (`AWS_REGION`): a shell's region must not move a bucket.
    pub region_fallback: Option<Sourced>,
    /// Replaces `endpoint.url`.
    pub endpoint_url: Option<Sourced>,
    /// Replaces `serve.listen`.
    pub listen: Option<Sourced>,
    /// Replaces `policies`.
    pub policies: Option<Sourced>,
}

/// What fields of several tables are compared with.
struct Ground {
    account_id: ReadOption<AccountId>,
    bucket_name: Read<BucketName>,
    region: Read<Region>,
}

pub(super) fn parse(
    text: &str,
    file: &str,
    overrides: &Overrides,
) -> Result<Contract, ContractErrors> {
    let (document, syntax) = DeTable::parse_recoverable(text);
    let problems = Problems::new(text, syntax);
    match read(&problems, document.get_ref(), overrides) {
        Ok(contract) if problems.is_empty() => Ok(contract),
        _ => Err(problems.into_errors(file)),
    }
}

fn read<'a>(
    problems: &'a Problems<'a>,
    document: &'a DeTable<'a>,
    overrides: &Overrides,
) -> Result<Contract, Reported> {
    let root = Table::root(problems, document);
    let account_id = root
        .field("account_id")
        .instead(overrides.account_id.as_ref())
        .optional(text(AccountId::parse));
    let policies =
        root.field("policies").instead(overrides.policies.as_ref()).optional(text(directory));

    let bucket = root.table("bucket");
    let stated_name = bucket
        .field("name")
        .instead(overrides.bucket_name.as_ref())
        .required("\"acme-uploads\"", text(|name| Ok(name.to_owned())));
    let region = bucket
        .field("region")
        .instead(overrides.region.as_ref())
        .otherwise(overrides.region_fallback.as_ref())
        .required("\"eu-central-1\"", text(Region::parse));
    let bucket_name = bucket_name::read(&bucket, stated_name, &account_id, &region);
    let account_id =
        account_id.map(|stated| stated.or_else(|| bucket_name::account_id(&bucket_name)));
    let ground = Ground { account_id, bucket_name, region };
    let (bucket, removal) = bucket::read(&bucket, &ground);
    let auth = auth::read(&root.table("auth"));
    let upload = upload::read(&root.table("upload"), &removal, &auth);
    let download = download::read(&root.table("download"), &upload);
    let limits = limits::read(&root.table("limits"), &auth, &upload);
    let role = role::read(&root.table("role"), &ground);
    let serve = serve::read(&root.table("serve"), overrides, &upload);
    let endpoint = endpoint::read(&root.table("endpoint"), overrides);
    root.finish();

    Ok(Contract {
        account_id: ground.account_id?.map(|setting| setting.value),
        bucket: bucket?,
        upload: upload?,
        download: download?,
        role: role?,
        serve: serve?,
        auth: auth?,
        limits: limits?,
        endpoint: endpoint?,
        policies: policies?.map(|setting| setting.value),
    })
}

/// Every field that a contract with every table can have, with its table.
#[cfg(test)]
pub(super) fn fields() -> Vec<(String, &'static str)> {
    let text = "endpoint = {}\ndownload = {}\nrole.trust = [{}]\nauth.keys = [{}]\nauth.jwt = {}\nauth.claims = {}";
    let problems = Problems::new(text, Vec::new());
    let (document, _) = DeTable::parse_recoverable(text);
    assert!(read(&problems, document.get_ref(), &Overrides::default()).is_err());
    problems.fields()
}

fn directory(text: &str) -> Result<PathBuf, Invalid> {
    if text.is_empty() {
        Err(Invalid::new("names no directory")
            .hint("leave it out for the built-in statement files"))
    } else {
        Ok(text.into())
    }
}

#[cfg(test)]
mod tests;
