//! Who owns a bucket's objects, kept.

use s3s::dto::*;
use s3s::{S3Result, s3_error};

use crate::s3::Buckets;

const MISSING: (&str, &str) =
    ("OwnershipControlsNotFoundError", "The bucket ownership controls were not found");

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html>
pub(crate) async fn get(
    buckets: &Buckets,
    input: GetBucketOwnershipControlsInput,
) -> S3Result<GetBucketOwnershipControlsOutput> {
    let object_ownership =
        buckets.setting(&input.bucket, MISSING, |bucket| bucket.object_ownership.clone())?;
    let rules = vec![OwnershipControlsRule { object_ownership: object_ownership.into() }];
    Ok(GetBucketOwnershipControlsOutput { ownership_controls: Some(OwnershipControls { rules }) })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html>
pub(crate) async fn put(
    buckets: &Buckets,
    input: PutBucketOwnershipControlsInput,
) -> S3Result<PutBucketOwnershipControlsOutput> {
    let [rule] = input.ownership_controls.rules.as_slice() else {
        return Err(s3_error!(MalformedXML));
    };
    check(rule.object_ownership.as_str())?;
    let object_ownership = rule.object_ownership.as_str().to_owned();
    buckets.change(&input.bucket, |bucket| bucket.object_ownership = Some(object_ownership))?;
    Ok(PutBucketOwnershipControlsOutput {})
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketOwnershipControls.html>
pub(crate) async fn delete(
    buckets: &Buckets,
    input: DeleteBucketOwnershipControlsInput,
) -> S3Result<DeleteBucketOwnershipControlsOutput> {
    buckets.change(&input.bucket, |bucket| bucket.object_ownership = None)?;
    Ok(DeleteBucketOwnershipControlsOutput {})
}

/// Refuses what is no ownership.
pub(crate) fn check(object_ownership: &str) -> S3Result<()> {
    match object_ownership {
        ObjectOwnership::BUCKET_OWNER_ENFORCED
        | ObjectOwnership::BUCKET_OWNER_PREFERRED
        | ObjectOwnership::OBJECT_WRITER => Ok(()),
        _ => Err(s3_error!(MalformedXML)),
    }
}
