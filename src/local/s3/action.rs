//! The IAM action that an operation needs.
//! See <https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html>.

/// The action of the operation with this name: mostly its own name, but by no means always.
pub(super) fn of_operation(operation: &str) -> String {
    let action = match operation {
        "HeadBucket" | "ListObjects" | "ListObjectsV2" => "ListBucket",
        "ListObjectVersions" => "ListBucketVersions",
        "ListMultipartUploads" => "ListBucketMultipartUploads",
        "ListBuckets" => "ListAllMyBuckets",
        "HeadObject" | "GetObjectAttributes" | "SelectObjectContent" => "GetObject",
        "CopyObject" | "PostObject" | "CreateMultipartUpload" | "UploadPart" | "UploadPartCopy" | "CompleteMultipartUpload" => "PutObject",
        "ListParts" => "ListMultipartUploadParts",
        "DeleteObjects" => "DeleteObject",
        "GetBucketCors" => "GetBucketCORS",
        "PutBucketCors" | "DeleteBucketCors" => "PutBucketCORS",
        "GetBucketEncryption" => "GetEncryptionConfiguration",
        "PutBucketEncryption" | "DeleteBucketEncryption" => "PutEncryptionConfiguration",
        "GetBucketLifecycle" | "GetBucketLifecycleConfiguration" => "GetLifecycleConfiguration",
        "PutBucketLifecycle" | "PutBucketLifecycleConfiguration" | "DeleteBucketLifecycle" => "PutLifecycleConfiguration",
        "GetPublicAccessBlock" => "GetBucketPublicAccessBlock",
        "PutPublicAccessBlock" | "DeletePublicAccessBlock" => "PutBucketPublicAccessBlock",
        "DeleteBucketOwnershipControls" => "PutBucketOwnershipControls",
        "DeleteBucketTagging" => "PutBucketTagging",
        same => same,
    };
    format!("s3:{action}")
}

#[cfg(test)]
mod tests {
    use super::of_operation;

    #[test]
    fn operations_without_an_action_of_their_own_have_anothers() {
        assert_eq!(of_operation("UploadPart"), "s3:PutObject");
        assert_eq!(of_operation("HeadBucket"), "s3:ListBucket");
        assert_eq!(of_operation("PutBucketPolicy"), "s3:PutBucketPolicy");
    }
}
