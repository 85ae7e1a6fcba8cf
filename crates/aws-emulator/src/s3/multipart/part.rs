//! Taking a part.

use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use crate::objects::Declared;
use crate::s3::Buckets;
use crate::s3::elements::invalid_argument;
use crate::s3::objects::customer_key::{CustomerKey, customer_key};
use crate::s3::objects::put::{LARGEST, declared_checksum, not_received, too_large};
use crate::s3::objects::{given_checksum, set_checksums, set_encryption};

use super::refused;

/// There are 10,000 parts at most.
pub(super) fn check_number(number: i32) -> S3Result<()> {
    if (1..=10_000).contains(&number) {
        return Ok(());
    }
    Err(invalid_argument(
        "Part number must be an integer between 1 and 10000, inclusive",
        "partNumber",
        number,
    ))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html>
pub(crate) async fn upload(
    buckets: &Buckets,
    request: S3Request<UploadPartInput>,
) -> S3Result<S3Response<UploadPartOutput>> {
    let input = &request.input;
    buckets.read(&input.bucket, |_| ())?;
    check_number(input.part_number)?;
    if input.content_length.is_some_and(|length| length > LARGEST) {
        return Err(too_large(input.content_length.unwrap_or_default(), LARGEST));
    }
    let upload =
        buckets.objects.upload(&input.bucket, &input.key, &input.upload_id).map_err(refused)?;
    CustomerKey::check_part(customer_key!(input)?.as_ref(), &upload.attributes.encryption)?;
    let declared = declared_checksum(
        given_checksum!(input),
        input.checksum_algorithm.as_ref(),
        &request.headers,
    )?;
    let checksum = match (declared, upload.algorithm) {
        (Some((given, _)), Some(wanted)) if given != wanted => {
            return Err(s3_error!(
                InvalidRequest,
                "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                wanted.name().to_ascii_lowercase(),
                given.name().to_ascii_lowercase()
            ));
        }
        (Some(given), _) => Some(given),
        (None, wanted) => wanted.map(|algorithm| (algorithm, None)),
    };
    let declared = Declared {
        length: input.content_length.and_then(|length| u64::try_from(length).ok()),
        md5: input.content_md5.clone(),
        checksum,
        trailers: request.trailing_headers,
    };
    let input = request.input;
    let received = buckets.objects.receive(input.body, declared).await.map_err(not_received)?;
    let part = buckets.objects.add_part(&upload, input.part_number, received).map_err(refused)?;
    let mut output =
        UploadPartOutput { e_tag: Some(ETag::Strong(part.etag)), ..Default::default() };
    set_encryption!(output, upload.attributes.encryption);
    set_checksums!(output, part.checksums);
    Ok(S3Response::new(output))
}
