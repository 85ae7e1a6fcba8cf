//! Links to the endpoint that stand in for presigned URLs of S3: each is the right to one operation on one upload in parts, for
//! whoever has it.
//!
//! A link is sealed as tickets are, with a key of its own: neither is ever taken for the other.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use super::Ticket;
use super::ticket::{MAX_LENGTH, Payload, TicketKeys};

/// What is done by a link; the names are S3's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum LinkOperation {
    /// Tells the id of an upload that was begun.
    #[serde(rename = "create")]
    CreateMultipartUpload,
    /// Tells the parts that are there.
    #[serde(rename = "list")]
    ListParts,
    /// Makes an object of the parts.
    #[serde(rename = "complete")]
    CompleteMultipartUpload,
    /// Gives the upload up.
    #[serde(rename = "abort")]
    AbortMultipartUpload,
}

impl LinkOperation {
    /// The method that S3 has it under, and so the only one that the link is good for.
    #[must_use]
    pub fn method(self) -> &'static str {
        match self {
            Self::CreateMultipartUpload | Self::CompleteMultipartUpload => "POST",
            Self::ListParts => "GET",
            Self::AbortMultipartUpload => "DELETE",
        }
    }
}

/// The right to one operation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// What it is good for.
    pub operation: LinkOperation,
    /// The upload, and who was let in to ask for it.
    pub ticket: Ticket,
    /// When the link ends, in whole seconds since 1970; never after the ticket.
    pub expires_at: SystemTime,
}

/// Why a link is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// No link, one that was changed, or one that was sealed elsewhere: with another secret, for another bucket.
    #[error("the link is not one of this endpoint's")]
    NotOurs,
    /// It is good for something else.
    #[error("the link is for {0} and nothing else")]
    OtherMethod(&'static str),
    /// Its time is over.
    #[error("the link has expired")]
    Expired,
}

impl LinkError {
    /// A stable code for programs.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::NotOurs => "link_invalid",
            Self::OtherMethod(_) => "link_of_another_method",
            Self::Expired => "link_expired",
        }
    }

    /// The way out.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::NotOurs => {
                "send to the link as it was given; after the endpoint's secrets were changed, begin anew"
            }
            Self::OtherMethod(_) => "have each request signed on its own",
            Self::Expired => "have the request signed anew",
        }
    }
}

impl TicketKeys {
    /// Seals a link.
    #[must_use]
    pub fn seal_link(&self, link: &Link) -> String {
        let until = link.expires_at.min(link.ticket.expires_at);
        self.links.seal(&LinkPayload {
            operation: link.operation,
            until: until.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs(),
            ticket: Payload::of(&link.ticket),
        })
    }

    /// Opens what [`seal_link`](Self::seal_link) gave, for a request by `method` as of `now`.
    ///
    /// # Errors
    /// [`LinkError`]; nothing in a link is looked at before its seal was.
    pub fn open_link(&self, text: &str, method: &str, now: SystemTime) -> Result<Link, LinkError> {
        let payload: LinkPayload = Some(text)
            .filter(|text| text.len() <= 2 * MAX_LENGTH)
            .and_then(|text| self.links.open(text))
            .ok_or(LinkError::NotOurs)?;
        let link = payload.into_link().ok_or(LinkError::NotOurs)?;
        if link.operation.method() != method {
            return Err(LinkError::OtherMethod(link.operation.method()));
        }
        if link.expires_at <= now {
            return Err(LinkError::Expired);
        }
        Ok(link)
    }
}

/// A link as JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkPayload {
    #[serde(rename = "for")]
    operation: LinkOperation,
    /// Seconds since 1970.
    until: u64,
    ticket: Payload,
}

impl LinkPayload {
    fn into_link(self) -> Option<Link> {
        Some(Link {
            operation: self.operation,
            ticket: self.ticket.into_ticket()?,
            expires_at: UNIX_EPOCH.checked_add(Duration::from_secs(self.until))?,
        })
    }
}

#[cfg(test)]
mod tests;
