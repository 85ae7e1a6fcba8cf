//! Settings that this backend does not have: it answers as S3 does where nobody made them.

use s3s::S3Result;
use s3s::dto::*;

use crate::local::s3::Buckets;
use crate::local::s3::error::not_found;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketWebsite.html>
pub(crate) async fn website(buckets: &Buckets, input: GetBucketWebsiteInput) -> S3Result<GetBucketWebsiteOutput> {
    buckets.read(&input.bucket, |_| ())?;
    Err(not_found("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration"))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html>
pub(crate) async fn replication(buckets: &Buckets, input: GetBucketReplicationInput) -> S3Result<GetBucketReplicationOutput> {
    buckets.read(&input.bucket, |_| ())?;
    Err(not_found("ReplicationConfigurationNotFoundError", "The replication configuration was not found"))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html>
pub(crate) async fn object_lock(buckets: &Buckets, input: GetObjectLockConfigurationInput) -> S3Result<GetObjectLockConfigurationOutput> {
    buckets.read(&input.bucket, |_| ())?;
    Err(not_found("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket"))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html>
pub(crate) async fn logging(buckets: &Buckets, input: GetBucketLoggingInput) -> S3Result<GetBucketLoggingOutput> {
    buckets.read(&input.bucket, |_| GetBucketLoggingOutput::default())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAccelerateConfiguration.html>
pub(crate) async fn acceleration(
    buckets: &Buckets,
    input: GetBucketAccelerateConfigurationInput,
) -> S3Result<GetBucketAccelerateConfigurationOutput> {
    buckets.read(&input.bucket, |_| GetBucketAccelerateConfigurationOutput::default())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html>
pub(crate) async fn notification(
    buckets: &Buckets,
    input: GetBucketNotificationConfigurationInput,
) -> S3Result<GetBucketNotificationConfigurationOutput> {
    buckets.read(&input.bucket, |_| GetBucketNotificationConfigurationOutput::default())
}

/// The owner pays.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html>
pub(crate) async fn payer(buckets: &Buckets, input: GetBucketRequestPaymentInput) -> S3Result<GetBucketRequestPaymentOutput> {
    buckets.read(&input.bucket, |_| GetBucketRequestPaymentOutput { payer: Some(Payer::from_static(Payer::BUCKET_OWNER)) })
}
