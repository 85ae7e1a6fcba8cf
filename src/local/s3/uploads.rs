//! Open multipart uploads.

use s3s::S3Result;
use s3s::dto::*;

use super::Buckets;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html>
pub(super) async fn list(buckets: &Buckets, input: ListMultipartUploadsInput) -> S3Result<ListMultipartUploadsOutput> {
    buckets.read(&input.bucket, |_| ())?;
    Ok(ListMultipartUploadsOutput { bucket: Some(input.bucket), prefix: input.prefix, is_truncated: Some(false), ..Default::default() })
}
