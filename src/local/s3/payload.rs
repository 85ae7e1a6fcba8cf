//! Bodies whose hash is under the signature.

use hyper::http::request::Parts;
use s3s::Body;

use crate::local::sigv4::{header, payload_hash};

use super::Refusal;

/// What is read into memory: every document, and small objects. The hash of larger ones is checked as they come.
const SMALL: usize = 1 << 20;

/// Compares a small body with its signed hash, which `s3s` would answer a mismatch of with an internal error.
pub(crate) async fn check_payload(parts: &Parts, mut body: Body) -> Result<Body, Refusal> {
    let Some(signed) = header(parts, "x-amz-content-sha256").filter(|hash| hash.len() == 64) else { return Ok(body) };
    let length = header(parts, "content-length").and_then(|length| length.parse::<usize>().ok());
    if length.is_none_or(|length| length > SMALL) {
        return Ok(body);
    }
    let Ok(bytes) = body.store_all_limited(SMALL).await else {
        let message = "You did not provide the number of bytes specified by the Content-Length HTTP header";
        return Err(Refusal::bad_request("IncompleteBody", message));
    };
    let computed = payload_hash(&bytes);
    if !signed.eq_ignore_ascii_case(&computed) {
        let message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
        return Err(Refusal::bad_request("XAmzContentSHA256Mismatch", message)
            .with("ClientComputedContentSHA256", signed)
            .with("S3ComputedContentSHA256", computed));
    }
    Ok(Body::from(bytes))
}
