//! A bucket's tags, kept.

use std::collections::BTreeSet;

use s3s::dto::*;
use s3s::{S3Result, s3_error};

use crate::s3::Buckets;
use crate::s3::elements::Explained as _;

const MISSING: (&str, &str) = ("NoSuchTagSet", "The TagSet does not exist");

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html>
pub(crate) async fn get(
    buckets: &Buckets,
    input: GetBucketTaggingInput,
) -> S3Result<GetBucketTaggingOutput> {
    let tag_set = buckets.setting(&input.bucket, MISSING, |bucket| bucket.tags.clone())?;
    Ok(GetBucketTaggingOutput { tag_set })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html>
pub(crate) async fn put(
    buckets: &Buckets,
    input: PutBucketTaggingInput,
) -> S3Result<PutBucketTaggingOutput> {
    let tags = input.tagging.tag_set;
    check(&tags)?;
    // an empty set is as good as none
    buckets
        .change(&input.bucket, |bucket| bucket.tags = Some(tags).filter(|tags| !tags.is_empty()))?;
    Ok(PutBucketTaggingOutput {})
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html>
pub(crate) async fn delete(
    buckets: &Buckets,
    input: DeleteBucketTaggingInput,
) -> S3Result<DeleteBucketTaggingOutput> {
    buckets.change(&input.bucket, |bucket| bucket.tags = None)?;
    Ok(DeleteBucketTaggingOutput {})
}

/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/CostAllocTagging.html>.
pub(crate) fn check(tags: &[Tag]) -> S3Result<()> {
    if tags.len() > 50 {
        return Err(s3_error!(InvalidRequest, "Bucket tag count cannot be greater than 50"));
    }
    let mut keys = BTreeSet::new();
    for tag in tags {
        let key = tag.key.as_deref().unwrap_or_default();
        let value = tag.value.as_deref().unwrap_or_default();
        if key.is_empty() || key.chars().count() > 128 || !is_text(key) {
            return Err(s3_error!(InvalidTag, "The TagKey you have provided is invalid")
                .with("TagKey", key));
        }
        if value.chars().count() > 256 || !is_text(value) {
            return Err(s3_error!(InvalidTag, "The TagValue you have provided is invalid")
                .with("TagKey", key)
                .with("TagValue", value));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(s3_error!(InvalidTag, "System tags cannot be added/updated by requester")
                .with("TagKey", key));
        }
        if !keys.insert(key) {
            return Err(s3_error!(InvalidTag, "Cannot provide multiple Tags with the same key")
                .with("TagKey", key));
        }
    }
    Ok(())
}

/// Whether a text has only the letters that tags may have, of buckets and of objects.
pub(crate) fn is_text(text: &str) -> bool {
    text.chars()
        .all(|letter| letter.is_alphanumeric() || letter == ' ' || "_.:/=+-@".contains(letter))
}
