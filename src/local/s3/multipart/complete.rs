//! Making an object of the parts.

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3Error, S3Result, s3_error};

use crate::local::objects::{Version, WantedPart};
use crate::local::s3::Buckets;
use crate::local::s3::objects::customer_key::{CustomerKey, customer_key};
use crate::local::s3::objects::{condition, etag, given_checksum, not_committed, set_checksums};

use super::refused;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>
pub(crate) async fn complete(buckets: &Buckets, input: CompleteMultipartUploadInput) -> S3Result<CompleteMultipartUploadOutput> {
    let versioning = buckets.versioning(&input.bucket)?;
    let condition = condition(input.if_match.as_ref(), input.if_none_match.as_ref())?;
    let upload = buckets.objects.upload(&input.bucket, &input.key, &input.upload_id).map_err(refused)?;
    if let Some(key) = customer_key!(input)? {
        CustomerKey::check_part(Some(&key), &upload.attributes.encryption)?;
    }
    buckets.objects.check(&input.bucket, &input.key, &condition).map_err(not_committed)?;
    let wanted = wanted_parts(input.multipart_upload.as_ref())?;
    let whole = given_checksum!(&input).into_iter().next();

    let (objects, assembling) = (Arc::clone(&buckets.objects), upload.clone());
    let assembled = tokio::task::spawn_blocking(move || objects.assemble(&assembling, &wanted, whole.as_ref()));
    let assembled = assembled.await.map_err(S3Error::internal_error)?.map_err(refused)?;
    let received = assembled.received;
    if input.mpu_object_size.is_some_and(|size| u64::try_from(size) != Ok(received.size)) {
        return Err(s3_error!(InvalidRequest, "The provided 'x-amz-mp-object-size' header does not match what was computed."));
    }
    let mut version = Version::new(&input.key, upload.attributes.clone());
    version.size = received.size;
    version.etag = assembled.etag;
    version.parts = assembled.parts;
    version.checksums = received.checksums.clone();
    let version = buckets.objects.commit(&input.bucket, version, received, versioning, &condition).map_err(not_committed)?;
    buckets.objects.end_upload(&upload.id).map_err(S3Error::internal_error)?;

    let encryption = &version.attributes.encryption;
    let mut output = CompleteMultipartUploadOutput {
        location: Some(format!("/{}/{}", input.bucket, input.key)),
        bucket: Some(input.bucket),
        key: Some(input.key),
        e_tag: Some(etag(&version)),
        checksum_type: version.checksums.kind(),
        server_side_encryption: encryption.algorithm.clone().map(ServerSideEncryption::from),
        ssekms_key_id: encryption.kms_key_id.clone(),
        bucket_key_enabled: encryption.bucket_key,
        version_id: version.version_id.clone(),
        ..Default::default()
    };
    set_checksums!(output, version.checksums);
    Ok(output)
}

fn wanted_parts(upload: Option<&CompletedMultipartUpload>) -> S3Result<Vec<WantedPart>> {
    let parts = upload.and_then(|upload| upload.parts.as_deref()).unwrap_or_default();
    if parts.is_empty() {
        return Err(s3_error!(MalformedXML));
    }
    let wanted = parts.iter().map(|part| {
        let number = part.part_number.ok_or_else(|| s3_error!(MalformedXML))?;
        let etag = part.e_tag.as_ref().ok_or_else(|| s3_error!(MalformedXML))?.value().to_owned();
        Ok(WantedPart { number, etag, checksum: given_checksum!(part).into_iter().next() })
    });
    wanted.collect()
}
