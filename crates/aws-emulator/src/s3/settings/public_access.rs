//! A bucket's public access block, kept; a public bucket policy is refused under it.

use s3s::S3Result;
use s3s::dto::*;

use crate::s3::Buckets;

const MISSING: (&str, &str) =
    ("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found");

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html>
pub(crate) async fn get(
    buckets: &Buckets,
    input: GetPublicAccessBlockInput,
) -> S3Result<GetPublicAccessBlockOutput> {
    let configuration =
        buckets.setting(&input.bucket, MISSING, |bucket| bucket.public_access_block.clone())?;
    Ok(GetPublicAccessBlockOutput { public_access_block_configuration: Some(configuration) })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html>
pub(crate) async fn put(
    buckets: &Buckets,
    input: PutPublicAccessBlockInput,
) -> S3Result<PutPublicAccessBlockOutput> {
    let PublicAccessBlockConfiguration {
        block_public_acls,
        ignore_public_acls,
        block_public_policy,
        restrict_public_buckets,
    } = input.public_access_block_configuration;
    // what is left out is off
    let off = |setting: Option<bool>| Some(setting.unwrap_or_default());
    let configuration = PublicAccessBlockConfiguration {
        block_public_acls: off(block_public_acls),
        ignore_public_acls: off(ignore_public_acls),
        block_public_policy: off(block_public_policy),
        restrict_public_buckets: off(restrict_public_buckets),
    };
    buckets.change(&input.bucket, |bucket| bucket.public_access_block = Some(configuration))?;
    Ok(PutPublicAccessBlockOutput {})
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletePublicAccessBlock.html>
pub(crate) async fn delete(
    buckets: &Buckets,
    input: DeletePublicAccessBlockInput,
) -> S3Result<DeletePublicAccessBlockOutput> {
    buckets.change(&input.bucket, |bucket| bucket.public_access_block = None)?;
    Ok(DeletePublicAccessBlockOutput {})
}
