//! What `verify` needs done with the operator's own rights, beside presigned requests.

use async_trait::async_trait;

use crate::contract::{BucketName, RoleName};
use crate::grant::SigningCredentials;
use crate::policy::{CorsRule, Document};

/// Makes and removes the scratch buckets and roles by which a backend itself is looked at, apart from the contract's
/// documents. Never called on AWS. Every error is told as it is.
#[async_trait]
pub trait Operator: Send + Sync {
    /// Makes a bucket with only this bucket policy and these CORS rules.
    async fn make_bucket(&self, bucket: &BucketName, policy: Option<Document>, cors: Option<CorsRule>) -> Result<(), String>;
    /// Removes it, if it is there.
    async fn remove_bucket(&self, bucket: &BucketName) -> Result<(), String>;
    /// Makes a role that the account may assume and that may do nothing, and opens a session of it.
    async fn make_role(&self, role: &RoleName) -> Result<SigningCredentials, String>;
    /// Removes it, if it is there.
    async fn remove_role(&self, role: &RoleName) -> Result<(), String>;
}
