//! Policy documents as values, compared by what they mean.

mod describe;
mod diff;
#[expect(clippy::module_inception, reason = "the folder's main type is named as AWS names it")]
mod document;
mod error;
mod meaning;
mod statement;
pub mod strict_json;

pub use describe::condition_in_words;
pub use diff::{ElementChange, StatementChange, StatementChangeKind, diff};
pub use document::Document;
pub use error::DocumentError;
pub(crate) use meaning::text;
pub use statement::{ELEMENTS, Statement, json_kind};
