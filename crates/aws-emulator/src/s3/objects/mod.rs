//! Objects: a file for each operation, or for a few that belong together.

pub(super) mod archived;
pub(super) mod attributes;
pub(super) mod copy;
pub(super) mod customer_key;
pub(super) mod delete;
pub(super) mod get;
pub(super) mod list;
pub(super) mod list_versions;
pub(super) mod object_attributes;
pub(super) mod put;
pub(super) mod tags;

use hyper::header::HeaderName;
use s3s::dto::{ETag, ETagCondition, Timestamp, TimestampFormat};
use s3s::{S3Error, S3ErrorCode, S3Result, s3_error};
use time::{Duration, OffsetDateTime};

use crate::objects::{CommitError, Condition, Missing, Version, Versioning};

use super::Buckets;
use super::elements::{Explained as _, precondition_failed};

/// Sets the fields for each checksum algorithm of an answer.
macro_rules! set_checksums {
    ($output:expr, $checksums:expr) => {{
        use crate::objects::Algorithm;
        $output.checksum_crc32 = $checksums.of(Algorithm::Crc32);
        $output.checksum_crc32c = $checksums.of(Algorithm::Crc32c);
        $output.checksum_crc64nvme = $checksums.of(Algorithm::Crc64Nvme);
        $output.checksum_sha1 = $checksums.of(Algorithm::Sha1);
        $output.checksum_sha256 = $checksums.of(Algorithm::Sha256);
    }};
}

/// Reads the one checksum out of the fields for each algorithm.
macro_rules! given_checksum {
    ($input:expr) => {{
        use crate::objects::Algorithm;
        [
            (Algorithm::Crc32, &$input.checksum_crc32),
            (Algorithm::Crc32c, &$input.checksum_crc32c),
            (Algorithm::Crc64Nvme, &$input.checksum_crc64nvme),
            (Algorithm::Sha1, &$input.checksum_sha1),
            (Algorithm::Sha256, &$input.checksum_sha256),
        ]
        .into_iter()
        .filter_map(|(algorithm, value)| value.clone().map(|value| (algorithm, value)))
        .collect::<Vec<_>>()
    }};
}

/// Sets the fields of an answer that say how an object is encrypted.
macro_rules! set_encryption {
    ($output:expr, $encryption:expr) => {{
        $output.server_side_encryption =
            $encryption.algorithm.clone().map(ServerSideEncryption::from);
        $output.ssekms_key_id = $encryption.kms_key_id.clone();
        $output.bucket_key_enabled = $encryption.bucket_key;
        $output.sse_customer_algorithm = $encryption.customer_algorithm();
        $output.sse_customer_key_md5 = $encryption.customer_key_md5.clone();
    }};
}

pub(super) use {given_checksum, set_checksums, set_encryption};

impl Buckets {
    /// Whether a bucket keeps versions.
    pub(super) fn versioning(&self, bucket: &str) -> S3Result<Versioning> {
        let versioning = self.read(bucket, |bucket| bucket.versioning.clone())?;
        Ok(
            match versioning
                .and_then(|versioning| versioning.status)
                .as_ref()
                .map(|status| status.as_str())
            {
                Some("Enabled") => Versioning::Enabled,
                Some("Suspended") => Versioning::Suspended,
                _ => Versioning::Never,
            },
        )
    }
}

impl Buckets {
    /// A version's id as whoever reads it is told: where the bucket keeps versions, or did, what was made without is `null`.
    pub(super) fn told_version(&self, bucket: &str, version: &Version) -> Option<String> {
        let keeps = !matches!(self.versioning(bucket), Ok(Versioning::Never) | Err(_));
        keeps.then(|| version.id_text().to_owned())
    }
}

/// `If-Match` and `If-None-Match` of a write.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html>.
pub(super) fn condition(
    if_match: Option<&ETagCondition>,
    if_none_match: Option<&ETagCondition>,
) -> S3Result<Condition> {
    match (if_match, if_none_match) {
        (None, None) => Ok(Condition::Always),
        (None, Some(ETagCondition::Any)) => Ok(Condition::Absent),
        (Some(ETagCondition::ETag(etag)), None) => Ok(Condition::Etag(etag.value().to_owned())),
        (if_match, if_none_match) => {
            Err(unknown_condition(if_match.is_some(), if_none_match.is_some()))
        }
    }
}

/// The refusal of a condition that no write has: an ETag that must not match, any one that must, or two conditions.
fn unknown_condition(has_if_match: bool, has_if_none_match: bool) -> S3Error {
    let (header, more) = match (has_if_match, has_if_none_match) {
        (true, true) => (
            "If-Match,If-None-Match",
            "Multiple conditional request headers present in the request".to_owned(),
        ),
        (true, false) => ("If-Match", not_accepted("If-Match")),
        _ => ("If-None-Match", not_accepted("If-None-Match")),
    };
    s3_error!(NotImplemented, "A header you provided implies functionality that is not implemented")
        .with("Header", header)
        .with("additionalMessage", more)
}

fn not_accepted(header: &str) -> String {
    format!("We don't accept the provided value of {header} header for this API")
}

/// Why a write did not happen, in S3's terms.
pub(super) fn not_committed(error: CommitError) -> S3Error {
    match error {
        CommitError::Condition(condition) => precondition_failed(condition),
        CommitError::Missing => s3_error!(NoSuchKey, "The specified key does not exist."),
        CommitError::NoBucket => s3_error!(NoSuchBucket, "The specified bucket does not exist"),
        CommitError::Io(error) => S3Error::internal_error(error),
    }
}

/// Why nothing was found, in S3's terms.
pub(super) fn missing(missing: Missing) -> S3Error {
    match missing {
        Missing::Key(None) => s3_error!(NoSuchKey, "The specified key does not exist."),
        Missing::Key(Some(marker)) => {
            of_marker(s3_error!(NoSuchKey, "The specified key does not exist."), &marker)
        }
        Missing::Version => s3_error!(NoSuchVersion, "The specified version does not exist."),
        Missing::Marker(marker) => {
            let error = s3_error!(
                MethodNotAllowed,
                "The specified method is not allowed against this resource."
            );
            let error = error
                .with("ResourceType", "DeleteMarker")
                .with_header(hyper::header::ALLOW, "DELETE");
            let time = http_date(&modified(marker.modified));
            of_marker(error, &marker).with_header(hyper::header::LAST_MODIFIED, &time)
        }
    }
}

/// The same where there is neither reading nor writing of a delete marker, named or not: of tags.
pub(super) fn missing_or_marker(found: Missing) -> S3Error {
    match found {
        Missing::Key(Some(marker)) => missing(Missing::Marker(marker)),
        other => missing(other),
    }
}

/// The same of a copy's source, which the request does not name where errors look for a key.
pub(super) fn missing_source(found: Missing, key: &str, version_id: Option<&str>) -> S3Error {
    match found {
        Missing::Marker(_) => {
            s3_error!(
                InvalidRequest,
                "The source of a copy request may not specifically refer to a delete marker by version id."
            )
        }
        Missing::Version => {
            missing(found).with("Key", key).with("VersionId", version_id.unwrap_or_default())
        }
        Missing::Key(_) => missing(found).with("Key", key),
    }
}

fn of_marker(error: S3Error, marker: &Version) -> S3Error {
    let error = error.with_header(HeaderName::from_static("x-amz-delete-marker"), "true");
    error.with_header(HeaderName::from_static("x-amz-version-id"), marker.id_text())
}

/// The ETag of a version.
pub(super) fn etag(version: &Version) -> ETag {
    ETag::Strong(version.etag.clone())
}

/// `Last-Modified`: to the second everywhere, so that a listing tells what a header tells.
pub(super) fn modified(milliseconds: i64) -> Timestamp {
    Timestamp::from(OffsetDateTime::UNIX_EPOCH + Duration::seconds(milliseconds.div_euclid(1000)))
}

/// A time as headers have it.
pub(super) fn http_date(time: &Timestamp) -> String {
    let mut text = Vec::new();
    match time.format(TimestampFormat::HttpDate, &mut text) {
        Ok(()) => String::from_utf8_lossy(&text).into_owned(),
        Err(_) => String::new(),
    }
}

/// A refusal for a code that `s3s` does not know.
pub(super) fn custom(
    status: hyper::StatusCode,
    code: &'static str,
    message: impl Into<String>,
) -> S3Error {
    let code = S3ErrorCode::from_bytes(code.as_bytes()).unwrap_or(S3ErrorCode::InvalidRequest);
    let mut error = S3Error::with_message(code, message.into());
    error.set_status_code(status);
    error
}
