//! SigV4 as a service sees it: what a request claims about its signature, and whether the claim is true.
//!
//! S3's own signatures are checked by `s3s`, which does not tell what it compared; this is what IAM and STS requests are
//! checked with, and what an S3 request is judged by before and after.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>.

use hmac::{Hmac, KeyInit as _, Mac as _};
use hyper::http::request::Parts;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use sha2::{Digest as _, Sha256};
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// The one algorithm.
pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// What stands for the hash of a payload that is not signed.
const UNSIGNED: &str = "UNSIGNED-PAYLOAD";
/// `20130524T000000Z`
const DATE: &[BorrowedFormatItem<'_>] =
    format_description!("[year][month][day]T[hour][minute][second]Z");
/// Everything but RFC 3986's unreserved characters.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same for a path, whose slashes stay.
const ENCODED_PATH: &AsciiSet = &ENCODED.remove(b'/');

/// Where the signature stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// The `Authorization` header.
    Header,
    /// The query of a presigned URL.
    Query,
    /// The fields of a form.
    Form,
}

/// `X-Amz-Credential`: the access key id and what the signature is limited to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Scope {
    pub(crate) access_key_id: String,
    /// `20130524`
    pub(crate) date: String,
    pub(crate) region: String,
    pub(crate) service: String,
}

/// What a request claims about its signature. Nothing of it is proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) place: Place,
    pub(crate) scope: Scope,
    /// In lower case.
    pub(crate) signed_headers: Vec<String>,
    /// 64 hexadecimal digits.
    pub(crate) signature: String,
    /// `X-Amz-Date` as written, and what it means.
    pub(crate) date: String,
    pub(crate) signed_at: OffsetDateTime,
    /// `X-Amz-Expires` as written: only in a query.
    pub(crate) expires: Option<String>,
    /// The session token, from where the signature covers it.
    pub(crate) token: Option<String>,
}

/// A claim that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem}")]
pub(crate) struct Unreadable {
    pub(crate) place: Place,
    pub(crate) problem: String,
}

impl Claim {
    /// Reads the claim of a request; None where it makes none.
    pub(crate) fn read(parts: &Parts) -> Result<Option<Self>, Unreadable> {
        let query = query_pairs(parts);
        if query.iter().any(|(name, _)| name == "X-Amz-Signature" || name == "X-Amz-Algorithm") {
            return Self::from_query(&query).map(Some);
        }
        match header(parts, "authorization") {
            Some(text) if text.starts_with(ALGORITHM) => Self::from_header(parts, text).map(Some),
            _ => Ok(None),
        }
    }

    fn from_query(query: &[(String, String)]) -> Result<Self, Unreadable> {
        let unreadable =
            |problem: &str| Unreadable { place: Place::Query, problem: problem.to_owned() };
        let get = |wanted: &str| {
            query.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.as_str())
        };
        let all = "Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, \
                   X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.";
        let required = |name: &str| get(name).ok_or_else(|| unreadable(all));
        if required("X-Amz-Algorithm")? != ALGORITHM {
            return Err(unreadable("X-Amz-Algorithm only supports \"AWS4-HMAC-SHA256\""));
        }
        let date = required("X-Amz-Date")?.to_owned();
        let signed_at = parse_date(&date).ok_or_else(|| {
            unreadable("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
        })?;
        let credential = required("X-Amz-Credential")?;
        let scope = Scope::parse(credential).ok_or_else(|| {
            unreadable(
                "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting \
                 \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
            )
        })?;
        Ok(Self {
            place: Place::Query,
            scope,
            signed_headers: lower_case_list(required("X-Amz-SignedHeaders")?),
            signature: required("X-Amz-Signature")?.to_owned(),
            date,
            signed_at,
            expires: Some(required("X-Amz-Expires")?.to_owned()),
            token: get("X-Amz-Security-Token").map(str::to_owned),
        })
    }

    fn from_header(parts: &Parts, text: &str) -> Result<Self, Unreadable> {
        let unreadable =
            |problem: &str| Unreadable { place: Place::Header, problem: problem.to_owned() };
        let fields = text.strip_prefix(ALGORITHM).unwrap_or_default();
        let field = |wanted: &str| {
            fields
                .split(',')
                .find_map(|field| field.trim().strip_prefix(wanted)?.strip_prefix('='))
                .ok_or_else(|| {
                    unreadable(&format!("Authorization header requires '{wanted}' parameter."))
                })
        };
        let scope = Scope::parse(field("Credential")?).ok_or_else(|| {
            unreadable(
                "The authorization header is malformed; the Credential is mal-formed; expecting \
                 \"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".",
            )
        })?;
        let date = header(parts, "x-amz-date")
            .ok_or_else(|| {
                unreadable("AWS authentication requires a valid Date or x-amz-date header")
            })?
            .to_owned();
        let signed_at = parse_date(&date).ok_or_else(|| {
            unreadable("AWS authentication requires a valid Date or x-amz-date header")
        })?;
        Ok(Self {
            place: Place::Header,
            scope,
            signed_headers: lower_case_list(field("SignedHeaders")?),
            signature: field("Signature")?.to_owned(),
            date,
            signed_at,
            expires: None,
            token: header(parts, "x-amz-security-token").map(str::to_owned),
        })
    }

    /// The canonical request that this claim is about.
    pub(crate) fn canonical_request(&self, parts: &Parts, payload_hash: &str) -> String {
        let path: Vec<u8> = percent_decode_str(parts.uri.path()).collect();
        let path = percent_encoding::percent_encode(&path, ENCODED_PATH);
        let mut query: Vec<(String, String)> = query_pairs(parts)
            .iter()
            .filter(|(name, _)| name != "X-Amz-Signature")
            .map(|(name, value)| (encode(name), encode(value)))
            .collect();
        query.sort();
        let query = query
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join("&");
        let mut text = format!("{}\n{path}\n{query}\n", parts.method);
        for name in &self.signed_headers {
            let values = parts
                .headers
                .get_all(name)
                .iter()
                .filter_map(|value| value.to_str().ok())
                .map(normal)
                .collect::<Vec<_>>();
            text.push_str(&format!("{name}:{}\n", values.join(",")));
        }
        text.push_str(&format!("\n{}\n{payload_hash}", self.signed_headers.join(";")));
        text
    }

    /// The string to sign of a canonical request.
    pub(crate) fn string_to_sign(&self, canonical_request: &str) -> String {
        let Scope { date, region, service, .. } = &self.scope;
        let hash = hex(&Sha256::digest(canonical_request.as_bytes()));
        format!("{ALGORITHM}\n{}\n{date}/{region}/{service}/aws4_request\n{hash}", self.date)
    }

    /// The hash of the payload that the signature covers, or what stands in its place.
    pub(crate) fn payload<'a>(&self, parts: &'a Parts) -> &'a str {
        match self.place {
            Place::Query | Place::Form => UNSIGNED,
            Place::Header => header(parts, "x-amz-content-sha256").unwrap_or(UNSIGNED),
        }
    }

    /// The signature of `string_to_sign` by `secret`.
    pub(crate) fn sign(&self, secret: &str, string_to_sign: &str) -> String {
        let Scope { date, region, service, .. } = &self.scope;
        sign(secret, date, region, service, string_to_sign)
    }

    /// Whether the signature is that of `string_to_sign` by `secret`; takes the same time for every wrong one.
    pub(crate) fn is_signed_by(&self, secret: &str, string_to_sign: &str) -> bool {
        let Scope { date, region, service, .. } = &self.scope;
        let Some(signature) = unhex(&self.signature) else { return false };
        let mac = signing_mac(secret, date, region, service);
        mac.is_some_and(|mac| {
            mac.chain_update(string_to_sign.as_bytes()).verify_slice(&signature).is_ok()
        })
    }
}

impl Scope {
    /// Parses `AKID/YYYYMMDD/REGION/SERVICE/aws4_request`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parts = text.trim().rsplitn(5, '/');
        let terminator = parts.next()?;
        let (service, region, date, access_key_id) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let well_formed = terminator == "aws4_request"
            && date.len() == 8
            && date.bytes().all(|byte| byte.is_ascii_digit())
            && [access_key_id, region, service].iter().all(|part| !part.is_empty());
        let own = str::to_owned;
        well_formed.then(|| Self {
            access_key_id: own(access_key_id),
            date: own(date),
            region: own(region),
            service: own(service),
        })
    }
}

/// The SHA-256 of a body, in lower-case hexadecimal.
pub(crate) fn payload_hash(body: &[u8]) -> String {
    hex(&Sha256::digest(body))
}

/// A header's value, where it is text.
pub(crate) fn header<'a>(parts: &'a Parts, name: &str) -> Option<&'a str> {
    parts.headers.get(name).and_then(|value| value.to_str().ok())
}

/// The query's parameters, decoded, in their order.
fn query_pairs(parts: &Parts) -> Vec<(String, String)> {
    url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes())
        .into_owned()
        .collect()
}

/// An `X-Amz-Date`.
pub(crate) fn parse_date(text: &str) -> Option<OffsetDateTime> {
    PrimitiveDateTime::parse(text, DATE).ok().map(PrimitiveDateTime::assume_utc)
}

fn lower_case_list(text: &str) -> Vec<String> {
    let mut names: Vec<String> =
        text.split(';').map(|name| name.trim().to_ascii_lowercase()).collect();
    names.sort();
    names
}

/// Outer blanks away, inner runs of blanks to one.
fn normal(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// What signs on one day in one region for one service. An HMAC takes a key of any length, so there always is one.
fn signing_mac(secret: &str, date: &str, region: &str, service: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(format!("AWS4{secret}").as_bytes()).ok()?;
    for step in [date, region, service, "aws4_request"] {
        mac = Hmac::new_from_slice(&mac.chain_update(step.as_bytes()).finalize().into_bytes())
            .ok()?;
    }
    Some(mac)
}

/// Signs a text.
pub(crate) fn sign(secret: &str, date: &str, region: &str, service: &str, text: &str) -> String {
    let mac = signing_mac(secret, date, region, service);
    mac.map(|mac| hex(&mac.chain_update(text.as_bytes()).finalize().into_bytes()))
        .unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes().as_chunks::<2>();
    if !digits.1.is_empty() {
        return None;
    }
    digits.0.iter().map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    fn parts(request: hyper::http::request::Builder) -> Parts {
        request.body(()).unwrap().into_parts().0
    }

    /// The presigned GET of <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.
    #[test]
    fn the_published_presigned_url_is_true_and_a_tampered_one_is_not() {
        let url = "/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request\
                   &X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host\
                   &X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
        let request = |url: &str| {
            parts(hyper::Request::get(url).header("host", "examplebucket.s3.amazonaws.com"))
        };
        let right = request(url);
        let claim = Claim::read(&right).unwrap().unwrap();
        assert_eq!(claim.place, Place::Query);
        assert_eq!(claim.scope.access_key_id, "AKIAIOSFODNN7EXAMPLE");
        let sign = |parts: &Parts| {
            claim.string_to_sign(&claim.canonical_request(parts, "UNSIGNED-PAYLOAD"))
        };
        assert!(claim.is_signed_by(SECRET, &sign(&right)));
        assert!(!claim.is_signed_by("another", &sign(&right)));
        assert!(
            !claim.is_signed_by(SECRET, &sign(&request(&url.replace("test.txt", "other.txt"))))
        );
    }

    /// The GET with a range of <https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html>.
    #[test]
    fn the_published_authorization_header_is_true() {
        let empty = payload_hash(b"");
        let parts = parts(
            hyper::Request::get("/test.txt")
                .header("host", "examplebucket.s3.amazonaws.com")
                .header("range", "bytes=0-9")
                .header("x-amz-content-sha256", &empty)
                .header("x-amz-date", "20130524T000000Z")
                .header(
                    "authorization",
                    "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
                     SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,\
                     Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
                ),
        );
        let claim = Claim::read(&parts).unwrap().unwrap();
        assert!(
            claim.is_signed_by(
                SECRET,
                &claim.string_to_sign(&claim.canonical_request(&parts, &empty))
            )
        );
    }

    #[test]
    fn a_claim_that_lacks_something_says_what() {
        let parts = parts(hyper::Request::get("/?X-Amz-Algorithm=AWS4-HMAC-SHA256"));
        assert!(Claim::read(&parts).unwrap_err().problem.contains("requires the X-Amz-Algorithm"));
    }
}
