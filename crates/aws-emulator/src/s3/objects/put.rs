//! Taking an object.

use s3s::dto::*;
use s3s::{S3Error, S3Request, S3Response, S3Result, s3_error};

use crate::objects::{Algorithm, Declared, ReceiveError, Version};
use crate::s3::Buckets;
use crate::s3::elements::Explained as _;
use crate::s3::objects::attributes::attributes;
use crate::s3::settings::expiration;

use super::{condition, etag, given_checksum, not_committed, set_checksums, set_encryption};

/// What one PUT takes at most, and one part of an upload.
pub(crate) const LARGEST: i64 = 5 << 30;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html>
pub(crate) async fn put(
    buckets: &Buckets,
    request: S3Request<PutObjectInput>,
) -> S3Result<S3Response<PutObjectOutput>> {
    let versioning = buckets.versioning(&request.input.bucket)?;
    let input = &request.input;
    let attributes = attributes!(buckets, input);
    let condition = condition(input.if_match.as_ref(), input.if_none_match.as_ref())?;
    buckets.objects.check(&input.bucket, &input.key, &condition).map_err(not_committed)?;
    if input.content_length.is_some_and(|length| length > LARGEST) {
        return Err(too_large(input.content_length.unwrap_or_default(), LARGEST));
    }
    let declared = Declared {
        length: input.content_length.and_then(|length| u64::try_from(length).ok()),
        md5: input.content_md5.clone(),
        checksum: declared_checksum(
            given_checksum!(input),
            input.checksum_algorithm.as_ref(),
            &request.headers,
        )?,
        trailers: request.trailing_headers,
    };
    let input = request.input;
    let received = buckets.objects.receive(input.body, declared).await.map_err(not_received)?;
    let mut version = Version::new(&input.key, attributes);
    version.size = received.size;
    version.etag = version.attributes.encryption.etag(&received.md5);
    version.checksums = received.checksums.clone();
    let version = buckets
        .objects
        .commit(&input.bucket, version, received, versioning, &condition)
        .map_err(not_committed)?;

    let mut output = PutObjectOutput {
        e_tag: Some(etag(&version)),
        checksum_type: version.checksums.kind(),
        version_id: version.version_id.clone(),
        expiration: expiration::of(buckets, &input.bucket, &version),
        ..Default::default()
    };
    set_checksums!(output, version.checksums);
    set_encryption!(output, version.attributes.encryption);
    Ok(S3Response::new(output))
}

/// The refusal of what is larger than S3 takes at once.
pub(crate) fn too_large(size: i64, most: i64) -> S3Error {
    let error = s3_error!(EntityTooLarge, "Your proposed upload exceeds the maximum allowed size");
    error.with("ProposedSize", size).with("MaxSizeAllowed", most)
}

/// The refusal of a checksum algorithm that there is not.
pub(crate) fn unsupported_checksum() -> S3Error {
    s3_error!(
        InvalidRequest,
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
    )
}

/// The one checksum that a request gives, or says that it will give after the bytes.
pub(crate) fn declared_checksum(
    given: Vec<(Algorithm, String)>,
    named: Option<&ChecksumAlgorithm>,
    headers: &hyper::HeaderMap,
) -> S3Result<Option<(Algorithm, Option<String>)>> {
    if given.len() > 1 {
        return Err(s3_error!(
            InvalidRequest,
            "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        ));
    }
    let named = match named {
        None => None,
        Some(name) => Some(Algorithm::by_name(name.as_str()).ok_or_else(unsupported_checksum)?),
    };
    if let Some((algorithm, value)) = given.into_iter().next() {
        return Ok(Some((algorithm, Some(value))));
    }
    let trailer = headers.get("x-amz-trailer").and_then(|value| value.to_str().ok());
    let trailing = trailer.and_then(|name| {
        Algorithm::ALL
            .into_iter()
            .find(|algorithm| name.trim().eq_ignore_ascii_case(&algorithm.header()))
    });
    if named.is_some() && trailing.is_none() {
        return Err(s3_error!(
            InvalidRequest,
            "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found."
        ));
    }
    Ok(trailing.map(|algorithm| (algorithm, None)))
}

/// Why the bytes were not taken, in S3's terms.
pub(crate) fn not_received(error: ReceiveError) -> S3Error {
    match error {
        ReceiveError::InvalidMd5(text) => {
            s3_error!(InvalidDigest, "The Content-MD5 you specified was invalid.")
                .with("Content-MD5", text)
        }
        ReceiveError::InvalidChecksum(algorithm) => {
            s3_error!(InvalidRequest, "Value for {} header is invalid.", algorithm.header())
        }
        ReceiveError::OtherMd5 { expected, calculated } => {
            s3_error!(BadDigest, "The Content-MD5 you specified did not match what we received.")
                .with("ExpectedDigest", expected)
                .with("CalculatedDigest", calculated)
        }
        ReceiveError::OtherChecksum { algorithm, expected, calculated } => s3_error!(
            BadDigest,
            "The {} you specified did not match the calculated checksum.",
            algorithm.name()
        )
        .with_note("signed", expected)
        .with_note("received", calculated),
        ReceiveError::OtherPayload => other_payload(),
        ReceiveError::ChunkSignature => s3_error!(
            SignatureDoesNotMatch,
            "The request signature we calculated does not match the signature you provided. Check your key and signing method."
        ),
        ReceiveError::Incomplete => {
            s3_error!(
                IncompleteBody,
                "You did not provide the number of bytes specified by the Content-Length HTTP header"
            )
        }
        ReceiveError::Io(error) => S3Error::internal_error(error),
    }
}

/// A body that is not the one whose hash was signed.
pub(crate) fn other_payload() -> S3Error {
    super::custom(
        hyper::StatusCode::BAD_REQUEST,
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
    )
}
