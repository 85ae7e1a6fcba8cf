//! Scratch buckets and roles, by which a backend itself is looked at: apart from the contract's documents, but with the
//! same kind of principal and by the same mechanism. Where the presigner role attacks, a session of a scratch role does.

use serde_json::{Value, json};

use gatepass_core::contract::RoleName;
use gatepass_core::grant::SigningCredentials;
use gatepass_core::policy::CorsRule;
use iam_policy::BucketName;
use iam_policy::{Document, Statement};

use super::NotMade;
use super::place::Place;
use super::stage::Stage;

/// What a statement of a scratch bucket's policy can name.
#[derive(Debug)]
pub(super) struct Scratch {
    /// `arn:…:s3:::gatepass-verify-…`
    pub(super) bucket_arn: String,
    /// The role whose session attacks.
    pub(super) role_arn: String,
}

/// What writes the one statement of a scratch bucket's policy.
pub(super) type WriteStatement<'a> = dyn Fn(&Scratch) -> Value + Sync + 'a;

impl Stage {
    /// A new bucket with this one statement as its bucket policy and these CORS rules, as a session reaches it whose role
    /// may do everything with it; as the operator, where there are no sessions. A setting that the backend does not know is told
    /// by the place.
    pub(super) async fn scratch_bucket(
        &self,
        statement: Option<&WriteStatement<'_>>,
        cors: Option<CorsRule>,
    ) -> Result<Place, String> {
        let bucket = BucketName::parse(&format!("{}-{}", self.run, self.count()))
            .map_err(|invalid| invalid.problem)?;
        let policy = match statement {
            Some(write) => {
                let names = Scratch {
                    bucket_arn: self.bucket_arn(bucket.as_str()),
                    role_arn: self.scratch_role_arn(),
                };
                Some(Document::new(vec![
                    Statement::from_json(write(&names)).map_err(|error| error.to_string())?,
                ]))
            }
            None => None,
        };
        let credentials = self.scratch_credentials().await?;
        self.scratch_buckets.get_or_init(async || self.try_scratch_bucket().await).await.clone()?;
        let lacks = self.make_bucket(&bucket, policy, cors).await?;
        Ok(Place {
            lacks,
            ..Place::plain(&self.subject.contract, bucket, credentials, self.content_type.clone())
        })
    }

    async fn make_bucket(
        &self,
        bucket: &BucketName,
        policy: Option<Document>,
        cors: Option<CorsRule>,
    ) -> Result<Option<String>, String> {
        self.cleanup.bucket(bucket);
        self.subject.operator.make_bucket(bucket, policy, cors).await.map_err(
            |NotMade { why, may_be_there }| {
                if !may_be_there {
                    self.cleanup.no_bucket(bucket);
                }
                why
            },
        )
    }

    /// Makes a scratch bucket and removes it, with everything that removing one takes.
    async fn try_scratch_bucket(&self) -> Result<(), String> {
        let bucket =
            BucketName::parse(&format!("{}-first", self.run)).map_err(|invalid| invalid.problem)?;
        self.make_bucket(&bucket, None, None).await?;
        let operator = &self.subject.operator;
        let removed = async {
            operator.open_bucket(&bucket).await?;
            self.can_remove_from(&self.owner_place(bucket.clone()), "none").await?;
            operator.remove_bucket(&bucket).await
        };
        removed.await.map_err(|why| {
            format!("no scratch bucket, because the first one could not be removed: {why}")
        })
    }

    /// The same with a role.
    async fn try_scratch_role(&self) -> Result<(), String> {
        let name = format!("{}-first", self.run);
        let role = RoleName::parse(&name).map_err(|invalid| invalid.problem)?;
        self.make_noted_role(&role, Some(self.scratch_permissions()?)).await?;
        let removed = self.subject.operator.remove_role(&role).await;
        removed.map_err(|why| {
            format!("no scratch role, because the first one could not be removed: {why}")
        })
    }

    fn scratch_permissions(&self) -> Result<Document, String> {
        let buckets = self.bucket_arn(&format!("{}-*", self.run));
        let json = json!({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": [buckets, format!("{buckets}/*")]}],
        });
        Document::parse(&json.to_string()).map_err(|error| error.to_string())
    }

    async fn scratch_credentials(&self) -> Result<SigningCredentials, String> {
        if self.subject.role_session.is_err() {
            return Ok(self.subject.operator_credentials.clone());
        }
        let make = async || {
            self.make_role(&self.scratch_role_name(), Some(self.scratch_permissions()?)).await
        };
        self.scratch_role.get_or_init(make).await.clone()
    }

    /// A session of a role that may do nothing; the same for all.
    pub(super) async fn powerless_session(&self) -> Result<SigningCredentials, String> {
        self.powerless_role
            .get_or_init(async || self.make_role(self.run.as_str(), None).await)
            .await
            .clone()
    }

    async fn make_role(
        &self,
        name: &str,
        permissions: Option<Document>,
    ) -> Result<SigningCredentials, String> {
        let role = RoleName::parse(name).map_err(|invalid| invalid.problem)?;
        self.scratch_roles.get_or_init(async || self.try_scratch_role().await).await.clone()?;
        self.make_noted_role(&role, permissions).await
    }

    async fn make_noted_role(
        &self,
        role: &RoleName,
        permissions: Option<Document>,
    ) -> Result<SigningCredentials, String> {
        self.cleanup.role(role);
        self.subject.operator.make_role(role, permissions).await.map_err(
            |NotMade { why, may_be_there }| {
                if !may_be_there {
                    self.cleanup.no_role(role);
                }
                why
            },
        )
    }

    fn scratch_role_name(&self) -> String {
        format!("{}-s3", self.run)
    }

    fn scratch_role_arn(&self) -> String {
        let partition = self.subject.contract.bucket.region.partition();
        format!("arn:{partition}:iam::{}:role/{}", self.subject.account, self.scratch_role_name())
    }

    pub(super) fn bucket_arn(&self, bucket: &str) -> String {
        format!("arn:{}:s3:::{bucket}", self.subject.contract.bucket.region.partition())
    }
}
