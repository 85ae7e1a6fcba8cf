//! Why an upload request gets no grant.

use super::{ExtraRefusal, SignError};

/// Why an upload request gets no grant. `Display` is a sentence for the one who asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The body is not the JSON of a request.
    #[error("the body is not an upload request: {problem}")]
    BodyMalformed {
        /// What the JSON parser says.
        problem: String,
    },
    /// There is no `content_type`, and the name of the file does not state it.
    #[error("`content_type` is missing{}", by_file_name(filename.as_deref()))]
    ContentTypeMissing {
        /// The field that was sent in its place.
        instead: Option<String>,
        /// The file's name, whose extension is not known.
        filename: Option<String>,
    },
    /// `content_type` is no media type.
    #[error("`content_type` {value:?} {problem}")]
    ContentTypeMalformed {
        /// As sent, cut to 128 characters.
        value: String,
        /// What is wrong with it.
        problem: String,
    },
    /// The contract does not allow the type.
    #[error("uploads of type {value:?} are not allowed here")]
    ContentTypeNotAllowed {
        /// As sent, cut to 128 characters.
        value: String,
        /// The contract's content types.
        allowed: Vec<String>,
    },
    /// `size` is needed in strict mode.
    #[error("`size` is missing")]
    SizeMissing,
    /// `size` is zero.
    #[error("`size` is 0")]
    SizeZero,
    /// `size` is above the contract's maximum.
    #[error("`size` {size} is above the maximum of {max} bytes")]
    TooLarge {
        /// As sent, in bytes.
        size: u64,
        /// The contract's maximum in bytes.
        max: u64,
    },
    /// `size` is above what one PUT can carry, and within the contract's maximum.
    #[error("`size` {size} is above 5 GiB, the most that one PUT can carry")]
    TooLargeForOnePut {
        /// As sent, in bytes.
        size: u64,
    },
    /// `checksum_sha256` is needed by this contract.
    #[error("`checksum_sha256` is missing")]
    ChecksumMissing,
    /// `checksum_sha256` is not the base64 of 32 bytes.
    #[error("`checksum_sha256` is not the base64 form of 32 bytes")]
    ChecksumMalformed,
    /// `checksum_sha256` was sent for an upload in parts.
    #[error(
        "`checksum_sha256` says nothing of an upload in parts: S3 checks the SHA-256 of each part"
    )]
    ChecksumOfParts,
    /// `checksum_sha256` was sent for a form.
    #[error("`checksum_sha256` cannot be kept in a form")]
    ChecksumOfForm,
    /// `content_type` is a range, and keys are made of the type.
    #[error("`content_type` has to be one type here, for keys are made of it")]
    ContentTypeRange,
    /// Metadata, tags or headers that the upload may not carry.
    #[error(transparent)]
    Extra(#[from] ExtraRefusal),
    /// A part that the upload does not have.
    #[error("there is no part {number}: the upload has the parts 1 to {parts}")]
    PartUnknown {
        /// As sent.
        number: u32,
        /// How many there are.
        parts: u32,
    },
    /// A part's checksum is needed.
    #[error("the SHA-256 of part {number} is missing")]
    PartChecksumMissing {
        /// The part.
        number: u32,
    },
    /// A part's checksum was sent for an upload that was begun without.
    #[error("the upload was begun without checksums of its parts")]
    PartChecksumUnwanted,
    /// `filename` is longer than any file system takes.
    #[error("`filename` is longer than 1024 bytes")]
    FilenameTooLong,
    /// The contract's keys name who asks, and it is not known who does.
    #[error("the contract's keys have {{subject}} in them, and it is not known who asks")]
    SubjectMissing,
    /// The credentials that sign have ended or end within the second.
    #[error("the credentials that sign have expired")]
    CredentialsExpired,
    /// Nothing that the request could be changed to would help: the clock is wrong, or the contract's own values.
    #[error("nothing can be signed: {0}")]
    NotSigned(#[from] SignError),
}

impl Refusal {
    /// A stable code for programs: `content_type_not_allowed`, …
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BodyMalformed { .. } => "body_malformed",
            Self::ContentTypeMissing { .. } => "content_type_missing",
            Self::ContentTypeMalformed { .. } => "content_type_malformed",
            Self::ContentTypeNotAllowed { .. } => "content_type_not_allowed",
            Self::SizeMissing => "size_missing",
            Self::SizeZero => "size_zero",
            Self::TooLarge { .. } => "too_large",
            Self::TooLargeForOnePut { .. } => "too_large_for_one_put",
            Self::ChecksumMissing => "checksum_missing",
            Self::ChecksumMalformed => "checksum_malformed",
            Self::ChecksumOfParts => "checksum_of_parts",
            Self::ChecksumOfForm => "checksum_of_form",
            Self::ContentTypeRange => "content_type_range",
            Self::Extra(refusal) => refusal.code(),
            Self::PartUnknown { .. } => "part_unknown",
            Self::PartChecksumMissing { .. } => "part_checksum_missing",
            Self::PartChecksumUnwanted => "part_checksum_unwanted",
            Self::FilenameTooLong => "filename_too_long",
            Self::SubjectMissing => "subject_missing",
            Self::CredentialsExpired => "credentials_expired",
            Self::NotSigned(_) => "not_signed",
        }
    }

    /// The way out, where the one who asked has one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::BodyMalformed { .. } => {
                "send JSON such as {\"content_type\": \"image/png\", \"size\": 12345}"
            }
            Self::ContentTypeMissing { instead: Some(name), .. } => {
                return Some(format!("did you mean `content_type` where {name:?} stands?"));
            }
            Self::ContentTypeMissing { instead: None, .. } => {
                "send the file's media type, such as \"image/png\", or a `filename` with a known extension, such as \"photo.png\""
            }
            Self::ContentTypeMalformed { .. } => "send a media type such as \"image/png\"",
            Self::ContentTypeNotAllowed { allowed, .. } => {
                return Some(format!("allowed are {}", allowed.join(", ")));
            }
            Self::SizeMissing => "send the file's size in bytes",
            Self::SizeZero => "an empty file is not uploaded; send the file's size in bytes",
            Self::TooLarge { max, .. } => {
                return Some(format!("upload at most {}", bytesize::ByteSize::b(*max)));
            }
            Self::ChecksumMissing | Self::ChecksumMalformed => {
                "send the base64 form of the content's SHA-256, 44 characters"
            }
            Self::TooLargeForOnePut { .. } => "upload it in parts: POST /api/multipart",
            Self::ChecksumOfParts => {
                "send `part_checksums`: true, and the parts' own with POST /api/multipart/parts"
            }
            Self::ChecksumOfForm => "leave it out, or upload by one PUT: POST /api/upload-url",
            Self::ContentTypeRange => "send the file's own type, such as \"image/png\"",
            Self::Extra(refusal) => return Some(refusal.hint()),
            Self::PartUnknown { .. } => "parts are counted from 1",
            Self::PartChecksumMissing { .. } => {
                "send `checksums_sha256`: {\"1\": …}, the base64 form of each part's SHA-256; the upload was begun with them"
            }
            Self::PartChecksumUnwanted => {
                "leave out `checksums_sha256`, or begin with `part_checksums`: true"
            }
            Self::FilenameTooLong => "send a shorter name, or none",
            Self::SubjectMissing => "say who may ask under [auth] of the contract",
            Self::CredentialsExpired | Self::NotSigned(_) => return None,
        };
        Some(hint.to_owned())
    }
}

fn by_file_name(filename: Option<&str>) -> String {
    filename
        .map(|name| format!(", and the extension of `filename` {name:?} is not known"))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the endpoint answers, for every reason there is.
    #[test]
    fn every_refusal_has_a_code_a_sentence_and_mostly_a_way_out() {
        let refusals = [
            Refusal::BodyMalformed { problem: "expected value at line 1 column 1".to_owned() },
            Refusal::ContentTypeMissing { instead: None, filename: None },
            Refusal::ContentTypeMissing {
                instead: None,
                filename: Some("notes.gatepass".to_owned()),
            },
            Refusal::ContentTypeMissing { instead: Some("contentType".to_owned()), filename: None },
            Refusal::ContentTypeMalformed {
                value: "image/../../x".to_owned(),
                problem: "is not a media type".to_owned(),
            },
            Refusal::ContentTypeNotAllowed {
                value: "text/html".to_owned(),
                allowed: vec!["image/*".to_owned(), "application/pdf".to_owned()],
            },
            Refusal::SizeMissing,
            Refusal::SizeZero,
            Refusal::TooLarge { size: 10_485_761, max: 10_485_760 },
            Refusal::TooLargeForOnePut { size: 5_368_709_121 },
            Refusal::ChecksumMissing,
            Refusal::ChecksumMalformed,
            Refusal::ChecksumOfParts,
            Refusal::ChecksumOfForm,
            Refusal::ContentTypeRange,
            Refusal::PartUnknown { number: 3, parts: 2 },
            Refusal::PartChecksumMissing { number: 2 },
            Refusal::PartChecksumUnwanted,
            Refusal::FilenameTooLong,
            Refusal::SubjectMissing,
            Refusal::CredentialsExpired,
            Refusal::NotSigned(SignError::Time),
        ];
        let told: Vec<String> = refusals
            .iter()
            .map(|refusal| {
                format!(
                    "{}: {refusal}\n  {}",
                    refusal.code(),
                    refusal.hint().unwrap_or_else(|| "-".to_owned())
                )
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        body_malformed: the body is not an upload request: expected value at line 1 column 1
          send JSON such as {"content_type": "image/png", "size": 12345}
        content_type_missing: `content_type` is missing
          send the file's media type, such as "image/png", or a `filename` with a known extension, such as "photo.png"
        content_type_missing: `content_type` is missing, and the extension of `filename` "notes.gatepass" is not known
          send the file's media type, such as "image/png", or a `filename` with a known extension, such as "photo.png"
        content_type_missing: `content_type` is missing
          did you mean `content_type` where "contentType" stands?
        content_type_malformed: `content_type` "image/../../x" is not a media type
          send a media type such as "image/png"
        content_type_not_allowed: uploads of type "text/html" are not allowed here
          allowed are image/*, application/pdf
        size_missing: `size` is missing
          send the file's size in bytes
        size_zero: `size` is 0
          an empty file is not uploaded; send the file's size in bytes
        too_large: `size` 10485761 is above the maximum of 10485760 bytes
          upload at most 10.0 MiB
        too_large_for_one_put: `size` 5368709121 is above 5 GiB, the most that one PUT can carry
          upload it in parts: POST /api/multipart
        checksum_missing: `checksum_sha256` is missing
          send the base64 form of the content's SHA-256, 44 characters
        checksum_malformed: `checksum_sha256` is not the base64 form of 32 bytes
          send the base64 form of the content's SHA-256, 44 characters
        checksum_of_parts: `checksum_sha256` says nothing of an upload in parts: S3 checks the SHA-256 of each part
          send `part_checksums`: true, and the parts' own with POST /api/multipart/parts
        checksum_of_form: `checksum_sha256` cannot be kept in a form
          leave it out, or upload by one PUT: POST /api/upload-url
        content_type_range: `content_type` has to be one type here, for keys are made of it
          send the file's own type, such as "image/png"
        part_unknown: there is no part 3: the upload has the parts 1 to 2
          parts are counted from 1
        part_checksum_missing: the SHA-256 of part 2 is missing
          send `checksums_sha256`: {"1": …}, the base64 form of each part's SHA-256; the upload was begun with them
        part_checksum_unwanted: the upload was begun without checksums of its parts
          leave out `checksums_sha256`, or begin with `part_checksums`: true
        filename_too_long: `filename` is longer than 1024 bytes
          send a shorter name, or none
        subject_missing: the contract's keys have {subject} in them, and it is not known who asks
          say who may ask under [auth] of the contract
        credentials_expired: the credentials that sign have expired
          -
        not_signed: nothing can be signed: the time to sign at is before 1970 or after 9999
          -
        "#);
    }
}
