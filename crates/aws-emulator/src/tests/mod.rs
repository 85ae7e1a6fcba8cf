//! The backend over loopback, called by the real AWS SDK and by a bare HTTP client.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

mod absent;
mod assume_role;
mod authorization;
mod configuration;
mod connection;
mod copies;
mod cors;
mod customer_keys;
mod elements;
mod forms;
mod groups;
mod https;
mod identity;
mod lifetime;
mod managed_policies;
mod multipart;
mod namespace;
mod object_attributes;
mod objects;
mod parts;
mod presigned;
mod public_access;
mod reads;
mod refusals;
mod saml;
mod session_parameters;
mod signature_v2;
mod signatures;
mod signing;
mod simulator;
mod sub_resources;
mod users;
mod web_identity;

use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::*;

pub(super) const ACCOUNT: &str = "111122223333";
pub(super) const REGION: &str = "eu-central-1";
pub(super) const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
pub(super) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

pub(super) const ADMINISTRATOR_KEY: &str = "AKIAI44QH8DHBEXAMPLE";
pub(super) const ADMINISTRATOR_SECRET: &str = "je7MtGbClwBF/2Zp9Utk/h3yCo8nvbEXAMPLEKEY";

/// A backend of its own for one test.
pub(super) struct Running {
    pub(super) backend: Backend,
    pub(super) dir: tempfile::TempDir,
}

pub(super) fn options(dir: &std::path::Path) -> BackendOptions {
    BackendOptions {
        listen: "127.0.0.1:0".parse().unwrap(),
        dir: dir.to_owned(),
        account_id: AccountId::parse(ACCOUNT).unwrap(),
        region: Region::parse(REGION).unwrap(),
        root_access_key_id: KEY.to_owned(),
        root_secret_access_key: SECRET.to_owned().into(),
        administrator: Some(AdministratorKey {
            access_key_id: ADMINISTRATOR_KEY.to_owned(),
            secret_access_key: ADMINISTRATOR_SECRET.to_owned().into(),
        }),
    }
}

impl Running {
    pub(super) async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let backend = Backend::start(options(dir.path())).await.unwrap();
        Self { backend, dir }
    }

    /// The same with a bucket in it.
    pub(super) async fn with_bucket(name: &str) -> Self {
        let running = Self::start().await;
        create_bucket(&running.s3(), name).await.unwrap();
        running
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.backend.address())
    }

    pub(super) fn config(&self, credentials: Credentials) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .region(aws_config::Region::new(REGION))
            .endpoint_url(self.url())
            .retry_config(aws_config::retry::RetryConfig::disabled())
            .http_client(aws_smithy_http_client())
            .build()
    }

    /// The same by HTTPS, believing its authority only.
    pub(super) fn config_by_https(&self, credentials: Credentials) -> SdkConfig {
        let pem = std::fs::read(self.backend.ca_certificate()).unwrap();
        let context = TlsContext::builder()
            .with_trust_store(TrustStore::empty().with_pem_certificate(pem))
            .build()
            .unwrap();
        let rustls = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(rustls)
            .tls_context(context)
            .build_https();
        let url = format!("https://localhost:{}", self.backend.address().port());
        self.config(credentials).to_builder().http_client(http).endpoint_url(url).build()
    }

    pub(super) fn s3(&self) -> aws_sdk_s3::Client {
        s3_client(&self.config(root()))
    }

    pub(super) fn iam(&self) -> aws_sdk_iam::Client {
        aws_sdk_iam::Client::new(&self.config(root()))
    }

    pub(super) fn sts(&self) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::new(&self.config(administrator()))
    }
}

fn aws_smithy_http_client() -> aws_smithy_runtime_api::client::http::SharedHttpClient {
    // one client for all: making one loads the system's certificates
    static CLIENT: std::sync::OnceLock<aws_smithy_runtime_api::client::http::SharedHttpClient> =
        std::sync::OnceLock::new();
    CLIENT.get_or_init(|| aws_smithy_http_client::Builder::new().build_http()).clone()
}

pub(super) fn s3_client(config: &SdkConfig) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::config::Builder::from(config).force_path_style(true).build();
    aws_sdk_s3::Client::from_conf(config)
}

pub(super) fn root() -> Credentials {
    Credentials::new(KEY, SECRET, None, None, "test")
}

pub(super) fn administrator() -> Credentials {
    Credentials::new(ADMINISTRATOR_KEY, ADMINISTRATOR_SECRET, None, None, "test")
}

pub(super) async fn create_bucket(s3: &aws_sdk_s3::Client, name: &str) -> Result<(), String> {
    let constraint = CreateBucketConfiguration::builder()
        .location_constraint(BucketLocationConstraint::from(REGION))
        .build();
    s3.create_bucket()
        .bucket(name)
        .create_bucket_configuration(constraint)
        .send()
        .await
        .map(|_| ())
        .map_err(|error| code(&error))
}

/// Makes a role with this permissions policy, and gives credentials of a session of it.
pub(super) async fn session_of(
    running: &Running,
    role: &str,
    permissions: &str,
    session_policy: Option<&str>,
) -> Credentials {
    let trust = r#"{"Statement":{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sts:AssumeRole"}}"#;
    running
        .iam()
        .create_role()
        .role_name(role)
        .assume_role_policy_document(trust)
        .send()
        .await
        .unwrap();
    running
        .iam()
        .put_role_policy()
        .role_name(role)
        .policy_name("all")
        .policy_document(permissions)
        .send()
        .await
        .unwrap();
    assume(running, role, session_policy).await
}

/// Credentials of a session of a role that is there.
pub(super) async fn assume(
    running: &Running,
    role: &str,
    session_policy: Option<&str>,
) -> Credentials {
    let arn = format!("arn:aws:iam::{ACCOUNT}:role/{role}");
    let assume = running
        .sts()
        .assume_role()
        .role_arn(arn)
        .role_session_name("one")
        .set_policy(session_policy.map(str::to_owned));
    let assumed = assume.send().await.unwrap();
    let given = assumed.credentials().unwrap();
    Credentials::new(
        given.access_key_id(),
        given.secret_access_key(),
        Some(given.session_token().to_owned()),
        None,
        "test",
    )
}

/// The AWS error code of a refused call.
pub(super) fn code<E: ProvideErrorMetadata + std::fmt::Debug, R: std::fmt::Debug>(
    error: &SdkError<E, R>,
) -> String {
    error.code().map_or_else(|| format!("{error:?}"), str::to_owned)
}
