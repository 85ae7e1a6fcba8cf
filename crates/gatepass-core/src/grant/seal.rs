//! Statements that only the endpoint can make: `VERSION.PAYLOAD.SEAL`, JSON and an HMAC-SHA256 over the version and the payload, both in
//! base64url.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::Sha256;

use super::{SecretError, TicketKeys};

/// What seals one kind of statement for one bucket: the first secret seals, each one opens.
#[derive(Clone)]
pub(super) struct Seals {
    version: &'static str,
    first: Hmac<Sha256>,
    others: Vec<Hmac<Sha256>>,
}

impl Seals {
    /// Seals of these secrets, at least one. What is sealed for one `purpose` is nothing for another.
    pub(super) fn new(
        secrets: &[SecretString],
        purpose: &str,
        version: &'static str,
        bucket: &str,
    ) -> Result<Self, SecretError> {
        let mut keys = secrets.iter().map(|secret| key(secret, purpose, bucket));
        let first = keys.next().ok_or(SecretError::None)??;
        Ok(Self { version, first, others: keys.collect::<Result<_, _>>()? })
    }

    /// How many secrets there are.
    pub(super) fn count(&self) -> usize {
        1 + self.others.len()
    }

    pub(super) fn seal(&self, payload: &impl Serialize) -> String {
        // what holds only texts and numbers can be written
        let json = serde_json::to_vec(payload).unwrap_or_default();
        let mut text = format!("{}.{}", self.version, URL_SAFE_NO_PAD.encode(json));
        let seal = self.first.clone().chain_update(text.as_bytes()).finalize().into_bytes();
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(seal, &mut text);
        text
    }

    /// What was sealed; none for anything else. Nothing is looked at before the seal was.
    pub(super) fn open<T: DeserializeOwned>(&self, text: &str) -> Option<T> {
        let (sealed, seal) = text.rsplit_once('.')?;
        let seal = URL_SAFE_NO_PAD.decode(seal).ok()?;
        // compared in constant time
        let is_by = |key: &Hmac<Sha256>| {
            key.clone().chain_update(sealed.as_bytes()).verify_slice(&seal).is_ok()
        };
        if !std::iter::once(&self.first).chain(&self.others).any(is_by) {
            return None;
        }
        let payload = sealed.strip_prefix(self.version)?.strip_prefix('.')?;
        serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).ok()?).ok()
    }
}

/// A key for this purpose and bucket, which is of no use for anything else that the same secret is used for.
fn key(secret: &SecretString, purpose: &str, bucket: &str) -> Result<Hmac<Sha256>, SecretError> {
    let secret = secret.expose_secret().as_bytes();
    if secret.len() < TicketKeys::MIN_SECRET {
        return Err(SecretError::Short);
    }
    // HMAC takes keys of any length
    let mac = |key: &[u8]| Hmac::<Sha256>::new_from_slice(key).map_err(|_| SecretError::Short);
    let derived = mac(secret)?
        .chain_update(b"gatepass ")
        .chain_update(purpose.as_bytes())
        .chain_update(b" ")
        .chain_update(bucket.as_bytes())
        .finalize()
        .into_bytes();
    mac(&derived)
}
