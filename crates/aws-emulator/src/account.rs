//! The one account that the backend is: its id, region, root key, and everything it keeps.

use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;

use iam_policy::{AccountId, Region};

use super::authorize::DocumentCache;
use super::sigv4::payload_hash;
use super::state::{Session, State, Store, User, UserKey};

/// The account.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    pub(crate) region: Region,
    pub(crate) root_access_key_id: String,
    pub(crate) root_secret_access_key: SecretString,
    pub(crate) store: Store,
    pub(crate) documents: DocumentCache,
}

/// Who calls, once the signature has proved it.
#[derive(Debug, Clone)]
pub(crate) enum Principal {
    /// The account's root user.
    Root,
    /// An IAM user.
    User(UserIdentity),
    /// A session of an assumed role.
    Session(Session),
}

/// A user who calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct UserIdentity {
    pub(crate) name: String,
    /// Begins and ends with a slash.
    pub(crate) path: String,
    /// `AIDA…`
    pub(crate) id: String,
    /// When the temporary credentials were given out, in seconds since 1970; None for a long-term key.
    pub(crate) issued: Option<i64>,
}

/// An access key: its secret, and whose it is.
#[derive(Debug, Clone)]
pub(crate) struct AccessKey {
    pub(crate) secret: SecretString,
    pub(crate) principal: Principal,
}

/// Why an access key does not stand for anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyRefusal {
    /// Nobody has it, or its session token is missing.
    Unknown,
    /// The session token is not the one that was given out with it.
    InvalidToken,
    /// It has expired.
    ExpiredToken,
}

impl Account {
    /// The key with this id and this session token.
    /// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_temp_use-resources.html>.
    pub(crate) fn access_key(
        &self,
        id: &str,
        token: Option<&str>,
        now: OffsetDateTime,
    ) -> Result<AccessKey, KeyRefusal> {
        if id == self.root_access_key_id {
            return match token {
                None => Ok(AccessKey {
                    secret: self.root_secret_access_key.clone(),
                    principal: Principal::Root,
                }),
                Some(_) => Err(KeyRefusal::InvalidToken),
            };
        }
        let state = self.store.read();
        if let Some((name, user, key)) = find_key(&state, id) {
            // as for AWS, a key that was switched off is none
            return match token {
                None if key.is_active => {
                    let principal = Principal::User(UserIdentity::of(name, user, None));
                    Ok(AccessKey { secret: key.secret_access_key.clone().into(), principal })
                }
                None => Err(KeyRefusal::Unknown),
                Some(_) => Err(KeyRefusal::InvalidToken),
            };
        }
        if let Some(session) = state.user_sessions.get(id) {
            check_token(token, &session.token, session.expires, now)?;
            let principal = match &session.user {
                None => Principal::Root,
                Some((name, user_id)) => {
                    let user = state
                        .users
                        .get(name)
                        .filter(|user| user.id == *user_id)
                        .ok_or(KeyRefusal::InvalidToken)?;
                    Principal::User(UserIdentity::of(name, user, Some(session.issued)))
                }
            };
            return Ok(AccessKey { secret: session.secret_access_key.clone().into(), principal });
        }
        let session = state.sessions.get(id).ok_or(KeyRefusal::Unknown)?;
        check_token(token, &session.token, session.expires, now)?;
        if state.roles.get(&session.role_name).is_none_or(|role| role.id != session.role_id) {
            return Err(KeyRefusal::InvalidToken);
        }
        Ok(AccessKey {
            secret: session.secret_access_key.clone().into(),
            principal: Principal::Session(session.clone()),
        })
    }

    /// The secret of a key, whatever its token: for a checker that knows only the id. [`Account::access_key`] has the last word.
    pub(crate) fn secret(&self, id: &str) -> Option<String> {
        if id == self.root_access_key_id {
            return Some(self.root_secret_access_key.expose_secret().to_owned());
        }
        let state = self.store.read();
        let of_user = find_key(&state, id).map(|(_, _, key)| &key.secret_access_key);
        let of_user_session =
            || state.user_sessions.get(id).map(|session| &session.secret_access_key);
        let of_session = || state.sessions.get(id).map(|session| &session.secret_access_key);
        of_user.or_else(of_user_session).or_else(of_session).cloned()
    }

    /// An ARN of a service without regions: `arn:aws:iam::ACCOUNT:rest`.
    pub(crate) fn arn(&self, service: &str, rest: &str) -> String {
        format!("arn:{}:{service}::{}:{rest}", self.region.partition(), self.id)
    }

    /// The canonical user id, which S3 names owners by: 64 hexadecimal digits.
    pub(crate) fn canonical_id(&self) -> String {
        payload_hash(self.id.as_str().as_bytes())
    }

    /// The ARN of a principal, as `GetCallerIdentity` gives it.
    pub(crate) fn principal_arn(&self, principal: &Principal) -> String {
        match principal {
            Principal::Root => self.arn("iam", "root"),
            Principal::User(user) => self.arn("iam", &format!("user{}{}", user.path, user.name)),
            Principal::Session(session) => self.arn(
                "sts",
                &format!("assumed-role/{}/{}", session.role_name, session.session_name),
            ),
        }
    }
}

impl UserIdentity {
    /// A user as the caller of a request.
    pub(crate) fn of(name: &str, user: &User, issued: Option<i64>) -> Self {
        Self { name: name.to_owned(), path: user.path.clone(), id: user.id.clone(), issued }
    }
}

fn find_key<'a>(state: &'a State, id: &str) -> Option<(&'a str, &'a User, &'a UserKey)> {
    state
        .users
        .iter()
        .find_map(|(name, user)| Some((name.as_str(), user, user.access_keys.get(id)?)))
}

fn check_token(
    token: Option<&str>,
    expected: &str,
    expires: i64,
    now: OffsetDateTime,
) -> Result<(), KeyRefusal> {
    match token {
        None => Err(KeyRefusal::Unknown),
        Some(token) if token != expected => Err(KeyRefusal::InvalidToken),
        Some(_) if expires <= now.unix_timestamp() => Err(KeyRefusal::ExpiredToken),
        Some(_) => Ok(()),
    }
}
