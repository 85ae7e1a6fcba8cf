//! Giving an object, whole or in part.

use std::io::SeekFrom;

use hyper::StatusCode;
use hyper::header::HeaderName;
use s3s::dto::*;
use s3s::{S3Error, S3Response, S3Result, s3_error};
use time::OffsetDateTime;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};
use tokio_util::io::ReaderStream;

use crate::objects::Version;
use crate::s3::Buckets;
use crate::s3::elements::{Explained as _, invalid_argument, precondition_failed};
use crate::s3::settings::expiration;

use super::archived;
use super::customer_key::{CustomerKey, customer_key};
use super::{etag, http_date, missing, modified, set_checksums, set_encryption};

/// What is read at a time.
const BUFFER: usize = 128 * 1024;
/// The type of an object whose uploader said none.
const UNKNOWN_TYPE: &str = "binary/octet-stream";

/// The part of an object that is asked for.
struct Slice {
    first: u64,
    length: u64,
    /// `Content-Range`, where it is not the whole.
    content_range: Option<String>,
}

/// The conditions of a read.
struct Conditions<'a> {
    if_match: Option<&'a ETagCondition>,
    if_none_match: Option<&'a ETagCondition>,
    if_modified_since: Option<&'a Timestamp>,
    if_unmodified_since: Option<&'a Timestamp>,
}

/// Sets the fields of an answer that GET and HEAD share.
macro_rules! set_fields {
    ($output:expr, $version:expr, $slice:expr, $checksum_mode:expr) => {{
        let Version { attributes, .. } = $version;
        $output.accept_ranges = Some("bytes".to_owned());
        $output.content_length = i64::try_from($slice.length).ok();
        $output.content_range = $slice.content_range.clone();
        $output.content_type =
            Some(attributes.content_type.clone().unwrap_or_else(|| UNKNOWN_TYPE.to_owned()));
        $output.cache_control = attributes.cache_control.clone();
        $output.content_disposition = attributes.content_disposition.clone();
        $output.content_encoding = attributes.content_encoding.clone();
        $output.content_language = attributes.content_language.clone();
        $output.expires = attributes
            .expires
            .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok())
            .map(Timestamp::from);
        $output.website_redirect_location = attributes.website_redirect_location.clone();
        $output.metadata = Some(attributes.metadata.clone().into_iter().collect());
        $output.storage_class = attributes
            .storage_class
            .clone()
            .filter(|class| class != StorageClass::STANDARD)
            .map(StorageClass::from);
        set_encryption!($output, attributes.encryption);
        $output.e_tag = Some(etag($version));
        $output.last_modified = Some(modified($version.modified));
        let is_wanted =
            $checksum_mode.as_ref().is_some_and(|mode| mode.as_str() == ChecksumMode::ENABLED);
        if is_wanted && $slice.content_range.is_none() {
            set_checksums!($output, $version.checksums);
            $output.checksum_type = $version.checksums.kind();
        }
    }};
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>
pub(crate) async fn get(
    buckets: &Buckets,
    input: GetObjectInput,
) -> S3Result<S3Response<GetObjectOutput>> {
    buckets.read(&input.bucket, |_| ())?;
    let version = buckets
        .objects
        .find(&input.bucket, &input.key, input.version_id.as_deref())
        .map_err(missing)?;
    let conditions = Conditions {
        if_match: input.if_match.as_ref(),
        if_none_match: input.if_none_match.as_ref(),
        if_modified_since: input.if_modified_since.as_ref(),
        if_unmodified_since: input.if_unmodified_since.as_ref(),
    };
    CustomerKey::check(customer_key!(input)?.as_ref(), &version.attributes.encryption)?;
    conditions.check(&version)?;
    archived::check(&version, "The operation is not valid for the object's storage class")?;
    let slice = slice(&version, input.range.as_ref(), input.part_number)?;
    let file = buckets.objects.file(&input.bucket, &version.id);
    let mut file = tokio::fs::File::open(file).await.map_err(S3Error::internal_error)?;
    file.seek(SeekFrom::Start(slice.first)).await.map_err(S3Error::internal_error)?;
    let body = ReaderStream::with_capacity(file.take(slice.length), BUFFER);
    let tags = version.attributes.tags.len();
    let mut output = GetObjectOutput {
        body: Some(StreamingBlob::wrap(body)),
        tag_count: i32::try_from(tags).ok().filter(|count| *count > 0),
        parts_count: parts_count(&version, input.part_number),
        ..Default::default()
    };
    set_fields!(output, &version, slice, input.checksum_mode);
    output.version_id = buckets.told_version(&input.bucket, &version);
    output.expiration = expiration::of(buckets, &input.bucket, &version);
    let overrides = [
        (&input.response_cache_control, &mut output.cache_control),
        (&input.response_content_disposition, &mut output.content_disposition),
        (&input.response_content_encoding, &mut output.content_encoding),
        (&input.response_content_language, &mut output.content_language),
        (&input.response_content_type, &mut output.content_type),
    ];
    for (wanted, field) in overrides {
        if wanted.is_some() {
            field.clone_from(wanted);
        }
    }
    if input.response_expires.is_some() {
        output.expires = input.response_expires;
    }
    Ok(S3Response::new(output))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadObject.html>
pub(crate) async fn head(
    buckets: &Buckets,
    input: HeadObjectInput,
) -> S3Result<S3Response<HeadObjectOutput>> {
    buckets.read(&input.bucket, |_| ())?;
    let version = buckets
        .objects
        .find(&input.bucket, &input.key, input.version_id.as_deref())
        .map_err(missing)?;
    let conditions = Conditions {
        if_match: input.if_match.as_ref(),
        if_none_match: input.if_none_match.as_ref(),
        if_modified_since: input.if_modified_since.as_ref(),
        if_unmodified_since: input.if_unmodified_since.as_ref(),
    };
    CustomerKey::check(customer_key!(input)?.as_ref(), &version.attributes.encryption)?;
    conditions.check(&version)?;
    let slice = slice(&version, input.range.as_ref(), input.part_number)?;
    let mut output = HeadObjectOutput {
        parts_count: parts_count(&version, input.part_number),
        ..Default::default()
    };
    set_fields!(output, &version, slice, input.checksum_mode);
    output.version_id = buckets.told_version(&input.bucket, &version);
    output.expiration = expiration::of(buckets, &input.bucket, &version);
    Ok(S3Response::new(output))
}

impl Conditions<'_> {
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-reads.html>.
    fn check(&self, version: &Version) -> S3Result<()> {
        let matches = |condition: &ETagCondition| {
            condition.as_etag().is_none_or(|wanted| wanted.value() == version.etag)
        };
        let since =
            |time: &Timestamp| version.modified / 1000 > super::attributes::seconds(time.clone());
        match (self.if_match, self.if_unmodified_since) {
            (Some(condition), _) if !matches(condition) => {
                return Err(precondition_failed("If-Match"));
            }
            (None, Some(time)) if since(time) => {
                return Err(precondition_failed("If-Unmodified-Since"));
            }
            _ => {}
        }
        // a time that is yet to come says nothing
        let is_past =
            |time: &Timestamp| OffsetDateTime::from(time.clone()) <= OffsetDateTime::now_utc();
        let is_news = match (self.if_none_match, self.if_modified_since) {
            (Some(condition), _) => !matches(condition),
            (None, Some(time)) => since(time) || !is_past(time),
            (None, None) => true,
        };
        if is_news {
            return Ok(());
        }
        let (etag, modified) =
            (format!("\"{}\"", version.etag), http_date(&modified(version.modified)));
        let error = s3_error!(NotModified)
            .with_header(hyper::header::ETAG, &etag)
            .with_header(hyper::header::LAST_MODIFIED, &modified);
        Err(match &version.version_id {
            Some(id) => error.with_header(HeaderName::from_static("x-amz-version-id"), id),
            None => error,
        })
    }
}

fn slice(version: &Version, range: Option<&Range>, part_number: Option<i32>) -> S3Result<Slice> {
    let size = version.size;
    let partial = |first: u64, length: u64| Slice {
        first,
        length,
        // nothing has no first byte
        content_range: (length > 0).then(|| format!("bytes {first}-{}/{size}", first + length - 1)),
    };
    match (range, part_number) {
        (Some(_), Some(_)) => Err(s3_error!(
            InvalidRequest,
            "Cannot specify both Range header and partNumber query parameter"
        )),
        (Some(range), None) => {
            let range = range.check(size).ok().filter(|range| !range.is_empty());
            let range = range.ok_or_else(|| {
                s3_error!(InvalidRange, "The requested range is not satisfiable")
                    .with("ActualObjectSize", size)
            })?;
            Ok(partial(range.start, range.end - range.start))
        }
        (None, Some(number)) => {
            if !(1..=10_000).contains(&number) {
                return Err(invalid_argument(
                    "Part number must be an integer between 1 and 10000, inclusive",
                    "partNumber",
                    number,
                ));
            }
            let parts = if version.parts.is_empty() { vec![size] } else { version.parts.clone() };
            let before = usize::try_from(number - 1).ok().filter(|before| *before < parts.len());
            let before = before.ok_or_else(|| {
                super::custom(
                    StatusCode::RANGE_NOT_SATISFIABLE,
                    "InvalidPartNumber",
                    "The requested partnumber is not satisfiable",
                )
                .with("PartNumberRequested", number)
                .with("ActualPartCount", parts.len())
            })?;
            Ok(partial(parts[..before].iter().sum(), parts[before]))
        }
        (None, None) => Ok(Slice { first: 0, length: size, content_range: None }),
    }
}

/// Told only to who asks for a part.
fn parts_count(version: &Version, part_number: Option<i32>) -> Option<i32> {
    part_number.and_then(|_| i32::try_from(version.parts.len()).ok()).filter(|count| *count > 0)
}
