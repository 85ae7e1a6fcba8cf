//! The settings that are looked at and not attacked.

use std::fmt::Debug;

use futures::join;
use serde::Serialize;

use crate::provision::{
    DefaultEncryption, Desired, ObjectOwnership, PublicAccessBlock, ReadState, StateError,
    StateErrorKind, Versioning,
};

use super::finding::Finding;
use super::{Operator, RolePolicies};

/// What is there of the settings that are guardrails.
#[derive(Debug, Clone)]
pub struct Seen {
    pub(super) public_access_block: Setting<PublicAccessBlock>,
    pub(super) ownership: Setting<ObjectOwnership>,
    pub(super) encryption: Setting<DefaultEncryption>,
    /// Whether removing an object leaves a version of it; none where it cannot be read.
    pub(super) keeps_versions: Option<bool>,
    /// What the presigner role may do by its own policies, or why they cannot be read.
    pub(super) presigner_policies: Result<RolePolicies, String>,
}

/// One setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Setting<T> {
    Is(T),
    IsNot,
    /// Another endpoint than AWS's does not know the operation.
    Unknown,
    Unreadable(String),
}

impl Seen {
    /// Reads what is there, concurrently. What cannot be read is told in the rows that it concerns.
    pub async fn read(reader: &impl ReadState, desired: &Desired, operator: &dyn Operator) -> Self {
        let bucket = &desired.bucket;
        let (block, ownership, encryption, versioning, presigner_policies) = join!(
            reader.get_public_access_block(bucket),
            reader.get_bucket_ownership_controls(bucket),
            reader.get_bucket_encryption(bucket),
            reader.get_bucket_versioning(bucket),
            operator.presigner_policies(),
        );
        Self {
            public_access_block: Setting::of(desired, block),
            ownership: Setting::of(desired, ownership),
            encryption: Setting::of(desired, encryption),
            keeps_versions: versioning
                .ok()
                .map(|versioning| versioning != Versioning::NeverEnabled),
            presigner_policies,
        }
    }
}

impl<T: PartialEq + Serialize + Debug> Setting<T> {
    fn of(desired: &Desired, read: Result<Option<T>, StateError>) -> Self {
        match read {
            Ok(Some(value)) => Self::Is(value),
            Ok(None) => Self::IsNot,
            Err(error) if error.kind == StateErrorKind::NotSupported && !desired.is_aws => {
                Self::Unknown
            }
            Err(error) => Self::Unreadable(error.to_string()),
        }
    }

    /// Whether it is what the contract wants.
    pub(super) fn as_stated(&self, wanted: &T) -> Finding {
        match self {
            Self::Is(value) if value == wanted => {
                Finding::Held(format!("as observed: {}", told(value)))
            }
            Self::Is(value) => {
                Finding::NotHeld(format!("is {}, and not {}", told(value), told(wanted)))
            }
            Self::IsNot => Finding::NotHeld(format!("is not set, and should be {}", told(wanted))),
            Self::Unknown => Finding::NotHeld("this backend does not know the setting".to_owned()),
            Self::Unreadable(why) => Finding::NotTested(why.clone()),
        }
    }

    /// The same of what the contract states of it.
    pub(super) fn map(&self, stated: impl FnOnce(&T) -> T) -> Self
    where
        T: Clone,
    {
        match self {
            Self::Is(value) => Self::Is(stated(value)),
            other => other.clone(),
        }
    }

    pub(super) fn is_unknown_to_backend(&self) -> bool {
        *self == Self::Unknown
    }
}

/// In AWS's own words, without the punctuation of JSON.
fn told<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value)
        .unwrap_or_default()
        .replace(['{', '}', '"'], "")
        .replace(':', " ")
        .replace(',', ", ")
}
