//! Headers that `s3s` reads otherwise than S3, written so that both mean the same.
//!
//! S3 takes no notice of a `Range` that it cannot read or that names several ranges, and compares ETags with and without their
//! quotation marks; `s3s` refuses both. A header under the signature is changed only where the signature is true, and signed again.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>.

use hyper::Uri;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue, RANGE};
use hyper::http::request::Parts;
use s3s::dto::{ETagCondition, Range};

use crate::account::Account;
use crate::sigv4::{Claim, Place, header};

/// The conditions on an ETag.
const CONDITIONS: [&str; 4] =
    ["if-match", "if-none-match", "x-amz-copy-source-if-match", "x-amz-copy-source-if-none-match"];
/// What bodies are called whose chunks are signed in a chain that begins with the request's signature.
const CHAINED: &str = "STREAMING-AWS4-";

/// Changes what is to be changed.
pub(crate) fn respell(account: &Account, parts: &mut Parts) {
    let changes = changes(parts);
    if changes.is_empty() {
        return;
    }
    let covers = |claim: &Claim| {
        changes
            .iter()
            .any(|(name, _)| claim.signed_headers.iter().any(|signed| *signed == name.as_str()))
    };
    let Some(claim) = Claim::read(parts).ok().flatten().filter(covers) else {
        apply(parts, changes);
        return;
    };
    let payload = claim.payload(parts).to_owned();
    let Some(secret) =
        account.secret(&claim.scope.access_key_id).filter(|_| !payload.starts_with(CHAINED))
    else {
        return;
    };
    let to_sign = |parts: &Parts| claim.string_to_sign(&claim.canonical_request(parts, &payload));
    // what is not true now must not become it
    if !claim.is_signed_by(&secret, &to_sign(parts)) {
        return;
    }
    apply(parts, changes);
    let signature = claim.sign(&secret, &to_sign(parts));
    replace_signature(parts, &claim, &signature);
}

/// The headers to change, and what they become.
fn changes(parts: &Parts) -> Vec<(HeaderName, HeaderValue)> {
    let mut changes = Vec::new();
    let mut ranges = parts.headers.get_all(RANGE).iter();
    let is_read = |value: &HeaderValue| {
        value.to_str().is_ok_and(|text| text.is_empty() || Range::parse(text).is_ok())
    };
    if let Some(first) = ranges.next()
        && (ranges.next().is_some() || !is_read(first))
    {
        // an empty header is as good as none, and can be signed
        changes.push((RANGE, HeaderValue::from_static("")));
    }
    for name in CONDITIONS {
        let Some(text) = header(parts, name) else { continue };
        if text.is_empty()
            || text.contains('"')
            || ETagCondition::parse_http_header(text.as_bytes()).is_ok()
        {
            continue;
        }
        if let Ok(quoted) = HeaderValue::from_str(&format!("\"{text}\"")) {
            changes.push((HeaderName::from_static(name), quoted));
        }
    }
    changes
}

fn apply(parts: &mut Parts, changes: Vec<(HeaderName, HeaderValue)>) {
    for (name, value) in changes {
        parts.headers.insert(name, value);
    }
}

fn replace_signature(parts: &mut Parts, claim: &Claim, signature: &str) {
    match claim.place {
        Place::Header => {
            let text = header(parts, AUTHORIZATION.as_str())
                .unwrap_or_default()
                .replace(&claim.signature, signature);
            if let Ok(value) = HeaderValue::from_str(&text) {
                parts.headers.insert(AUTHORIZATION, value);
            }
        }
        Place::Query => {
            if let Ok(uri) =
                parts.uri.to_string().replace(&claim.signature, signature).parse::<Uri>()
            {
                parts.uri = uri;
            }
        }
        // a form has its signature in its body, and none of these headers under it
        Place::Form => {}
    }
}
