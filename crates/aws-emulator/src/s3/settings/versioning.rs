//! Whether a bucket keeps versions: the setting.

use s3s::dto::*;
use s3s::{S3Result, s3_error};

use crate::s3::Buckets;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html>
pub(crate) async fn get(
    buckets: &Buckets,
    input: GetBucketVersioningInput,
) -> S3Result<GetBucketVersioningOutput> {
    let versioning = buckets.read(&input.bucket, |bucket| bucket.versioning.clone())?;
    Ok(GetBucketVersioningOutput {
        status: versioning.and_then(|versioning| versioning.status),
        mfa_delete: None,
    })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html>
pub(crate) async fn put(
    buckets: &Buckets,
    input: PutBucketVersioningInput,
) -> S3Result<PutBucketVersioningOutput> {
    let status = input.versioning_configuration.status;
    match status.as_ref().map(BucketVersioningStatus::as_str) {
        Some(BucketVersioningStatus::ENABLED | BucketVersioningStatus::SUSPENDED) => {}
        Some(_) => return Err(s3_error!(MalformedXML)),
        None => {
            return Err(s3_error!(
                IllegalVersioningConfigurationException,
                "The Versioning element must be specified"
            ));
        }
    }
    buckets.change(&input.bucket, |bucket| {
        bucket.versioning = Some(VersioningConfiguration { status, mfa_delete: None })
    })?;
    Ok(PutBucketVersioningOutput {})
}
