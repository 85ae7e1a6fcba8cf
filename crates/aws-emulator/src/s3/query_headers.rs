//! Headers in the query of a presigned URL: S3 takes `x-amz-…` parameters for the headers of that name.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.

use hyper::header::{HeaderName, HeaderValue};
use hyper::http::request::Parts;

/// What belongs to the signature, in lower case.
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

/// Makes headers of the parameters. All of a query is under its signature, so nothing comes in unsigned.
pub(crate) fn add_query_headers(parts: &mut Parts) {
    let query = parts.uri.query().unwrap_or_default().to_owned();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        let name = name.to_ascii_lowercase();
        if !name.starts_with("x-amz-") || OF_THE_SIGNATURE.contains(&name.as_str()) || parts.headers.contains_key(&name) {
            continue;
        }
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(&value)) {
            parts.headers.insert(name, value);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn parameters_of_the_signature_and_headers_that_are_there_stay() {
        let request = hyper::Request::get("/b/k?X-Amz-Expires=60&x-amz-acl=private&X-Amz-Meta-A=b%20c&x-id=PutObject&x-amz-tagging=a%3D1")
            .header("x-amz-tagging", "own=1");
        let mut parts = request.body(()).unwrap().into_parts().0;
        add_query_headers(&mut parts);
        let mut headers: Vec<String> = parts.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        headers.sort();
        assert_eq!(headers, ["x-amz-acl: private", "x-amz-meta-a: b c", "x-amz-tagging: own=1"]);
    }
}
