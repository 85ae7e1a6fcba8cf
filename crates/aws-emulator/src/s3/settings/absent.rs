//! Settings that this backend does not have: it answers as S3 does where nobody made them.

use s3s::dto::*;
use s3s::{S3Result, s3_error};

use crate::s3::Buckets;
use crate::s3::error::not_found;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketWebsite.html>
pub(crate) async fn website(
    buckets: &Buckets,
    input: GetBucketWebsiteInput,
) -> S3Result<GetBucketWebsiteOutput> {
    buckets.read(&input.bucket, |_| ())?;
    Err(not_found(
        "NoSuchWebsiteConfiguration",
        "The specified bucket does not have a website configuration",
    ))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html>
pub(crate) async fn replication(
    buckets: &Buckets,
    input: GetBucketReplicationInput,
) -> S3Result<GetBucketReplicationOutput> {
    buckets.read(&input.bucket, |_| ())?;
    Err(not_found(
        "ReplicationConfigurationNotFoundError",
        "The replication configuration was not found",
    ))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html>
pub(crate) async fn object_lock(
    buckets: &Buckets,
    input: GetObjectLockConfigurationInput,
) -> S3Result<GetObjectLockConfigurationOutput> {
    buckets.read(&input.bucket, |_| ())?;
    Err(not_found(
        "ObjectLockConfigurationNotFoundError",
        "Object Lock configuration does not exist for this bucket",
    ))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html>
pub(crate) async fn logging(
    buckets: &Buckets,
    input: GetBucketLoggingInput,
) -> S3Result<GetBucketLoggingOutput> {
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
pub(crate) async fn payer(
    buckets: &Buckets,
    input: GetBucketRequestPaymentInput,
) -> S3Result<GetBucketRequestPaymentOutput> {
    buckets.read(&input.bucket, |_| GetBucketRequestPaymentOutput {
        payer: Some(Payer::from_static(Payer::BUCKET_OWNER)),
    })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketWebsite.html>
pub(crate) async fn delete_website(
    buckets: &Buckets,
    input: DeleteBucketWebsiteInput,
) -> S3Result<DeleteBucketWebsiteOutput> {
    buckets.read(&input.bucket, |_| DeleteBucketWebsiteOutput {})
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketReplication.html>
pub(crate) async fn delete_replication(
    buckets: &Buckets,
    input: DeleteBucketReplicationInput,
) -> S3Result<DeleteBucketReplicationOutput> {
    buckets.read(&input.bucket, |_| DeleteBucketReplicationOutput {})
}

/// Nobody can be notified; to notify nobody is what is done.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html>
pub(crate) async fn put_notification(
    buckets: &Buckets,
    input: PutBucketNotificationConfigurationInput,
) -> S3Result<PutBucketNotificationConfigurationOutput> {
    buckets.read(&input.bucket, |_| ())?;
    if input.notification_configuration != NotificationConfiguration::default() {
        return Err(s3_error!(NotImplemented, "This backend notifies nobody"));
    }
    Ok(PutBucketNotificationConfigurationOutput {})
}

/// The same of logs.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html>
pub(crate) async fn put_logging(
    buckets: &Buckets,
    input: PutBucketLoggingInput,
) -> S3Result<PutBucketLoggingOutput> {
    buckets.read(&input.bucket, |_| ())?;
    if input.bucket_logging_status.logging_enabled.is_some() {
        return Err(s3_error!(NotImplemented, "This backend writes no access logs"));
    }
    Ok(PutBucketLoggingOutput {})
}

/// And of who pays.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html>
pub(crate) async fn put_payer(
    buckets: &Buckets,
    input: PutBucketRequestPaymentInput,
) -> S3Result<PutBucketRequestPaymentOutput> {
    buckets.read(&input.bucket, |_| ())?;
    match input.request_payment_configuration.payer.as_str() {
        Payer::BUCKET_OWNER => Ok(PutBucketRequestPaymentOutput {}),
        Payer::REQUESTER => Err(s3_error!(NotImplemented, "Nobody pays for requests here")),
        _ => Err(s3_error!(MalformedXML)),
    }
}

/// What is answered of configurations that a bucket has many of, each by its id: there is none of the id, and none to list.
macro_rules! configurations {
    ($($get:ident($get_input:ty) -> $get_output:ty, $list:ident($list_input:ty) -> $list_output:ident;)*) => {
        $(
            /// One by its id.
            pub(crate) async fn $get(buckets: &Buckets, input: $get_input) -> S3Result<$get_output> {
                buckets.read(&input.bucket, |_| ())?;
                Err(not_found("NoSuchConfiguration", "The specified configuration does not exist."))
            }

            /// All of them.
            pub(crate) async fn $list(buckets: &Buckets, input: $list_input) -> S3Result<$list_output> {
                buckets.read(&input.bucket, |_| $list_output { is_truncated: Some(false), ..Default::default() })
            }
        )*
    };
}

configurations! {
    analytics(GetBucketAnalyticsConfigurationInput) -> GetBucketAnalyticsConfigurationOutput,
        list_analytics(ListBucketAnalyticsConfigurationsInput) -> ListBucketAnalyticsConfigurationsOutput;
    inventory(GetBucketInventoryConfigurationInput) -> GetBucketInventoryConfigurationOutput,
        list_inventory(ListBucketInventoryConfigurationsInput) -> ListBucketInventoryConfigurationsOutput;
    metrics(GetBucketMetricsConfigurationInput) -> GetBucketMetricsConfigurationOutput,
        list_metrics(ListBucketMetricsConfigurationsInput) -> ListBucketMetricsConfigurationsOutput;
    intelligent_tiering(GetBucketIntelligentTieringConfigurationInput) -> GetBucketIntelligentTieringConfigurationOutput,
        list_intelligent_tiering(ListBucketIntelligentTieringConfigurationsInput) -> ListBucketIntelligentTieringConfigurationsOutput;
}
