//! What S3 received against what was signed, line by line of the canonical request.

use serde::Serialize;

use super::canonical_request::CanonicalRequest;
use super::sent::wrong_value;
use super::signed_url::{decode, is_masked};
use super::url::method_of;
use super::{Sent, SignedUrl};
use gatepass_core::contract::Contract;
use gatepass_core::grant::BucketAddress;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// `method`, `path`, `query x-id`, `header content-type`, `signed headers` or `payload`.
    pub part: String,
    /// What was signed, or how the contract would have signed it.
    pub signed: String,
    /// What S3 received; none: nothing.
    pub received: Option<String>,
}

/// Parameters that are no part of what is signed.
const UNSIGNED: &str = "x-amz-signature";

/// Compares, in the order of the canonical request: the first difference is the first line that differs.
///
/// A URL tells what was signed but for the values of headers; those are `sent`'s, where it tells them, else what the contract
/// would sign.
pub(super) fn between(
    received: &CanonicalRequest,
    url: Option<&SignedUrl>,
    sent: &Sent,
    contract: &Contract,
) -> Vec<Difference> {
    let mut found = Vec::new();
    let mut differ = |part: &str, signed: &str, received: Option<&str>| {
        found.push(Difference {
            part: part.to_owned(),
            signed: signed.to_owned(),
            received: received.map(str::to_owned),
        });
    };
    let operation =
        url.map_or_else(|| received.parameter("x-id").map(decode), |url| url.get("x-id"));
    if let Some(method) = operation.as_deref().and_then(method_of)
        && method != received.method
    {
        differ("method", method, Some(&received.method));
    }
    let address = BucketAddress::of(contract);
    if let Some(url) = url {
        if url.path != received.path {
            differ("path", &url.path, Some(&received.path));
        }
        for parameter in
            url.parameters.iter().filter(|parameter| !parameter.name.eq_ignore_ascii_case(UNSIGNED))
        {
            let other = received
                .query
                .iter()
                .find(|(name, _)| decode(name) == parameter.name)
                .map(|(_, value)| value.as_str());
            let (part, other) = (format!("query {}", parameter.name), other.map(decode));
            match (other.as_ref() == Some(&parameter.value()), parameter.is_showable()) {
                (true, _) => {}
                (false, true) => differ(&part, &parameter.value(), other.as_deref()),
                (false, false) => differ(&part, "****", other.map(|_| "another")),
            }
        }
        for (name, value) in &received.query {
            if url.count(&decode(name)) == 0 {
                let value =
                    if is_masked(&decode(name)) { "****".to_owned() } else { decode(value) };
                differ(&format!("query {}", decode(name)), "nothing", Some(&value));
            }
        }
    } else if !received.path.starts_with(&address.path_prefix) {
        differ("path", &format!("{}…", address.path_prefix), Some(&received.path));
    }
    let key = decode(received.path.strip_prefix(&address.path_prefix).unwrap_or(&received.path));
    let signed = url.map_or_else(|| received.signed_headers.clone(), SignedUrl::signed_headers);
    for name in &signed {
        let value = received.header(name);
        let wanted = match (name.as_str(), value) {
            ("host", value) => {
                let host = url.map_or(address.host.as_str(), |url| url.host.as_str());
                value.is_none_or(|value| !value.eq_ignore_ascii_case(host)).then(|| host.to_owned())
            }
            (_, _) if sent.header(name).is_some() => {
                sent.header(name).filter(|told| Some(*told) != value).map(str::to_owned)
            }
            (_, None) => Some("the value that the grant gave".to_owned()),
            (_, Some(value)) => wrong_value(contract, &key, name, value),
        };
        if let Some(wanted) = wanted {
            let (wanted, value) = if is_masked(name) {
                ("****".to_owned(), value.map(|_| "another"))
            } else {
                (wanted, value)
            };
            differ(&format!("header {name}"), &wanted, value);
        }
    }
    // some backends leave a header that did not come out of this list too, which is said already
    let came = |names: &[String]| {
        names.iter().filter(|name| received.header(name).is_some()).cloned().collect::<Vec<_>>()
    };
    if came(&signed) != came(&received.signed_headers) {
        differ("signed headers", &signed.join(";"), Some(&received.signed_headers.join(";")));
    }
    if received.parameter("X-Amz-Algorithm").is_some() && received.payload != "UNSIGNED-PAYLOAD" {
        differ("payload", "UNSIGNED-PAYLOAD", Some(&received.payload));
    }
    found
}
