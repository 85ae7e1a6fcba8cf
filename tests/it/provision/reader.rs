//! A reader that is late, in front of the real one.

use std::sync::atomic::{AtomicUsize, Ordering};

use gatepass::provision::{
    BucketHead, DefaultEncryption, ExpectedBucket, Found, LifecycleConfiguration, ObjectOwnership,
    ObjectVersions, PublicAccessBlock, ReadState, RoleHead, StateError, TagSet, Versioning,
};
use gatepass_core::contract::RoleName;
use gatepass_core::policy::CorsRule;
use iam_policy::Document;
use iam_policy::{PolicyArn, Region};

/// Does not see the role's permissions policy so many times.
pub(super) struct Late<'a, R> {
    pub(super) real: &'a R,
    pub(super) times: AtomicUsize,
}

macro_rules! pass_on {
    ($($method:ident($($argument:ident: $type:ty),*) -> $answer:ty;)+) => {
        impl<R: ReadState> ReadState for Late<'_, R> {
            $(
                async fn $method(&self, $($argument: $type),*) -> Result<$answer, StateError> {
                    self.real.$method($($argument),*).await
                }
            )+

            async fn get_role_policy(&self, role: &RoleName, policy: &str) -> Result<Option<Document>, StateError> {
                let is_late = self.times.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |times| times.checked_sub(1)).is_ok();
                if is_late { Ok(None) } else { self.real.get_role_policy(role, policy).await }
            }
        }
    };
}

pass_on! {
    head_bucket(bucket: &ExpectedBucket) -> Option<BucketHead>;
    get_bucket_location(bucket: &ExpectedBucket) -> Region;
    get_bucket_tagging(bucket: &ExpectedBucket) -> TagSet;
    get_bucket_ownership_controls(bucket: &ExpectedBucket) -> Option<ObjectOwnership>;
    get_public_access_block(bucket: &ExpectedBucket) -> Option<PublicAccessBlock>;
    get_bucket_encryption(bucket: &ExpectedBucket) -> Option<DefaultEncryption>;
    get_bucket_versioning(bucket: &ExpectedBucket) -> Versioning;
    get_bucket_lifecycle_configuration(bucket: &ExpectedBucket) -> Option<LifecycleConfiguration>;
    get_bucket_cors(bucket: &ExpectedBucket) -> Vec<CorsRule>;
    get_bucket_policy(bucket: &ExpectedBucket) -> Option<Document>;
    list_object_versions(bucket: &ExpectedBucket) -> ObjectVersions;
    list_multipart_uploads(bucket: &ExpectedBucket) -> Found;
    get_role(role: &RoleName) -> Option<RoleHead>;
    list_role_policies(role: &RoleName) -> Vec<String>;
    list_attached_role_policies(role: &RoleName) -> Vec<String>;
    list_instance_profiles_for_role(role: &RoleName) -> Vec<String>;
    get_policy(policy: &PolicyArn) -> bool;
}
