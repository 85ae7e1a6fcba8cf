//! Uploads by form: a POST to the bucket is turned into the PUT that it stands for.
//!
//! `s3s` reads forms too, but knows no session tokens in them, ties them to fifteen minutes, and holds a file in memory.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html>.

mod answer;
mod fields;
mod file;
mod post_policy;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hyper::header::{self, HeaderValue};
use hyper::http::request::Parts;
use hyper::{HeaderMap, Method, Request, Response, Uri};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use s3s::Body;
use secrecy::ExposeSecret as _;
use time::OffsetDateTime;

use crate::account::Account;
use crate::sigv4::{self, Claim, Place, Scope};

use super::admission::{self, key_refusal};
use super::sub_resources::is_sub_resource;
use super::{Asked, Caller, Refusal, Signed, signature_v2};
use answer::Answer;
use fields::Fields;
use file::Length;
use post_policy::PostPolicy;

/// Everything but RFC 3986's unreserved characters and slashes.
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// A form, as the PUT that it stands for.
pub(crate) struct Upload {
    pub(crate) put: Request<Body>,
    answer: Answer,
    length: Length,
}

/// Whether a request is a form for S3: a POST to a bucket, without a sub-resource.
pub(crate) fn is_form(parts: &Parts, asked: &Asked) -> bool {
    let has_sub_resource = || asked.query.iter().any(|(name, _)| is_sub_resource(name));
    let is_multipart =
        || sigv4::header(parts, "content-type").is_some_and(|kind| kind.starts_with("multipart/"));
    let is_post = parts.method == Method::POST && asked.bucket.is_some() && asked.key.is_none();
    is_post && !has_sub_resource() && (asked.query.is_empty() || is_multipart())
}

impl Upload {
    /// Reads a form up to its file, and checks who signed it and what it is limited to.
    pub(crate) async fn read(
        account: &Account,
        parts: Parts,
        asked: &mut Asked,
        body: Body,
    ) -> Result<Self, Refusal> {
        let kind = sigv4::header(&parts, "content-type").unwrap_or_default();
        let Ok(boundary) = multer::parse_boundary(kind) else {
            let message = "Bucket POST must be of the enclosure-type multipart/form-data";
            return Err(Refusal {
                status: hyper::StatusCode::PRECONDITION_FAILED,
                ..Refusal::bad_request("PreconditionFailed", message)
            }
            .with("Condition", message));
        };
        let (fields, file) = fields::read(body, boundary).await?;
        let name = file.file_name().map(fields::base_name).unwrap_or_default();
        let key = fields.required("key")?.replace("${filename}", name);
        if key.is_empty() {
            return Err(Refusal::bad_request(
                "InvalidArgument",
                "User key must have a length greater than 0.",
            )
            .with("ArgumentName", "key")
            .with("ArgumentValue", ""));
        }
        let bucket = asked.bucket.clone().unwrap_or_default();
        asked.key = Some(key.clone());
        let now = OffsetDateTime::now_utc();
        let mut length = Length::default();
        let caller = match signature(account, &bucket, &fields)? {
            Some((policy_text, signature)) => {
                let caller = signature.authenticate(account, policy_text, now)?;
                let policy = PostPolicy::parse(policy_text)?;
                policy.check(&fields, &bucket, &key, now)?;
                length = Length::within(policy.length_range());
                Some(caller)
            }
            None => None,
        };
        let answer = Answer::of(&fields, &parts, &bucket, &key)?;
        let mut put = Request::new(file::body(file, &length));
        *put.method_mut() = Method::PUT;
        *put.uri_mut() = object_uri(&parts, &key)?;
        *put.headers_mut() = headers(&parts, &fields)?;
        *put.extensions_mut() = parts.extensions;
        if let Some(caller) = caller {
            put.extensions_mut().insert(caller);
        }
        Ok(Self { put, answer, length })
    }

    /// The request, and what makes the answer to the form of the answer to it.
    pub(crate) fn into_parts(
        self,
    ) -> (Request<Body>, impl FnOnce(Response<Body>) -> Response<Body>) {
        let Self { put, answer, length } = self;
        (put, move |response: Response<Body>| match length.refusal() {
            Some(refusal) => refusal.into_response(),
            None if response.status().is_success() => answer.into_response(&response),
            None => response,
        })
    }
}

/// What is claimed about a policy's signature.
enum Signature<'a> {
    V2 { access_key_id: &'a str, token: Option<&'a str>, signature: &'a str },
    V4(Claim),
}

/// The policy and what is claimed about its signature; None for an anonymous form.
fn signature<'a>(
    account: &Account,
    bucket: &str,
    fields: &'a Fields,
) -> Result<Option<(&'a str, Signature<'a>)>, Refusal> {
    if fields.get("awsaccesskeyid").is_some()
        || (fields.get("signature").is_some() && fields.get("x-amz-signature").is_none())
    {
        signature_v2::check_bucket(account, Some(bucket))?;
        let signature = Signature::V2 {
            access_key_id: fields.required("awsaccesskeyid")?,
            token: fields.get("x-amz-security-token"),
            signature: fields.required("signature")?,
        };
        return Ok(Some((fields.required("policy")?, signature)));
    }
    if fields.get("policy").is_none() && fields.get("x-amz-signature").is_none() {
        return Ok(None);
    }
    let policy = fields.required("policy")?;
    let malformed =
        |message: &str| Refusal::bad_request("AuthorizationQueryParametersError", message);
    if fields.required("x-amz-algorithm")? != sigv4::ALGORITHM {
        return Err(malformed("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\""));
    }
    let scope = Scope::parse(fields.required("x-amz-credential")?).ok_or_else(|| {
        malformed(
            "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting \
             \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
        )
    })?;
    let date = fields.required("x-amz-date")?.to_owned();
    let signed_at = sigv4::parse_date(&date).ok_or_else(|| {
        malformed("X-Amz-Date must be formatted via ISO8601 Long format: \"yyyyMMdd'T'HHmmss'Z'\"")
    })?;
    let claim = Claim {
        place: Place::Form,
        scope,
        signed_headers: Vec::new(),
        signature: fields.required("x-amz-signature")?.to_owned(),
        date,
        signed_at,
        expires: None,
        token: fields.get("x-amz-security-token").map(str::to_owned),
    };
    Ok(Some((policy, Signature::V4(claim))))
}

impl Signature<'_> {
    /// What is signed is the policy as it was sent.
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html>.
    fn authenticate(
        &self,
        account: &Account,
        policy: &str,
        now: OffsetDateTime,
    ) -> Result<Caller, Refusal> {
        let (id, token, signed, provided) = match self {
            Self::V2 { access_key_id, token, signature } => {
                (*access_key_id, *token, Signed::V2, *signature)
            }
            Self::V4(claim) => {
                admission::check_scope(account, claim)?;
                let signed = Signed::V4 { at: claim.signed_at };
                (
                    claim.scope.access_key_id.as_str(),
                    claim.token.as_deref(),
                    signed,
                    claim.signature.as_str(),
                )
            }
        };
        let key = account.access_key(id, token, now).map_err(|refusal| key_refusal(refusal, id))?;
        let secret = key.secret.expose_secret();
        let is_true = match self {
            Self::V2 { signature, .. } => STANDARD
                .decode(signature)
                .is_ok_and(|signature| signature_v2::is_signed_by(secret, policy, &signature)),
            Self::V4(claim) => claim.is_signed_by(secret, policy),
        };
        if is_true {
            return Ok(Caller { principal: key.principal, place: Place::Form, signed });
        }
        let message = "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
        Err(Refusal::forbidden("SignatureDoesNotMatch", message)
            .with("AWSAccessKeyId", id)
            .with("StringToSign", policy)
            .with("SignatureProvided", provided))
    }
}

/// The object's URI, in the style of the form's.
fn object_uri(parts: &Parts, key: &str) -> Result<Uri, Refusal> {
    let key = utf8_percent_encode(key, PATH);
    let path = parts.uri.path().trim_end_matches('/');
    format!("{path}/{key}")
        .parse()
        .map_err(|_| Refusal::bad_request("InvalidURI", "Couldn't parse the specified URI."))
}

/// The fields that are headers of a PUT. What the form's own request says in its headers is about the form.
fn headers(parts: &Parts, fields: &Fields) -> Result<HeaderMap, Refusal> {
    const PLAIN: [&str; 6] = [
        "cache-control",
        "content-disposition",
        "content-encoding",
        "content-language",
        "content-type",
        "expires",
    ];
    const OF_THE_SIGNATURE: [&str; 5] = [
        "x-amz-algorithm",
        "x-amz-credential",
        "x-amz-date",
        "x-amz-security-token",
        "x-amz-signature",
    ];
    let mut headers = HeaderMap::new();
    for name in [header::HOST, header::USER_AGENT, header::REFERER, header::ORIGIN] {
        if let Some(value) = parts.headers.get(&name) {
            headers.insert(name, value.clone());
        }
    }
    for (name, value) in fields.iter() {
        let name = match name {
            "acl" => "x-amz-acl",
            "content-md5" => name,
            name if PLAIN.contains(&name)
                || (name.starts_with("x-amz-") && !OF_THE_SIGNATURE.contains(&name)) =>
            {
                name
            }
            _ => continue,
        };
        let invalid = || {
            Refusal::bad_request("InvalidArgument", "A field's value cannot be a header's")
                .with("ArgumentName", name.to_owned())
        };
        headers.insert(
            name.parse::<header::HeaderName>().map_err(|_| invalid())?,
            // metadata may be any UTF-8
            HeaderValue::from_bytes(value.as_bytes()).map_err(|_| invalid())?,
        );
    }
    if let Some(tagging) = fields.get("tagging") {
        let tags = super::tags_of_create::tags_under(tagging, &["Tagging", "TagSet", "Tag"]).ok_or_else(|| {
            Refusal::bad_request(
                "MalformedXML",
                "The XML you provided was not well-formed or did not validate against our published schema",
            )
        })?;
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        for tag in tags {
            query.append_pair(
                tag.key.as_deref().unwrap_or_default(),
                tag.value.as_deref().unwrap_or_default(),
            );
        }
        if let Ok(value) = HeaderValue::from_str(&query.finish()) {
            headers.insert("x-amz-tagging", value);
        }
    }
    Ok(headers)
}
