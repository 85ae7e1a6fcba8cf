//! S3's refusals: the ones made here, and those of `s3s` brought into the form that S3 gives them.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.

use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use s3s::{Body, S3Error, S3ErrorCode};

use crate::local::sigv4::{Claim, Place, header};
use crate::local::xml::{self, Xml};
use crate::local::{ids, virtual_host};

/// An error document is small; what is larger is no error document.
const MAX_ERROR: usize = 64 * 1024;

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) code: String,
    pub(crate) message: String,
    /// Elements beside the usual ones: `<HeadersNotSigned>`, `<Region>`, …
    pub(crate) details: Vec<(&'static str, String)>,
}

impl Refusal {
    /// 400
    pub(crate) fn bad_request(code: &str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: code.to_owned(), message: message.into(), details: Vec::new() }
    }

    /// 403
    pub(crate) fn forbidden(code: &str, message: impl Into<String>) -> Self {
        Self { status: StatusCode::FORBIDDEN, ..Self::bad_request(code, message) }
    }

    /// The same with one element more.
    pub(crate) fn with(mut self, name: &'static str, text: impl Into<String>) -> Self {
        self.details.push((name, text.into()));
        self
    }

    /// The response, but for what [`complete`] adds.
    pub(crate) fn into_response(self) -> Response<Body> {
        let mut xml = Xml::document();
        xml.element("Error", |xml| {
            xml.text("Code", &self.code);
            xml.text("Message", &self.message);
            for (name, text) in &self.details {
                xml.text(name, text);
            }
        });
        let mut response = Response::new(Body::from(xml.into_string()));
        *response.status_mut() = self.status;
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
        response
    }
}

/// The 404 of a setting that nobody made.
pub(super) fn not_found(code: &'static str, message: &'static str) -> S3Error {
    let mut error = S3Error::with_message(S3ErrorCode::from_bytes(code.as_bytes()).unwrap_or(S3ErrorCode::NoSuchResource), message);
    error.set_status_code(StatusCode::NOT_FOUND);
    error
}

/// What an error document tells of the request.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    /// What the signature should have been of: access key id, signature, string to sign, canonical request.
    signed: Vec<(&'static str, String)>,
}

impl Asked {
    /// Looks at a request.
    pub(crate) fn of(parts: &Parts) -> Self {
        let (bucket, key) = virtual_host::address(&parts.uri, &parts.headers);
        Self { bucket, key, signed: signed(parts) }
    }

    fn resource(&self) -> String {
        let parts = [self.bucket.as_deref(), self.key.as_deref()];
        format!("/{}", parts.into_iter().flatten().collect::<Vec<_>>().join("/"))
    }
}

/// What a refused signature is explained with.
fn signed(parts: &Parts) -> Vec<(&'static str, String)> {
    let Ok(Some(claim)) = Claim::read(parts) else { return Vec::new() };
    let payload = match claim.place {
        Place::Query | Place::Form => "UNSIGNED-PAYLOAD",
        Place::Header => header(parts, "x-amz-content-sha256").unwrap_or("UNSIGNED-PAYLOAD"),
    };
    let canonical_request = claim.canonical_request(parts, payload);
    let string_to_sign = claim.string_to_sign(&canonical_request);
    vec![
        ("AWSAccessKeyId", claim.scope.access_key_id.clone()),
        ("StringToSignBytes", bytes(&string_to_sign)),
        ("StringToSign", string_to_sign),
        ("SignatureProvided", claim.signature),
        ("CanonicalRequestBytes", bytes(&canonical_request)),
        ("CanonicalRequest", canonical_request),
    ]
}

/// Every byte in two hexadecimal digits: shows what a text's letters hide.
fn bytes(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

/// Adds what every answer of S3's has: the request's ids, in an error document too, and there a message and the resource.
pub(crate) async fn complete(response: Response<Body>, asked: &Asked) -> Response<Body> {
    let request_id = ids::s3_request_id();
    let host_id = ids::session_token();
    let (mut parts, mut body) = response.into_parts();
    if parts.status == StatusCode::NOT_MODIFIED {
        body = Body::empty();
        parts.headers.remove(CONTENT_TYPE);
        parts.headers.remove(CONTENT_LENGTH);
    }
    let is_xml = parts.headers.get(CONTENT_TYPE).is_some_and(|kind| kind == "application/xml");
    let is_error = parts.status.is_client_error() || parts.status.is_server_error();
    if is_error
        && is_xml
        && let Ok(text) = body.store_all_limited(MAX_ERROR).await
        && let Some(mut fields) = error_fields(&text)
    {
        if deny_by_post_policy(&mut fields) {
            parts.status = StatusCode::FORBIDDEN;
        }
        body = Body::from(error_document(fields, asked, &request_id, &host_id));
        parts.headers.remove(CONTENT_LENGTH);
    }
    for (name, value) in [("x-amz-request-id", &request_id), ("x-amz-id-2", &host_id)] {
        if let Ok(value) = HeaderValue::from_str(value) {
            parts.headers.insert(name, value);
        }
    }
    parts.headers.insert("server", HeaderValue::from_static("gatepass"));
    Response::from_parts(parts, body)
}

/// A form that its POST policy does not allow is denied by S3, where `s3s` calls the policy malformed.
fn deny_by_post_policy(fields: &mut [(String, String)]) -> bool {
    let failed = fields.iter().any(|(name, text)| name == "Message" && text.starts_with("Policy condition "));
    let mut denied = false;
    for (name, text) in fields {
        match name.as_str() {
            "Code" if failed && text == "InvalidPolicyDocument" => {
                *text = "AccessDenied".to_owned();
                denied = true;
            }
            "Message" if failed => text.insert_str(0, "Invalid according to Policy: "),
            _ => {}
        }
    }
    denied
}

/// An error document with the elements that every one has.
fn error_document(mut fields: Vec<(String, String)>, asked: &Asked, request_id: &str, host_id: &str) -> String {
    let code = fields.iter().find(|(name, _)| name == "Code").map(|(_, code)| code.clone()).unwrap_or_default();
    if code == "SignatureDoesNotMatch" {
        fields.extend(asked.signed.iter().map(|(name, text)| ((*name).to_owned(), text.clone())));
    }
    let resource = asked.resource();
    for (name, text) in [("Message", message(&code)), ("Resource", &resource), ("RequestId", request_id), ("HostId", host_id)] {
        if !fields.iter().any(|(field, _)| field == name) {
            fields.push((name.to_owned(), text.to_owned()));
        }
    }
    let mut xml = Xml::document();
    xml.element("Error", |xml| fields.iter().for_each(|(name, text)| xml.text(name, text)));
    xml.into_string()
}

/// The elements of an `<Error>`; None for another document.
fn error_fields(text: &[u8]) -> Option<Vec<(String, String)>> {
    let mut elements = xml::elements(str::from_utf8(text).ok()?)?;
    elements.pop().filter(|root| root.path == ["Error"])?;
    let fields = elements.into_iter().filter_map(|element| match <[String; 2]>::try_from(element.path) {
        Ok([_, name]) => Some((name, element.text)),
        Err(_) => None,
    });
    Some(fields.collect())
}

/// S3's words for the codes that `s3s` gives without any.
fn message(code: &str) -> &'static str {
    match code {
        "AccessDenied" => "Access Denied",
        "BadDigest" => "The Content-MD5 or checksum value that you specified did not match what the server received.",
        "BucketNotEmpty" => "The bucket you tried to delete is not empty",
        "EntityTooLarge" => "Your proposed upload exceeds the maximum allowed size",
        "EntityTooSmall" => "Your proposed upload is smaller than the minimum allowed size",
        "IncompleteBody" => "You did not provide the number of bytes specified by the Content-Length HTTP header",
        "InternalError" => "We encountered an internal error. Please try again.",
        "InvalidAccessKeyId" => "The AWS Access Key Id you provided does not exist in our records.",
        "InvalidArgument" => "Invalid Argument",
        "InvalidBucketName" => "The specified bucket is not valid.",
        "InvalidDigest" => "The Content-MD5 you specified is not valid.",
        "InvalidPart" => {
            "One or more of the specified parts could not be found. The part might not have been uploaded, \
                          or the specified entity tag might not have matched the part's entity tag."
        }
        "InvalidPartOrder" => "The list of parts was not in ascending order. The parts list must be specified in order by part number.",
        "InvalidRange" => "The requested range is not satisfiable",
        "InvalidURI" => "The specified URI couldn't be parsed.",
        "KeyTooLongError" => "Your key is too long",
        "MalformedXML" => "The XML you provided was not well-formed or did not validate against our published schema",
        "MethodNotAllowed" => "The specified method is not allowed against this resource.",
        "MissingContentLength" => "You must provide the Content-Length HTTP header.",
        "NoSuchBucket" => "The specified bucket does not exist",
        "NoSuchKey" => "The specified key does not exist.",
        "NoSuchUpload" => {
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
        }
        "NotImplemented" => "A header or operation you provided implies functionality that is not implemented by this backend.",
        "PreconditionFailed" => "At least one of the pre-conditions you specified did not hold",
        "RequestTimeTooSkewed" => "The difference between the request time and the current time is too large.",
        "SignatureDoesNotMatch" => {
            "The request signature we calculated does not match the signature you provided. Check your key and signing method."
        }
        _ => "The request was refused.",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_error_of_s3s_gets_what_it_lacks() {
        let response = s3s::s3_error!(NoSuchKey).to_http_response().unwrap();
        let response =
            complete(response, &Asked { bucket: Some("bucket".to_owned()), key: Some("a&b".to_owned()), signed: Vec::new() }).await;
        let request_id = response.headers()["x-amz-request-id"].to_str().unwrap().to_owned();
        let text = response.into_body().store_all_limited(MAX_ERROR).await.unwrap();
        let fields = error_fields(&text).unwrap();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(
            &fields[..4],
            [
                ("Code", "NoSuchKey"),
                ("Message", "The specified key does not exist."),
                ("Resource", "/bucket/a&b"),
                ("RequestId", request_id.as_str()),
            ]
        );
    }

    #[tokio::test]
    async fn details_come_through_escaped() {
        let refusal = Refusal::forbidden("AccessDenied", "<no>").with("HeadersNotSigned", "x-amz-acl");
        let response = complete(refusal.into_response(), &Asked::default()).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        let text = response.into_body().store_all_limited(MAX_ERROR).await.unwrap();
        let text = std::str::from_utf8(&text).unwrap();
        assert!(text.contains("<Message>&lt;no&gt;</Message><HeadersNotSigned>x-amz-acl</HeadersNotSigned>"), "{text}");
    }
}
