//! What the endpoint itself does at S3: everything about an upload that no URL can be signed for.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use gatepass_core::grant::{
    NewMultipartUpload, ObjectKey, ReceiptKeys, StoredObject, StoredPart, TicketKeys,
};

/// S3 as the endpoint sees it, with the credentials that sign.
#[async_trait]
pub trait ObjectStore: fmt::Debug + Send + Sync + 'static {
    /// Begins an upload in parts and gives its id.
    async fn create_multipart_upload(
        &self,
        upload: &NewMultipartUpload,
    ) -> Result<String, StoreError>;

    /// The parts that are there, all of them.
    async fn list_parts(
        &self,
        key: &ObjectKey,
        upload_id: &str,
    ) -> Result<Vec<StoredPart>, StoreError>;

    /// Makes an object of these parts; with `write_once` only where there is none yet.
    async fn complete_multipart_upload(
        &self,
        key: &ObjectKey,
        upload_id: &str,
        parts: &[StoredPart],
        write_once: bool,
    ) -> Result<CompletedUpload, StoreError>;

    /// The object at a key; none where there is none. [`StoreErrorKind::NotShown`] where S3 does not say whether there is one.
    async fn find(&self, key: &ObjectKey) -> Result<Option<StoredObject>, StoreError>;

    /// Takes the tag with this key away from an object, which keeps its others; it may be gone already. Gives the
    /// version that is without it, where the bucket has versions.
    async fn remove_tag(
        &self,
        key: &ObjectKey,
        tag_key: &str,
    ) -> Result<Option<String>, StoreError>;

    /// Gives an upload up and its parts with it.
    async fn abort_multipart_upload(
        &self,
        key: &ObjectKey,
        upload_id: &str,
    ) -> Result<(), StoreError>;
}

/// An object that was made of parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompletedUpload {
    /// Without quotes.
    pub etag: String,
    /// Where the bucket has versions.
    pub version_id: Option<String>,
}

/// What kind of failure it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StoreErrorKind {
    /// There is no such upload (it was completed, given up, or its time is over), or no such object.
    NotFound,
    /// There is no such object, or it may not be looked at: S3 does not say which.
    NotShown,
    /// There is an object at the key already.
    ObjectExists,
    /// Somebody else writes to the key at the same time.
    Conflict,
    /// Parts are not what S3 takes: too small, changed meanwhile.
    PartsRefused,
    /// S3 is asked too much of.
    Busy,
    /// S3 does not answer.
    Unreachable,
    /// There are no credentials that are valid now.
    NoCredentials,
    /// Nothing that a client could mend.
    Other,
}

/// A call that failed; its cause is for the log.
#[derive(Debug, thiserror::Error)]
#[error("{source}")]
pub struct StoreError {
    /// What kind of failure it is.
    pub kind: StoreErrorKind,
    /// What happened.
    pub source: Box<dyn Error + Send + Sync>,
}

/// What uploads are gone on with after their grant.
#[derive(Debug, Clone)]
pub struct Continuation {
    /// What seals tickets.
    pub tickets: TicketKeys,
    /// What signs receipts; needed where the contract has uploads confirmed.
    pub receipts: Option<ReceiptKeys>,
    /// S3.
    pub objects: Arc<dyn ObjectStore>,
}
