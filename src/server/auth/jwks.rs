//! Where the keys are that tokens are checked with, and how they are followed as their issuer changes them.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use axum::http::StatusCode;
use jsonwebtoken::DecodingKey;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::ca_certificates::CaCertificates;
use crate::http_body;
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
    /// After a failure they are fetched again in the background, after this time first and then after twice the time before.
    pub(super) retry: Duration,
    /// The longest time between two such attempts.
    pub(super) longest_retry: Duration,
}

impl Schedule {
    pub(super) const USUAL: Self = Self {
        fresh: Duration::from_secs(600),
        stale: Duration::from_secs(24 * 3600),
        pause: Duration::from_secs(10),
        retry: Duration::from_secs(1),
        longest_retry: Duration::from_secs(60),
    };
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
    /// None until keys have been fetched.
    current: ArcSwapOption<Fetched>,
    is_refreshing: AtomicBool,
    has_failed: AtomicBool,
    /// When the last fetch began, if there was one. Held while one runs, so that there is one at a time.
    last: Mutex<Option<Instant>>,
}

/// Whether tokens can be checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) enum IssuerState {
    /// With the keys of an issuer that answers.
    Available,
    /// With keys that were fetched before: the issuer does not answer now.
    Cached,
    /// There are no keys, or none that are young enough.
    Unavailable,
}

struct Fetched {
    keys: KeySet,
    at: Instant,
}

impl IssuerKeys {
    /// Reads or fetches the keys. Where `present` has keys of the same address, those are used until newer ones arrive. An issuer that
    /// cannot be reached is no failure: its keys are fetched in the background, until which tokens are not accepted.
    ///
    /// # Errors
    /// A file that cannot be read or has no key in it.
    pub(super) async fn open(
        jwt: &Jwt,
        ca_certificates: &CaCertificates,
        schedule: Schedule,
        present: Option<&Self>,
    ) -> Result<Self, KeysUnavailable> {
        let in_file = |path: &std::path::Path,
                       read: &dyn Fn(&[u8]) -> Result<KeySet, KeySetError>| {
            let unavailable =
                |source| KeysUnavailable { place: path.display().to_string(), source };
            let bytes = std::fs::read(path).map_err(|error| unavailable(error.into()))?;
            read(&bytes).map(Self::Fixed).map_err(|error| unavailable(error.into()))
        };
        match &jwt.keys {
            JwtKeys::File(path) => in_file(path, &|bytes| KeySet::parse(bytes, &jwt.algorithms)),
            JwtKeys::Secret(path) => in_file(path, &|bytes| KeySet::secret(bytes.trim_ascii_end())),
            JwtKeys::Url(url) => {
                let published = Arc::new(Published::new(
                    url,
                    jwt.algorithms.clone(),
                    ca_certificates,
                    schedule,
                )?);
                if let Some(Self::Published(present)) = present {
                    published.adopt(present);
                }
                published.begin().await;
                Ok(Self::Published(published))
            }
        }
    }

    /// Whether tokens can be checked now.
    pub(super) fn state(&self) -> IssuerState {
        match self {
            Self::Fixed(_) => IssuerState::Available,
            Self::Published(published) => published.state(),
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
                if let Some(known) = &known
                    && let Some(key) = known.keys.find(algorithm, id)
                    && known.at.elapsed() < published.schedule.stale
                {
                    if known.at.elapsed() > published.schedule.fresh {
                        published.refresh();
                    }
                    return Ok(Some(with(key)));
                }
                published.fetch_after(known.map(|known| known.at)).await?;
                let current = published.current.load();
                Ok(current.as_ref().and_then(|fetched| fetched.keys.find(algorithm, id)).map(with))
            }
        }
    }
}

impl Published {
    fn new(
        url: &JwksUrl,
        algorithms: Vec<JwtAlgorithm>,
        ca_certificates: &CaCertificates,
        schedule: Schedule,
    ) -> Result<Self, KeysUnavailable> {
        let http = ca_certificates
            .http_client()
            .timeout(TIMEOUT)
            .redirect(reqwest::redirect::Policy::none())
            .https_only(url.as_url().scheme() == "https")
            .build()
            .map_err(|error| KeysUnavailable { place: url.to_string(), source: error.into() })?;
        Ok(Self {
            url: url.clone(),
            algorithms,
            http,
            schedule,
            current: ArcSwapOption::empty(),
            is_refreshing: AtomicBool::new(false),
            has_failed: AtomicBool::new(false),
            last: Mutex::new(None),
        })
    }

    /// Takes over what another contract's endpoint has fetched from the same address.
    fn adopt(&self, present: &Self) {
        let fetched =
            present.current.load_full().filter(|fetched| fetched.keys.is_for(&self.algorithms));
        if self.url == present.url && fetched.is_some() {
            self.current.store(fetched);
            self.has_failed.store(present.has_failed.load(Ordering::Acquire), Ordering::Release);
        }
    }

    /// Fetches the keys: in the background where there are some already.
    async fn begin(self: &Arc<Self>) {
        if self.state() == IssuerState::Unavailable {
            // a failure is in the log
            let _ = self.fetch_after(None).await;
        } else {
            self.refresh();
        }
    }

    fn state(&self) -> IssuerState {
        let is_usable = self
            .current
            .load()
            .as_ref()
            .is_some_and(|fetched| fetched.at.elapsed() < self.schedule.stale);
        match (is_usable, self.has_failed.load(Ordering::Acquire)) {
            (false, _) => IssuerState::Unavailable,
            (true, true) => IssuerState::Cached,
            (true, false) => IssuerState::Available,
        }
    }

    /// Fetches the keys in the background until that succeeds, once at a time, and for as long as they are used.
    fn refresh(self: &Arc<Self>) {
        if !self.is_refreshing.swap(true, Ordering::AcqRel) {
            tokio::spawn(Self::refresh_until_done(Arc::downgrade(self), self.schedule));
        }
    }

    async fn refresh_until_done(published: Weak<Self>, schedule: Schedule) {
        let mut wait = schedule.retry;
        while let Some(published) = published.upgrade() {
            let mut last = published.last.lock().await;
            let is_done = published.fetch_now(&mut last).await.is_ok();
            drop(last);
            if is_done {
                published.is_refreshing.store(false, Ordering::Release);
                return;
            }
            drop(published);
            tokio::time::sleep(wait).await;
            wait = wait.saturating_mul(2).min(schedule.longest_retry);
        }
    }

    /// Fetches the keys, unless that was done since `seen`, or a moment ago.
    async fn fetch_after(self: &Arc<Self>, seen: Option<Instant>) -> Result<(), ApiError> {
        let mut last = self.last.lock().await;
        let is_newer = self.current.load().as_ref().is_some_and(|fetched| Some(fetched.at) > seen);
        if is_newer {
            return Ok(());
        }
        if last.is_some_and(|at| at.elapsed() < self.schedule.pause) {
            return if self.has_failed.load(Ordering::Acquire) {
                Err(unavailable())
            } else {
                Ok(())
            };
        }
        let fetched = self.fetch_now(&mut last).await;
        drop(last);
        if fetched.is_err() {
            self.refresh_later();
        }
        fetched
    }

    /// Fetches the keys in the background, after a failure.
    fn refresh_later(self: &Arc<Self>) {
        if !self.is_refreshing.swap(true, Ordering::AcqRel) {
            let (published, schedule) = (Arc::downgrade(self), self.schedule);
            tokio::spawn(async move {
                tokio::time::sleep(schedule.retry).await;
                Self::refresh_until_done(published, schedule).await;
            });
        }
    }

    /// Fetches the keys. `last` is locked by the caller.
    async fn fetch_now(&self, last: &mut Option<Instant>) -> Result<(), ApiError> {
        let at = Instant::now();
        *last = Some(at);
        let fetched = fetch(&self.http, &self.url, &self.algorithms).await;
        self.has_failed.store(fetched.is_err(), Ordering::Release);
        match fetched {
            Ok(keys) => {
                self.current.store(Some(Arc::new(Fetched { keys, at })));
                tracing::info!(url = %self.url, "fetched the issuer's keys");
                Ok(())
            }
            Err(error) => {
                let tokens = if self.state() == IssuerState::Cached {
                    "checked with cached keys"
                } else {
                    "refused"
                };
                tracing::error!(url = %self.url, error = &*error as &dyn Error, tokens, "the issuer's keys could not be fetched");
                Err(unavailable())
            }
        }
    }
}

/// Fetches and reads the keys, within [`TIMEOUT`] and [`MAX_BYTES`].
pub(super) async fn fetch(
    http: &reqwest::Client,
    url: &JwksUrl,
    algorithms: &[JwtAlgorithm],
) -> Result<KeySet, Box<dyn Error + Send + Sync>> {
    let response = http.get(url.as_url().clone()).send().await?;
    if response.status() != StatusCode::OK {
        return Err(format!("it answered {}", response.status()).into());
    }
    let body = http_body::read(response, MAX_BYTES).await?;
    let algorithms = algorithms.to_vec();
    Ok(tokio::task::spawn_blocking(move || KeySet::parse(&body, &algorithms)).await??)
}

/// No token can be checked now.
pub(in crate::server) fn unavailable() -> ApiError {
    ApiError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "issuer_unavailable",
        "the token cannot be checked: its issuer's keys cannot be had now",
    )
    .hint("this is the server's to mend; try again in a moment")
    .retry_after(10)
}
