//! Removing objects and versions.

use s3s::dto::*;
use s3s::{S3Error, S3Result, s3_error};

use crate::local::s3::Buckets;

use super::{condition, not_committed};

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html>
pub(crate) async fn delete(buckets: &Buckets, input: DeleteObjectInput) -> S3Result<DeleteObjectOutput> {
    let versioning = buckets.versioning(&input.bucket)?;
    let condition = condition(input.if_match.as_ref(), None)?;
    buckets.objects.check(&input.bucket, &input.key, &condition).map_err(not_committed)?;
    let removed = buckets.objects.remove(&input.bucket, &input.key, input.version_id.as_deref(), versioning);
    let removed = removed.map_err(S3Error::internal_error)?;
    Ok(DeleteObjectOutput { delete_marker: removed.delete_marker.then_some(true), version_id: removed.version_id, ..Default::default() })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
pub(crate) async fn delete_many(buckets: &Buckets, input: DeleteObjectsInput) -> S3Result<DeleteObjectsOutput> {
    let versioning = buckets.versioning(&input.bucket)?;
    if input.delete.objects.is_empty() || input.delete.objects.len() > 1000 {
        return Err(s3_error!(MalformedXML));
    }
    let (mut deleted, mut errors) = (Vec::new(), Vec::new());
    for object in input.delete.objects {
        match buckets.objects.remove(&input.bucket, &object.key, object.version_id.as_deref(), versioning) {
            Ok(removed) => deleted.push(DeletedObject {
                key: Some(object.key),
                delete_marker: removed.delete_marker.then_some(true),
                delete_marker_version_id: removed.version_id.filter(|_| removed.delete_marker),
                version_id: object.version_id,
            }),
            Err(error) => {
                tracing::error!(%error, "an object was not removed");
                errors.push(Error {
                    key: Some(object.key),
                    version_id: object.version_id,
                    code: Some("InternalError".to_owned()),
                    message: Some("We encountered an internal error. Please try again.".to_owned()),
                });
            }
        }
    }
    if input.delete.quiet.unwrap_or_default() {
        deleted.clear();
    }
    Ok(DeleteObjectsOutput { deleted: Some(deleted), errors: Some(errors), ..Default::default() })
}
