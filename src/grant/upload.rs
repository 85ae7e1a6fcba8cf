//! The grant for one upload by PUT.

use std::time::SystemTime;

use crate::contract::Contract;

use super::{CheckedUpload, Method, ObjectKey, PresignedUrl, Refusal, SigningCredentials};

/// One upload's rights.
#[derive(Debug, Clone)]
pub struct Grant {
    /// The method to use.
    pub method: Method,
    /// Where to send the bytes.
    pub upload_url: PresignedUrl,
    /// The object's key.
    pub key: ObjectKey,
    /// The headers that the client must send, exactly as given, beside those that HTTP itself sends. Names as they are
    /// usually written (`Content-Type`); `Content-Length` is among them when the size is signed.
    pub headers: Vec<(&'static str, String)>,
    /// When the URL ends, in whole seconds since 1970: never after the credentials that signed it.
    pub expires_at: SystemTime,
    /// Seconds from now until then.
    pub expires_in: u32,
}

/// Makes grants under one contract with one set of credentials. Cheap to share between threads; the credentials and
/// the contract are fixed, so it is replaced as a whole when one of them changes.
pub struct GrantMaker {}

impl GrantMaker {
    /// A maker for this contract.
    #[must_use]
    pub fn new(_contract: &Contract, _credentials: SigningCredentials) -> Self {
        todo!()
    }

    /// Makes the grant for a checked upload. `random` becomes the key's UUID.
    ///
    /// # Errors
    /// [`Refusal::CredentialsExpired`].
    pub fn grant(&self, _upload: &CheckedUpload, _now: SystemTime, _random: [u8; 16]) -> Result<Grant, Refusal> {
        todo!()
    }
}
