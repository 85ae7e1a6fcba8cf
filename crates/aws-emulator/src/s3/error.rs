//! S3's refusals: the ones made here, and those of `s3s` brought into the form that S3 gives them.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>.

use hyper::header::{ALLOW, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, HeaderValue, RANGE};
use hyper::http::{request, response};
use hyper::{Method, Response, StatusCode};
use s3s::{Body, S3Error, S3ErrorCode};

use crate::sigv4::{Claim, header};
use crate::xml::{self, Xml};
use crate::{ids, virtual_host};

use super::refused::{Refused, SignedRequests};
use super::{elements, permission};

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
        Self {
            status: StatusCode::BAD_REQUEST,
            code: code.to_owned(),
            message: message.into(),
            details: Vec::new(),
        }
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
    let mut error = S3Error::with_message(
        S3ErrorCode::from_bytes(code.as_bytes()).unwrap_or(S3ErrorCode::NoSuchResource),
        message,
    );
    error.set_status_code(StatusCode::NOT_FOUND);
    error
}

/// What an error document tells of the request.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    pub(crate) bucket: Option<String>,
    pub(crate) key: Option<String>,
    pub(super) method: Method,
    /// Decoded.
    pub(super) query: Vec<(String, String)>,
    /// `Range`
    pub(super) range: Option<String>,
    /// What the signature should have been of: access key id, signature, string to sign, canonical request.
    signed: Vec<(&'static str, String)>,
}

impl Asked {
    /// Looks at a request.
    pub(crate) fn of(parts: &request::Parts) -> Self {
        let (bucket, key) = virtual_host::address(&parts.uri, &parts.headers);
        Self {
            bucket,
            key,
            method: parts.method.clone(),
            query: permission::query(&parts.uri),
            range: header(parts, RANGE.as_str()).map(str::to_owned),
            signed: signed(parts),
        }
    }

    fn resource(&self) -> String {
        let parts = [self.bucket.as_deref(), self.key.as_deref()];
        format!("/{}", parts.into_iter().flatten().collect::<Vec<_>>().join("/"))
    }
}

/// What a refused signature is explained with.
fn signed(parts: &request::Parts) -> Vec<(&'static str, String)> {
    let Ok(Some(claim)) = Claim::read(parts) else { return Vec::new() };
    let canonical_request = claim.canonical_request(parts, claim.payload(parts));
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

/// Adds what every answer of S3's has: the request's ids, in an error document too, and there a message, the resource, and what
/// the code calls for.
///
/// A refusal is logged, with what the signature should have been of where it is one of `signed`.
pub(crate) async fn complete(
    response: Response<Body>,
    asked: &Asked,
    signed: &SignedRequests,
) -> Response<Body> {
    let request_id = ids::s3_request_id();
    let host_id = ids::session_token();
    let (mut parts, mut body) = response.into_parts();
    let carried = elements::take(&mut parts.headers);
    let notes = elements::take_notes(&mut parts.headers);
    if parts.status == StatusCode::NOT_MODIFIED {
        body = Body::empty();
        parts.headers.remove(CONTENT_TYPE);
        parts.headers.remove(CONTENT_LENGTH);
    }
    if parts.status == StatusCode::OK {
        parts.status = success(&parts.headers, asked);
    }
    let is_error = parts.status.is_client_error() || parts.status.is_server_error();
    // an error's own headers are all that `s3s` sends with it
    let is_xml = parts.headers.get(CONTENT_TYPE).is_none_or(|kind| kind == "application/xml");
    if is_error
        && is_xml
        && let Ok(text) = body.store_all_limited(MAX_ERROR).await
        && let Some(mut fields) = error_fields(&text)
    {
        say_as_s3(&mut fields, &mut parts);
        if parts.status == StatusCode::METHOD_NOT_ALLOWED && !parts.headers.contains_key(ALLOW) {
            parts.headers.insert(ALLOW, HeaderValue::from_static(asked.allowed_methods()));
        }
        fields.extend(carried);
        let fields = all_fields(fields, asked, &request_id, &host_id);
        let (bucket, key) = (asked.bucket.as_deref(), asked.key.as_deref());
        Refused {
            method: &asked.method,
            bucket,
            key,
            status: parts.status,
            fields: &fields,
            notes: &notes,
        }
        .log(signed);
        body = Body::from(error_document(&fields));
        parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
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

/// The status of what `s3s` answers with 200.
fn success(headers: &hyper::HeaderMap, asked: &Asked) -> StatusCode {
    if asked.is(&Method::HEAD) && headers.contains_key(CONTENT_RANGE) {
        return StatusCode::PARTIAL_CONTENT;
    }
    let puts = |setting: &str| {
        asked.key.is_none()
            && asked.is(&Method::PUT)
            && asked.query.iter().any(|(name, _)| name == setting)
    };
    if puts("policy") || puts("tagging") { StatusCode::NO_CONTENT } else { StatusCode::OK }
}

/// Brings what `s3s` refuses in words of its own into S3's.
fn say_as_s3(fields: &mut Vec<(String, String)>, parts: &mut response::Parts) {
    let field = |wanted: &str| {
        fields
            .iter()
            .find(|(name, _)| name == wanted)
            .map(|(_, text)| text.clone())
            .unwrap_or_default()
    };
    let (code, message) = (field("Code"), field("Message"));
    let mut say = |status: StatusCode, code: &str, message: String| {
        parts.status = status;
        fields.retain(|(name, _)| name != "Code" && name != "Message");
        fields.splice(..0, [("Code".to_owned(), code.to_owned()), ("Message".to_owned(), message)]);
    };
    match code.as_str() {
        // a form that its POST policy does not allow is denied, where `s3s` calls the policy malformed
        "InvalidPolicyDocument" if message.starts_with("Policy condition ") => {
            say(
                StatusCode::FORBIDDEN,
                "AccessDenied",
                format!("Invalid according to Policy: {message}"),
            );
        }
        // of a method that there is no operation of
        "NotImplemented" if message == "Unknown operation" => {
            say(
                StatusCode::METHOD_NOT_ALLOWED,
                "MethodNotAllowed",
                self::message("MethodNotAllowed").to_owned(),
            );
        }
        "InvalidArgument" => {
            if let Some((name, value)) = unreadable(&message) {
                say(StatusCode::BAD_REQUEST, "InvalidArgument", message_of_argument(&name));
                fields.extend([
                    ("ArgumentName".to_owned(), name),
                    ("ArgumentValue".to_owned(), value),
                ]);
            }
        }
        _ => {}
    }
}

/// The parameter or header that `s3s` could not read, and its value: `invalid query: NAME: VALUE`, `invalid header: NAME: "VALUE"`.
fn unreadable(message: &str) -> Option<(String, String)> {
    let rest = message
        .strip_prefix("invalid query: ")
        .or_else(|| message.strip_prefix("invalid header: "))?;
    let (name, value) = rest.split_once(": ")?;
    let unquoted = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    Some((name.to_owned(), unquoted.unwrap_or(value).to_owned()))
}

/// S3's words for an argument that cannot be read.
fn message_of_argument(name: &str) -> String {
    match name {
        "max-keys" | "max-parts" | "max-uploads" | "part-number-marker" => {
            format!("Provided {name} not an integer or within integer range")
        }
        "partNumber" => "Part number must be an integer between 1 and 10000, inclusive".to_owned(),
        "x-amz-copy-source" => {
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey".to_owned()
        }
        name => format!("The value of {name} is not valid"),
    }
}

/// The elements of an error document, with those that every one has.
fn all_fields(
    mut fields: Vec<(String, String)>,
    asked: &Asked,
    request_id: &str,
    host_id: &str,
) -> Vec<(String, String)> {
    let code = fields
        .iter()
        .find(|(name, _)| name == "Code")
        .map(|(_, code)| code.clone())
        .unwrap_or_default();
    if !fields.iter().any(|(name, _)| name == "Message") {
        fields.insert(fields.len().min(1), ("Message".to_owned(), message(&code).to_owned()));
    }
    if code == "SignatureDoesNotMatch" {
        fields.extend(asked.signed.iter().map(|(name, text)| ((*name).to_owned(), text.clone())));
    }
    let of_all = [
        ("Resource", asked.resource()),
        ("RequestId", request_id.to_owned()),
        ("HostId", host_id.to_owned()),
    ];
    for (name, text) in asked.elements(&code).into_iter().chain(of_all) {
        if !fields.iter().any(|(field, _)| field == name) {
            fields.push((name.to_owned(), text));
        }
    }
    fields
}

fn error_document(fields: &[(String, String)]) -> String {
    let mut xml = Xml::document();
    xml.element("Error", |xml| fields.iter().for_each(|(name, text)| xml.text(name, text)));
    xml.into_string()
}

/// The elements of an `<Error>`; None for another document.
fn error_fields(text: &[u8]) -> Option<Vec<(String, String)>> {
    let mut elements = xml::elements(str::from_utf8(text).ok()?)?;
    elements.pop().filter(|root| root.path == ["Error"])?;
    let fields =
        elements.into_iter().filter_map(|element| match <[String; 2]>::try_from(element.path) {
            Ok([_, name]) => Some((name, element.text)),
            Err(_) => None,
        });
    Some(fields.collect())
}

/// S3's words for the codes that `s3s` gives without any.
fn message(code: &str) -> &'static str {
    match code {
        "AccessDenied" => "Access Denied",
        "BadDigest" => {
            "The Content-MD5 or checksum value that you specified did not match what the server received."
        }
        "BucketNotEmpty" => "The bucket you tried to delete is not empty",
        "EntityTooLarge" => "Your proposed upload exceeds the maximum allowed size",
        "EntityTooSmall" => "Your proposed upload is smaller than the minimum allowed size",
        "IncompleteBody" => {
            "You did not provide the number of bytes specified by the Content-Length HTTP header"
        }
        "InternalError" => "We encountered an internal error. Please try again.",
        "InvalidAccessKeyId" => "The AWS Access Key Id you provided does not exist in our records.",
        "InvalidArgument" => "Invalid Argument",
        "InvalidBucketName" => "The specified bucket is not valid.",
        "InvalidDigest" => "The Content-MD5 you specified is not valid.",
        "InvalidPart" => {
            "One or more of the specified parts could not be found. The part might not have been uploaded, \
                          or the specified entity tag might not have matched the part's entity tag."
        }
        "InvalidPartOrder" => {
            "The list of parts was not in ascending order. The parts list must be specified in order by part number."
        }
        "InvalidRange" => "The requested range is not satisfiable",
        "InvalidURI" => "The specified URI couldn't be parsed.",
        "KeyTooLongError" => "Your key is too long",
        "MalformedXML" => {
            "The XML you provided was not well-formed or did not validate against our published schema"
        }
        "MethodNotAllowed" => "The specified method is not allowed against this resource.",
        "MissingRequestBodyError" => "Request Body is empty",
        "MissingContentLength" => "You must provide the Content-Length HTTP header.",
        "NoSuchBucket" => "The specified bucket does not exist",
        "NoSuchKey" => "The specified key does not exist.",
        "NoSuchUpload" => {
            "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed."
        }
        "NotImplemented" => {
            "A header or operation you provided implies functionality that is not implemented by this backend."
        }
        "PreconditionFailed" => "At least one of the pre-conditions you specified did not hold",
        "RequestTimeTooSkewed" => {
            "The difference between the request time and the current time is too large."
        }
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
        let asked = Asked {
            bucket: Some("bucket".to_owned()),
            key: Some("a&b".to_owned()),
            ..Asked::default()
        };
        let response = complete(response, &asked, &SignedRequests::default()).await;
        let request_id = response.headers()["x-amz-request-id"].to_str().unwrap().to_owned();
        let text = response.into_body().store_all_limited(MAX_ERROR).await.unwrap();
        let fields = error_fields(&text).unwrap();
        let fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        assert_eq!(
            &fields[..5],
            [
                ("Code", "NoSuchKey"),
                ("Message", "The specified key does not exist."),
                ("Key", "a&b"),
                ("Resource", "/bucket/a&b"),
                ("RequestId", request_id.as_str()),
            ]
        );
    }

    #[tokio::test]
    async fn details_come_through_escaped() {
        let refusal =
            Refusal::forbidden("AccessDenied", "<no>").with("HeadersNotSigned", "x-amz-acl");
        let response =
            complete(refusal.into_response(), &Asked::default(), &SignedRequests::default()).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN);
        let text = response.into_body().store_all_limited(MAX_ERROR).await.unwrap();
        let text = std::str::from_utf8(&text).unwrap();
        assert!(
            text.contains(
                "<Message>&lt;no&gt;</Message><HeadersNotSigned>x-amz-acl</HeadersNotSigned>"
            ),
            "{text}"
        );
    }
}
