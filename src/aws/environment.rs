//! Credentials from environment variables, with their expiration.

use std::fmt;

use aws_config::environment::credentials::EnvironmentVariableCredentialsProvider;
use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// Expiration of the credentials in the environment, as written by
/// `aws configure export-credentials --format env`.
/// See <https://docs.aws.amazon.com/cli/latest/reference/configure/export-credentials.html>.
const EXPIRATION: &str = "AWS_CREDENTIAL_EXPIRATION";

/// The SDK's provider of credentials in the environment, which reads no expiration.
#[derive(Debug, Default)]
pub(super) struct EnvironmentCredentials(EnvironmentVariableCredentialsProvider);

impl EnvironmentCredentials {
    async fn credentials(&self) -> provider::Result {
        let mut credentials = self.0.provide_credentials().await?;
        let text = std::env::var_os(EXPIRATION).map(|text| text.to_string_lossy().into_owned());
        if let Some(text) = text.filter(|text| !text.trim().is_empty()) {
            let expiration = OffsetDateTime::parse(text.trim(), &Rfc3339);
            let expiration = expiration
                .map_err(|_| CredentialsError::invalid_configuration(ExpirationMalformed(text)))?;
            *credentials.expiry_mut() = Some(expiration.into());
        }
        Ok(credentials)
    }
}

impl ProvideCredentials for EnvironmentCredentials {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }

    fn fallback_on_interrupt(&self) -> Option<Credentials> {
        self.0.fallback_on_interrupt()
    }
}

#[derive(Debug)]
struct ExpirationMalformed(String);

impl fmt::Display for ExpirationMalformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{EXPIRATION} = {:?} is not an RFC 3339 time such as 2026-12-01T12:00:00Z",
            self.0
        )
    }
}

impl std::error::Error for ExpirationMalformed {}
