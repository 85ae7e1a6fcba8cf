//! What an app's back end can believe of an upload: a receipt, signed by the endpoint that has looked.
//!
//! A receipt is a JWS (RFC 7515) in its compact form, `HEADER.PAYLOAD.SIGNATURE`, signed with HS256: any library for JSON Web
//! Tokens checks it, with the secret as it stands in the configuration.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::contract::{ContentType, MediaRange};

use super::{SecretError, Ticket, TicketKeys};

/// The header of every receipt. A receipt with another one is none of ours, whatever algorithm it names.
const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;
const ISSUER: &str = "gatepass";
const MAX_LENGTH: usize = 8192;

/// An object as S3 has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StoredObject {
    /// In bytes.
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    /// Where the bucket has versions.
    pub version_id: Option<String>,
    /// Where it was seen.
    pub content_type: Option<String>,
    /// The base64 form of the whole content's SHA-256, where S3 has it and it was seen.
    pub checksum_sha256: Option<String>,
}

/// What a receipt states.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// `gatepass`
    iss: String,
    /// When the endpoint looked, in seconds since 1970.
    pub iat: u64,
    /// The bucket.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// In bytes, as S3 has it.
    pub size: u64,
    /// What S3 has as `Content-Type`, or what was signed; none where that was not seen and only its beginning was signed (a form for
    /// any image).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_type: Option<String>,
    /// Without quotes, as S3 has it.
    pub etag: String,
    /// The version of the object, where the bucket has versions.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
    /// The base64 form of the content's SHA-256, where it was signed and so checked by S3, or where S3 has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checksum_sha256: Option<String>,
    /// Who uploaded it, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
}

/// Why an object is not the one that was granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectDiffers {
    /// In bytes.
    #[error("the object has {stored} bytes, and {granted} were declared")]
    Size {
        /// What S3 has.
        stored: u64,
        /// What the grant was asked for.
        granted: u64,
    },
    /// Its content type.
    #[error("the object's type is {stored:?}, and {granted:?} was granted")]
    ContentType {
        /// What S3 has.
        stored: String,
        /// What was signed: a type, or a range.
        granted: String,
    },
    /// Its SHA-256.
    #[error("the object's SHA-256 is {stored}, and {granted} was granted")]
    Checksum {
        /// What S3 has.
        stored: String,
        /// What was signed.
        granted: String,
    },
}

/// Why a text is no receipt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// No receipt at all, or of another kind than ours.
    #[error("it is not a receipt of gatepass's")]
    Malformed,
    /// Changed, or signed with another secret.
    #[error("its signature is not that of any of these secrets")]
    Forged,
}

impl Receipt {
    /// What is so of an object that was looked at `now`.
    ///
    /// # Errors
    /// [`ObjectDiffers`]
    pub fn of(
        ticket: &Ticket,
        bucket: &str,
        object: StoredObject,
        now: SystemTime,
    ) -> Result<Self, ObjectDiffers> {
        if let Some(granted) = ticket.size.filter(|granted| *granted != object.size) {
            return Err(ObjectDiffers::Size { stored: object.size, granted });
        }
        if let Some(stored) =
            object.content_type.clone().filter(|stored| !is_of(stored, &ticket.content_type))
        {
            return Err(ObjectDiffers::ContentType {
                stored,
                granted: ticket.content_type.clone(),
            });
        }
        if let (Some(stored), Some(granted)) = (&object.checksum_sha256, &ticket.checksum_sha256)
            && stored != granted
        {
            return Err(ObjectDiffers::Checksum {
                stored: stored.clone(),
                granted: granted.clone(),
            });
        }
        let signed_type =
            || (!ticket.content_type.contains('*')).then(|| ticket.content_type.clone());
        Ok(Self {
            iss: ISSUER.to_owned(),
            iat: now.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs(),
            bucket: bucket.to_owned(),
            key: ticket.key.as_str().to_owned(),
            size: object.size,
            content_type: object.content_type.or_else(signed_type),
            etag: object.etag,
            version_id: object.version_id,
            checksum_sha256: object.checksum_sha256.or_else(|| ticket.checksum_sha256.clone()),
            sub: ticket.subject.clone(),
        })
    }
}

/// Whether a type is the one that was granted, or within what was.
fn is_of(stored: &str, granted: &str) -> bool {
    if !granted.contains('*') {
        return stored.eq_ignore_ascii_case(granted);
    }
    MediaRange::parse(granted)
        .is_ok_and(|range| ContentType::parse(stored).is_ok_and(|stored| range.matches(&stored)))
}

/// The secrets that sign receipts: the first one signs, each one is taken in a check. It cannot be printed.
#[derive(Clone)]
pub struct ReceiptKeys(Vec<Hmac<Sha256>>);

impl ReceiptKeys {
    /// Keys of these secrets, at least one.
    ///
    /// # Errors
    /// None, or one below [`TicketKeys::MIN_SECRET`] bytes.
    pub fn new(secrets: &[SecretString]) -> Result<Self, SecretError> {
        let key = |secret: &SecretString| {
            let secret = secret.expose_secret().as_bytes();
            if secret.len() < TicketKeys::MIN_SECRET {
                return Err(SecretError::Short);
            }
            // HMAC takes keys of any length
            Hmac::new_from_slice(secret).map_err(|_| SecretError::Short)
        };
        let keys = secrets.iter().map(key).collect::<Result<Vec<_>, _>>()?;
        if keys.is_empty() { Err(SecretError::None) } else { Ok(Self(keys)) }
    }

    /// Signs a receipt.
    #[must_use]
    pub fn sign(&self, receipt: &Receipt) -> String {
        // what holds only texts and numbers can be written
        let payload = serde_json::to_vec(receipt).unwrap_or_default();
        let mut text =
            format!("{}.{}", URL_SAFE_NO_PAD.encode(HEADER), URL_SAFE_NO_PAD.encode(payload));
        if let Some(key) = self.0.first() {
            let signature = key.clone().chain_update(text.as_bytes()).finalize().into_bytes();
            text.push('.');
            URL_SAFE_NO_PAD.encode_string(signature, &mut text);
        }
        text
    }

    /// What a receipt states, if it is one of these secrets'.
    ///
    /// # Errors
    /// [`ReceiptError`]
    pub fn check(&self, text: &str) -> Result<Receipt, ReceiptError> {
        let text = text.trim();
        if text.len() > MAX_LENGTH {
            return Err(ReceiptError::Malformed);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(ReceiptError::Malformed)?;
        let (header, payload) = signed.split_once('.').ok_or(ReceiptError::Malformed)?;
        if header != URL_SAFE_NO_PAD.encode(HEADER) {
            return Err(ReceiptError::Malformed);
        }
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| ReceiptError::Malformed)?;
        // compared in constant time
        let is_by = |key: &Hmac<Sha256>| {
            key.clone().chain_update(signed.as_bytes()).verify_slice(&signature).is_ok()
        };
        if !self.0.iter().any(is_by) {
            return Err(ReceiptError::Forged);
        }
        let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| ReceiptError::Malformed)?;
        let receipt: Receipt =
            serde_json::from_slice(&payload).map_err(|_| ReceiptError::Malformed)?;
        if receipt.iss == ISSUER { Ok(receipt) } else { Err(ReceiptError::Malformed) }
    }
}

impl std::fmt::Debug for ReceiptKeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReceiptKeys").field("count", &self.0.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::ObjectKey;
    use super::super::fixtures::{EXAMPLE_TIME, at};
    use super::*;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    fn keys(secrets: &[&str]) -> ReceiptKeys {
        ReceiptKeys::new(&secrets.iter().map(|secret| (*secret).into()).collect::<Vec<_>>())
            .unwrap()
    }

    fn ticket() -> Ticket {
        Ticket {
            key: ObjectKey::known("uploads/a.png".to_owned()),
            content_type: "image/png".to_owned(),
            size: Some(5),
            checksum_sha256: Some("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=".to_owned()),
            subject: Some("user-1".to_owned()),
            expires_at: at(EXAMPLE_TIME),
            is_marked: false,
            multipart: None,
        }
    }

    fn receipt() -> Receipt {
        Receipt::of(
            &ticket(),
            "acme-uploads",
            StoredObject { size: 5, etag: "abc".to_owned(), ..StoredObject::default() },
            at(EXAMPLE_TIME),
        )
        .unwrap()
    }

    /// Whatever reads JSON Web Tokens can read it; the signature was made with Python's hmac.
    #[test]
    fn the_form_of_a_receipt() {
        let text = keys(&[SECRET]).sign(&receipt());
        let parts: Vec<&str> = text.split('.').collect();
        let decoded =
            |part: &str| String::from_utf8(URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap();
        assert_eq!(decoded(parts[0]), HEADER);
        insta::assert_snapshot!(decoded(parts[1]), @r#"{"iss":"gatepass","iat":1369353600,"bucket":"acme-uploads","key":"uploads/a.png","size":5,"content_type":"image/png","etag":"abc","checksum_sha256":"47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=","sub":"user-1"}"#);
        insta::assert_snapshot!(parts[2], @"wdoy1yl0hT0PMey50RJK_43LMcFtboQccgd1o71Kank");
    }

    #[test]
    fn what_was_signed_is_what_is_checked() {
        let text = keys(&[SECRET]).sign(&receipt());
        assert_eq!(keys(&[SECRET]).check(&text), Ok(receipt()));
        let other = "fedcba9876543210fedcba9876543210";
        assert_eq!(keys(&[other, SECRET]).check(&format!(" {text}\n")), Ok(receipt()));
        assert_eq!(keys(&[other]).check(&text), Err(ReceiptError::Forged));
    }

    #[test]
    fn no_byte_of_a_receipt_can_be_changed() {
        let keys = keys(&[SECRET]);
        let text = keys.sign(&receipt());
        for place in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            assert!(keys.check(&String::from_utf8(changed).unwrap()).is_err(), "{place}");
            assert!(keys.check(&text[..place]).is_err(), "{place}");
        }
        // no signature at all, and another algorithm's
        let (signed, _) = text.rsplit_once('.').unwrap();
        let payload = signed.split_once('.').unwrap().1;
        for header in [r#"{"alg":"none"}"#, r#"{"alg":"none","typ":"JWT"}"#] {
            assert_eq!(
                keys.check(&format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(header))),
                Err(ReceiptError::Malformed)
            );
        }
        assert_eq!(keys.check(&format!("{signed}.")), Err(ReceiptError::Forged));
        assert_eq!(keys.check(&"A".repeat(100_000)), Err(ReceiptError::Malformed));
    }

    #[test]
    fn another_object_is_not_confirmed_and_an_unknown_type_not_stated() {
        let object = || StoredObject { size: 6, etag: "abc".to_owned(), ..StoredObject::default() };
        let differs = Receipt::of(&ticket(), "b", object(), at(EXAMPLE_TIME)).unwrap_err();
        assert_eq!(differs.to_string(), "the object has 6 bytes, and 5 were declared");
        let any = Ticket { content_type: "image/*".to_owned(), size: None, ..ticket() };
        let receipt = Receipt::of(&any, "b", object(), at(EXAMPLE_TIME)).unwrap();
        assert_eq!((receipt.size, receipt.content_type), (6, None));
    }

    #[test]
    fn what_s3_has_counts_where_it_was_seen() {
        let seen = |content_type: &str, checksum: &str| StoredObject {
            size: 5,
            etag: "abc".to_owned(),
            version_id: Some("v1".to_owned()),
            content_type: Some(content_type.to_owned()),
            checksum_sha256: Some(checksum.to_owned()),
        };
        let (same, other) = (
            "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=",
        );
        let of = |ticket: &Ticket, object| Receipt::of(ticket, "b", object, at(EXAMPLE_TIME));
        insta::assert_snapshot!(of(&ticket(), seen("text/html", same)).unwrap_err(), @r#"the object's type is "text/html", and "image/png" was granted"#);
        insta::assert_snapshot!(of(&ticket(), seen("image/png", other)).unwrap_err(), @"the object's SHA-256 is ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=, and 47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= was granted");
        let receipt = of(&ticket(), seen("image/PNG", same)).unwrap();
        assert_eq!(
            (receipt.content_type.as_deref(), receipt.version_id.as_deref()),
            (Some("image/PNG"), Some("v1"))
        );

        let any = Ticket { content_type: "image/*".to_owned(), checksum_sha256: None, ..ticket() };
        let receipt = of(&any, seen("image/webp", other)).unwrap();
        assert_eq!(
            (receipt.content_type.as_deref(), receipt.checksum_sha256.as_deref()),
            (Some("image/webp"), Some(other))
        );
        for stored in ["text/html", "image", ""] {
            of(&any, seen(stored, other)).unwrap_err();
        }
        // receipts of buckets without versions are as they were
        let text = keys(&[SECRET]).sign(&receipt);
        assert_eq!(keys(&[SECRET]).check(&text), Ok(receipt));
    }

    #[test]
    fn secrets_are_long_and_not_printed() {
        assert_eq!(ReceiptKeys::new(&[]).unwrap_err(), SecretError::None);
        assert_eq!(ReceiptKeys::new(&[SECRET[1..].into()]).unwrap_err(), SecretError::Short);
        assert_eq!(format!("{:?}", keys(&[SECRET])), "ReceiptKeys { count: 1, .. }");
    }
}
