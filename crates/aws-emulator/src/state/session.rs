//! Temporary credentials.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// What `AssumeRole` gave out. `Debug` shows no secret.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Session {
    pub(crate) secret_access_key: String,
    pub(crate) token: String,
    /// In seconds since 1970; None for a session that an earlier version gave out.
    #[serde(default)]
    pub(crate) issued: Option<i64>,
    /// In seconds since 1970.
    pub(crate) expires: i64,
    /// The role's name and id as of then: credentials of a role that was deleted and made again are worthless.
    pub(crate) role_name: String,
    pub(crate) role_id: String,
    pub(crate) session_name: String,
    /// The session policy's text, if one was passed.
    pub(crate) policy: Option<String>,
    /// ARNs of the managed policies that were passed as session policies.
    #[serde(default)]
    pub(crate) policy_arns: Vec<String>,
    /// Session tags, those included that came down a chain of roles.
    #[serde(default)]
    pub(crate) tags: BTreeMap<String, String>,
    /// Keys of the tags that the next role in a chain gets, too.
    #[serde(default)]
    pub(crate) transitive_tag_keys: Vec<String>,
    #[serde(default)]
    pub(crate) source_identity: Option<String>,
}

/// What `GetSessionToken` gave out. `Debug` shows no secret.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct UserSession {
    pub(crate) secret_access_key: String,
    pub(crate) token: String,
    /// In seconds since 1970.
    pub(crate) issued: i64,
    /// In seconds since 1970.
    pub(crate) expires: i64,
    /// The user's name and id as of then; None for the root user.
    pub(crate) user: Option<(String, String)>,
}

impl fmt::Debug for UserSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserSession")
            .field("user", &self.user)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Session")
            .field("role_name", &self.role_name)
            .field("session_name", &self.session_name)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}
