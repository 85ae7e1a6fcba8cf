//! A bucket's policy, kept.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};
use serde_json::Value;

use crate::policy_form::{self, Kind};

use crate::s3::{Buckets, Caller};

use super::bucket_policy_form;
use super::public_policy::is_public;

const MISSING: (&str, &str) = ("NoSuchBucketPolicy", "The bucket policy does not exist");

/// 20 KB, without the whitespace that S3 takes away.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html>.
const LONGEST: usize = 20 * 1024;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html>
pub(crate) async fn get(
    buckets: &Buckets,
    input: GetBucketPolicyInput,
) -> S3Result<GetBucketPolicyOutput> {
    let policy = buckets.setting(&input.bucket, MISSING, |bucket| bucket.policy.clone())?;
    Ok(GetBucketPolicyOutput { policy: Some(policy) })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>
pub(crate) async fn put(
    buckets: &Buckets,
    request: S3Request<PutBucketPolicyInput>,
) -> S3Result<S3Response<PutBucketPolicyOutput>> {
    let PutBucketPolicyInput { bucket, policy, .. } = request.input;
    let blocks_public = buckets.read(&bucket, |bucket| {
        bucket
            .public_access_block
            .as_ref()
            .and_then(|block| block.block_public_policy)
            .unwrap_or_default()
    })?;
    let arn = format!("arn:{}:s3:::{bucket}", buckets.account.region.partition());
    policy_form::check(Kind::Bucket(&arn), &policy)
        .map_err(|problem| s3_error!(MalformedPolicy, "{problem}"))?;
    let document: Value = serde_json::from_str(&policy).map_err(|_| s3_error!(MalformedPolicy))?;
    bucket_policy_form::check(&buckets.account, &arn, &document)
        .map_err(|problem| s3_error!(MalformedPolicy, "{problem}"))?;
    if document.to_string().len() > LONGEST {
        return Err(s3_error!(
            MalformedPolicy,
            "Normalized policy document exceeds the maximum allowed size of {LONGEST} bytes."
        ));
    }
    if blocks_public && is_public(&policy) {
        let who = request
            .extensions
            .get::<Caller>()
            .map_or_else(String::new, |caller| buckets.account.principal_arn(&caller.principal));
        return Err(s3_error!(
            AccessDenied,
            "User: {who} is not authorized to perform: s3:PutBucketPolicy on resource: \"{arn}\" because public policies are blocked by the \
             BlockPublicPolicy block public access setting."
        ));
    }
    buckets.change(&bucket, |bucket| bucket.policy = Some(policy))?;
    Ok(S3Response::new(PutBucketPolicyOutput {}))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html>
pub(crate) async fn delete(
    buckets: &Buckets,
    input: DeleteBucketPolicyInput,
) -> S3Result<DeleteBucketPolicyOutput> {
    buckets.change(&input.bucket, |bucket| bucket.policy = None)?;
    Ok(DeleteBucketPolicyOutput {})
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html>
pub(crate) async fn status(
    buckets: &Buckets,
    input: GetBucketPolicyStatusInput,
) -> S3Result<GetBucketPolicyStatusOutput> {
    let policy = buckets.setting(&input.bucket, MISSING, |bucket| bucket.policy.clone())?;
    Ok(GetBucketPolicyStatusOutput {
        policy_status: Some(PolicyStatus { is_public: Some(is_public(&policy)) }),
    })
}
