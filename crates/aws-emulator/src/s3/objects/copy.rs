//! Copying an object.

use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

use crate::objects::{Algorithm, Declared, Version};
use crate::s3::Buckets;
use crate::s3::arguments::check_version_id;
use crate::s3::elements::{invalid_argument, precondition_failed};
use crate::s3::objects::attributes::attributes;
use crate::s3::settings::expiration;

use super::archived;
use super::customer_key::{CustomerKey, customer_key_of_source};
use super::put::{LARGEST, not_received, unsupported_checksum};
use super::{
    condition, etag, missing_source, modified, not_committed, set_checksums, set_encryption,
};

const ALREADY_SO: &str = "This copy request is illegal because it is trying to copy an object to itself without changing the object's \
                          metadata, storage class, website redirect location or encryption attributes.";

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
pub(crate) async fn copy(
    buckets: &Buckets,
    request: S3Request<CopyObjectInput>,
) -> S3Result<S3Response<CopyObjectOutput>> {
    let (if_match, if_none_match) = (
        etag_condition(&request.headers, "if-match")?,
        etag_condition(&request.headers, "if-none-match")?,
    );
    let condition = condition(if_match.as_ref(), if_none_match.as_ref())?;
    let input = request.input;
    let versioning = buckets.versioning(&input.bucket)?;
    let replaces = replaces(
        "metadata directive",
        "x-amz-metadata-directive",
        input.metadata_directive.as_ref().map(|it| it.as_str()),
    )?;
    let replaces_tags = self::replaces(
        "tagging directive",
        "x-amz-tagging-directive",
        input.tagging_directive.as_ref().map(|it| it.as_str()),
    )?;
    let CopySource::Bucket { bucket, key, version_id } = &input.copy_source else {
        return Err(s3_error!(
            NotImplemented,
            "Only objects of this account's buckets can be copied"
        ));
    };
    buckets.read(bucket, |_| ())?;
    if let Some(id) = version_id {
        check_version_id(&buckets.account, bucket, id)?;
    }
    let source = buckets.objects.find(bucket, key, version_id.as_deref());
    let source = source.map_err(|found| missing_source(found, key, version_id.as_deref()))?;
    CustomerKey::check(customer_key_of_source!(input)?.as_ref(), &source.attributes.encryption)?;
    source_conditions!(input).check(&source)?;
    if i64::try_from(source.size).is_ok_and(|size| size > LARGEST) {
        let message =
            "The specified copy source is larger than the maximum allowable size for a copy source";
        return Err(s3_error!(InvalidRequest, "{message}: {LARGEST}"));
    }
    archived::check(&source, "Operation is not valid for the source object's storage class")?;
    if **bucket == *input.bucket
        && **key == *input.key
        && version_id.is_none()
        && !replaces
        && !changes_something(&input)
    {
        return Err(s3_error!(InvalidRequest, "{ALREADY_SO}"));
    }
    buckets.objects.check(&input.bucket, &input.key, &condition).map_err(not_committed)?;
    let mut attributes = attributes!(buckets, &input);
    if !replaces_tags {
        attributes.tags = source.attributes.tags.clone();
    }
    if !replaces {
        let crate::objects::Attributes {
            encryption,
            storage_class,
            website_redirect_location,
            tags,
            ..
        } = attributes;
        attributes = crate::objects::Attributes {
            encryption,
            storage_class,
            website_redirect_location,
            tags,
            ..source.attributes.clone()
        };
    }
    let file = tokio::fs::File::open(buckets.objects.file(bucket, &source.id))
        .await
        .map_err(S3Error::internal_error)?;
    let body = futures::StreamExt::map(tokio_util::io::ReaderStream::new(file), |bytes| {
        bytes.map_err(Into::into)
    });
    let named = input
        .checksum_algorithm
        .as_ref()
        .map(|name| Algorithm::by_name(name.as_str()).ok_or_else(unsupported_checksum));
    let algorithm =
        named.transpose()?.or(source.checksums.value.as_ref().map(|(algorithm, _)| *algorithm));
    let declared = Declared {
        length: Some(source.size),
        checksum: algorithm.map(|it| (it, None)),
        ..Declared::default()
    };
    let received = buckets.objects.receive(Some(body), declared).await.map_err(not_received)?;
    let mut version = Version::new(&input.key, attributes);
    version.size = received.size;
    version.etag = version.attributes.encryption.etag(&received.md5);
    version.checksums = received.checksums.clone();
    let committed =
        buckets.objects.commit(&input.bucket, version, received, versioning, &condition);
    let version = committed.map_err(not_committed)?;
    let mut result = CopyObjectResult {
        e_tag: Some(etag(&version)),
        last_modified: Some(modified(version.modified)),
        checksum_type: version.checksums.kind(),
        ..Default::default()
    };
    set_checksums!(result, version.checksums);
    let mut output = CopyObjectOutput {
        copy_object_result: Some(result),
        copy_source_version_id: source.version_id,
        expiration: expiration::of(buckets, &input.bucket, &version),
        version_id: version.version_id,
        ..Default::default()
    };
    set_encryption!(output, version.attributes.encryption);
    Ok(S3Response::new(output))
}

/// Whether a directive says to take the request's word instead of the source's.
fn replaces(what: &str, header: &str, directive: Option<&str>) -> S3Result<bool> {
    match directive {
        None | Some("COPY") => Ok(false),
        Some("REPLACE") => Ok(true),
        Some(unknown) => Err(invalid_argument(format!("Unknown {what}."), header, unknown)),
    }
}

/// Whether the copy of an object to itself would be another one, with the same metadata.
fn changes_something(input: &CopyObjectInput) -> bool {
    input.storage_class.is_some()
        || input.website_redirect_location.is_some()
        || input.server_side_encryption.is_some()
        || input.sse_customer_algorithm.is_some()
        || input.bucket_key_enabled.is_some()
}

/// `If-Match` or `If-None-Match`, of what the copy would take the place of: `s3s` does not read them here.
fn etag_condition(headers: &hyper::HeaderMap, name: &str) -> S3Result<Option<ETagCondition>> {
    let Some(value) = headers.get(name).filter(|value| !value.is_empty()) else { return Ok(None) };
    let condition = ETagCondition::parse_http_header(value.as_bytes());
    condition.map(Some).map_err(|_| {
        invalid_argument(
            format!("The value of {name} is not valid"),
            name,
            value.to_str().unwrap_or_default(),
        )
    })
}

/// The conditions on the source of a copy.
pub(crate) struct SourceConditions<'a> {
    pub(crate) if_match: Option<&'a ETagCondition>,
    pub(crate) if_none_match: Option<&'a ETagCondition>,
    pub(crate) if_modified_since: Option<&'a Timestamp>,
    pub(crate) if_unmodified_since: Option<&'a Timestamp>,
}

/// Reads them out of an input's fields.
macro_rules! source_conditions {
    ($input:expr) => {
        crate::s3::objects::copy::SourceConditions {
            if_match: $input.copy_source_if_match.as_ref(),
            if_none_match: $input.copy_source_if_none_match.as_ref(),
            if_modified_since: $input.copy_source_if_modified_since.as_ref(),
            if_unmodified_since: $input.copy_source_if_unmodified_since.as_ref(),
        }
    };
}

pub(crate) use source_conditions;

impl SourceConditions<'_> {
    pub(crate) fn check(&self, source: &Version) -> S3Result<()> {
        let matches = |condition: &ETagCondition| {
            condition.as_etag().is_none_or(|wanted| wanted.value() == source.etag)
        };
        let since =
            |time: &Timestamp| source.modified / 1000 > super::attributes::seconds(time.clone());
        match (self.if_match, self.if_unmodified_since) {
            (Some(condition), _) if !matches(condition) => {
                return Err(precondition_failed("x-amz-copy-source-If-Match"));
            }
            (None, Some(time)) if since(time) => {
                return Err(precondition_failed("x-amz-copy-source-If-Unmodified-Since"));
            }
            _ => {}
        }
        match (self.if_none_match, self.if_modified_since) {
            (Some(condition), _) if matches(condition) => {
                Err(precondition_failed("x-amz-copy-source-If-None-Match"))
            }
            (None, Some(time)) if !since(time) => {
                Err(precondition_failed("x-amz-copy-source-If-Modified-Since"))
            }
            _ => Ok(()),
        }
    }
}
