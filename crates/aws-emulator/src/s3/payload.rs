//! Bodies whose hash is under the signature or in a header.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::Method;
use hyper::http::request::Parts;
use s3s::Body;
use s3s::crypto::{Checksum as _, Md5};

use crate::objects::Algorithm;
use crate::sigv4::{header, payload_hash};

use super::{Asked, Refusal};

/// What is read into memory: every document, and small objects. The hash of larger ones is checked as they come.
const SMALL: usize = 1 << 20;

/// Compares a small body with its signed hash, which `s3s` would answer a mismatch of with an internal error.
pub(crate) async fn check_payload(parts: &Parts, mut body: Body) -> Result<Body, Refusal> {
    let Some(signed) = header(parts, "x-amz-content-sha256").filter(|hash| hash.len() == 64) else {
        return Ok(body);
    };
    if !is_small(parts) {
        return Ok(body);
    }
    let Ok(bytes) = body.store_all_limited(SMALL).await else {
        return Err(incomplete());
    };
    let computed = payload_hash(&bytes);
    if !signed.eq_ignore_ascii_case(&computed) {
        let message =
            "The provided 'x-amz-content-sha256' header does not match what was computed.";
        return Err(Refusal::bad_request("XAmzContentSHA256Mismatch", message)
            .with("ClientComputedContentSHA256", signed)
            .with("S3ComputedContentSHA256", computed));
    }
    Ok(Body::from(bytes))
}

/// Compares a document with the digests that its headers state: of a bucket's settings, or of objects to be removed.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html>.
pub(crate) async fn check_document(
    parts: &Parts,
    asked: &Asked,
    mut body: Body,
) -> Result<Body, Refusal> {
    let is_document = asked.key.is_none() && [Method::PUT, Method::POST].contains(&parts.method);
    let is_whole =
        header(parts, "x-amz-content-sha256").is_none_or(|hash| !hash.starts_with("STREAMING-"));
    let md5 = header(parts, "content-md5");
    let checksum = Algorithm::ALL
        .into_iter()
        .find_map(|algorithm| Some((algorithm, header(parts, &algorithm.header())?)));
    if !is_document || !is_whole || !is_small(parts) || (md5.is_none() && checksum.is_none()) {
        return Ok(body);
    }
    let Ok(bytes) = body.store_all_limited(SMALL).await else { return Err(incomplete()) };
    if let Some(stated) = md5 {
        let mut hasher = Md5::new();
        hasher.update(&bytes);
        let computed = STANDARD.encode(hasher.finalize());
        if STANDARD.decode(stated).map_or(true, |hash| hash.len() != 16) {
            return Err(Refusal::bad_request(
                "InvalidDigest",
                "The Content-MD5 you specified was invalid.",
            )
            .with("Content-MD5", stated));
        }
        if stated != computed {
            return Err(Refusal::bad_request(
                "BadDigest",
                "The Content-MD5 you specified did not match what we received.",
            )
            .with("ExpectedDigest", stated)
            .with("CalculatedDigest", computed));
        }
    }
    if let Some((algorithm, stated)) = checksum {
        if STANDARD.decode(stated).map_or(true, |value| value.len() != algorithm.length()) {
            return Err(Refusal::bad_request(
                "InvalidRequest",
                format!("Value for {} header is invalid.", algorithm.header()),
            ));
        }
        if stated != algorithm.of(&bytes) {
            let message = format!(
                "The {} you specified did not match the calculated checksum.",
                algorithm.name()
            );
            return Err(Refusal::bad_request("BadDigest", message));
        }
    }
    Ok(Body::from(bytes))
}

/// Whether a body is read into memory.
fn is_small(parts: &Parts) -> bool {
    header(parts, "content-length")
        .and_then(|length| length.parse::<usize>().ok())
        .is_some_and(|length| length <= SMALL)
}

fn incomplete() -> Refusal {
    let message =
        "You did not provide the number of bytes specified by the Content-Length HTTP header";
    Refusal::bad_request("IncompleteBody", message)
}
