//! Policy documents as values: rendered from the contract, compared by meaning.
//!
//! The statements are the JSON files under `policies/`, one a file, embedded in the binary; a directory of one's own can
//! replace them. Placeholders are filled in parsed values, never in text. This room is pure.
//!
//! - From files to documents: [`StatementFiles`] (strict about their form), [`Documents::render`], [`cors_rule`], and the
//!   [`Note`]s about what is left out. What AWS would refuse is refused here: sizes, lock-outs, statements for everybody.
//! - A [`Document`] is kept as it was written and equal to whatever means the same; [`diff`] says what a change permits or
//!   forbids. Somebody else's statements survive a merge as they are.

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
