//! Tags of objects.

use std::collections::BTreeSet;

use s3s::dto::*;
use s3s::{S3Error, S3Result, s3_error};

use crate::s3::Buckets;
use crate::s3::elements::Explained as _;
use crate::s3::settings::tagging::is_text;

use super::missing_or_marker;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTagging.html>
pub(crate) async fn get(
    buckets: &Buckets,
    input: GetObjectTaggingInput,
) -> S3Result<GetObjectTaggingOutput> {
    buckets.read(&input.bucket, |_| ())?;
    let version = buckets
        .objects
        .find(&input.bucket, &input.key, input.version_id.as_deref())
        .map_err(missing_or_marker)?;
    let version_id = buckets.told_version(&input.bucket, &version);
    let tag_set = version
        .attributes
        .tags
        .into_iter()
        .map(|(key, value)| Tag { key: Some(key), value: Some(value) });
    Ok(GetObjectTaggingOutput { tag_set: tag_set.collect(), version_id })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectTagging.html>
pub(crate) async fn put(
    buckets: &Buckets,
    input: PutObjectTaggingInput,
) -> S3Result<PutObjectTaggingOutput> {
    let tags = input
        .tagging
        .tag_set
        .into_iter()
        .map(|tag| (tag.key.unwrap_or_default(), tag.value.unwrap_or_default()))
        .collect();
    check(&tags)?;
    let version_id =
        replace(buckets, &input.bucket, &input.key, input.version_id.as_deref(), tags)?;
    Ok(PutObjectTaggingOutput { version_id })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjectTagging.html>
pub(crate) async fn delete(
    buckets: &Buckets,
    input: DeleteObjectTaggingInput,
) -> S3Result<DeleteObjectTaggingOutput> {
    let version_id =
        replace(buckets, &input.bucket, &input.key, input.version_id.as_deref(), Vec::new())?;
    Ok(DeleteObjectTaggingOutput { version_id })
}

fn replace(
    buckets: &Buckets,
    bucket: &str,
    key: &str,
    version_id: Option<&str>,
    tags: Vec<(String, String)>,
) -> S3Result<Option<String>> {
    buckets.read(bucket, |_| ())?;
    let mut version = buckets.objects.find(bucket, key, version_id).map_err(missing_or_marker)?;
    version.attributes.tags = tags;
    buckets.objects.update(bucket, &version).map_err(S3Error::internal_error)?;
    Ok(version.version_id)
}

/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html>.
pub(super) fn check(tags: &Vec<(String, String)>) -> S3Result<()> {
    if tags.len() > 10 {
        return Err(super::custom(
            hyper::StatusCode::BAD_REQUEST,
            "BadRequest",
            "Object tags cannot be greater than 10",
        ));
    }
    let mut keys = BTreeSet::new();
    for (key, value) in tags {
        if !keys.insert(key) {
            return Err(s3_error!(InvalidTag, "Cannot provide multiple Tags with the same key")
                .with("TagKey", key));
        }
        if key.starts_with("aws:") {
            return Err(s3_error!(InvalidTag, "Your TagKey cannot be prefixed with aws:")
                .with("TagKey", key));
        }
        if key.is_empty() || key.chars().count() > 128 || !is_text(key) {
            return Err(s3_error!(InvalidTag, "The TagKey you have provided is invalid")
                .with("TagKey", key));
        }
        if value.chars().count() > 256 || !is_text(value) {
            return Err(s3_error!(InvalidTag, "The TagValue you have provided is invalid")
                .with("TagKey", key)
                .with("TagValue", value));
        }
    }
    Ok(())
}
