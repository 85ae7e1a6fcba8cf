//! Opening and aborting an upload.

use s3s::dto::*;
use s3s::{S3Error, S3Result, s3_error};

use crate::local::objects::{Algorithm, NewUpload};
use crate::local::s3::Buckets;
use crate::local::s3::objects::attributes::attributes;
use crate::local::s3::objects::set_encryption;

use super::refused;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html>
pub(crate) async fn create(buckets: &Buckets, input: CreateMultipartUploadInput) -> S3Result<CreateMultipartUploadOutput> {
    let attributes = attributes!(buckets, &input);
    let algorithm = match &input.checksum_algorithm {
        None => None,
        Some(name) => Some(
            Algorithm::by_name(name.as_str())
                .ok_or_else(|| s3_error!(InvalidRequest, "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"))?,
        ),
    };
    let is_composite = is_composite(algorithm, input.checksum_type.as_ref().map(ChecksumType::as_str))?;
    let encryption = attributes.encryption.clone();
    let new = NewUpload { bucket: input.bucket.clone(), key: input.key.clone(), algorithm, is_composite, attributes };
    let upload = buckets.objects.begin_upload(new).map_err(S3Error::internal_error)?;
    let kind = if is_composite { ChecksumType::COMPOSITE } else { ChecksumType::FULL_OBJECT };
    let mut output = CreateMultipartUploadOutput {
        bucket: Some(input.bucket),
        key: Some(input.key),
        upload_id: Some(upload.id),
        checksum_type: input.checksum_algorithm.as_ref().map(|_| ChecksumType::from_static(kind)),
        checksum_algorithm: input.checksum_algorithm,
        ..Default::default()
    };
    set_encryption!(output, encryption);
    Ok(output)
}

/// SHA checksums are over the parts' only, CRC-64/NVME is over the whole only, and the others are over the parts' unless told otherwise.
fn is_composite(algorithm: Option<Algorithm>, kind: Option<&str>) -> S3Result<bool> {
    match (algorithm, kind) {
        (None | Some(Algorithm::Crc64Nvme), None | Some(ChecksumType::FULL_OBJECT))
        | (Some(Algorithm::Crc32 | Algorithm::Crc32c), Some(ChecksumType::FULL_OBJECT)) => Ok(false),
        (Some(Algorithm::Crc32 | Algorithm::Crc32c | Algorithm::Sha1 | Algorithm::Sha256), None | Some(ChecksumType::COMPOSITE)) => {
            Ok(true)
        }
        (algorithm, kind) => Err(s3_error!(
            InvalidRequest,
            "The {} checksum type cannot be used with the {} checksum algorithm.",
            kind.unwrap_or(ChecksumType::FULL_OBJECT),
            algorithm.map_or("default", Algorithm::name).to_ascii_lowercase()
        )),
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html>
pub(crate) async fn abort(buckets: &Buckets, input: AbortMultipartUploadInput) -> S3Result<AbortMultipartUploadOutput> {
    buckets.read(&input.bucket, |_| ())?;
    let upload = buckets.objects.upload(&input.bucket, &input.key, &input.upload_id).map_err(refused)?;
    buckets.objects.end_upload(&upload.id).map_err(S3Error::internal_error)?;
    Ok(AbortMultipartUploadOutput::default())
}
