//! Headers in the query of a presigned URL: S3 takes `x-amz-…` parameters and conditions for the headers of that name.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>; conditions are recorded in
//! <https://github.com/localstack/localstack/pull/12624>, ignored checksums in <https://github.com/localstack/localstack/pull/12164>.

use hyper::header::{HeaderName, HeaderValue};
use hyper::http::request::Parts;

use crate::sigv4::Claim;

/// Parameters of the signature itself, in lower case.
const OF_THE_SIGNATURE: [&str; 8] = [
    "x-amz-algorithm",
    "x-amz-content-sha256",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-expires",
    "x-amz-security-token",
    "x-amz-signature",
    "x-amz-signedheaders",
];
/// Parameters that the AWS SDKs move into the query and S3 ignores there: no body is known yet.
const IGNORED: [&str; 2] = ["x-amz-checksum-", "x-amz-sdk-checksum-algorithm"];
/// Headers of HTTP that count in the query.
const CONDITIONS: [&str; 2] = ["if-match", "if-none-match"];

/// Makes headers of the parameters. All of a query is under its signature, so nothing comes in unsigned.
///
/// A header under the signature stays as it is. A condition that is not under it gives way to the one in the query: otherwise a
/// client could replace what was signed. The first of several parameters of one name counts.
pub(crate) fn add_query_headers(parts: &mut Parts) {
    let claim = Claim::read(parts).ok().flatten();
    let mut fixed = claim.map(|claim| claim.signed_headers).unwrap_or_default();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let name = name.to_ascii_lowercase();
        if !counts(&name) || fixed.contains(&name) {
            continue;
        }
        if let (Ok(header), Ok(value)) =
            (HeaderName::try_from(name.as_str()), HeaderValue::from_str(&value))
        {
            parts.headers.insert(header, value);
            fixed.push(name);
        }
    }
}

/// Whether a parameter, in lower case, counts as the header of its name.
fn counts(name: &str) -> bool {
    let is_extension = name.starts_with("x-amz-") && !OF_THE_SIGNATURE.contains(&name);
    CONDITIONS.contains(&name)
        || (is_extension && !IGNORED.iter().any(|ignored| name.starts_with(ignored)))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn headers(query: &str, signed: &str, own: &[(&str, &str)]) -> Vec<String> {
        let signature = format!(
            "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=A%2F20260101%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20260101T000000Z\
             &X-Amz-Expires=60&X-Amz-SignedHeaders={signed}&X-Amz-Signature=0"
        );
        let mut request = hyper::Request::get(format!("/b/k?{query}&{signature}"));
        for (name, value) in own {
            request = request.header(*name, *value);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        add_query_headers(&mut parts);
        let mut headers: Vec<String> = parts
            .headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap()))
            .collect();
        headers.sort();
        headers
    }

    #[test]
    fn parameters_of_the_signature_and_headers_under_it_stay() {
        let query = "x-amz-acl=private&X-Amz-Meta-A=b%20c&x-id=PutObject&x-amz-tagging=a%3D1";
        let headers = headers(query, "host%3Bx-amz-tagging", &[("x-amz-tagging", "own=1")]);
        assert_eq!(headers, ["x-amz-acl: private", "x-amz-meta-a: b c", "x-amz-tagging: own=1"]);
    }

    #[test]
    fn conditions_count_and_no_unsigned_header_replaces_them() {
        assert_eq!(
            headers("If-None-Match=%2A&If-Modified-Since=x&If-Match=%22e%22", "host", &[]),
            ["if-match: \"e\"", "if-none-match: *"]
        );
        assert_eq!(
            headers("if-none-match=*&If-None-Match=x", "host", &[("if-none-match", "\"other\"")]),
            ["if-none-match: *"]
        );
        assert_eq!(
            headers("if-none-match=*", "host%3Bif-none-match", &[("if-none-match", "x")]),
            ["if-none-match: x"]
        );
    }

    #[test]
    fn checksums_of_no_body_are_ignored() {
        let query = "x-amz-checksum-crc32=AAAAAA%3D%3D&x-amz-sdk-checksum-algorithm=CRC32&X-Amz-Checksum-Mode=ENABLED";
        assert!(headers(query, "host", &[]).is_empty());
    }
}
