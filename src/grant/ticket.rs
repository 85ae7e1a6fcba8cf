//! What a client brings back to go on with an upload: sealed, so that nothing has to be kept of it and nothing in it can
//! be made up.
//!
//! A ticket is `gp1.PAYLOAD.SEAL`: JSON and an HMAC-SHA256 over the bucket's name, the version and the payload, both in
//! base64url. It is no secret from the one who has it, and no right by itself: the endpoint checks it against who asks.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{ObjectKey, PartPlan};

const VERSION: &str = "gp1";
/// What the longest key, upload id and content type fit into with much room.
const MAX_LENGTH: usize = 8192;

/// One upload, as its ticket states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// The object's key.
    pub key: ObjectKey,
    /// What was signed as `Content-Type`.
    pub content_type: String,
    /// In bytes, where it was declared.
    pub size: Option<u64>,
    /// The base64 form of the content's SHA-256, where it was declared and so is checked by S3.
    pub checksum_sha256: Option<String>,
    /// Who asked; only they can go on.
    pub subject: Option<String>,
    /// When the ticket ends, in whole seconds since 1970.
    pub expires_at: SystemTime,
    /// The upload in parts that was begun; none for an upload by one request.
    pub multipart: Option<MultipartTicket>,
}

/// What a ticket says of an upload in parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MultipartTicket {
    /// S3's id of the upload.
    pub upload_id: String,
    /// How the file is cut; none where the client does that as it likes.
    pub plan: Option<PartPlan>,
    /// Whether every part carries its SHA-256.
    pub part_checksums: bool,
}

/// Why a ticket is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TicketError {
    /// No ticket, one that was changed, or one that was sealed elsewhere: with another secret, for another bucket.
    #[error("the ticket is not one of this endpoint's")]
    NotOurs,
    /// Its time is over.
    #[error("the ticket has expired")]
    Expired,
    /// Somebody else asked for the upload.
    #[error("the ticket is somebody else's")]
    OfAnother,
    /// The upload is not one in parts.
    #[error("the ticket is not one of an upload in parts")]
    NotMultipart,
}

impl TicketError {
    /// A stable code for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotOurs => "ticket_invalid",
            Self::Expired => "ticket_expired",
            Self::OfAnother => "ticket_of_another",
            Self::NotMultipart => "ticket_not_multipart",
        }
    }

    /// The way out.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::NotOurs => "send the `ticket` as it was given; after the endpoint's secrets were changed, begin anew",
            Self::Expired => "begin the upload anew",
            Self::OfAnother => "go on as the one who began the upload",
            Self::NotMultipart => "send the `ticket` that POST /api/multipart gave",
        }
    }
}

/// The secrets that seal tickets for one bucket: the first one seals, each one opens, so that they can be changed while
/// tickets are about. It cannot be printed.
#[derive(Clone)]
pub struct TicketKeys {
    first: Hmac<Sha256>,
    others: Vec<Hmac<Sha256>>,
}

/// Why there are no keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// The list is empty.
    #[error("there is no secret")]
    None,
    /// One is too short.
    #[error("a secret has less than {} characters", TicketKeys::MIN_SECRET)]
    Short,
}

impl TicketKeys {
    /// The fewest characters that a secret may have.
    pub const MIN_SECRET: usize = 32;

    /// Keys of these secrets, at least one.
    ///
    /// # Errors
    /// None, or one below [`Self::MIN_SECRET`] bytes.
    pub fn new(secrets: &[SecretString], bucket: &str) -> Result<Self, SecretError> {
        let mut keys = secrets.iter().map(|secret| key(secret, bucket));
        let first = keys.next().ok_or(SecretError::None)??;
        Ok(Self { first, others: keys.collect::<Result<_, _>>()? })
    }

    /// Seals a ticket.
    #[must_use]
    pub fn seal(&self, ticket: &Ticket) -> String {
        let payload = Payload::of(ticket);
        // what holds only texts and numbers can be written
        let json = serde_json::to_vec(&payload).unwrap_or_default();
        let mut text = format!("{VERSION}.{}", URL_SAFE_NO_PAD.encode(json));
        let seal = self.first.clone().chain_update(text.as_bytes()).finalize().into_bytes();
        text.push('.');
        URL_SAFE_NO_PAD.encode_string(seal, &mut text);
        text
    }

    /// Opens what [`seal`](Self::seal) gave, for `subject` as of `now`.
    ///
    /// # Errors
    /// [`TicketError`]; nothing in a ticket is looked at before its seal was.
    pub fn open(&self, text: &str, subject: Option<&str>, now: SystemTime) -> Result<Ticket, TicketError> {
        if text.len() > MAX_LENGTH {
            return Err(TicketError::NotOurs);
        }
        let (sealed, seal) = text.rsplit_once('.').ok_or(TicketError::NotOurs)?;
        let seal = URL_SAFE_NO_PAD.decode(seal).map_err(|_| TicketError::NotOurs)?;
        // compared in constant time
        let is_by = |key: &Hmac<Sha256>| key.clone().chain_update(sealed.as_bytes()).verify_slice(&seal).is_ok();
        if !std::iter::once(&self.first).chain(&self.others).any(is_by) {
            return Err(TicketError::NotOurs);
        }
        let payload = sealed.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix('.')).ok_or(TicketError::NotOurs)?;
        let json = URL_SAFE_NO_PAD.decode(payload).map_err(|_| TicketError::NotOurs)?;
        let payload: Payload = serde_json::from_slice(&json).map_err(|_| TicketError::NotOurs)?;
        let ticket = payload.into_ticket().ok_or(TicketError::NotOurs)?;
        if ticket.subject.as_deref() != subject {
            return Err(TicketError::OfAnother);
        }
        if ticket.expires_at <= now {
            return Err(TicketError::Expired);
        }
        Ok(ticket)
    }
}

impl Ticket {
    /// What the ticket says of an upload in parts.
    ///
    /// # Errors
    /// [`TicketError::NotMultipart`].
    pub fn multipart(&self) -> Result<&MultipartTicket, TicketError> {
        self.multipart.as_ref().ok_or(TicketError::NotMultipart)
    }
}

impl fmt::Debug for TicketKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TicketKeys").field("count", &(1 + self.others.len())).finish_non_exhaustive()
    }
}

/// A key for tickets of this bucket, which is of no use for anything else that the same secret is used for.
fn key(secret: &SecretString, bucket: &str) -> Result<Hmac<Sha256>, SecretError> {
    let secret = secret.expose_secret().as_bytes();
    if secret.len() < TicketKeys::MIN_SECRET {
        return Err(SecretError::Short);
    }
    // HMAC takes keys of any length
    let mac = |key: &[u8]| Hmac::<Sha256>::new_from_slice(key).map_err(|_| SecretError::Short);
    let derived = mac(secret)?.chain_update(b"gatepass ticket ").chain_update(bucket.as_bytes()).finalize().into_bytes();
    mac(&derived)
}

/// A ticket as JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Payload {
    key: String,
    #[serde(rename = "type")]
    content_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<String>,
    /// Seconds since 1970.
    exp: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    parts: Option<PayloadParts>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PayloadParts {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    sha256: bool,
}

impl Payload {
    fn of(ticket: &Ticket) -> Self {
        Self {
            key: ticket.key.as_str().to_owned(),
            content_type: ticket.content_type.clone(),
            size: ticket.size,
            sha256: ticket.checksum_sha256.clone(),
            sub: ticket.subject.clone(),
            exp: ticket.expires_at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
            parts: ticket.multipart.as_ref().map(|multipart| PayloadParts {
                id: multipart.upload_id.clone(),
                size: multipart.plan.map(|plan| plan.part_size()),
                sha256: multipart.part_checksums,
            }),
        }
    }

    fn into_ticket(self) -> Option<Ticket> {
        let multipart = match self.parts {
            Some(PayloadParts { id, size, sha256 }) => {
                let plan = match size {
                    Some(part_size) => Some(PartPlan::of_sizes(self.size?, part_size)?),
                    None => None,
                };
                Some(MultipartTicket { upload_id: id, plan, part_checksums: sha256 })
            }
            None => None,
        };
        Some(Ticket {
            key: ObjectKey::known(self.key),
            content_type: self.content_type,
            size: self.size,
            checksum_sha256: self.sha256,
            subject: self.sub,
            expires_at: UNIX_EPOCH.checked_add(Duration::from_secs(self.exp))?,
            multipart,
        })
    }
}

#[cfg(test)]
mod tests;
