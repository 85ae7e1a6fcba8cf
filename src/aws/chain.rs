//! The default chain of credentials, with failures that say which place in it failed.

use std::error::Error;
use std::fmt;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::environment::EnvironmentVariableRegionProvider;
use aws_config::imds;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::meta::credentials::CredentialsProviderChain;
use aws_config::meta::region::ProvideRegion as _;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileFileRegionProvider};
use aws_config::provider_config::ProviderConfig;
use aws_config::web_identity_token::WebIdentityTokenCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_s3::config::SharedHttpClient;

use super::environment::EnvironmentCredentials;

/// The instance metadata service answers in milliseconds or is not there. The SDK's four attempts would make everybody
/// who merely has no credentials wait for many seconds.
const IMDS_ATTEMPTS: u32 = 2;

const INSTANCE_METADATA: &str = "the instance metadata service";

/// The places of the SDK's own default chain, in its order; put together here so that each can be named.
/// See <https://docs.aws.amazon.com/sdk-for-rust/latest/dg/credproviders.html>.
///
/// `direct` uses no proxy, which cannot reach the metadata services of an instance or a container.
pub(super) async fn default_chain(
    config: &ProviderConfig,
    direct: SharedHttpClient,
) -> SharedCredentialsProvider {
    let local = config.clone().with_http_client(direct);
    let imds = || {
        let client = imds::Client::builder().configure(&local).max_attempts(IMDS_ATTEMPTS).build();
        ImdsCredentialsProvider::builder().configure(&local).imds_client(client).build()
    };
    let container = || EcsCredentialsProvider::builder().configure(&local).build();
    let environment =
        Place { name: "the environment", provider: EnvironmentCredentials::default() };
    let profile = ProfileFileCredentialsProvider::builder()
        .configure(&of_profile(config).await)
        .with_custom_provider("Ec2InstanceMetadata", imds())
        .with_custom_provider("EcsContainer", container())
        .build();
    let chain = CredentialsProviderChain::first_try("Environment", environment)
        .or_else("Profile", Place { name: "the shared configuration files", provider: profile })
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
                provider: container(),
            },
        )
        .or_else("Ec2InstanceMetadata", Place { name: INSTANCE_METADATA, provider: imds() });
    SharedCredentialsProvider::new(chain)
}

/// The same with the region in which the AWS CLI uses the profile: a session of `aws login` is renewed where it was begun.
async fn of_profile(config: &ProviderConfig) -> ProviderConfig {
    let region = match EnvironmentVariableRegionProvider::new().region().await {
        Some(region) => Some(region),
        None => ProfileFileRegionProvider::builder().configure(config).build().region().await,
    };
    match region {
        Some(region) => config.clone().with_region(Some(region)),
        None => config.clone(),
    }
}

/// A place that failed to give credentials.
#[derive(Debug)]
pub(super) struct FailedPlace {
    pub(super) name: &'static str,
    error: CredentialsError,
}

impl FailedPlace {
    /// Whether there are settings for it. The instance metadata service is looked for without any, and something else
    /// may answer in its place, such as a proxy that refuses.
    pub(super) fn was_asked_for(&self) -> bool {
        self.name != INSTANCE_METADATA
    }
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used)]

    use aws_credential_types::provider::error::CredentialsError;
    use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};

    use super::{INSTANCE_METADATA, Place};
    use crate::aws::tests::{Replay, contract};

    #[derive(Debug)]
    struct Failing;

    impl ProvideCredentials for Failing {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::ready(Err(CredentialsError::provider_error(
                "No such file or directory",
            )))
        }
    }

    async fn told(name: &'static str) -> String {
        let chain = SharedCredentialsProvider::new(Place { name, provider: Failing });
        let contract = contract("eu-central-1", "");
        Replay::with_credentials(&contract, chain, &[])
            .connection
            .account()
            .await
            .unwrap_err()
            .to_string()
    }

    #[tokio::test]
    async fn a_place_that_failed_is_named() {
        insta::assert_snapshot!(told("the web identity token").await, @"asking AWS for the account of the credentials: no AWS credentials from the web identity token: No such file or directory");
    }

    #[tokio::test]
    async fn something_else_than_the_instance_metadata_service_answers_there() {
        insta::assert_snapshot!(told(INSTANCE_METADATA).await, @"asking AWS for the account of the credentials: no AWS credentials found: there are none in the environment, in the shared configuration files (for the profile that AWS_PROFILE names, or default), in a container's or in an instance's metadata (No such file or directory)");
    }
}
