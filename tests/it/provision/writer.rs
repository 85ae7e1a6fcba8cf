//! A writer with the troubles that AWS has, in front of the real one.

use std::sync::atomic::{AtomicUsize, Ordering};

use gatepass::provision::{
    DefaultEncryption, ExpectedBucket, LifecycleConfiguration, NewRole, ObjectOwnership,
    PublicAccessBlock, StateError, StateErrorKind, TagSet, WriteState,
};
use gatepass_core::contract::RoleName;
use gatepass_core::policy::CorsRule;
use iam_policy::Document;
use iam_policy::{PolicyArn, Region};

/// What becomes of one write.
#[derive(Debug, Clone)]
pub(super) enum Fate {
    Done,
    /// It fails, and nothing is written.
    Failed(StateErrorKind),
    /// It is written, but the answer says this.
    Lost(StateErrorKind),
}

/// Decides by the operation's name and by how many writes there were before.
pub(super) struct Troubled<'a, W, F> {
    real: &'a W,
    fate: F,
    asked: AtomicUsize,
}

impl<'a, W: WriteState, F: Fn(&str, usize) -> Fate + Sync> Troubled<'a, W, F> {
    pub(super) fn new(real: &'a W, fate: F) -> Self {
        Self { real, fate, asked: AtomicUsize::new(0) }
    }

    async fn pass(
        &self,
        operation: &str,
        write: impl Future<Output = Result<(), StateError>>,
    ) -> Result<(), StateError> {
        let failed = |kind, may_be_done| {
            let (doing, message) = (operation.to_owned(), "the power went out".to_owned());
            StateError {
                doing,
                kind,
                code: None,
                message,
                request_id: None,
                hint: None,
                may_be_done,
            }
        };
        match (self.fate)(operation, self.asked.fetch_add(1, Ordering::Relaxed)) {
            Fate::Done => write.await,
            Fate::Failed(kind) => Err(failed(kind, false)),
            Fate::Lost(kind) => {
                write.await?;
                Err(failed(kind, true))
            }
        }
    }
}

/// Passes so many writes on and fails all further ones: where a run may be cut off.
pub(super) fn cut_off_after<W: WriteState>(
    real: &W,
    writes: usize,
) -> Troubled<'_, W, impl Fn(&str, usize) -> Fate + Sync> {
    Troubled::new(real, move |_, before| {
        if before < writes { Fate::Done } else { Fate::Failed(StateErrorKind::Other) }
    })
}

macro_rules! pass_on {
    ($($method:ident($($argument:ident: $type:ty),*);)+) => {
        impl<W: WriteState, F: Fn(&str, usize) -> Fate + Sync> WriteState for Troubled<'_, W, F> {
            $(
                async fn $method(&self, $($argument: $type),*) -> Result<(), StateError> {
                    self.pass(stringify!($method), self.real.$method($($argument),*)).await
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
