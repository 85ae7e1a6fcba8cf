//! Plan, apply and destroy against a real S3 and IAM.

mod aws_ways;
mod cut_off;
mod destroy;
mod drift;
mod lost_answers;
mod others;
mod reader;
mod writer;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use gatepass::aws::{AwsReader, AwsWriter, Connection};
use gatepass::ca_certificates::CaCertificates;
use gatepass::provision::{
    self, Applied, ApplyError, Change, Desired, DestroyPlan, DestroyRefusals, Plan, Refusals,
    Target, WriteState,
};
use gatepass_core::contract::{Contract, Overrides};
use gatepass_core::policy::Documents;
use iam_policy::AccountId;

use crate::backend::Backend;

/// One contract on a backend, and the administrator's own clients to change things behind its back.
pub(crate) struct Stack {
    pub(crate) bucket: String,
    pub(crate) role: String,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) iam: aws_sdk_iam::Client,
    reader: AwsReader,
    pub(crate) writer: AwsWriter,
    desired: Desired,
    target: Target,
}

/// A contract that states every setting there is.
fn everything(backend: &Backend, bucket: &str) -> String {
    format!(
        r#"
        [bucket]
        name = "{bucket}"
        region = "{region}"
        encryption = "AES256"
        versioning = true
        [bucket.lifecycle]
        expiration = "30d"
        noncurrent_version_expiration = "7d"
        [bucket.tags]
        team = "web"
        [upload]
        content_types = ["image/*"]
        max_size = "10 MiB"
        allowed_origins = ["https://app.example.com"]
        [role]
        path = "/uploads/"
        description = "Signs uploads"
        max_session_duration = "2h"
        permissions_boundary = "arn:aws:iam::{account}:policy/{bucket}-edge"
        [role.tags]
        team = "web"
        [[role.trust]]
        service = "ecs-tasks.amazonaws.com"
        [endpoint]
        url = "{endpoint}"
        "#,
        region = backend.region,
        account = backend.account_id,
        endpoint = backend.endpoint,
    )
}

/// The least that a contract can state.
pub(crate) fn plain(backend: &Backend, bucket: &str) -> String {
    format!(
        r#"
        [bucket]
        name = "{bucket}"
        region = "{region}"
        [upload]
        content_types = ["image/*"]
        max_size = "10 MiB"
        allowed_origins = ["https://app.example.com"]
        [[role.trust]]
        service = "lambda.amazonaws.com"
        [endpoint]
        url = "{endpoint}"
        "#,
        region = backend.region,
        endpoint = backend.endpoint,
    )
}

impl Stack {
    pub(crate) fn new(backend: &Backend, contract: &str) -> Self {
        let contract = Contract::parse(contract, "gatepass.toml", &Overrides::default()).unwrap();
        let account = AccountId::parse(backend.account_id).unwrap();
        let documents =
            Documents::render(&contract, &account, &gatepass::statement_files::built_in().unwrap())
                .unwrap();
        let credentials = Credentials::new(
            &backend.access_key_id,
            &backend.secret_access_key,
            None,
            None,
            "tests",
        );
        let connection = Connection::with_credentials(
            &contract,
            SharedCredentialsProvider::new(credentials),
            CaCertificates::default(),
        );
        Self {
            bucket: contract.bucket.name.to_string(),
            role: contract.role.name.to_string(),
            s3: backend.s3(),
            iam: backend.iam(),
            reader: connection.reader(),
            writer: connection.writer(),
            desired: Desired::of(&contract, &account, &documents),
            target: Target::of(&contract, &account),
        }
    }

    /// The stack of a contract with every setting, applied.
    async fn with_everything(backend: &Backend, what: &str) -> Self {
        let stack = Self::without_boundary(backend, what);
        stack.create_boundary().await;
        stack.apply().await;
        stack
    }

    /// The stack of a contract with every setting, not applied; the role's permissions boundary is not there.
    fn without_boundary(backend: &Backend, what: &str) -> Self {
        Self::new(backend, &everything(backend, &backend.unique_bucket(what)))
    }

    async fn create_boundary(&self) {
        let document = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:PutObject","Resource":"*"}]}"#;
        self.iam
            .create_policy()
            .policy_name(format!("{}-edge", self.bucket))
            .policy_document(document)
            .send()
            .await
            .unwrap();
    }

    /// The stack of the least contract, not applied.
    fn plain(backend: &Backend, what: &str) -> Self {
        Self::new(backend, &plain(backend, &backend.unique_bucket(what)))
    }

    async fn try_plan(&self, adopt: bool) -> Result<Plan, Refusals> {
        let observed = provision::observe(&self.reader, &self.desired).await.unwrap();
        provision::plan(&self.desired, &observed, adopt)
    }

    pub(crate) async fn plan(&self) -> Plan {
        self.try_plan(false).await.unwrap_or_else(|refusals| panic!("{refusals}"))
    }

    /// What a plan would change.
    async fn changes(&self) -> Vec<&'static str> {
        self.plan().await.changes().iter().map(Change::setting).collect()
    }

    async fn make(&self, plan: &Plan, writer: &impl WriteState) -> Result<Applied, ApplyError> {
        provision::apply(plan, &self.reader, writer, &()).await
    }

    /// Plans and applies, after which nothing is left to change and nothing was left out.
    pub(crate) async fn apply(&self) {
        self.apply_plan(&self.plan().await).await;
    }

    async fn apply_plan(&self, plan: &Plan) {
        let applied = self.make(plan, &self.writer).await.unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(applied, Applied::default());
        assert_eq!(self.changes().await, [""; 0]);
    }

    async fn plan_destroy(&self) -> Result<DestroyPlan, DestroyRefusals> {
        let survey = provision::survey(&self.reader, &self.target).await.unwrap();
        provision::plan_destroy(&self.target, &survey)
    }

    pub(crate) async fn destroy(&self) {
        let plan = self.plan_destroy().await.unwrap_or_else(|refusals| panic!("{refusals}"));
        provision::destroy(&plan, &self.writer, &())
            .await
            .unwrap_or_else(|error| panic!("{error}"));
        assert!(self.plan_destroy().await.unwrap().is_empty());
    }

    async fn bucket_exists(&self) -> bool {
        self.s3.head_bucket().bucket(&self.bucket).send().await.is_ok()
    }

    async fn role_exists(&self) -> bool {
        self.iam.get_role().role_name(&self.role).send().await.is_ok()
    }
}
