//! A bucket's default encryption, kept.

use s3s::dto::*;
use s3s::{S3Result, s3_error};

use crate::local::state::Bucket;

use crate::local::s3::Buckets;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html>
pub(crate) async fn get(buckets: &Buckets, input: GetBucketEncryptionInput) -> S3Result<GetBucketEncryptionOutput> {
    let configuration = buckets.read(&input.bucket, |bucket| bucket.encryption.clone())?;
    Ok(GetBucketEncryptionOutput { server_side_encryption_configuration: Some(configuration) })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html>
pub(crate) async fn put(buckets: &Buckets, input: PutBucketEncryptionInput) -> S3Result<PutBucketEncryptionOutput> {
    let mut configuration = input.server_side_encryption_configuration;
    let [rule] = configuration.rules.as_mut_slice() else { return Err(s3_error!(MalformedXML)) };
    let Some(default) = &rule.apply_server_side_encryption_by_default else { return Err(s3_error!(MalformedXML)) };
    match default.sse_algorithm.as_str() {
        ServerSideEncryption::AES256 if default.kms_master_key_id.is_some() => {
            return Err(s3_error!(
                InvalidArgument,
                "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse"
            ));
        }
        ServerSideEncryption::AES256 | ServerSideEncryption::AWS_KMS | ServerSideEncryption::AWS_KMS_DSSE => {}
        _ => return Err(s3_error!(MalformedXML)),
    }
    rule.bucket_key_enabled = Some(rule.bucket_key_enabled.unwrap_or_default());
    buckets.change(&input.bucket, |bucket| bucket.encryption = configuration)?;
    Ok(PutBucketEncryptionOutput {})
}

/// Goes back to SSE-S3.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html>
pub(crate) async fn delete(buckets: &Buckets, input: DeleteBucketEncryptionInput) -> S3Result<DeleteBucketEncryptionOutput> {
    buckets.change(&input.bucket, |bucket| bucket.encryption = Bucket::default_encryption())?;
    Ok(DeleteBucketEncryptionOutput {})
}
