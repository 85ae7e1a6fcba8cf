//! Who asks an endpoint.

use secrecy::SecretString;

use super::env;

/// What says who asks an endpoint that asks.
#[derive(Debug, clap::Args)]
pub(super) struct TokenArgs {
    /// The access key or token that says who asks, where the endpoint asks; every user of this machine sees a flag, so better by
    /// the environment [env: GATEPASS_TOKEN]
    #[arg(long, value_name = "TOKEN")]
    token: Option<SecretString>,
}

impl TokenArgs {
    /// The flag's value, else the variable's, if it is not empty.
    pub(super) fn token(&self) -> Option<SecretString> {
        self.token.clone().or_else(from_environment)
    }
}

/// The variable's value, if it is set and not empty.
pub(super) fn from_environment() -> Option<SecretString> {
    std::env::var(env::TOKEN).ok().filter(|token| !token.is_empty()).map(SecretString::from)
}
