//! What signs.

use std::time::SystemTime;

use secrecy::SecretString;

/// AWS credentials. The secret parts cannot be printed, by type.
#[derive(Debug, Clone)]
pub struct SigningCredentials {
    /// The access key id.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: SecretString,
    /// The session token of temporary credentials.
    pub session_token: Option<SecretString>,
    /// When the credentials end; a URL that they signed ends with them.
    pub expires_at: Option<SystemTime>,
}
