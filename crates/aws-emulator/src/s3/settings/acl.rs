//! Access control lists: everything is its owner's, and grants to others are refused.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html>.

use s3s::dto::*;
use s3s::{S3Result, s3_error};

use crate::s3::Buckets;
use crate::s3::objects::missing;

/// What a request would have an ACL say.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Wanted<'a> {
    /// `x-amz-acl`
    pub(crate) canned: Option<&'a str>,
    /// `x-amz-grant-…`
    pub(crate) grants: &'a [&'a str],
}

impl Wanted<'_> {
    /// Whether it would let everybody in.
    fn is_public(&self) -> bool {
        self.canned.is_some_and(|acl| {
            ["public-read", "public-read-write", "authenticated-read"].contains(&acl)
        }) || self.grants.iter().any(|grant| grant.contains("/groups/global/"))
    }
}

/// Refuses an ACL for an object: where the bucket takes none, and where it would let others in.
pub(crate) fn check(buckets: &Buckets, bucket: &str, wanted: Wanted<'_>) -> S3Result<()> {
    if wanted.canned.is_none() && wanted.grants.is_empty() {
        return Ok(());
    }
    let (enforced, blocks) = buckets.read(bucket, |bucket| {
        let blocks = bucket
            .public_access_block
            .as_ref()
            .and_then(|block| block.block_public_acls)
            .unwrap_or_default();
        (bucket.object_ownership.as_deref() == Some(ObjectOwnership::BUCKET_OWNER_ENFORCED), blocks)
    })?;
    let is_owners = wanted.grants.is_empty() && wanted.canned == Some("bucket-owner-full-control");
    if enforced {
        return if is_owners {
            Ok(())
        } else {
            Err(s3_error!(AccessControlListNotSupported, "The bucket does not allow ACLs"))
        };
    }
    if blocks && wanted.is_public() {
        return Err(s3_error!(AccessDenied, "Access Denied"));
    }
    match wanted.canned {
        Some("private" | "bucket-owner-full-control" | "bucket-owner-read")
            if wanted.grants.is_empty() =>
        {
            Ok(())
        }
        Some(acl) if !KNOWN.contains(&acl) => {
            Err(s3_error!(InvalidArgument, "The canned ACL {acl} is not known"))
        }
        _ => Err(s3_error!(
            NotImplemented,
            "This backend keeps no grants to others: use a bucket policy"
        )),
    }
}

const KNOWN: [&str; 8] = [
    "private",
    "public-read",
    "public-read-write",
    "authenticated-read",
    "aws-exec-read",
    "bucket-owner-read",
    "bucket-owner-full-control",
    "log-delivery-write",
];

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html>
pub(crate) async fn of_bucket(
    buckets: &Buckets,
    input: GetBucketAclInput,
) -> S3Result<GetBucketAclOutput> {
    buckets.read(&input.bucket, |_| ())?;
    Ok(GetBucketAclOutput { grants: Some(owners(buckets)), owner: Some(buckets.owner()) })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html>
pub(crate) async fn of_object(
    buckets: &Buckets,
    input: GetObjectAclInput,
) -> S3Result<GetObjectAclOutput> {
    buckets
        .objects
        .find(&input.bucket, &input.key, input.version_id.as_deref())
        .map_err(missing)?;
    Ok(GetObjectAclOutput {
        grants: Some(owners(buckets)),
        owner: Some(buckets.owner()),
        ..Default::default()
    })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html>
pub(crate) async fn put_bucket(
    buckets: &Buckets,
    input: PutBucketAclInput,
) -> S3Result<PutBucketAclOutput> {
    let grants = [
        &input.grant_full_control,
        &input.grant_read,
        &input.grant_read_acp,
        &input.grant_write,
        &input.grant_write_acp,
    ];
    let grants: Vec<&str> = grants.into_iter().flatten().map(String::as_str).collect();
    let canned = input.acl.as_ref().map(BucketCannedACL::as_str);
    put(
        buckets,
        &input.bucket,
        Wanted { canned, grants: &grants },
        input.access_control_policy.as_ref(),
    )?;
    Ok(PutBucketAclOutput::default())
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html>
pub(crate) async fn put_object(
    buckets: &Buckets,
    input: PutObjectAclInput,
) -> S3Result<PutObjectAclOutput> {
    buckets
        .objects
        .find(&input.bucket, &input.key, input.version_id.as_deref())
        .map_err(missing)?;
    let grants = [
        &input.grant_full_control,
        &input.grant_read,
        &input.grant_read_acp,
        &input.grant_write,
        &input.grant_write_acp,
    ];
    let grants: Vec<&str> = grants.into_iter().flatten().map(String::as_str).collect();
    let canned = input.acl.as_ref().map(ObjectCannedACL::as_str);
    put(
        buckets,
        &input.bucket,
        Wanted { canned, grants: &grants },
        input.access_control_policy.as_ref(),
    )?;
    Ok(PutObjectAclOutput::default())
}

fn put(
    buckets: &Buckets,
    bucket: &str,
    wanted: Wanted<'_>,
    document: Option<&AccessControlPolicy>,
) -> S3Result<()> {
    let Some(document) = document else {
        if wanted.canned.is_none() && wanted.grants.is_empty() {
            return Err(s3_error!(
                MissingSecurityHeader,
                "Your request was missing a required header"
            ));
        }
        return check(buckets, bucket, wanted);
    };
    let own = buckets.account.canonical_id();
    let is_own = |grant: &Grant| {
        grant.grantee.as_ref().and_then(|grantee| grantee.id.as_ref()) == Some(&own)
    };
    let grants = document.grants.as_deref().unwrap_or_default();
    if grants.iter().all(is_own) {
        return Ok(());
    }
    let others: Vec<&str> = grants
        .iter()
        .map(|grant| {
            grant.grantee.as_ref().and_then(|grantee| grantee.uri.as_deref()).unwrap_or("somebody")
        })
        .collect();
    check(buckets, bucket, Wanted { canned: None, grants: &others })
}

/// The owner may do everything.
fn owners(buckets: &Buckets) -> Vec<Grant> {
    let grantee = Grantee {
        display_name: None,
        email_address: None,
        id: Some(buckets.account.canonical_id()),
        type_: Type::from_static(Type::CANONICAL_USER),
        uri: None,
    };
    vec![Grant {
        grantee: Some(grantee),
        permission: Some(Permission::from_static(Permission::FULL_CONTROL)),
    }]
}
