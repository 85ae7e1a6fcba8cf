//! The default chain of credentials, with failures that say which place in it failed.

use std::error::Error;
use std::fmt;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::credentials::EnvironmentVariableCredentialsProvider;
use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};

/// The instance metadata service answers in milliseconds or is not there. The SDK's four attempts would make everybody
/// who merely has no credentials wait for many seconds.
const IMDS_ATTEMPTS: u32 = 2;

/// The places of the SDK's own default chain, in its order; put together here so that each can be named.
/// See <https://docs.aws.amazon.com/sdk-for-rust/latest/dg/credproviders.html>.
pub(super) fn default_chain(config: &ProviderConfig) -> SharedCredentialsProvider {
    let imds = imds::Client::builder().configure(config).max_attempts(IMDS_ATTEMPTS).build();
    let chain = CredentialsProviderChain::first_try("Environment", EnvironmentVariableCredentialsProvider::new())
        .or_else(
            "Profile",
            Place { name: "the shared configuration files", provider: ProfileFileCredentialsProvider::builder().configure(config).build() },
        )
        .or_else(
            "WebIdentityToken",
            Place {
                name: "the web identity token (AWS_WEB_IDENTITY_TOKEN_FILE, AWS_ROLE_ARN)",
                provider: WebIdentityTokenCredentialsProvider::builder().configure(config).build(),
            },
        )
        .or_else(
            "EcsContainer",
            Place {
                name: "the container (AWS_CONTAINER_CREDENTIALS_FULL_URI or _RELATIVE_URI)",
                provider: EcsCredentialsProvider::builder().configure(config).build(),
            },
        )
        .or_else(
            "Ec2InstanceMetadata",
            Place {
                name: "the instance metadata service",
                provider: ImdsCredentialsProvider::builder().configure(config).imds_client(imds).build(),
            },
        );
    SharedCredentialsProvider::new(chain)
}

/// A place where credentials were expected and not got: there are settings for it, but it failed.
#[derive(Debug)]
pub(super) struct FailedPlace {
    pub(super) name: &'static str,
    error: CredentialsError,
}

impl fmt::Display for FailedPlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no credentials from {}", self.name)
    }
}

impl Error for FailedPlace {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.error)
    }
}

#[derive(Debug)]
struct Place<P> {
    name: &'static str,
    provider: P,
}

impl<P: ProvideCredentials> Place<P> {
    async fn credentials(&self) -> provider::Result {
        self.provider.provide_credentials().await.map_err(|error| match error {
            CredentialsError::CredentialsNotLoaded(_) => error,
            error => CredentialsError::provider_error(FailedPlace { name: self.name, error }),
        })
    }
}

impl<P: ProvideCredentials> ProvideCredentials for Place<P> {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.provider.fallback_on_interrupt()
    }
}
