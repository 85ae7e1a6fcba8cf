//! One contract's AWS: region, endpoint, credentials, and the clients made of them.

use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{AppName, BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_s3::config::SharedHttpClient;
use aws_smithy_http_client::ConnectorBuilder;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};

use crate::ca_certificates::CaCertificates;
use gatepass_core::contract::Contract;
use iam_policy::AccountId;

use super::answer::CheckAnswers;
use super::attempts::MarkRepeated;
use super::bounded::bounded;
use super::call::{Call, Target};
use super::chain::default_chain;
use super::{
    AwsError, AwsErrorKind, AwsReader, AwsWriter, Operation, SigningCredentialSource, operation,
};

/// The SDK's defaults, pinned: a newer SDK must not change timeouts or checksums behind our back.
fn behavior_version() -> BehaviorVersion {
    BehaviorVersion::v2026_01_12()
}

const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(15);
const OPERATION_TIMEOUT: Duration = Duration::from_secs(30);

/// Long enough for a `credential_process` that asks its user something.
pub(super) const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(30);

/// The AWS that a contract speaks of: its region, its endpoint, and one set of credentials.
///
/// Cloning is cheap, and clones share the cache of credentials and the pool of connections.
#[derive(Debug, Clone)]
pub struct Connection {
    s3: aws_sdk_s3::Client,
    iam: aws_sdk_iam::Client,
    sts: aws_sdk_sts::Client,
    credentials: SharedCredentialsProvider,
    /// The contract's `account_id`, which the credentials have to belong to.
    stated_account: Option<AccountId>,
    target: Target,
    ca_certificates: CaCertificates,
}

/// Which of AWS's own hosts to talk to.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Hosts {
    use_fips: Option<bool>,
    use_dual_stack: Option<bool>,
}

/// How requests travel; tests replace it.
#[derive(Debug)]
pub(super) struct Transport {
    pub(super) http_client: SharedHttpClient,
    pub(super) retry: RetryConfig,
}

impl Transport {
    /// The SDK's own way, and where there are certificates to believe beside the system's, the same with them.
    pub(super) fn believing(ca_certificates: &CaCertificates) -> Self {
        let proxy = if ca_certificates.uses_proxy() {
            ProxyConfig::from_env()
        } else {
            ProxyConfig::disabled()
        };
        Self { http_client: http_client(ca_certificates, proxy), retry: RetryConfig::standard() }
    }
}

/// The SDK's default client with these certificates and this proxy.
fn http_client(ca_certificates: &CaCertificates, proxy: ProxyConfig) -> SharedHttpClient {
    let with_certificates = |pem| {
        TlsContext::builder()
            .with_trust_store(TrustStore::default().with_pem_certificate(pem))
            .build()
            .ok()
    };
    let context = ca_certificates.pem().and_then(with_certificates);
    aws_smithy_http_client::Builder::new().build_with_connector_fn(move |settings, components| {
        let rustls = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
        let mut connector = ConnectorBuilder::default().tls_provider(rustls);
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.set_proxy_config(Some(proxy.clone()));
        if let Some(context) = &context {
            connector.set_tls_context(context.clone());
        }
        connector.build()
    })
}

impl Connection {
    /// Opens the contract's AWS with the credentials of the default chain: environment, shared configuration files,
    /// web identity, container, instance metadata.
    /// See <https://docs.aws.amazon.com/sdk-for-rust/latest/dg/credproviders.html>.
    ///
    /// Region and endpoint are the contract's; those of the environment and of the shared configuration files count
    /// only for what a profile itself asks AWS. No call is made yet: missing credentials show with the first one. Servers are believed that the system's
    /// authorities or `ca_certificates` vouch for.
    pub async fn open(contract: &Contract, ca_certificates: CaCertificates) -> Self {
        let region = Region::new(contract.bucket.region.as_str().to_owned());
        let transport = Transport::believing(&ca_certificates);
        let provider_config = ProviderConfig::without_region()
            .with_region(Some(region.clone()))
            .with_behavior_version(Some(behavior_version()))
            .with_http_client(bounded(transport.http_client.clone()));
        let direct = bounded(http_client(&ca_certificates, ProxyConfig::disabled()));
        let chain = default_chain(&provider_config, direct).await;
        let loaded =
            aws_config::defaults(behavior_version()).region(region).no_credentials().load().await;
        // FIPS and dual-stack hosts are AWS's own: they mean nothing for another endpoint
        let hosts = match &contract.endpoint {
            None => Hosts { use_fips: loaded.use_fips(), use_dual_stack: loaded.use_dual_stack() },
            Some(_) => Hosts::default(),
        };
        Self { ca_certificates, ..Self::new(contract, chain, hosts, transport) }
    }

    /// The same with credentials of one's own instead of the default chain; reads no files, and of the environment only the proxies.
    #[must_use]
    pub fn with_credentials(
        contract: &Contract,
        credentials: SharedCredentialsProvider,
        ca_certificates: CaCertificates,
    ) -> Self {
        let transport = Transport::believing(&ca_certificates);
        Self { ca_certificates, ..Self::new(contract, credentials, Hosts::default(), transport) }
    }

    /// Every setting is stated here, so that no `AWS_ENDPOINT_URL` and no profile can contradict the contract (which
    /// has taken that variable in already).
    pub(super) fn new(
        contract: &Contract,
        credentials: SharedCredentialsProvider,
        hosts: Hosts,
        transport: Transport,
    ) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(CONNECT_TIMEOUT)
            .operation_attempt_timeout(ATTEMPT_TIMEOUT)
            .operation_timeout(OPERATION_TIMEOUT)
            .build();
        let mut config = SdkConfig::builder()
            .behavior_version(behavior_version())
            .region(Region::new(contract.bucket.region.as_str().to_owned()))
            .credentials_provider(credentials.clone())
            .identity_cache(IdentityCache::lazy().load_timeout(CREDENTIALS_TIMEOUT).build())
            .retry_config(transport.retry)
            // a presigned URL is signed by this machine's clock as it is: a wrong one has to show with the first call
            .disable_clock_skew_correction(true)
            .timeout_config(timeouts);
        config
            .set_endpoint_url(
                contract.endpoint.as_ref().map(|endpoint| endpoint.url.as_str().to_owned()),
            )
            .set_use_fips(hosts.use_fips)
            .set_use_dual_stack(hosts.use_dual_stack)
            .set_http_client(Some(bounded(transport.http_client)))
            .set_app_name(AppName::new("gatepass").ok());
        let config = config.build();
        let path_style = contract.endpoint.as_ref().is_some_and(|endpoint| endpoint.path_style);
        let is_aws = contract.endpoint.is_none();
        let s3 = aws_sdk_s3::config::Builder::from(&config)
            .force_path_style(path_style)
            .interceptor(CheckAnswers { is_aws })
            .interceptor(MarkRepeated);
        let iam = aws_sdk_iam::config::Builder::from(&config)
            .interceptor(CheckAnswers { is_aws })
            .interceptor(MarkRepeated);
        Self {
            s3: aws_sdk_s3::Client::from_conf(s3.build()),
            iam: aws_sdk_iam::Client::from_conf(iam.build()),
            sts: aws_sdk_sts::Client::new(&config),
            credentials,
            stated_account: contract.account_id.clone(),
            target: Target::of(contract),
            ca_certificates: CaCertificates::default(),
        }
    }

    /// The account that the credentials belong to.
    ///
    /// # Errors
    /// The call failed, or the contract states another account ([`AwsErrorKind::OtherAccount`]).
    pub async fn account(&self) -> Result<AccountId, AwsError> {
        let call = self.call(operation::GET_CALLER_IDENTITY, "");
        let identity =
            self.sts.get_caller_identity().send().await.map_err(|error| call.failed(&error))?;
        let account = identity.account().unwrap_or_default();
        let account = AccountId::parse(account).map_err(|invalid| {
            call.error(
                AwsErrorKind::Other,
                format!("the answer's account {account:?} {}", invalid.problem),
            )
        })?;
        match &self.stated_account {
            Some(stated) if *stated != account => Err(call
                .error(
                    AwsErrorKind::OtherAccount,
                    format!(
                        "the credentials are those of {} in account {account}, but the contract states account_id = \"{stated}\"",
                        identity.arn().unwrap_or("somebody")
                    ),
                )
                .with_hint(format!("use credentials of account {stated} (AWS_PROFILE names a profile), or correct account_id"))),
            _ => Ok(account),
        }
    }

    /// The credentials to sign uploads with: the connection's own, or with `serve.sign_as_role` those of the
    /// contract's role, which the connection's credentials assume. Nothing is loaded yet.
    #[must_use]
    pub fn signing_credentials(&self, contract: &Contract) -> SigningCredentialSource {
        SigningCredentialSource::new(self.clone(), contract)
    }

    /// Who is believed by TLS beside the system's own authorities.
    #[must_use]
    pub fn ca_certificates(&self) -> &CaCertificates {
        &self.ca_certificates
    }

    /// What reads buckets and roles through this connection.
    #[must_use]
    pub fn reader(&self) -> AwsReader {
        AwsReader { s3: self.s3.clone(), iam: self.iam.clone(), target: self.target.clone() }
    }

    /// What writes buckets and roles through this connection.
    #[must_use]
    pub fn writer(&self) -> AwsWriter {
        AwsWriter { s3: self.s3.clone(), iam: self.iam.clone(), target: self.target.clone() }
    }

    pub(super) fn call<'a>(&'a self, operation: Operation, subject: &'a str) -> Call<'a> {
        self.target.call(operation, subject)
    }

    pub(super) fn s3(&self) -> &aws_sdk_s3::Client {
        &self.s3
    }

    pub(super) fn sts(&self) -> &aws_sdk_sts::Client {
        &self.sts
    }

    pub(super) fn credentials(&self) -> SharedCredentialsProvider {
        self.credentials.clone()
    }
}
