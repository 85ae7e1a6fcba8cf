//! Where the endpoint's credentials come from, and how they stay fresh.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::time::{Duration, SystemTime};

use crate::grant::SigningCredentials;

use super::endpoint::Endpoint;

/// Where the endpoint gets the credentials that sign.
pub trait CredentialSource: Send + Sync + 'static {
    /// The credentials as of now. A source whose credentials end gives new ones some time before that.
    fn current(&self) -> impl Future<Output = Result<SigningCredentials, CredentialsUnavailable>> + Send;
}

/// A source has no credentials; its cause says why.
#[derive(Debug, thiserror::Error)]
#[error("there are no credentials to sign with")]
pub struct CredentialsUnavailable(#[source] pub Box<dyn Error + Send + Sync>);

/// Fixed credentials.
impl CredentialSource for SigningCredentials {
    async fn current(&self) -> Result<SigningCredentials, CredentialsUnavailable> {
        Ok(self.clone())
    }
}

/// Before their end by this much the credentials are asked for again, or earlier where grants live longer.
const LEAD: Duration = Duration::from_secs(5 * 60);
/// The wait after a source had nothing newer.
const RETRY: Duration = Duration::from_secs(10);
/// No wait is longer, for a machine that slept must look at the clock again.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Replaces the endpoint's credentials before they end, for as long as it is polled.
pub(super) async fn keep_fresh(source: &impl CredentialSource, endpoint: &Endpoint) -> Infallible {
    let lead = LEAD.max(Duration::from_secs(endpoint.upload().expires_in.seconds().into()));
    let mut obtained_at = SystemTime::now();
    loop {
        let Some(expires_at) = endpoint.credentials_expire_at() else { return std::future::pending().await };
        if let Some(wait) = until_refresh(SystemTime::now(), obtained_at, expires_at, lead) {
            tokio::time::sleep(wait.min(LONGEST_WAIT)).await;
            continue;
        }
        match source.current().await {
            Ok(fresh) if fresh.expires_at.is_none_or(|end| end > expires_at) => {
                tracing::info!(
                    access_key_id = fresh.access_key_id,
                    credentials_expire_at = fresh.expires_at.map(|end| tracing::field::display(humantime::format_rfc3339_seconds(end))),
                    "credentials refreshed"
                );
                obtained_at = SystemTime::now();
                endpoint.sign_with(fresh);
                continue;
            }
            Ok(_) => {
                tracing::debug!(credentials_expire_at = %humantime::format_rfc3339_seconds(expires_at), "the source has no newer credentials yet");
            }
            Err(error) => tracing::warn!(
                error = &error as &dyn Error,
                credentials_expire_at = %humantime::format_rfc3339_seconds(expires_at),
                "credentials not refreshed"
            ),
        }
        tokio::time::sleep(RETRY).await;
    }
}

/// How long the credentials need no refresh. Short-lived ones are refreshed half-way: a lead of their whole life would
/// ask for new ones all the time.
fn until_refresh(now: SystemTime, obtained_at: SystemTime, expires_at: SystemTime, lead: Duration) -> Option<Duration> {
    let life = expires_at.duration_since(obtained_at).unwrap_or_default();
    let refresh_at = expires_at - lead.min(life / 2);
    refresh_at.duration_since(now).ok().filter(|wait| !wait.is_zero())
}
