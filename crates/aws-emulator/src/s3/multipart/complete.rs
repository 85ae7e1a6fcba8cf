//! Making an object of the parts.

use std::sync::Arc;

use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

use crate::objects::{Version, WantedPart};
use crate::s3::Buckets;
use crate::s3::objects::customer_key::{CustomerKey, customer_key};
use crate::s3::objects::{condition, etag, given_checksum, not_committed, set_checksums};
use crate::virtual_host;

use super::refused;

/// Whoever asks for the same once more gets the same answer.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CompleteMultipartUpload.html>
pub(crate) async fn complete(
    buckets: &Buckets,
    request: S3Request<CompleteMultipartUploadInput>,
) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
    let location = virtual_host::url(&request.headers, &request.extensions, request.uri.path());
    let input = request.input;
    let versioning = buckets.versioning(&input.bucket)?;
    let condition = condition(input.if_match.as_ref(), input.if_none_match.as_ref())?;
    let wanted = wanted_parts(input.multipart_upload.as_ref())?;
    if let Some(done) =
        buckets.objects.completed(&input.bucket, &input.key, &input.upload_id, &wanted)
    {
        return Ok(S3Response::new(output(input.bucket, location, &done.version)));
    }
    let upload =
        buckets.objects.upload(&input.bucket, &input.key, &input.upload_id).map_err(refused)?;
    if let Some(key) = customer_key!(input)? {
        CustomerKey::check_part(Some(&key), &upload.attributes.encryption)?;
    }
    buckets.objects.check(&input.bucket, &input.key, &condition).map_err(not_committed)?;
    let whole = given_checksum!(&input).into_iter().next();

    let (objects, assembling, parts) =
        (Arc::clone(&buckets.objects), upload.clone(), wanted.clone());
    let assembled =
        tokio::task::spawn_blocking(move || objects.assemble(&assembling, &parts, whole.as_ref()));
    let assembled = assembled.await.map_err(S3Error::internal_error)?.map_err(refused)?;
    let received = assembled.received;
    if let Some(size) =
        input.mpu_object_size.filter(|size| u64::try_from(*size) != Ok(received.size))
    {
        return Err(s3_error!(
            InvalidRequest,
            "The provided 'x-amz-mp-object-size' header value {size} does not match what was computed: {}",
            received.size
        ));
    }
    let mut version = Version::new(&input.key, upload.attributes.clone());
    version.size = received.size;
    version.etag = assembled.etag;
    version.parts = assembled.parts;
    version.part_checksums = assembled.part_checksums;
    version.checksums = received.checksums.clone();
    let version = buckets
        .objects
        .commit(&input.bucket, version, received, versioning, &condition)
        .map_err(not_committed)?;
    buckets.objects.complete_upload(&upload, &wanted, &version).map_err(S3Error::internal_error)?;
    Ok(S3Response::new(output(input.bucket, location, &version)))
}

fn output(bucket: String, location: String, version: &Version) -> CompleteMultipartUploadOutput {
    let encryption = &version.attributes.encryption;
    let mut output = CompleteMultipartUploadOutput {
        location: Some(location),
        bucket: Some(bucket),
        key: Some(version.key.clone()),
        e_tag: Some(etag(version)),
        checksum_type: version.checksums.kind(),
        server_side_encryption: encryption.algorithm.clone().map(ServerSideEncryption::from),
        ssekms_key_id: encryption.kms_key_id.clone(),
        bucket_key_enabled: encryption.bucket_key,
        version_id: version.version_id.clone(),
        ..Default::default()
    };
    set_checksums!(output, version.checksums);
    output
}

fn wanted_parts(upload: Option<&CompletedMultipartUpload>) -> S3Result<Vec<WantedPart>> {
    let upload =
        upload.ok_or_else(|| s3_error!(InvalidRequest, "You must specify at least one part"))?;
    let parts = upload.parts.as_deref().unwrap_or_default();
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
