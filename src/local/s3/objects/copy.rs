//! Copying an object.

use s3s::dto::*;
use s3s::{S3Error, S3Result, s3_error};

use crate::local::objects::{Condition, Declared, Version};
use crate::local::s3::Buckets;
use crate::local::s3::objects::attributes::attributes;

use super::customer_key::{CustomerKey, customer_key_of_source};
use super::put::not_received;
use super::{etag, missing, modified, not_committed, set_checksums, set_encryption};

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html>
pub(crate) async fn copy(buckets: &Buckets, input: CopyObjectInput) -> S3Result<CopyObjectOutput> {
    let versioning = buckets.versioning(&input.bucket)?;
    let CopySource::Bucket { bucket, key, version_id } = &input.copy_source else {
        return Err(s3_error!(NotImplemented, "Only objects of this account's buckets can be copied"));
    };
    buckets.read(bucket, |_| ())?;
    let source = buckets.objects.find(bucket, key, version_id.as_deref()).map_err(missing)?;
    CustomerKey::check(customer_key_of_source!(input)?.as_ref(), &source.attributes.encryption)?;
    check_conditions(&input, &source)?;
    let is_directed = |directive: Option<&str>| directive == Some("REPLACE");
    let replaces = is_directed(input.metadata_directive.as_ref().map(|directive| directive.as_str()));
    if **bucket == *input.bucket && **key == *input.key && version_id.is_none() && !replaces {
        return Err(s3_error!(
            InvalidRequest,
            "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, \
             storage class, website redirect location or encryption attributes."
        ));
    }
    let mut attributes = attributes!(buckets, &input);
    if !replaces {
        let (encryption, storage_class) = (attributes.encryption, attributes.storage_class);
        attributes = crate::local::objects::Attributes { encryption, storage_class, ..source.attributes.clone() };
    } else if !is_directed(input.tagging_directive.as_ref().map(|directive| directive.as_str())) {
        attributes.tags = source.attributes.tags.clone();
    }
    let file = tokio::fs::File::open(buckets.objects.file(bucket, &source.id)).await.map_err(S3Error::internal_error)?;
    let body = futures::StreamExt::map(tokio_util::io::ReaderStream::new(file), |bytes| bytes.map_err(Into::into));
    let algorithm = source.checksums.value.as_ref().map(|(algorithm, _)| (*algorithm, None));
    let declared = Declared { length: Some(source.size), checksum: algorithm, ..Declared::default() };
    let received = buckets.objects.receive(Some(body), declared).await.map_err(not_received)?;
    let mut version = Version::new(&input.key, attributes);
    version.size = received.size;
    version.etag = version.attributes.encryption.etag(&received.md5);
    version.checksums = received.checksums.clone();
    let committed = buckets.objects.commit(&input.bucket, version, received, versioning, &Condition::Always);
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
        version_id: version.version_id,
        ..Default::default()
    };
    set_encryption!(output, version.attributes.encryption);
    Ok(output)
}

fn check_conditions(input: &CopyObjectInput, source: &Version) -> S3Result<()> {
    let matches = |condition: &ETagCondition| condition.as_etag().is_none_or(|wanted| wanted.value() == source.etag);
    let since = |time: &Timestamp| source.modified / 1000 > super::attributes::seconds(time.clone());
    let holds = match (&input.copy_source_if_match, &input.copy_source_if_unmodified_since) {
        (Some(condition), _) => matches(condition),
        (None, Some(time)) => !since(time),
        (None, None) => true,
    };
    let is_news = match (&input.copy_source_if_none_match, &input.copy_source_if_modified_since) {
        (Some(condition), _) => !matches(condition),
        (None, Some(time)) => since(time),
        (None, None) => true,
    };
    if holds && is_news {
        return Ok(());
    }
    Err(s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold"))
}
