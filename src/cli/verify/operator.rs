//! What the proof needs done with the operator's own credentials: scratch buckets and roles, the presigner role's policies.

use async_trait::async_trait;

use crate::aws::Connection;
use crate::provision::{
    ExpectedBucket, NewRole, OWNERSHIP_TAG, ObjectOwnership, ReadState as _, StateError,
    StateErrorKind, TagSet, WriteState as _,
};
use crate::verify::{NotMade, Operator, RolePolicies};
use gatepass_core::contract::{Contract, RoleName, RolePath, SessionDuration, Trust};
use gatepass_core::grant::SigningCredentials;
use gatepass_core::policy::CorsRule;
use iam_policy::Document;
use iam_policy::{AccountId, BucketName, Region};

/// The least that a role's `MaxSessionDuration` can be.
const SESSION_SECONDS: u32 = 3600;
/// The name of a scratch role's one inline policy.
const SCRATCH_POLICY: &str = "gatepass-verify";

pub(super) struct OperatorOnAws {
    contract: Contract,
    connection: Connection,
    account: AccountId,
}

impl OperatorOnAws {
    pub(super) fn new(contract: &Contract, connection: &Connection, account: &AccountId) -> Self {
        Self {
            contract: contract.clone(),
            connection: connection.clone(),
            account: account.clone(),
        }
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
impl Operator for OperatorOnAws {
    async fn make_bucket(
        &self,
        bucket: &BucketName,
        policy: Option<Document>,
        cors: Option<CorsRule>,
    ) -> Result<Option<String>, NotMade> {
        let (writer, bucket) = (self.connection.writer(), self.expected(bucket));
        let made = writer
            .create_bucket(
                &bucket,
                self.region(),
                ObjectOwnership::BucketOwnerEnforced,
                &self.tags(),
            )
            .await;
        made.map_err(not_created)?;
        if let Some(policy) = policy
            && is_unknown(writer.put_bucket_policy(&bucket, &policy).await).map_err(half_made)?
        {
            return Ok(Some("this backend has no bucket policies".to_owned()));
        }
        if let Some(rule) = cors
            && is_unknown(writer.put_bucket_cors(&bucket, &[rule]).await).map_err(half_made)?
        {
            return Ok(Some("this backend has no CORS rules".to_owned()));
        }
        Ok(None)
    }

    async fn open_bucket(&self, bucket: &BucketName) -> Result<(), String> {
        match self.connection.writer().delete_bucket_policy(&self.expected(bucket)).await {
            Err(error) if error.kind == StateErrorKind::NotSupported => Ok(()),
            removed => gone(removed),
        }
    }

    async fn remove_bucket(&self, bucket: &BucketName) -> Result<(), String> {
        gone(self.connection.writer().delete_bucket(&self.expected(bucket)).await)
    }

    async fn make_role(
        &self,
        role: &RoleName,
        permissions: Option<Document>,
    ) -> Result<SigningCredentials, NotMade> {
        let mut contract = self.contract.clone();
        contract.role.name = role.clone();
        contract.role.path = RolePath::parse("/").map_err(|invalid| not_begun(invalid.problem))?;
        contract.role.max_session_duration = SessionDuration::DEFAULT;
        contract.role.trust = vec![Trust::SameAccount { external_id: None }];
        let new = NewRole {
            name: role.clone(),
            path: contract.role.path.clone(),
            description: "Made by gatepass verify, which removes it when it ends".to_owned(),
            max_session_duration: SESSION_SECONDS,
            permissions_boundary: None,
            trust_policy: self.trust_policy().map_err(not_begun)?,
            tags: self.tags(),
        };
        let writer = self.connection.writer();
        writer.create_role(&new).await.map_err(not_created)?;
        if let Some(permissions) = permissions {
            writer
                .put_role_policy(role, SCRATCH_POLICY, &permissions)
                .await
                .map_err(|error| half_made(told(error)))?;
        }
        self.connection
            .role_session(&contract, role.as_str())
            .await
            .map_err(|error| half_made(error.to_string()))
    }

    async fn remove_role(&self, role: &RoleName) -> Result<(), String> {
        let writer = self.connection.writer();
        gone(writer.delete_role_policy(role, SCRATCH_POLICY).await)?;
        gone(writer.delete_role(role).await)
    }

    async fn buckets(&self, beginning: &str) -> Result<Vec<BucketName>, String> {
        let names =
            self.connection.reader().buckets(beginning).await.map_err(|error| error.to_string())?;
        names
            .iter()
            .map(|name| BucketName::parse(name).map_err(|invalid| invalid.problem))
            .collect()
    }

    async fn roles(&self, beginning: &str) -> Result<Vec<RoleName>, String> {
        let names =
            self.connection.reader().roles(beginning).await.map_err(|error| error.to_string())?;
        names.iter().map(|name| RoleName::parse(name).map_err(|invalid| invalid.problem)).collect()
    }

    async fn presigner_session(&self, name: &str) -> Result<SigningCredentials, String> {
        self.connection.role_session(&self.contract, name).await.map_err(|error| error.to_string())
    }

    async fn presigner_policies(&self) -> Result<RolePolicies, String> {
        let (reader, role) = (self.connection.reader(), &self.contract.role.name);
        let managed = async |arn: String| match reader.managed_policy(&arn).await {
            Ok(Some(document)) => Ok((arn, document)),
            Ok(None) => Err(format!("the policy {arn} cannot be found")),
            Err(error) => Err(error.to_string()),
        };
        let mut identity = Vec::new();
        for name in reader.list_role_policies(role).await.map_err(told)? {
            // gone since it was listed
            if let Some(document) = reader.get_role_policy(role, &name).await.map_err(told)? {
                identity.push((name, document));
            }
        }
        for arn in reader.list_attached_role_policies(role).await.map_err(told)? {
            identity.push(managed(arn).await?);
        }
        let boundary = match reader
            .get_role(role)
            .await
            .map_err(told)?
            .and_then(|role| role.permissions_boundary)
        {
            Some(arn) => Some(managed(arn).await?.1),
            None => None,
        };
        Ok(RolePolicies { identity, boundary })
    }

    async fn widen_presigner(&self, policy: &str, document: &Document) -> Result<(), String> {
        self.connection
            .writer()
            .put_role_policy(&self.contract.role.name, policy, document)
            .await
            .map_err(told)
    }

    async fn narrow_presigner(&self, policy: &str) -> Result<(), String> {
        gone(self.connection.writer().delete_role_policy(&self.contract.role.name, policy).await)
    }
}

fn not_begun(why: String) -> NotMade {
    NotMade { why, may_be_there: false }
}

fn not_created(error: StateError) -> NotMade {
    NotMade { may_be_there: error.may_be_done, why: told(error) }
}

fn half_made(why: String) -> NotMade {
    NotMade { why, may_be_there: true }
}

/// What is not there needs no removing.
fn gone(removed: Result<(), StateError>) -> Result<(), String> {
    match removed {
        Err(error) if error.kind != StateErrorKind::NotFound => Err(told(error)),
        _ => Ok(()),
    }
}

/// Whether the backend does not know what was to be written.
fn is_unknown(written: Result<(), StateError>) -> Result<bool, String> {
    match written {
        Ok(()) => Ok(false),
        Err(error) if error.kind == StateErrorKind::NotSupported => Ok(true),
        Err(error) => Err(told(error)),
    }
}

fn told(error: StateError) -> String {
    error.to_string()
}
