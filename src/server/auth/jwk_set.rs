//! The keys that tokens are checked with, as an issuer publishes them (RFC 7517).

use jsonwebtoken::DecodingKey;
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse,
};
use serde::Deserialize;
use serde_json::Value;

use gatepass_core::contract::JwtAlgorithm;

/// Keys, each for one algorithm.
pub(super) struct KeySet(Vec<Key>);

struct Key {
    id: Option<String>,
    algorithm: JwtAlgorithm,
    key: DecodingKey,
}

/// Why there is no set of keys.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeySetError {
    #[error("it is not a JSON Web Key Set")]
    Malformed(#[source] serde_json::Error),
    #[error("it has no key that checks {0}")]
    NoKey(String),
    #[error("the secret has {0} bytes, and HS256 takes 32 or more")]
    ShortSecret(usize),
}

#[derive(Deserialize)]
struct Published {
    keys: Vec<Value>,
}

impl KeySet {
    /// Reads what an issuer publishes. Keys that check no signature of a token are left alone.
    pub(super) fn parse(json: &[u8], algorithms: &[JwtAlgorithm]) -> Result<Self, KeySetError> {
        let published: Published = serde_json::from_slice(json).map_err(KeySetError::Malformed)?;
        let keys = Self(published.keys.into_iter().filter_map(public_key).collect());
        if !keys.is_for(algorithms) {
            let names: Vec<_> = algorithms.iter().map(|algorithm| algorithm.name()).collect();
            return Err(KeySetError::NoKey(names.join(" or ")));
        }
        Ok(keys)
    }

    /// Whether a key checks any of these algorithms.
    pub(super) fn is_for(&self, algorithms: &[JwtAlgorithm]) -> bool {
        self.0.iter().any(|key| algorithms.contains(&key.algorithm))
    }

    /// The one secret of `HS256`.
    pub(super) fn secret(secret: &[u8]) -> Result<Self, KeySetError> {
        if secret.len() < 32 {
            return Err(KeySetError::ShortSecret(secret.len()));
        }
        Ok(Self(vec![Key {
            id: None,
            algorithm: JwtAlgorithm::Hs256,
            key: DecodingKey::from_secret(secret),
        }]))
    }

    /// The key that a token names. Without a name there must be no choice; a secret has no name, whatever the token says.
    pub(super) fn find(&self, algorithm: JwtAlgorithm, id: Option<&str>) -> Option<&DecodingKey> {
        let mut fitting = self.0.iter().filter(|key| key.algorithm == algorithm);
        match id {
            Some(id) if algorithm != JwtAlgorithm::Hs256 => {
                fitting.find(|key| key.id.as_deref() == Some(id)).map(|key| &key.key)
            }
            _ => {
                let only = fitting.next()?;
                fitting.next().is_none().then_some(&only.key)
            }
        }
    }
}

/// A public key that checks signatures of tokens; a symmetric key is none.
fn public_key(jwk: Value) -> Option<Key> {
    let jwk: Jwk = serde_json::from_value(jwk).ok()?;
    let algorithm = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => JwtAlgorithm::Rs256,
        AlgorithmParameters::EllipticCurve(key) if key.curve == EllipticCurve::P256 => {
            JwtAlgorithm::Es256
        }
        AlgorithmParameters::OctetKeyPair(key) if key.curve == EllipticCurve::Ed25519 => {
            JwtAlgorithm::EdDsa
        }
        _ => return None,
    };
    let common = &jwk.common;
    let is_for_it = match common.key_algorithm {
        None => true,
        Some(KeyAlgorithm::RS256) => algorithm == JwtAlgorithm::Rs256,
        Some(KeyAlgorithm::ES256) => algorithm == JwtAlgorithm::Es256,
        Some(KeyAlgorithm::EdDSA) => algorithm == JwtAlgorithm::EdDsa,
        Some(_) => false,
    };
    let signs =
        common.public_key_use.as_ref().is_none_or(|purpose| *purpose == PublicKeyUse::Signature);
    let verifies = common
        .key_operations
        .as_ref()
        .is_none_or(|operations| operations.contains(&KeyOperations::Verify));
    let key = DecodingKey::from_jwk(&jwk).ok()?;
    (is_for_it && signs && verifies).then(|| Key { id: jwk.common.key_id, algorithm, key })
}
