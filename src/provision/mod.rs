//! Desired, observed, plan, apply, destroy.

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
    DestroyError, DestroyErrorCause, DestroyPlan, DestroyRefusal, DestroyRefusals, Removal, Survey, SurveyedBucket, SurveyedRole, Target,
    destroy, plan_destroy, survey,
};
pub use error::{StateError, StateErrorKind};
pub use lifecycle::{
    LifecycleConfiguration, LifecycleExpiration, LifecycleFilter, LifecycleRule, NoncurrentVersionExpiration, NoncurrentVersionTransition,
    Transition,
};
pub use observed::{BucketSettings, ObserveError, Observed, ObservedBucket, ObservedRole, Reading, RoleSettings, observe};
pub use plan::{Action, Change, Plan, Refusal, Refusals, RoleLimits, plan};
pub use progress::{Progress, Step, StepOutcome};
pub use settings::{DefaultEncryption, ObjectOwnership, PublicAccessBlock, TagSet, Versioning};
pub use state::{BucketHead, ExpectedBucket, Found, NewRole, ObjectVersions, ReadState, RoleHead, WriteState};
