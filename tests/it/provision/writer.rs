//! A writer that fails after so many writes: where a run may be cut off.

use std::sync::atomic::{AtomicUsize, Ordering};

use gatepass::contract::{PolicyArn, Region, RoleName};
use gatepass::policy::{CorsRule, Document};
use gatepass::provision::{
    DefaultEncryption, ExpectedBucket, LifecycleConfiguration, NewRole, ObjectOwnership, PublicAccessBlock, StateError, StateErrorKind,
    TagSet, WriteState,
};

/// Passes so many writes on to the real writer and fails all further ones.
pub(super) struct FewWrites<'a, W> {
    real: &'a W,
    allowed: usize,
    asked: AtomicUsize,
}

impl<'a, W: WriteState> FewWrites<'a, W> {
    pub(super) fn new(real: &'a W, allowed: usize) -> Self {
        Self { real, allowed, asked: AtomicUsize::new(0) }
    }

    fn pass(&self) -> Result<&W, StateError> {
        if self.asked.fetch_add(1, Ordering::Relaxed) < self.allowed {
            return Ok(self.real);
        }
        let (doing, message) = ("writing".to_owned(), "the power went out".to_owned());
        Err(StateError { doing, kind: StateErrorKind::Other, code: None, message, request_id: None, hint: None })
    }
}

macro_rules! pass_on {
    ($($method:ident($($argument:ident: $type:ty),*);)+) => {
        impl<W: WriteState> WriteState for FewWrites<'_, W> {
            $(
                async fn $method(&self, $($argument: $type),*) -> Result<(), StateError> {
                    self.pass()?.$method($($argument),*).await
                }
            )+
        }
    };
}

pass_on! {
    create_bucket(bucket: &ExpectedBucket, region: &Region, ownership: ObjectOwnership, tags: &TagSet);
    put_bucket_tagging(bucket: &ExpectedBucket, tags: &TagSet);
    put_bucket_ownership_controls(bucket: &ExpectedBucket, ownership: ObjectOwnership);
    put_public_access_block(bucket: &ExpectedBucket, block: &PublicAccessBlock);
    put_bucket_encryption(bucket: &ExpectedBucket, encryption: &DefaultEncryption);
    put_bucket_versioning(bucket: &ExpectedBucket, enabled: bool);
    put_bucket_lifecycle_configuration(bucket: &ExpectedBucket, configuration: &LifecycleConfiguration);
    put_bucket_cors(bucket: &ExpectedBucket, rules: &[CorsRule]);
    delete_bucket_cors(bucket: &ExpectedBucket);
    put_bucket_policy(bucket: &ExpectedBucket, policy: &Document);
    delete_bucket_policy(bucket: &ExpectedBucket);
    delete_bucket(bucket: &ExpectedBucket);
    create_role(role: &NewRole);
    tag_role(role: &RoleName, tags: &TagSet);
    update_role(role: &RoleName, description: &str, max_session_duration: u32);
    update_assume_role_policy(role: &RoleName, trust_policy: &Document);
    put_role_permissions_boundary(role: &RoleName, boundary: &PolicyArn);
    put_role_policy(role: &RoleName, policy: &str, document: &Document);
    delete_role_policy(role: &RoleName, policy: &str);
    delete_role(role: &RoleName);
}
