//! Desired, observed, plan, apply, destroy.
//!
//! - [`Desired`] is what a contract wants of AWS, [`observe`] reads what is there, and [`plan()`] compares the two: a pure
//!   function from values to a [`Plan`], which is data.
//! - [`apply()`] makes a plan's changes and reads again; [`survey()`], [`plan_destroy`] and [`destroy()`] are the same three
//!   steps for removing.
//! - AWS stands behind two traits, [`ReadState`] and [`WriteState`]. Nothing that plans is ever given a writer, so there is
//!   no "dry run": what must not write cannot.
//! - There is no state but AWS's own. A tag tells what is ours ([`OWNERSHIP_TAG`]); in documents that others share, a name
//!   does (the `Sid`, the rule's `ID`), and everything else in them is left as it is.

mod apply;
mod desired;
mod destroy;
mod error;
#[cfg(test)]
mod fixtures;
mod lifecycle;
mod observed;
mod plan;
mod progress;
mod retry;
mod settings;
mod state;

pub use apply::{Applied, ApplyError, ApplyErrorCause, apply};
pub use desired::{Desired, LIFECYCLE_RULE_ID_PREFIX, OWNERSHIP_TAG, PERMISSIONS_POLICY_NAME};
pub use destroy::{
    DestroyError, DestroyErrorCause, DestroyPlan, DestroyRefusal, DestroyRefusals, Removal, Survey,
    SurveyedBucket, SurveyedRole, Target, destroy, plan_destroy, survey,
};
pub use error::{StateError, StateErrorKind};
pub use lifecycle::{
    LifecycleConfiguration, LifecycleExpiration, LifecycleFilter, LifecycleRule,
    NoncurrentVersionExpiration, NoncurrentVersionTransition, Transition,
};
pub use observed::{
    BucketSettings, ObserveError, Observed, ObservedBucket, ObservedRole, Reading, RoleSettings,
    observe,
};
pub use plan::{Action, Change, Plan, Refusal, Refusals, RoleLimits, plan};
pub use progress::{Progress, Step, StepOutcome, Unfinished};
pub use settings::{DefaultEncryption, ObjectOwnership, PublicAccessBlock, TagSet, Versioning};
pub use state::{
    BucketHead, ExpectedBucket, Found, NewRole, ObjectVersions, ReadState, RoleHead, WriteState,
};
