//! From the text of `gatepass.toml` to a [`Contract`].

use std::fmt;

use super::{Contract, ContractErrors};

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

pub(super) fn parse(_text: &str, _file: &str, _overrides: &Overrides) -> Result<Contract, ContractErrors> {
    todo!()
}
