//! The one account that the backend is: its id, region, root key, and everything it keeps.

use secrecy::{ExposeSecret as _, SecretString};
use time::OffsetDateTime;

use crate::contract::{AccountId, Region};

use super::authorize::DocumentCache;
use super::sigv4::payload_hash;
use super::state::{Session, Store};

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
    /// A session of an assumed role.
    Session(Session),
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
    pub(crate) fn access_key(&self, id: &str, token: Option<&str>, now: OffsetDateTime) -> Result<AccessKey, KeyRefusal> {
        if id == self.root_access_key_id {
            return match token {
                None => Ok(AccessKey { secret: self.root_secret_access_key.clone(), principal: Principal::Root }),
                Some(_) => Err(KeyRefusal::InvalidToken),
            };
        }
        let state = self.store.read();
        let session = state.sessions.get(id).ok_or(KeyRefusal::Unknown)?;
        match token {
            None => return Err(KeyRefusal::Unknown),
            Some(token) if token != session.token => return Err(KeyRefusal::InvalidToken),
            Some(_) => {}
        }
        if session.expires <= now.unix_timestamp() {
            return Err(KeyRefusal::ExpiredToken);
        }
        if state.roles.get(&session.role_name).is_none_or(|role| role.id != session.role_id) {
            return Err(KeyRefusal::InvalidToken);
        }
        Ok(AccessKey { secret: session.secret_access_key.clone().into(), principal: Principal::Session(session.clone()) })
    }

    /// The secret of a key, whatever its token: for a checker that knows only the id. [`Account::access_key`] has the last word.
    pub(crate) fn secret(&self, id: &str) -> Option<String> {
        if id == self.root_access_key_id {
            return Some(self.root_secret_access_key.expose_secret().to_owned());
        }
        self.store.read().sessions.get(id).map(|session| session.secret_access_key.clone())
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
            Principal::Session(session) => self.arn("sts", &format!("assumed-role/{}/{}", session.role_name, session.session_name)),
        }
    }
}
