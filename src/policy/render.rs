//! From the contract to its documents.

use crate::contract::{AccountId, Contract};

use super::{CorsRule, Document, StatementFiles};

/// The documents that a contract stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Documents {
    /// Our statements of the bucket policy.
    pub bucket_policy: Document,
    /// The presigner role's one inline policy.
    pub permissions_policy: Document,
    /// Who may assume the presigner role.
    pub trust_policy: Document,
    /// Our CORS rule; none where the contract allows no origin.
    pub cors: Option<CorsRule>,
    /// What the reader of a plan should know: guardrails that this contract or this endpoint leaves out.
    pub notes: Vec<Note>,
}

/// Something that is said, not implied.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Note {
    /// What it is about: a Sid or a contract field.
    pub about: String,
    /// A sentence.
    pub text: String,
}

/// Why a contract and a set of statement files give no documents.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RenderError(pub String);

impl Documents {
    /// Renders every document.
    ///
    /// # Errors
    /// An unknown placeholder, or a document above AWS's size limit.
    pub fn render(_contract: &Contract, _account: &AccountId, _files: &StatementFiles) -> Result<Self, RenderError> {
        todo!()
    }

    /// `{"bucket_policy":…, "permissions_policy":…, "trust_policy":…, "cors":…}`, stable to the byte.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        todo!()
    }
}
