//! What `verify` needs done with the operator's own rights, beside presigned requests.

use async_trait::async_trait;

use gatepass_core::contract::RoleName;
use gatepass_core::grant::SigningCredentials;
use gatepass_core::policy::CorsRule;
use iam_policy::BucketName;
use iam_policy::Document;

/// What somebody may do with an account who looks whether its guardrails hold. Every error is told as it is.
#[async_trait]
pub trait Operator: Send + Sync {
    /// Makes a scratch bucket with only this bucket policy and these CORS rules; tells which of them this backend does not
    /// know. Scratch buckets and roles are what a backend itself is looked at by, apart from the contract's documents;
    /// never on AWS.
    async fn make_bucket(
        &self,
        bucket: &BucketName,
        policy: Option<Document>,
        cors: Option<CorsRule>,
    ) -> Result<Option<String>, NotMade>;
    /// Takes the bucket policy away, if the backend has such, so that nothing keeps what is in the bucket from being removed.
    async fn open_bucket(&self, bucket: &BucketName) -> Result<(), String>;
    /// Removes it, if it is there.
    async fn remove_bucket(&self, bucket: &BucketName) -> Result<(), String>;
    /// Makes a scratch role that the account may assume, which may do what these permissions allow, or nothing, and
    /// opens a session of it.
    async fn make_role(
        &self,
        role: &RoleName,
        permissions: Option<Document>,
    ) -> Result<SigningCredentials, NotMade>;
    /// Removes it with its permissions, if it is there.
    async fn remove_role(&self, role: &RoleName) -> Result<(), String>;
    /// All buckets of the account whose names begin like this.
    async fn buckets(&self, beginning: &str) -> Result<Vec<BucketName>, String>;
    /// The names of all roles that begin like this.
    async fn roles(&self, beginning: &str) -> Result<Vec<RoleName>, String>;

    /// Opens another session of the presigner role, under this name and as short as can be.
    async fn presigner_session(&self, name: &str) -> Result<SigningCredentials, String>;
    /// What the presigner role may do by its own policies.
    async fn presigner_policies(&self) -> Result<RolePolicies, String>;
    /// Gives the presigner role one more inline policy.
    async fn widen_presigner(&self, policy: &str, document: &Document) -> Result<(), String>;
    /// Takes it away again, if it is there.
    async fn narrow_presigner(&self, policy: &str) -> Result<(), String>;
}

/// Why a scratch bucket or role is not there as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotMade {
    /// The reason.
    pub why: String,
    /// Whether it may be there all the same, so that it has to be removed.
    pub may_be_there: bool,
}

/// The policies of a role.
#[derive(Debug, Clone)]
pub struct RolePolicies {
    /// Inline and attached ones, each with its name or ARN.
    pub identity: Vec<(String, Document)>,
    /// The permissions boundary.
    pub boundary: Option<Document>,
}
