//! The policy documents of a contract.
//!
//! The statements are the JSON files of a directory, one a file: gatepass embeds `policies/`, and a directory of the user can replace
//! them. Placeholders are filled in parsed values, never in text.
//!
//! [`StatementFiles`] checks the form of the files, [`Documents::render`] renders them, [`cors_rule`] renders the CORS rule, and a
//! [`Note`] states what is left out. What AWS would reject is rejected here: sizes, lock-outs, statements for everybody.

mod built_in;
pub mod check;
mod cors;
mod evaluable;
#[cfg(any(test, feature = "test-support"))]
#[doc(hidden)]
#[allow(missing_docs)]
pub mod fixtures;
mod grammar;
mod limits;
mod lockout;
mod needs;
mod note;
mod placeholders;
mod render;
#[cfg(test)]
mod rewritten_documents_tests;
mod statements;

pub use cors::{CORS_RULE_ID, CorsRule, cors_rule};
pub use limits::check_bucket_policy_size;
pub use note::{Note, notes};
pub use render::{Documents, RenderError};
pub use statements::{OWN_SID_PREFIX, StatementFile, StatementFiles, StatementFilesError};
