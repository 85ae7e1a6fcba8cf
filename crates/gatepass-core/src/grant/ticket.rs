//! What a client brings back to go on with an upload: sealed, so that nothing has to be kept of it and nothing in it can
//! be made up.
//!
//! A ticket is `gp1.PAYLOAD.SEAL`: JSON and an HMAC-SHA256 over the bucket's name, the version and the payload, both in
//! base64url. It is no secret from the one who has it, and no right by itself: the endpoint checks it against who asks.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::seal::Seals;
use super::{ObjectKey, PartPlan};

/// What the longest key, upload id and content type fit into with much room.
pub(super) const MAX_LENGTH: usize = 8192;

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
    /// Whether the upload carries the tag by which S3 removes it unless it is confirmed. What the contract says may change meanwhile.
    pub is_marked: bool,
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
            Self::NotOurs => {
                "send the `ticket` as it was given; after the endpoint's secrets were changed, begin anew"
            }
            Self::Expired => "begin the upload anew",
            Self::OfAnother => "go on as the one who began the upload",
            Self::NotMultipart => "send the `ticket` that POST /api/multipart gave",
        }
    }
}

/// The secrets that seal tickets and links for one bucket: the first one seals, each one opens, so that they can be changed while
/// tickets are about. It cannot be printed.
#[derive(Clone)]
pub struct TicketKeys {
    tickets: Seals,
    upload_ids: Seals,
    pub(super) links: Seals,
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
        let seals = |purpose, version| Seals::new(secrets, purpose, version, bucket);
        Ok(Self {
            tickets: seals("ticket", "gp1")?,
            upload_ids: seals("upload id", "gi1")?,
            links: seals("link", "gl1")?,
        })
    }

    /// Seals a ticket.
    #[must_use]
    pub fn seal(&self, ticket: &Ticket) -> String {
        self.tickets.seal(&Payload::of(ticket))
    }

    /// Opens what [`seal`](Self::seal) gave, for `subject` as of `now`.
    ///
    /// # Errors
    /// [`TicketError`]; nothing in a ticket is looked at before its seal was.
    pub fn open(
        &self,
        text: &str,
        subject: Option<&str>,
        now: SystemTime,
    ) -> Result<Ticket, TicketError> {
        open(&self.tickets, text, subject, now)
    }

    /// Seals the id of an upload for clients that take the endpoint for S3. It states what the ticket does, and is no ticket.
    #[must_use]
    pub fn seal_upload_id(&self, ticket: &Ticket) -> String {
        self.upload_ids.seal(&Payload::of(ticket))
    }

    /// Opens what [`seal_upload_id`](Self::seal_upload_id) gave, as [`open`](Self::open) opens tickets.
    ///
    /// # Errors
    /// [`TicketError`].
    pub fn open_upload_id(
        &self,
        text: &str,
        subject: Option<&str>,
        now: SystemTime,
    ) -> Result<Ticket, TicketError> {
        open(&self.upload_ids, text, subject, now)
    }
}

fn open(
    seals: &Seals,
    text: &str,
    subject: Option<&str>,
    now: SystemTime,
) -> Result<Ticket, TicketError> {
    let payload: Option<Payload> =
        Some(text).filter(|text| text.len() <= MAX_LENGTH).and_then(|text| seals.open(text));
    let ticket = payload.and_then(Payload::into_ticket).ok_or(TicketError::NotOurs)?;
    if ticket.subject.as_deref() != subject {
        return Err(TicketError::OfAnother);
    }
    if ticket.expires_at <= now {
        return Err(TicketError::Expired);
    }
    Ok(ticket)
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
        f.debug_struct("TicketKeys").field("count", &self.tickets.count()).finish_non_exhaustive()
    }
}

/// A ticket as JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Payload {
    key: String,
    #[serde(rename = "type")]
    content_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
    /// Tickets with a field `sub` did not say whether it was an API key's or a token's, and are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// Seconds since 1970.
    exp: u64,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    marked: bool,
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
    pub(super) fn of(ticket: &Ticket) -> Self {
        Self {
            key: ticket.key.as_str().to_owned(),
            content_type: ticket.content_type.clone(),
            size: ticket.size,
            sha256: ticket.checksum_sha256.clone(),
            subject: ticket.subject.clone(),
            exp: ticket.expires_at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
            marked: ticket.is_marked,
            parts: ticket.multipart.as_ref().map(|multipart| PayloadParts {
                id: multipart.upload_id.clone(),
                size: multipart.plan.map(|plan| plan.part_size()),
                sha256: multipart.part_checksums,
            }),
        }
    }

    pub(super) fn into_ticket(self) -> Option<Ticket> {
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
            subject: self.subject,
            expires_at: UNIX_EPOCH.checked_add(Duration::from_secs(self.exp))?,
            is_marked: self.marked,
            multipart,
        })
    }
}

#[cfg(test)]
mod tests;
