//! The AWS SDK as the administrator of a backend: what a test looks with, beside gatepass itself.

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::tls::{self, TlsContext, TrustStore};

use crate::backend::Backend;

impl Backend {
    pub(crate) fn credentials(&self) -> SharedCredentialsProvider {
        SharedCredentialsProvider::new(Credentials::new(
            &self.access_key_id,
            &self.secret_access_key,
            None,
            None,
            "tests",
        ))
    }

    fn sdk_config(&self) -> SdkConfig {
        SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static(self.region))
            .endpoint_url(&self.endpoint)
            .credentials_provider(self.credentials())
            .build()
    }

    pub(crate) fn s3(&self) -> aws_sdk_s3::Client {
        let config =
            aws_sdk_s3::config::Builder::from(&self.sdk_config()).force_path_style(true).build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// For a bucket whose policy refuses plain HTTP.
    pub(crate) fn s3_by_https(&self) -> aws_sdk_s3::Client {
        let authority = std::fs::read(self.ca_certificate().unwrap()).unwrap();
        let context = TlsContext::builder()
            .with_trust_store(TrustStore::empty().with_pem_certificate(authority))
            .build()
            .unwrap();
        let rustls = tls::Provider::Rustls(tls::rustls_provider::CryptoMode::AwsLc);
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(rustls)
            .tls_context(context)
            .build_https();
        let config = aws_sdk_s3::config::Builder::from(&self.sdk_config()).force_path_style(true);
        aws_sdk_s3::Client::from_conf(
            config
                .http_client(http)
                .endpoint_url(self.endpoint.replacen("http", "https", 1))
                .build(),
        )
    }

    pub(crate) fn iam(&self) -> aws_sdk_iam::Client {
        aws_sdk_iam::Client::new(&self.sdk_config())
    }

    pub(crate) fn sts(&self) -> aws_sdk_sts::Client {
        aws_sdk_sts::Client::new(&self.sdk_config())
    }
}
