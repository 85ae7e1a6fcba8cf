//! Removes what carries our tag, and nothing else.
//!
//! Three steps, as with [`apply`](super::apply()): [`survey()`] looks, [`plan_destroy`] decides, [`destroy`] removes. What
//! would empty a bucket first is a step before [`Removal::Bucket`], of which there is none.

mod display;
mod plan;
mod run;
mod survey;

pub use plan::{DestroyPlan, DestroyRefusal, DestroyRefusals, Removal, plan_destroy};
pub use run::{DestroyError, DestroyErrorCause, destroy};
pub use survey::{Survey, SurveyedBucket, SurveyedRole, Target, survey};

#[cfg(test)]
mod tests;
