//! Objects in storage classes whose bytes have to be restored before they can be read. Nothing is restored here.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/archived-objects.html>.

use s3s::dto::*;
use s3s::{S3Result, s3_error};

use crate::objects::Version;
use crate::s3::Buckets;
use crate::s3::elements::Explained as _;

use super::list::storage_class;
use super::missing;

/// Refuses to read an archived object, in these words.
pub(crate) fn check(version: &Version, message: &'static str) -> S3Result<()> {
    let class = storage_class(version);
    if ![ObjectStorageClass::GLACIER, ObjectStorageClass::DEEP_ARCHIVE].contains(&class.as_str()) {
        return Ok(());
    }
    Err(s3_error!(InvalidObjectState, "{message}").with("StorageClass", class))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html>
pub(crate) async fn restore(
    buckets: &Buckets,
    input: RestoreObjectInput,
) -> S3Result<RestoreObjectOutput> {
    let version = buckets
        .objects
        .find(&input.bucket, &input.key, input.version_id.as_deref())
        .map_err(missing)?;
    if check(&version, "").is_ok() {
        return Err(s3_error!(
            InvalidObjectState,
            "Restore is not allowed for the object's current storage class"
        )
        .with("StorageClass", storage_class(&version)));
    }
    Err(s3_error!(NotImplemented, "This backend restores no archived objects"))
}
