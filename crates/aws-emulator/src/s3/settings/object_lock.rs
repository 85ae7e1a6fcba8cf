//! Object Lock, which no bucket has here: what would lock an object is refused, as S3 refuses it of such a bucket.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html>.

use s3s::dto::*;
use s3s::{S3Error, S3Result, s3_error};

use crate::s3::Buckets;

/// What a bucket without a configuration says.
pub(crate) fn missing() -> S3Error {
    s3_error!(InvalidRequest, "Bucket is missing Object Lock Configuration")
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html>
pub(crate) async fn get_retention(
    buckets: &Buckets,
    input: GetObjectRetentionInput,
) -> S3Result<GetObjectRetentionOutput> {
    buckets.read(&input.bucket, |_| ())?;
    Err(missing())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html>
pub(crate) async fn put_retention(
    buckets: &Buckets,
    input: PutObjectRetentionInput,
) -> S3Result<PutObjectRetentionOutput> {
    buckets.read(&input.bucket, |_| ())?;
    Err(missing())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLegalHold.html>
pub(crate) async fn get_legal_hold(
    buckets: &Buckets,
    input: GetObjectLegalHoldInput,
) -> S3Result<GetObjectLegalHoldOutput> {
    buckets.read(&input.bucket, |_| ())?;
    Err(missing())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html>
pub(crate) async fn put_legal_hold(
    buckets: &Buckets,
    input: PutObjectLegalHoldInput,
) -> S3Result<PutObjectLegalHoldOutput> {
    buckets.read(&input.bucket, |_| ())?;
    Err(missing())
}
