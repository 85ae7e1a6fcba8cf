//! The statement files under `policies/`.

use std::collections::BTreeMap;

use serde_json::Value;

/// What the `Sid` of every statement of ours begins with. A `Sid` may hold letters and digits only.
pub const OWN_SID_PREFIX: &str = "Gatepass";

/// One statement file, before its placeholders are filled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementFile {
    /// The file's name without `.json`, which is the statement's `Sid`.
    pub sid: String,
    /// The file's content.
    pub json: Value,
}

/// All statement files, sorted by `Sid`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementFiles {
    /// `policies/bucket/`
    pub bucket: Vec<StatementFile>,
    /// `policies/role/`
    pub role: Vec<StatementFile>,
    /// `policies/trust/`
    pub trust: Vec<StatementFile>,
}

/// Why a set of files is no set of statements.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {problem}")]
pub struct StatementFilesError {
    /// The file, relative to the directory.
    pub file: String,
    /// What is wrong with it and the way out.
    pub problem: String,
}

impl StatementFiles {
    /// The files that are embedded in the binary.
    ///
    /// # Errors
    /// None that a test has not ruled out.
    pub fn built_in() -> Result<Self, StatementFilesError> {
        todo!()
    }

    /// Takes the files of a directory of one's own: path relative to the directory (`bucket/GatepassX.json`) to content.
    ///
    /// # Errors
    /// Names the first file that is no statement, and why.
    pub fn from_files(_files: &BTreeMap<String, String>) -> Result<Self, StatementFilesError> {
        todo!()
    }
}
