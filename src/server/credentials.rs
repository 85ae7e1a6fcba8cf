//! Where the endpoint's credentials come from, and how the endpoint follows them.

use std::convert::Infallible;
use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use gatepass_core::grant::SigningCredentials;

use super::endpoint::Endpoint;

/// Where the endpoint gets the credentials that sign. It is asked once a second, and so answers at once where it can,
/// and renews credentials before they end.
pub trait CredentialSource: Send + Sync + 'static {
    /// The credentials as of now; the same `Arc` until there are others.
    fn current(
        &self,
    ) -> impl Future<Output = Result<Arc<SigningCredentials>, CredentialsUnavailable>> + Send;
}

/// A source has no credentials that are valid now; its cause says why.
#[derive(Debug, thiserror::Error)]
#[error("there are no credentials to sign with")]
pub struct CredentialsUnavailable(#[source] pub Box<dyn Error + Send + Sync>);

/// Fixed credentials.
impl CredentialSource for Arc<SigningCredentials> {
    async fn current(&self) -> Result<Arc<SigningCredentials>, CredentialsUnavailable> {
        Ok(Self::clone(self))
    }
}

/// How often the source is asked.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);

/// Has the endpoint sign with the source's credentials, for as long as it is polled.
pub(super) async fn follow(
    source: &impl CredentialSource,
    endpoint: &Endpoint,
    first: Arc<SigningCredentials>,
    interval: Duration,
) -> Infallible {
    let mut in_use = first;
    let mut last_error = None;
    loop {
        tokio::time::sleep(interval).await;
        match source.current().await {
            Ok(credentials) => {
                last_error = None;
                if !Arc::ptr_eq(&credentials, &in_use) {
                    endpoint.sign_with(SigningCredentials::clone(&credentials));
                    tracing::info!(
                        access_key_id = credentials.access_key_id,
                        credentials_expire_at =
                            credentials.expires_at.map(|end| tracing::field::display(
                                humantime::format_rfc3339_seconds(end)
                            )),
                        "signing with new credentials"
                    );
                    in_use = credentials;
                }
            }
            // once for each reason, not once a second
            Err(CredentialsUnavailable(error)) => {
                let text = error.to_string();
                if last_error.as_ref() != Some(&text) {
                    tracing::error!(error = &*error as &dyn Error, "no credentials to sign with");
                    last_error = Some(text);
                }
            }
        }
    }
}
