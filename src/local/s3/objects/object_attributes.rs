//! What is known of an object, without its bytes.

use s3s::dto::*;
use s3s::{S3Result, s3_error};

use crate::local::s3::Buckets;

use super::customer_key::{CustomerKey, customer_key};
use super::list::storage_class;
use super::{missing, modified, set_checksums};

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAttributes.html>
pub(crate) async fn get(buckets: &Buckets, input: GetObjectAttributesInput) -> S3Result<GetObjectAttributesOutput> {
    let version = buckets.objects.find(&input.bucket, &input.key, input.version_id.as_deref()).map_err(missing)?;
    CustomerKey::check(customer_key!(input)?.as_ref(), &version.attributes.encryption)?;
    let mut output = GetObjectAttributesOutput {
        last_modified: Some(modified(version.modified)),
        version_id: version.version_id.clone(),
        ..Default::default()
    };
    if input.object_attributes.is_empty() {
        return Err(s3_error!(InvalidRequest, "x-amz-object-attributes header is required"));
    }
    for attribute in &input.object_attributes {
        match attribute.as_str() {
            ObjectAttributes::ETAG => output.e_tag = Some(super::etag(&version)),
            ObjectAttributes::OBJECT_SIZE => output.object_size = i64::try_from(version.size).ok(),
            ObjectAttributes::STORAGE_CLASS => output.storage_class = Some(storage_class(&version).into()),
            ObjectAttributes::CHECKSUM => {
                let mut checksum = Checksum { checksum_type: version.checksums.kind(), ..Default::default() };
                set_checksums!(checksum, version.checksums);
                output.checksum = Some(checksum);
            }
            ObjectAttributes::OBJECT_PARTS => {
                let count = i32::try_from(version.parts.len()).ok().filter(|count| *count > 0);
                output.object_parts = count.map(|count| GetObjectAttributesParts { total_parts_count: Some(count), ..Default::default() });
            }
            _ => return Err(s3_error!(InvalidArgument, "Invalid attribute name specified.")),
        }
    }
    Ok(output)
}
