//! The credentials that uploads are signed with, kept fresh.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwapOption;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use tokio::sync::Mutex;

use gatepass_core::contract::{Contract, Trust};
use gatepass_core::grant::SigningCredentials;

use super::connection::CREDENTIALS_TIMEOUT;
use super::{AwsError, AwsErrorKind, Connection, operation};

/// Credentials are renewed when less than this is left of them, at the latest.
const MIN_LEFT: Duration = Duration::from_secs(5 * 60);
/// What credentials should outlive a grant's `expires_in` by.
const MARGIN: Duration = Duration::from_secs(60);
/// How long after a load, failed or not, the next one is tried while there are credentials that work.
const RETRY_AFTER: Duration = Duration::from_secs(30);
/// The same where there are none, and somebody waits.
const RETRY_AFTER_WITHOUT: Duration = Duration::from_secs(1);
/// AWS's limit where the caller is itself a role session, in seconds.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining>.
const ROLE_CHAINING_LIMIT: u32 = 3600;
const SESSION_NAME: &str = "gatepass";
/// The least `DurationSeconds`.
/// See <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.
const SHORTEST_SESSION: u32 = 900;

/// Where the credentials for signing come from. They are renewed in the background before they end; while a renewal
/// fails, those that are still valid are served on and a warning is logged.
///
/// Cloning is cheap, and clones share the credentials.
#[derive(Debug, Clone)]
pub struct SigningCredentialSource {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    connection: Connection,
    role: Option<AssumedRole>,
    /// How long a grant lives.
    expires_in: Duration,
    /// None before the first load.
    state: ArcSwapOption<State>,
    /// Held while credentials are being loaded: one load at a time.
    loading: Arc<Mutex<()>>,
}

/// The presigner role, and how it is assumed.
#[derive(Debug)]
struct AssumedRole {
    contract: Contract,
    external_id: Option<String>,
    session_name: String,
    /// The longest that a session lives, in seconds.
    longest: u32,
}

/// What the loads so far gave.
#[derive(Debug)]
struct State {
    /// The newest credentials, or why there are none.
    held: Result<Held, AwsError>,
    /// Before this, no other load is tried.
    next_load: SystemTime,
}

#[derive(Debug, Clone)]
struct Held {
    credentials: Arc<SigningCredentials>,
    /// When these credentials were first seen.
    since: SystemTime,
}

/// What to do for somebody who asks for credentials.
#[derive(Debug)]
enum Decision {
    Serve(Arc<SigningCredentials>),
    ServeAndRenew(Arc<SigningCredentials>),
    /// The last load failed a moment ago.
    Fail(AwsError),
    Load,
}

impl SigningCredentialSource {
    pub(super) fn new(connection: Connection, contract: &Contract) -> Self {
        let role = contract.serve.sign_as_role.then(|| AssumedRole::of(contract));
        Self {
            inner: Arc::new(Inner {
                connection,
                role,
                expires_in: Duration::from_secs(contract.upload.expires_in.seconds().into()),
                state: ArcSwapOption::default(),
                loading: Arc::default(),
            }),
        }
    }

    /// Credentials that are valid now. The same `Arc` is returned until there are others.
    ///
    /// Waits only where there are none to serve: the first time, or once all have ended.
    ///
    /// # Errors
    /// None could be loaded: the chain has none, or the role cannot be assumed.
    pub async fn current(&self) -> Result<Arc<SigningCredentials>, AwsError> {
        self.current_at(SystemTime::now()).await
    }

    async fn current_at(&self, now: SystemTime) -> Result<Arc<SigningCredentials>, AwsError> {
        match self.decide(now) {
            Decision::Serve(credentials) => return Ok(credentials),
            Decision::ServeAndRenew(credentials) => {
                if let Ok(guard) = Arc::clone(&self.inner.loading).try_lock_owned() {
                    let source = self.clone();
                    tokio::spawn(async move {
                        // a failure is logged there
                        let _renewed = source.load(now).await;
                        drop(guard);
                    });
                }
                return Ok(credentials);
            }
            Decision::Fail(error) => return Err(error),
            Decision::Load => {}
        }
        let asked = Instant::now();
        let _guard = self.inner.loading.lock().await;
        let now = now + asked.elapsed();
        // somebody else may have loaded them while this one waited
        match self.decide(now) {
            Decision::Serve(credentials) | Decision::ServeAndRenew(credentials) => Ok(credentials),
            Decision::Fail(error) => Err(error),
            Decision::Load => self.load(now).await,
        }
    }

    fn decide(&self, now: SystemTime) -> Decision {
        self.inner
            .state
            .load()
            .as_ref()
            .map_or(Decision::Load, |state| state.decide(now, self.inner.expires_in))
    }

    /// Loads credentials; only ever called under the lock.
    async fn load(&self, now: SystemTime) -> Result<Arc<SigningCredentials>, AwsError> {
        let started = Instant::now();
        let loaded = self.inner.fetch().await;
        let now = now + started.elapsed();
        let loaded = loaded.and_then(|credentials| {
            if has_ended(&credentials, now) { Err(ended(&credentials)) } else { Ok(credentials) }
        });

        let before = self.inner.state.load_full();
        let before = before
            .as_ref()
            .and_then(|state| state.held.as_ref().ok())
            .filter(|held| !has_ended(&held.credentials, now));
        let held = match (loaded, before) {
            (Ok(new), Some(held)) if held.is(&new) => Ok(held.clone()),
            (Ok(new), _) => Ok(Held { credentials: Arc::new(new), since: now }),
            (Err(error), Some(held)) => {
                let valid_seconds = held.left(now).map(|left| left.as_secs());
                tracing::warn!(%error, hint = error.hint(), valid_seconds, "the signing credentials could not be renewed");
                Ok(held.clone())
            }
            (Err(error), None) => Err(error),
        };
        let wait = if held.is_ok() { RETRY_AFTER } else { RETRY_AFTER_WITHOUT };
        let answer = held.as_ref().map(|held| Arc::clone(&held.credentials)).map_err(Clone::clone);
        self.inner.state.store(Some(Arc::new(State { held, next_load: now + wait })));
        answer
    }
}

fn has_ended(credentials: &SigningCredentials, now: SystemTime) -> bool {
    credentials.expires_at.is_some_and(|end| end <= now)
}

fn ended(credentials: &SigningCredentials) -> AwsError {
    let end = credentials
        .expires_at
        .map(|end| format!(" at {}", humantime::format_rfc3339_seconds(end)))
        .unwrap_or_default();
    AwsError::new(operation::LOAD_CREDENTIALS, "", AwsErrorKind::CredentialsExpired, format!("the credentials ended{end}")).with_hint(
        "renew them (`aws login`, `aws sso login`, or whatever issued the session token); if they are new, set this machine's clock",
    )
}

impl State {
    fn decide(&self, now: SystemTime, expires_in: Duration) -> Decision {
        // a clock that was set back must not keep anything waiting for longer
        let waits = self
            .next_load
            .duration_since(now)
            .is_ok_and(|wait| !wait.is_zero() && wait <= RETRY_AFTER);
        match &self.held {
            Ok(held) if !has_ended(&held.credentials, now) => {
                let credentials = Arc::clone(&held.credentials);
                if held.is_due(now, expires_in) && !waits {
                    Decision::ServeAndRenew(credentials)
                } else {
                    Decision::Serve(credentials)
                }
            }
            Err(failure) if waits => Decision::Fail(failure.clone()),
            _ => Decision::Load,
        }
    }
}

impl Held {
    /// None for credentials that do not end.
    fn left(&self, now: SystemTime) -> Option<Duration> {
        Some(self.credentials.expires_at?.duration_since(now).unwrap_or_default())
    }

    /// Whether it is time to renew them: so that every grant can live its `expires_in`, but not before half of their
    /// own life is over.
    fn is_due(&self, now: SystemTime, expires_in: Duration) -> bool {
        let Some(life) = self.left(self.since) else { return false };
        let wanted = MIN_LEFT.max(expires_in + MARGIN).min(life / 2);
        self.left(now).is_some_and(|left| left < wanted)
    }

    fn is(&self, other: &SigningCredentials) -> bool {
        self.credentials.access_key_id == other.access_key_id
            && self.credentials.expires_at == other.expires_at
    }
}

impl Inner {
    async fn fetch(&self) -> Result<SigningCredentials, AwsError> {
        let credentials = self.connection.own_credentials().await?;
        match &self.role {
            None => Ok(SigningCredentials {
                access_key_id: credentials.access_key_id().to_owned(),
                secret_access_key: credentials.secret_access_key().to_owned().into(),
                session_token: credentials.session_token().map(|token| token.to_owned().into()),
                expires_at: credentials.expiry(),
            }),
            Some(role) => role.assume(&self.connection, credentials).await,
        }
    }
}

impl Connection {
    /// A session of the contract's role, under a name of its own and as short as STS gives one; not renewed.
    ///
    /// # Errors
    /// There are no credentials, or the role cannot be assumed with them.
    pub async fn role_session(
        &self,
        contract: &Contract,
        name: &str,
    ) -> Result<SigningCredentials, AwsError> {
        let caller = self.own_credentials().await?;
        let role = AssumedRole {
            session_name: name.to_owned(),
            longest: SHORTEST_SESSION,
            ..AssumedRole::of(contract)
        };
        role.assume(self, caller).await
    }

    async fn own_credentials(&self) -> Result<Credentials, AwsError> {
        let call = self.call(operation::LOAD_CREDENTIALS, "");
        match tokio::time::timeout(CREDENTIALS_TIMEOUT, self.credentials().provide_credentials())
            .await
        {
            Ok(Ok(credentials)) => Ok(credentials),
            Ok(Err(error)) => Err(call.no_credentials(&error)),
            Err(_) => {
                let text = format!(
                    "the chain of credentials gave none within {} s",
                    CREDENTIALS_TIMEOUT.as_secs()
                );
                Err(call.error(AwsErrorKind::TimedOut, text))
            }
        }
    }
}

impl AssumedRole {
    fn of(contract: &Contract) -> Self {
        let external_ids: BTreeSet<&str> = contract
            .role
            .trust
            .iter()
            .filter_map(|trust| match trust {
                Trust::SameAccount { external_id } | Trust::Principal { external_id, .. } => {
                    external_id.as_deref()
                }
                Trust::EcsTasks | Trust::Ec2 | Trust::Lambda => None,
            })
            .collect();
        // presenting one that is not asked for does no harm; of several, none can be chosen
        let external_id = match external_ids.len() {
            1 => external_ids.first().map(|&id| id.to_owned()),
            _ => None,
        };
        let longest = contract.role.max_session_duration.seconds();
        Self {
            contract: contract.clone(),
            external_id,
            session_name: SESSION_NAME.to_owned(),
            longest,
        }
    }

    /// See <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html>.
    async fn assume(
        &self,
        connection: &Connection,
        caller: Credentials,
    ) -> Result<SigningCredentials, AwsError> {
        let account = match &self.contract.account_id {
            Some(account) => account.clone(),
            None => connection.account().await?,
        };
        let role = self.contract.role_arn(&account);
        let call = connection.call(operation::ASSUME_ROLE, &role);
        let seconds = if caller.session_token().is_some() {
            self.longest.min(ROLE_CHAINING_LIMIT)
        } else {
            self.longest
        };
        let answer = connection
            .sts()
            .assume_role()
            .role_arn(&role)
            .role_session_name(&self.session_name)
            .set_external_id(self.external_id.clone())
            .duration_seconds(i32::try_from(seconds).unwrap_or(i32::MAX))
            .customize()
            .config_override(aws_sdk_sts::Config::builder().credentials_provider(caller))
            .send()
            .await
            .map_err(|error| {
                let error = call.failed(&error);
                match error.kind() {
                    AwsErrorKind::AccessDenied => error.with_hint(format!(
                        "serve.sign_as_role: the caller needs sts:AssumeRole on {role}, and a [[role.trust]] has to name the caller; \
                         a role or trust policy made seconds ago may not be in effect yet"
                    )),
                    _ => error,
                }
            })?;
        let Some(credentials) = answer.credentials else {
            return Err(call.error(AwsErrorKind::Other, "the answer has no credentials"));
        };
        Ok(SigningCredentials {
            access_key_id: credentials.access_key_id,
            secret_access_key: credentials.secret_access_key.into(),
            session_token: Some(credentials.session_token.into()),
            expires_at: SystemTime::try_from(credentials.expiration).ok(),
        })
    }
}

#[cfg(test)]
mod tests;
