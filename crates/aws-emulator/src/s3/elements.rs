//! What an error document has beside its code and message: which key, which condition, how large.
//!
//! `s3s` knows no such elements, and lets nothing but headers through with an error. So they travel in a header that no answer is
//! sent with: [`take`] takes it off again.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.

use hyper::header::{HeaderName, HeaderValue};
use hyper::{HeaderMap, Method};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use s3s::{S3Error, s3_error};

use super::Asked;

/// `NAME=VALUE`, percent-encoded.
const CARRIER: HeaderName = HeaderName::from_static("x-gatepass-error-element");

/// The same of what is logged and not answered.
const NOTE: HeaderName = HeaderName::from_static("x-gatepass-error-note");

/// What a key has at most, in bytes.
const LONGEST_KEY: usize = 1024;

/// An error that says more.
pub(super) trait Explained: Sized {
    /// The same with one element more.
    fn with(self, element: &str, text: impl ToString) -> Self;

    /// The same with something about the reason that is logged and not answered.
    fn with_note(self, name: &str, text: impl ToString) -> Self;

    /// The same with one header more.
    fn with_header(self, name: HeaderName, value: &str) -> Self;
}

impl Explained for S3Error {
    fn with(self, element: &str, text: impl ToString) -> Self {
        let text = text.to_string();
        self.with_header(
            CARRIER,
            &format!("{element}={}", utf8_percent_encode(&text, NON_ALPHANUMERIC)),
        )
    }

    fn with_note(self, name: &str, text: impl ToString) -> Self {
        let text = text.to_string();
        self.with_header(NOTE, &format!("{name}={}", utf8_percent_encode(&text, NON_ALPHANUMERIC)))
    }

    fn with_header(mut self, name: HeaderName, value: &str) -> Self {
        let mut headers = self.headers().cloned().unwrap_or_default();
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.append(name, value);
        }
        self.set_headers(headers);
        self
    }
}

/// The refusal of one parameter.
pub(super) fn invalid_argument(
    message: impl Into<std::borrow::Cow<'static, str>>,
    name: &str,
    value: impl ToString,
) -> S3Error {
    let mut error = s3_error!(InvalidArgument);
    error.set_message(message);
    error.with("ArgumentName", name).with("ArgumentValue", value)
}

/// The refusal of a write whose condition does not hold.
pub(super) fn precondition_failed(condition: &str) -> S3Error {
    s3_error!(PreconditionFailed, "At least one of the pre-conditions you specified did not hold")
        .with("Condition", condition)
}

/// Takes the elements out of an answer's headers.
pub(super) fn take(headers: &mut HeaderMap) -> Vec<(String, String)> {
    take_from(headers, &CARRIER)
}

/// Takes the notes out of them.
pub(super) fn take_notes(headers: &mut HeaderMap) -> Vec<(String, String)> {
    take_from(headers, &NOTE)
}

fn take_from(headers: &mut HeaderMap, name: &HeaderName) -> Vec<(String, String)> {
    let carried =
        headers.get_all(name).iter().filter_map(|value| value.to_str().ok()?.split_once('='));
    let elements = carried
        .map(|(name, text)| {
            (name.to_owned(), percent_decode_str(text).decode_utf8_lossy().into_owned())
        })
        .collect();
    headers.remove(name);
    elements
}

impl Asked {
    /// The elements that an error of this code has and the request tells.
    pub(super) fn elements(&self, code: &str) -> Vec<(&'static str, String)> {
        let bucket = || self.bucket.clone().unwrap_or_default();
        let key = || self.key.clone().unwrap_or_default();
        let parameter = |name: &str| self.parameter(name).unwrap_or_default().to_owned();
        match code {
            "NoSuchKey" => vec![("Key", key())],
            "NoSuchVersion" => vec![("Key", key()), ("VersionId", parameter("versionId"))],
            "NoSuchUpload" | "InvalidPart" | "InvalidPartOrder" => {
                vec![("UploadId", parameter("uploadId"))]
            }
            "InvalidRange" => vec![("RangeRequested", self.range.clone().unwrap_or_default())],
            "KeyTooLongError" => {
                vec![("Size", key().len().to_string()), ("MaxSizeAllowed", LONGEST_KEY.to_string())]
            }
            "MethodNotAllowed" => {
                vec![("Method", self.method.to_string()), ("ResourceType", self.kind().to_owned())]
            }
            code if is_of_bucket(code) => vec![("BucketName", bucket())],
            _ => Vec::new(),
        }
    }

    /// What is asked for, as S3 calls it.
    fn kind(&self) -> &'static str {
        match (&self.bucket, &self.key) {
            (Some(_), Some(_)) => "OBJECT",
            (Some(_), None) => "BUCKET",
            (None, _) => "SERVICE",
        }
    }

    /// The methods that there are for it.
    pub(super) fn allowed_methods(&self) -> &'static str {
        if self.bucket.is_some() { "HEAD, DELETE, GET, PUT" } else { "GET" }
    }

    /// A parameter of the query, decoded.
    fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// Whether this is asked for with that method.
    pub(super) fn is(&self, method: &Method) -> bool {
        self.method == *method
    }
}

/// Whether an error is about a bucket as a whole, or about a setting that it does not have.
fn is_of_bucket(code: &str) -> bool {
    [
        "BucketAlreadyExists",
        "BucketAlreadyOwnedByYou",
        "BucketNotEmpty",
        "InvalidBucketName",
        "NoSuchBucket",
        "NoSuchBucketPolicy",
        "NoSuchCORSConfiguration",
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchTagSet",
        "NoSuchWebsiteConfiguration",
        "ObjectLockConfigurationNotFoundError",
        "OwnershipControlsNotFoundError",
        "ReplicationConfigurationNotFoundError",
        "ServerSideEncryptionConfigurationNotFoundError",
    ]
    .contains(&code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn elements_travel_in_a_header_that_is_taken_off() {
        let error =
            s3_error!(NoSuchKey).with("Key", "ü=&<\n").with_header(hyper::header::ALLOW, "DELETE");
        let mut headers = error.with("VersionId", 7).headers().cloned().unwrap_or_default();
        let taken = take(&mut headers);
        assert_eq!(
            taken,
            [("Key".to_owned(), "ü=&<\n".to_owned()), ("VersionId".to_owned(), "7".to_owned())]
        );
        assert_eq!(headers.len(), 1);
    }
}
