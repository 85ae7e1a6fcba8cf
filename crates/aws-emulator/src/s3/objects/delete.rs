//! Removing objects and versions.

use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

use crate::objects::{Condition, Missing, Versioning};
use crate::s3::Buckets;
use crate::s3::arguments::check_version_id;
use crate::s3::needs::Need;
use crate::s3::permission::{Asking, Permissions};

use super::{missing, not_committed};

/// `If-Match` of a removal.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-deletes.html>.
fn condition(if_match: Option<&ETagCondition>) -> Condition {
    match if_match {
        None => Condition::Always,
        Some(ETagCondition::Any) => Condition::Present,
        Some(ETagCondition::ETag(etag)) => Condition::Etag(etag.value().to_owned()),
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html>
pub(crate) async fn delete(
    buckets: &Buckets,
    input: DeleteObjectInput,
) -> S3Result<DeleteObjectOutput> {
    let versioning = buckets.versioning(&input.bucket)?;
    let condition = condition(input.if_match.as_ref());
    buckets.objects.check(&input.bucket, &input.key, &condition).map_err(not_committed)?;
    let removed =
        buckets.objects.remove(&input.bucket, &input.key, input.version_id.as_deref(), versioning);
    let removed = removed.map_err(S3Error::internal_error)?;
    Ok(DeleteObjectOutput {
        delete_marker: removed.delete_marker.then_some(true),
        version_id: removed.version_id,
        ..Default::default()
    })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
///
/// Each object is asked about on its own, and one that may not be removed is told of in the answer.
pub(crate) async fn delete_many(
    buckets: &Buckets,
    request: S3Request<DeleteObjectsInput>,
) -> S3Result<S3Response<DeleteObjectsOutput>> {
    let asking = Asking::again(&buckets.account, &request.headers, &request.extensions);
    let permissions = Permissions { account: &buckets.account, objects: &buckets.objects };
    let is_digest = |name: &hyper::header::HeaderName| {
        *name == "content-md5" || name.as_str().starts_with("x-amz-checksum-")
    };
    let has_digest =
        request.headers.keys().any(is_digest) || request.headers.contains_key("x-amz-trailer");
    if !has_digest {
        return Err(s3_error!(
            InvalidRequest,
            "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
        ));
    }
    let input = request.input;
    let versioning = buckets.versioning(&input.bucket)?;
    if input.delete.objects.is_empty() || input.delete.objects.len() > 1000 {
        return Err(s3_error!(MalformedXML));
    }
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for object in input.delete.objects {
        let need = Need::of_removal(&input.bucket, &object.key, object.version_id.as_deref());
        if let Err(denied) = permissions.allow(&asking, &need) {
            errors.push(Error {
                key: Some(object.key),
                version_id: object.version_id,
                code: Some("AccessDenied".to_owned()),
                message: Some(denied.to_string()),
            });
            continue;
        }
        match delete_one(buckets, &input.bucket, &object, versioning) {
            Ok(removed) => deleted.push(removed),
            Err(error) => errors.push(Error {
                key: Some(object.key),
                version_id: object.version_id,
                code: Some(error.code().as_str().to_owned()),
                message: error.message().map(str::to_owned),
            }),
        }
    }
    if input.delete.quiet.unwrap_or_default() {
        deleted.clear();
    }
    Ok(S3Response::new(DeleteObjectsOutput {
        deleted: Some(deleted),
        errors: Some(errors),
        ..Default::default()
    }))
}

/// One of many, with the ETag that it has to have where one is stated.
fn delete_one(
    buckets: &Buckets,
    bucket: &str,
    object: &ObjectIdentifier,
    versioning: Versioning,
) -> S3Result<DeletedObject> {
    if let Some(id) = &object.version_id {
        check_version_id(&buckets.account, bucket, id).map_err(|_| missing(Missing::Version))?;
    }
    let wanted = object.e_tag.as_ref().map(|etag| {
        if etag.value() == "*" { ETagCondition::Any } else { ETagCondition::ETag(etag.clone()) }
    });
    buckets
        .objects
        .check(bucket, &object.key, &condition(wanted.as_ref()))
        .map_err(not_committed)?;
    let removed =
        buckets.objects.remove(bucket, &object.key, object.version_id.as_deref(), versioning);
    let removed = removed.map_err(|error| {
        tracing::error!(%error, "an object was not removed");
        s3_error!(InternalError, "We encountered an internal error. Please try again.")
    })?;
    Ok(DeletedObject {
        key: Some(object.key.clone()),
        delete_marker: removed.delete_marker.then_some(true),
        delete_marker_version_id: removed.version_id.filter(|_| removed.delete_marker),
        version_id: object.version_id.clone(),
    })
}
