//! Desired, observed, plan, apply, destroy.

mod error;
mod lifecycle;
mod settings;
mod state;

pub use error::{StateError, StateErrorKind};
pub use lifecycle::{
    LifecycleConfiguration, LifecycleExpiration, LifecycleFilter, LifecycleRule, NoncurrentVersionExpiration, NoncurrentVersionTransition,
    Transition,
};
pub use settings::{DefaultEncryption, ObjectOwnership, PublicAccessBlock, TagSet, Versioning};
pub use state::{BucketHead, ExpectedBucket, Found, NewRole, ObjectVersions, ReadState, RoleHead, WriteState};
