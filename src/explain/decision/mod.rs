//! Why a request is allowed or denied by a contract's documents, and what would have to change.
//!
//! What is asked is put into words that can be mistyped ([`Action`], [`resource`], [`Principal`]); the answer, an
//! [`Explanation`], names every statement that stands in the way and not only the one that decides.

mod action;
mod explanation;
mod principal;
mod resource;
#[cfg(test)]
mod tests;

pub use action::Action;
pub use explanation::{Allowing, Denial, DocumentName, Explanation, NearMiss};
pub use principal::Principal;
pub use resource::resource;
