//! Scratch buckets and roles, made with the operator's own credentials.

use async_trait::async_trait;

use crate::aws::Connection;
use crate::contract::{AccountId, BucketName, Contract, Region, RoleName, RolePath, SessionDuration, Trust};
use crate::grant::SigningCredentials;
use crate::policy::{CorsRule, Document};
use crate::provision::{ExpectedBucket, NewRole, OWNERSHIP_TAG, ObjectOwnership, StateError, StateErrorKind, TagSet, WriteState as _};
use crate::verify::Operator;

use super::credentials;

/// The role session of a scratch role is needed for seconds.
const SESSION_SECONDS: u32 = 3600;

pub(super) struct ScratchMaker {
    contract: Contract,
    connection: Connection,
    account: AccountId,
}

impl ScratchMaker {
    pub(super) fn new(contract: &Contract, connection: &Connection, account: &AccountId) -> Self {
        Self { contract: contract.clone(), connection: connection.clone(), account: account.clone() }
    }

    fn expected(&self, bucket: &BucketName) -> ExpectedBucket {
        ExpectedBucket { name: bucket.clone(), owner: self.account.clone() }
    }

    fn region(&self) -> &Region {
        &self.contract.bucket.region
    }

    fn tags(&self) -> TagSet {
        TagSet::from([(OWNERSHIP_TAG.to_owned(), self.contract.bucket.name.as_str().to_owned())])
    }

    /// Everybody in the account whose own policies let them.
    fn trust_policy(&self) -> Result<Document, String> {
        let root = format!("arn:{}:iam::{}:root", self.region().partition(), self.account);
        let json = serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": {"AWS": root}, "Action": "sts:AssumeRole"}],
        });
        Document::parse(&json.to_string()).map_err(|error| error.to_string())
    }
}

#[async_trait]
impl Operator for ScratchMaker {
    async fn make_bucket(&self, bucket: &BucketName, policy: Option<Document>, cors: Option<CorsRule>) -> Result<(), String> {
        let (writer, bucket) = (self.connection.writer(), self.expected(bucket));
        let made = writer.create_bucket(&bucket, self.region(), ObjectOwnership::BucketOwnerEnforced, &self.tags()).await;
        made.map_err(told)?;
        if let Some(policy) = policy {
            writer.put_bucket_policy(&bucket, &policy).await.map_err(told)?;
        }
        if let Some(rule) = cors {
            writer.put_bucket_cors(&bucket, &[rule]).await.map_err(told)?;
        }
        Ok(())
    }

    async fn remove_bucket(&self, bucket: &BucketName) -> Result<(), String> {
        gone(self.connection.writer().delete_bucket(&self.expected(bucket)).await)
    }

    async fn make_role(&self, role: &RoleName) -> Result<SigningCredentials, String> {
        let mut contract = self.contract.clone();
        contract.role.name = role.clone();
        contract.role.path = RolePath::parse("/").map_err(|invalid| invalid.problem)?;
        contract.role.max_session_duration = SessionDuration::DEFAULT;
        contract.role.trust = vec![Trust::SameAccount { external_id: None }];
        let new = NewRole {
            name: role.clone(),
            path: contract.role.path.clone(),
            description: "Made by gatepass verify, which removes it when it ends".to_owned(),
            max_session_duration: SESSION_SECONDS,
            permissions_boundary: None,
            trust_policy: self.trust_policy()?,
            tags: self.tags(),
        };
        self.connection.writer().create_role(&new).await.map_err(told)?;
        credentials(&contract, &self.connection, true).await
    }

    async fn remove_role(&self, role: &RoleName) -> Result<(), String> {
        gone(self.connection.writer().delete_role(role).await)
    }
}

/// What is not there needs no removing.
fn gone(removed: Result<(), StateError>) -> Result<(), String> {
    match removed {
        Err(error) if error.kind != StateErrorKind::NotFound => Err(told(error)),
        _ => Ok(()),
    }
}

fn told(error: StateError) -> String {
    error.to_string()
}
