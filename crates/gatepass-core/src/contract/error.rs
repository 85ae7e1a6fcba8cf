//! What is wrong with a contract, told so that it can be mended.

use std::fmt;

use super::Source;
use iam_policy::Invalid;

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A line of the contract file, counted from 1.
    Line(usize),
    /// The contract file, where no line can be named (a missing table).
    File,
    /// A flag or an environment variable.
    Override(Source),
}

/// One thing wrong with a contract.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractError {
    /// Where the value stands.
    pub location: Location,
    /// The field, with its table: `upload.max_size`. Empty for a line that is not TOML.
    pub field: String,
    /// The value as written, if there is one.
    pub value: Option<String>,
    /// What is wrong with it and the way out.
    pub invalid: Invalid,
}

/// Everything wrong with a contract, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContractErrors {
    /// The file's name as given.
    pub file: String,
    /// At least one error.
    pub errors: Vec<ContractError>,
}

impl fmt::Display for ContractErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.errors.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            match &error.location {
                Location::Line(line) => write!(f, "{}:{line}: ", self.file)?,
                Location::File => write!(f, "{}: ", self.file)?,
                Location::Override(source) => write!(f, "{source}: ")?,
            }
            // A line that is not TOML has no field.
            match (error.field.as_str(), &error.value) {
                ("", None) => {}
                ("", Some(value)) => write!(f, "{value} ")?,
                (field, None) => write!(f, "{field} ")?,
                (field, Some(value)) => write!(f, "{field} = {value} ")?,
            }
            f.write_str(&error.invalid.problem)?;
            if let Some(hint) = &error.invalid.hint {
                write!(f, "\n  hint: {hint}")?;
            }
        }
        Ok(())
    }
}

impl std::error::Error for ContractErrors {}
