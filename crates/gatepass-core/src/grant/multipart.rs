//! Uploads in parts: what is begun, what each part is signed for, and what makes the whole.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html>.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::contract::{ContentType, Encryption, Multipart};

use super::moment::{second_of, time_of};
use super::{
    CheckedUpload, Extras, GrantMaker, Method, MultipartTicket, ObjectKey, PartPlan,
    PresignRequest, PresignedUrl, Refusal, Ticket,
};

/// An upload in parts that is about to be begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMultipartUpload {
    /// The object's key.
    pub key: ObjectKey,
    /// The object's content type.
    pub content_type: ContentType,
    /// How the file is cut; none where the client does that as it likes.
    pub plan: Option<PartPlan>,
    /// The file's size in bytes, where it was declared.
    pub size: Option<u64>,
    /// Whether every part carries its SHA-256.
    pub part_checksums: bool,
    /// What the object carries beside its type.
    pub extras: Extras,
    /// The encryption to name, where the contract wants it named.
    pub encryption: Option<Encryption>,
}

/// The right to upload one part.
#[derive(Debug, Clone)]
pub struct PartGrant {
    /// Counted from 1.
    pub number: u32,
    /// Where to send the part's bytes.
    pub url: PresignedUrl,
    /// The headers to send, as in [`Grant`](super::Grant): the exact length and the checksum, where they are known.
    pub headers: Vec<(&'static str, String)>,
    /// The part's exact size in bytes, where it is known.
    pub size: Option<u64>,
    /// When the URL ends.
    pub expires_at: SystemTime,
}

/// A part as S3 lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPart {
    /// Counted from 1.
    pub number: u32,
    /// In bytes.
    pub size: u64,
    /// Without quotes.
    pub etag: String,
    /// In base64, where the upload has checksums.
    pub checksum_sha256: Option<String>,
}

/// Why parts are not the whole file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PartsError {
    /// Some are not there.
    #[error("parts are missing: {}", numbers(.0))]
    Missing(Vec<u32>),
    /// Some are not of this upload.
    #[error("there are no such parts: {}", numbers(.0))]
    Unknown(Vec<u32>),
    /// A number was sent twice.
    #[error("part {0} stands twice")]
    Twice(u32),
    /// Some have another size than they were signed for.
    #[error("parts have a wrong size: {}", numbers(.0))]
    WrongSize(Vec<u32>),
    /// Some were uploaded again since, or never so.
    #[error("the ETags of parts are not those that S3 has: {}", numbers(.0))]
    WrongEtag(Vec<u32>),
    /// They are another file than was declared.
    #[error("the parts have {is} bytes together, and the file was declared to have {declared}")]
    WrongTotal {
        /// In bytes.
        is: u64,
        /// In bytes.
        declared: u64,
    },
    /// They are more than the contract allows.
    #[error("the parts have {is} bytes together, and an upload may have at most {max}")]
    TooLarge {
        /// In bytes.
        is: u64,
        /// In bytes.
        max: u64,
    },
}

impl PartsError {
    /// A stable code for programs.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Missing(_) => "parts_missing",
            Self::Unknown(_) => "parts_unknown",
            Self::Twice(_) => "part_twice",
            Self::WrongSize(_) => "parts_wrong_size",
            Self::WrongEtag(_) => "parts_wrong_etag",
            Self::WrongTotal { .. } => "parts_wrong_total",
            Self::TooLarge { .. } => "parts_too_large",
        }
    }

    /// The way out.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Missing(_) | Self::WrongSize(_) | Self::WrongEtag(_) => {
                "upload these parts again (POST /api/multipart/parts signs them, /api/multipart/list tells what is there), then complete"
            }
            Self::WrongTotal { .. } => "begin anew with the file's own size",
            Self::TooLarge { .. } => "upload a smaller file",
            Self::Unknown(_) | Self::Twice(_) => {
                "send each part from 1 to the `parts` of the upload once"
            }
        }
    }
}

/// "1, 2, 7", at most ten of them.
fn numbers(numbers: &[u32]) -> String {
    let shown: Vec<String> = numbers.iter().take(10).map(ToString::to_string).collect();
    let more = numbers.len().saturating_sub(10);
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

impl GrantMaker {
    /// What to begin for a checked upload, cut into `parts`, or as the client likes. `random` becomes the key's UUID.
    ///
    /// # Errors
    /// [`Refusal::SizeMissing`] where it is to be cut; [`Refusal::NotSigned`] if `now` is no time that can be signed at.
    pub fn multipart(
        &self,
        upload: &CheckedUpload,
        parts: Option<Multipart>,
        now: SystemTime,
        random: [u8; 16],
    ) -> Result<NewMultipartUpload, Refusal> {
        let cut = |parts| {
            upload.size.and_then(|size| PartPlan::new(size, parts)).ok_or(Refusal::SizeMissing)
        };
        let plan = parts.map(cut).transpose()?;
        Ok(NewMultipartUpload {
            key: ObjectKey::make(&self.key, upload, time_of(second_of(now)?)?, random)?,
            content_type: upload.content_type.clone(),
            plan,
            size: upload.size,
            part_checksums: upload.part_checksums,
            extras: self.extras(upload).into_owned(),
            encryption: self.signed_encryption.clone(),
        })
    }

    /// Signs one part of an upload; `checksum_sha256` is the base64 form of 32 bytes.
    ///
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html>.
    ///
    /// # Errors
    /// No such part; a checksum that is missing, malformed, or that S3 would not take; as [`grant`](Self::grant).
    pub fn part(
        &self,
        key: &ObjectKey,
        upload: &MultipartTicket,
        number: u32,
        checksum_sha256: Option<&str>,
        now: SystemTime,
    ) -> Result<PartGrant, Refusal> {
        let unknown = |parts| Refusal::PartUnknown { number, parts };
        let size = match upload.plan {
            Some(plan) => Some(plan.size_of(number).ok_or_else(|| unknown(plan.count()))?),
            None if (1..=PartPlan::MAX_PARTS).contains(&number) => None,
            None => return Err(unknown(PartPlan::MAX_PARTS)),
        };
        match checksum_sha256 {
            None if upload.part_checksums => return Err(Refusal::PartChecksumMissing { number }),
            Some(_) if !upload.part_checksums => return Err(Refusal::PartChecksumUnwanted),
            Some(checksum) if !super::request::is_sha256(checksum) => {
                return Err(Refusal::ChecksumMalformed);
            }
            None | Some(_) => {}
        }
        let signed_at = UNIX_EPOCH + Duration::from_secs(second_of(now)?.unsigned_abs());
        let expires_in = self.expires_in(signed_at)?;
        let (length, part_number) = (size.map(|size| size.to_string()), number.to_string());
        let mut signed = Vec::from_iter(length.as_deref().map(|length| ("content-length", length)));
        signed.extend(checksum_sha256.map(|checksum| ("x-amz-checksum-sha256", checksum)));
        let request = PresignRequest {
            method: Method::Put,
            address: &self.address,
            key: key.as_str(),
            query: &[
                ("x-id", "UploadPart"),
                ("partNumber", &part_number),
                ("uploadId", &upload.upload_id),
            ],
            headers: &signed,
            expires_in,
        };
        let url = self.signer.presign(&request, now)?;
        let mut headers = Vec::from_iter(length.map(|length| ("Content-Length", length)));
        headers
            .extend(checksum_sha256.map(|checksum| ("x-amz-checksum-sha256", checksum.to_owned())));
        Ok(PartGrant {
            number,
            url,
            headers,
            size,
            expires_at: signed_at + Duration::from_secs(expires_in.into()),
        })
    }
}

impl NewMultipartUpload {
    /// What its ticket states, once S3 gave it an id.
    #[must_use]
    pub fn ticket(
        &self,
        upload_id: String,
        subject: Option<String>,
        expires_at: SystemTime,
    ) -> Ticket {
        Ticket {
            key: self.key.clone(),
            content_type: self.content_type.as_str().to_owned(),
            size: self.size,
            checksum_sha256: None,
            subject,
            expires_at,
            is_marked: self.extras.is_unconfirmed(),
            multipart: Some(MultipartTicket {
                upload_id,
                plan: self.plan,
                part_checksums: self.part_checksums,
            }),
        }
    }
}

impl PartPlan {
    /// The parts to complete the upload with, in their order: what S3 lists, if that is the whole file and what the client
    /// says (number and ETag, with or without quotes) agrees.
    ///
    /// # Errors
    /// [`PartsError`].
    pub fn whole(
        &self,
        said: &[(u32, String)],
        mut listed: Vec<StoredPart>,
    ) -> Result<Vec<StoredPart>, PartsError> {
        let all = 1..=self.count();
        let mut etags = BTreeMap::new();
        for (number, etag) in said {
            if etags.insert(*number, unquoted(etag)).is_some() {
                return Err(PartsError::Twice(*number));
            }
        }
        let unknown: Vec<u32> =
            etags.keys().copied().filter(|number| !all.contains(number)).collect();
        if !unknown.is_empty() {
            return Err(PartsError::Unknown(unknown));
        }
        listed.retain(|part| all.contains(&part.number));
        listed.sort_unstable_by_key(|part| part.number);
        let stored: BTreeMap<u32, &StoredPart> =
            listed.iter().map(|part| (part.number, part)).collect();
        let missing: Vec<u32> = all
            .clone()
            .filter(|number| !stored.contains_key(number) || !etags.contains_key(number))
            .collect();
        if !missing.is_empty() {
            return Err(PartsError::Missing(missing));
        }
        let those = |is_wrong: &dyn Fn(&StoredPart) -> bool| -> Vec<u32> {
            listed.iter().filter(|part| is_wrong(part)).map(|part| part.number).collect()
        };
        let wrong_size = those(&|part| self.size_of(part.number) != Some(part.size));
        if !wrong_size.is_empty() {
            return Err(PartsError::WrongSize(wrong_size));
        }
        let wrong_etag = those(&|part| etags.get(&part.number) != Some(&part.etag.as_str()));
        if !wrong_etag.is_empty() {
            return Err(PartsError::WrongEtag(wrong_etag));
        }
        Ok(listed)
    }
}

/// An ETag without the quotes that HTTP writes around it.
pub(super) fn unquoted(etag: &str) -> &str {
    etag.strip_prefix('"').and_then(|etag| etag.strip_suffix('"')).unwrap_or(etag)
}

#[cfg(test)]
mod tests;
