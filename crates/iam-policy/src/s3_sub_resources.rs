//! Every sub-resource of S3: the query parameters that make a request another operation.
//!
//! Parameters, methods and operations are those of AWS's API reference
//! (<https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>), and actions those of
//! its Service Authorization Reference, as of November 2026.

use super::S3Resource;

/// A sub-resource of buckets or of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct S3SubResource {
    /// The query parameter, in the case that S3 compares it in.
    pub name: &'static str,
    /// The resource to which it belongs.
    pub of: S3Resource,
    /// The methods that it is asked for with, each with the action (without its `s3:`) that allows the operation.
    pub operations: &'static [(&'static str, &'static str)],
}

/// Every sub-resource, those of buckets first.
pub fn s3_sub_resources() -> impl Iterator<Item = S3SubResource> {
    let all = [(BUCKET, S3Resource::Bucket), (OBJECT, S3Resource::Object)];
    all.into_iter().flat_map(|(rows, of)| {
        rows.iter().map(move |(name, operations)| S3SubResource { name, of, operations })
    })
}

type Row = (&'static str, &'static [(&'static str, &'static str)]);

const BUCKET: &[Row] = &[
    ("abac", &[("GET", "GetBucketAbac"), ("PUT", "PutBucketAbac")]),
    ("accelerate", &[("GET", "GetAccelerateConfiguration"), ("PUT", "PutAccelerateConfiguration")]),
    ("acl", &[("GET", "GetBucketAcl"), ("PUT", "PutBucketAcl")]),
    (
        "analytics",
        &[
            ("GET", "GetAnalyticsConfiguration"),
            ("PUT", "PutAnalyticsConfiguration"),
            ("DELETE", "PutAnalyticsConfiguration"),
        ],
    ),
    ("cors", &[("GET", "GetBucketCORS"), ("PUT", "PutBucketCORS"), ("DELETE", "PutBucketCORS")]),
    ("delete", &[("POST", "DeleteObject")]),
    (
        "encryption",
        &[
            ("GET", "GetEncryptionConfiguration"),
            ("PUT", "PutEncryptionConfiguration"),
            ("DELETE", "PutEncryptionConfiguration"),
        ],
    ),
    (
        "intelligent-tiering",
        &[
            ("GET", "GetIntelligentTieringConfiguration"),
            ("PUT", "PutIntelligentTieringConfiguration"),
            ("DELETE", "PutIntelligentTieringConfiguration"),
        ],
    ),
    (
        "inventory",
        &[
            ("GET", "GetInventoryConfiguration"),
            ("PUT", "PutInventoryConfiguration"),
            ("DELETE", "PutInventoryConfiguration"),
        ],
    ),
    (
        "lifecycle",
        &[
            ("GET", "GetLifecycleConfiguration"),
            ("PUT", "PutLifecycleConfiguration"),
            ("DELETE", "PutLifecycleConfiguration"),
        ],
    ),
    ("location", &[("GET", "GetBucketLocation")]),
    ("logging", &[("GET", "GetBucketLogging"), ("PUT", "PutBucketLogging")]),
    ("metadataAnnotationTable", &[("PUT", "UpdateBucketMetadataAnnotationTableConfiguration")]),
    (
        "metadataConfiguration",
        &[
            ("GET", "GetBucketMetadataTableConfiguration"),
            ("POST", "CreateBucketMetadataTableConfiguration"),
            ("DELETE", "DeleteBucketMetadataTableConfiguration"),
        ],
    ),
    ("metadataInventoryTable", &[("PUT", "UpdateBucketMetadataInventoryTableConfiguration")]),
    ("metadataJournalTable", &[("PUT", "UpdateBucketMetadataJournalTableConfiguration")]),
    (
        "metadataTable",
        &[
            ("GET", "GetBucketMetadataTableConfiguration"),
            ("POST", "CreateBucketMetadataTableConfiguration"),
            ("DELETE", "DeleteBucketMetadataTableConfiguration"),
        ],
    ),
    (
        "metrics",
        &[
            ("GET", "GetMetricsConfiguration"),
            ("PUT", "PutMetricsConfiguration"),
            ("DELETE", "PutMetricsConfiguration"),
        ],
    ),
    ("notification", &[("GET", "GetBucketNotification"), ("PUT", "PutBucketNotification")]),
    (
        "object-lock",
        &[("GET", "GetBucketObjectLockConfiguration"), ("PUT", "PutBucketObjectLockConfiguration")],
    ),
    (
        "ownershipControls",
        &[
            ("GET", "GetBucketOwnershipControls"),
            ("PUT", "PutBucketOwnershipControls"),
            ("DELETE", "PutBucketOwnershipControls"),
        ],
    ),
    (
        "policy",
        &[("GET", "GetBucketPolicy"), ("PUT", "PutBucketPolicy"), ("DELETE", "DeleteBucketPolicy")],
    ),
    ("policyStatus", &[("GET", "GetBucketPolicyStatus")]),
    (
        "publicAccessBlock",
        &[
            ("GET", "GetBucketPublicAccessBlock"),
            ("PUT", "PutBucketPublicAccessBlock"),
            ("DELETE", "PutBucketPublicAccessBlock"),
        ],
    ),
    (
        "replication",
        &[
            ("GET", "GetReplicationConfiguration"),
            ("PUT", "PutReplicationConfiguration"),
            ("DELETE", "PutReplicationConfiguration"),
        ],
    ),
    ("requestPayment", &[("GET", "GetBucketRequestPayment"), ("PUT", "PutBucketRequestPayment")]),
    // of directory buckets, whose action is another service's
    ("session", &[]),
    (
        "tagging",
        &[("GET", "GetBucketTagging"), ("PUT", "PutBucketTagging"), ("DELETE", "PutBucketTagging")],
    ),
    ("uploads", &[("GET", "ListBucketMultipartUploads")]),
    ("versioning", &[("GET", "GetBucketVersioning"), ("PUT", "PutBucketVersioning")]),
    ("versions", &[("GET", "ListBucketVersions")]),
    (
        "website",
        &[
            ("GET", "GetBucketWebsite"),
            ("PUT", "PutBucketWebsite"),
            ("DELETE", "DeleteBucketWebsite"),
        ],
    ),
];

const OBJECT: &[Row] = &[
    ("acl", &[("GET", "GetObjectAcl"), ("PUT", "PutObjectAcl")]),
    (
        "annotation",
        &[
            ("GET", "GetObjectAnnotation"),
            ("PUT", "PutObjectAnnotation"),
            ("DELETE", "DeleteObjectAnnotation"),
        ],
    ),
    ("attributes", &[("GET", "GetObjectAttributes")]),
    ("encryption", &[("PUT", "UpdateObjectEncryption")]),
    ("legal-hold", &[("GET", "GetObjectLegalHold"), ("PUT", "PutObjectLegalHold")]),
    // of directory buckets, whose action is another service's
    ("renameObject", &[]),
    ("restore", &[("POST", "RestoreObject")]),
    ("retention", &[("GET", "GetObjectRetention"), ("PUT", "PutObjectRetention")]),
    ("select", &[("POST", "GetObject")]),
    (
        "tagging",
        &[
            ("GET", "GetObjectTagging"),
            ("PUT", "PutObjectTagging"),
            ("DELETE", "DeleteObjectTagging"),
        ],
    ),
    ("torrent", &[("GET", "GetObjectTorrent")]),
    (
        "uploadId",
        &[
            ("GET", "ListMultipartUploadParts"),
            ("PUT", "PutObject"),
            ("POST", "PutObject"),
            ("DELETE", "AbortMultipartUpload"),
        ],
    ),
    ("uploads", &[("POST", "PutObject")]),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::s3_actions;

    #[test]
    fn each_sub_resource_stands_once_and_is_allowed_by_an_action_of_s3() {
        assert!(
            BUCKET.is_sorted_by_key(|(name, _)| *name)
                && OBJECT.is_sorted_by_key(|(name, _)| *name)
        );
        let actions: BTreeSet<&str> = s3_actions().map(|(action, _)| action).collect();
        let mut seen = BTreeSet::new();
        for S3SubResource { name, of, operations } in s3_sub_resources() {
            assert!(seen.insert((name, of == S3Resource::Object)), "{name}");
            for (method, action) in operations {
                assert!(actions.contains(action), "{method} {name}: {action}");
            }
        }
    }
}
