//! Where the keys are that tokens are checked with, and how they are followed as their issuer changes them.

use std::error::Error;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use axum::http::StatusCode;
use futures::StreamExt as _;
use jsonwebtoken::DecodingKey;
use tokio::sync::Mutex;

use crate::ca_certificates::CaCertificates;
use gatepass_core::contract::{JwksUrl, Jwt, JwtAlgorithm, JwtKeys};

use super::ApiError;
use super::jwk_set::{KeySet, KeySetError};

/// How long published keys may take to arrive.
const TIMEOUT: Duration = Duration::from_secs(5);
/// The most bytes of published keys.
const MAX_BYTES: usize = 256 * 1024;

/// When published keys are fetched again.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule {
    /// Older keys are fetched anew while they are used, so that what an issuer has withdrawn ends soon.
    pub(super) fresh: Duration,
    /// Older keys are used no more, if the issuer cannot be reached.
    pub(super) stale: Duration,
    /// For a key that is not known they are fetched no more often than this, whatever is asked for.
    pub(super) pause: Duration,
}

impl Schedule {
    pub(super) const USUAL: Self =
        Self { fresh: Duration::from_secs(600), stale: Duration::from_secs(24 * 3600), pause: Duration::from_secs(10) };
}

/// The keys that tokens are checked with cannot be had; the cause says why.
#[derive(Debug, thiserror::Error)]
#[error("getting the keys that tokens are checked with from {place}")]
pub struct KeysUnavailable {
    place: String,
    #[source]
    source: Box<dyn Error + Send + Sync>,
}

/// The keys of an issuer.
pub(super) enum IssuerKeys {
    Fixed(KeySet),
    Published(Arc<Published>),
}

/// Keys that an issuer publishes under an address.
pub(super) struct Published {
    url: JwksUrl,
    algorithms: Vec<JwtAlgorithm>,
    http: reqwest::Client,
    schedule: Schedule,
    current: ArcSwap<Fetched>,
    is_refreshing: AtomicBool,
    /// When the last fetch began, and whether it failed. Held while one runs, so that there is one at a time.
    last: Mutex<(Instant, bool)>,
}

struct Fetched {
    keys: KeySet,
    at: Instant,
}

impl IssuerKeys {
    pub(super) async fn open(jwt: &Jwt, ca_certificates: &CaCertificates, schedule: Schedule) -> Result<Self, KeysUnavailable> {
        let in_file = |path: &std::path::Path, read: &dyn Fn(&[u8]) -> Result<KeySet, KeySetError>| {
            let unavailable = |source| KeysUnavailable { place: path.display().to_string(), source };
            let bytes = std::fs::read(path).map_err(|error| unavailable(error.into()))?;
            read(&bytes).map(Self::Fixed).map_err(|error| unavailable(error.into()))
        };
        match &jwt.keys {
            JwtKeys::File(path) => in_file(path, &|bytes| KeySet::parse(bytes, &jwt.algorithms)),
            JwtKeys::Secret(path) => in_file(path, &|bytes| KeySet::secret(bytes.trim_ascii_end())),
            JwtKeys::Url(url) => {
                let published = Published::open(url, jwt.algorithms.clone(), ca_certificates, schedule).await?;
                Ok(Self::Published(Arc::new(published)))
            }
        }
    }

    /// Calls `with` with the key that a token names, if there is one.
    ///
    /// # Errors
    /// 503 where the issuer could not be asked for a key that is not known.
    pub(super) async fn with_key<T>(
        &self,
        algorithm: JwtAlgorithm,
        id: Option<&str>,
        with: impl FnOnce(&DecodingKey) -> T,
    ) -> Result<Option<T>, ApiError> {
        match self {
            Self::Fixed(keys) => Ok(keys.find(algorithm, id).map(with)),
            Self::Published(published) => {
                let known = published.current.load_full();
                let age = known.at.elapsed();
                if let Some(key) = known.keys.find(algorithm, id)
                    && age < published.schedule.stale
                {
                    if age > published.schedule.fresh {
                        Published::refresh(Arc::clone(published));
                    }
                    return Ok(Some(with(key)));
                }
                published.fetch_after(known.at).await?;
                Ok(published.current.load().keys.find(algorithm, id).map(with))
            }
        }
    }
}

impl Published {
    async fn open(
        url: &JwksUrl,
        algorithms: Vec<JwtAlgorithm>,
        ca_certificates: &CaCertificates,
        schedule: Schedule,
    ) -> Result<Self, KeysUnavailable> {
        let unavailable = |source| KeysUnavailable { place: url.to_string(), source };
        let http = ca_certificates
            .http_client()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .https_only(url.as_url().scheme() == "https")
            .build()
            .map_err(|error| unavailable(error.into()))?;
        let at = Instant::now();
        let keys = fetch(&http, url, &algorithms).await.map_err(unavailable)?;
        Ok(Self {
            url: url.clone(),
            algorithms,
            http,
            schedule,
            current: ArcSwap::from_pointee(Fetched { keys, at }),
            is_refreshing: AtomicBool::new(false),
            last: Mutex::new((at, false)),
        })
    }

    /// Fetches the keys in the background, once at a time.
    fn refresh(self: Arc<Self>) {
        if !self.is_refreshing.swap(true, Ordering::AcqRel) {
            tokio::spawn(async move {
                // a failure is in the log, and the keys that there are go on being used
                let _ = self.fetch_after(self.current.load().at).await;
                self.is_refreshing.store(false, Ordering::Release);
            });
        }
    }

    /// Fetches the keys, unless that was done since `seen`, or a moment ago.
    async fn fetch_after(&self, seen: Instant) -> Result<(), ApiError> {
        let mut last = self.last.lock().await;
        if self.current.load().at > seen {
            return Ok(());
        }
        if last.0.elapsed() < self.schedule.pause {
            return if last.1 { Err(unavailable()) } else { Ok(()) };
        }
        let at = Instant::now();
        match fetch(&self.http, &self.url, &self.algorithms).await {
            Ok(keys) => {
                *last = (at, false);
                self.current.store(Arc::new(Fetched { keys, at }));
                tracing::info!(url = %self.url, "fetched the issuer's keys");
                Ok(())
            }
            Err(error) => {
                *last = (at, true);
                tracing::error!(url = %self.url, error = &*error as &dyn Error, "the issuer's keys could not be fetched");
                Err(unavailable())
            }
        }
    }
}

async fn fetch(http: &reqwest::Client, url: &JwksUrl, algorithms: &[JwtAlgorithm]) -> Result<KeySet, Box<dyn Error + Send + Sync>> {
    let response = http.get(url.as_url().clone()).send().await?;
    if response.status() != StatusCode::OK {
        return Err(format!("it answered {}", response.status()).into());
    }
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        body.extend_from_slice(&chunk?);
        if body.len() > MAX_BYTES {
            return Err(format!("it answered with more than {MAX_BYTES} bytes").into());
        }
    }
    Ok(KeySet::parse(&body, algorithms)?)
}

fn unavailable() -> ApiError {
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "issuer_unavailable", "the token cannot be checked: its issuer's keys cannot be had now")
        .hint("this is the server's to mend; try again in a moment")
        .retry_after(10)
}
