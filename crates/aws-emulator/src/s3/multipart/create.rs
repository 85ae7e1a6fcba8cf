//! Opening and aborting an upload.

use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

use crate::account::Principal;
use crate::objects::{Algorithm, NewUpload};
use crate::s3::objects::attributes::attributes;
use crate::s3::objects::put::unsupported_checksum;
use crate::s3::objects::set_encryption;
use crate::s3::{Buckets, Caller};

use super::refused;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateMultipartUpload.html>
pub(crate) async fn create(
    buckets: &Buckets,
    request: S3Request<CreateMultipartUploadInput>,
) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
    let initiator =
        request.extensions.get::<Caller>().map(|caller| initiator(buckets, &caller.principal));
    let input = request.input;
    let attributes = attributes!(buckets, &input);
    let algorithm = match &input.checksum_algorithm {
        None => None,
        Some(name) => Some(Algorithm::by_name(name.as_str()).ok_or_else(unsupported_checksum)?),
    };
    let is_composite =
        is_composite(algorithm, input.checksum_type.as_ref().map(ChecksumType::as_str))?;
    let encryption = attributes.encryption.clone();
    let new = NewUpload {
        bucket: input.bucket.clone(),
        key: input.key.clone(),
        algorithm,
        is_composite,
        attributes,
        initiator,
    };
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
    Ok(S3Response::new(output))
}

/// Whoever opens an upload: the account by its canonical id, a user or a session by its ARN.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Initiator.html>.
fn initiator(buckets: &Buckets, principal: &Principal) -> String {
    match principal {
        Principal::Root => buckets.account.canonical_id(),
        Principal::User(_) | Principal::Session(_) => buckets.account.principal_arn(principal),
    }
}

/// SHA checksums are over the parts' only, CRC-64/NVME is over the whole only, and the others are over the parts' unless told otherwise.
fn is_composite(algorithm: Option<Algorithm>, kind: Option<&str>) -> S3Result<bool> {
    match (algorithm, kind) {
        (None | Some(Algorithm::Crc64Nvme), None | Some(ChecksumType::FULL_OBJECT))
        | (Some(Algorithm::Crc32 | Algorithm::Crc32c), Some(ChecksumType::FULL_OBJECT)) => {
            Ok(false)
        }
        (
            Some(Algorithm::Crc32 | Algorithm::Crc32c | Algorithm::Sha1 | Algorithm::Sha256),
            None | Some(ChecksumType::COMPOSITE),
        ) => Ok(true),
        (algorithm, kind) => Err(s3_error!(
            InvalidRequest,
            "The {} checksum type cannot be used with the {} checksum algorithm.",
            kind.unwrap_or(ChecksumType::FULL_OBJECT),
            algorithm.map_or("default", Algorithm::name).to_ascii_lowercase()
        )),
    }
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_AbortMultipartUpload.html>
pub(crate) async fn abort(
    buckets: &Buckets,
    input: AbortMultipartUploadInput,
) -> S3Result<AbortMultipartUploadOutput> {
    buckets.read(&input.bucket, |_| ())?;
    let upload =
        buckets.objects.upload(&input.bucket, &input.key, &input.upload_id).map_err(refused)?;
    buckets.objects.end_upload(&upload.id).map_err(S3Error::internal_error)?;
    Ok(AbortMultipartUploadOutput::default())
}
