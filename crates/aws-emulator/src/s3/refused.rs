//! One line of the log for each request that S3 refuses: what was asked for, and why it was refused, with what was signed and
//! what was received. No line has a signature, a session token or an access key id in it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::{Method, StatusCode};

use crate::sigv4::Claim;

/// Upper bound of the signed requests that are remembered.
const REMEMBERED: usize = 4096;
/// The elements of an error that say no more than others, or that have secrets in them.
const LEFT_OUT: [&str; 12] = [
    "AWSAccessKeyId",
    "ArgumentValue",
    "CanonicalRequest",
    "CanonicalRequestBytes",
    "Code",
    "HostId",
    "Message",
    "RequestId",
    "Resource",
    "SignatureProvided",
    "StringToSign",
    "StringToSignBytes",
];
/// Parts of the names of parameters and headers whose values are never logged.
const SECRET: [&str; 4] = ["signature", "token", "credential", "authorization"];

/// The latest signed requests, with which a refused signature is compared.
#[derive(Debug, Clone, Default)]
pub struct SignedRequests(Arc<Mutex<VecDeque<Signed>>>);

/// One of them.
#[derive(Clone)]
struct Signed {
    signature: String,
    canonical_request: String,
}

impl std::fmt::Debug for Signed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Signed")
    }
}

impl SignedRequests {
    /// Remembers a presigned URL with the method and the headers that it is signed for. What is no presigned URL is not
    /// remembered.
    pub fn remember<'a>(
        &self,
        method: &str,
        url: &str,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) {
        let Some(signed) = Signed::read(method, url, headers) else { return };
        let mut requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.len() == REMEMBERED {
            requests.pop_front();
        }
        requests.push_back(signed);
    }

    /// The canonical request that a signature was made of.
    fn find(&self, signature: &str) -> Option<String> {
        let requests = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        requests
            .iter()
            .rev()
            .find(|signed| signed.signature == signature)
            .map(|signed| signed.canonical_request.clone())
    }
}

impl Signed {
    fn read<'a>(
        method: &str,
        url: &str,
        headers: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Option<Self> {
        let (_, rest) = url.split_once("://")?;
        let (host, path) = rest.split_at(rest.find('/')?);
        let mut request = hyper::Request::builder().method(method).uri(path).header("host", host);
        for (name, value) in headers {
            request = request.header(name, value);
        }
        let parts = request.body(()).ok()?.into_parts().0;
        let claim = Claim::read(&parts).ok()??;
        Some(Self {
            canonical_request: claim.canonical_request(&parts, claim.payload(&parts)),
            signature: claim.signature,
        })
    }
}

/// A refused request.
pub(super) struct Refused<'a> {
    pub(super) method: &'a Method,
    pub(super) bucket: Option<&'a str>,
    pub(super) key: Option<&'a str>,
    pub(super) status: StatusCode,
    /// The elements of the answer.
    pub(super) fields: &'a [(String, String)],
    /// Details of the reason that the answer leaves out.
    pub(super) notes: &'a [(String, String)],
}

impl Refused<'_> {
    /// Writes the line. Something that is not there is no refusal.
    pub(super) fn log(&self, signed: &SignedRequests) {
        if [StatusCode::NOT_FOUND, StatusCode::NOT_MODIFIED].contains(&self.status) {
            return;
        }
        let field = |wanted: &str| {
            self.fields.iter().find(|(name, _)| name == wanted).map(|(_, text)| text.as_str())
        };
        let Self { method, bucket, key, .. } = self;
        let status = self.status.as_u16();
        let (code, message) =
            (field("Code").unwrap_or_default(), field("Message").unwrap_or_default());
        let details = self
            .fields
            .iter()
            .filter(|(name, _)| !LEFT_OUT.contains(&name.as_str()))
            .chain(self.notes);
        let details =
            details.map(|(name, text)| format!("{name}={text}")).collect::<Vec<_>>().join(", ");
        let difference = field("CanonicalRequest").map(|received| {
            let found = field("SignatureProvided").and_then(|signature| signed.find(signature));
            found.map_or_else(
                || Difference::unknown(received),
                |signed| Difference::between(&signed, received),
            )
        });
        match difference {
            Some(Difference { part, signed, received }) => {
                tracing::info!(%method, bucket, key, status, code, differs = part, signed, received, "refused by S3");
            }
            None if details.is_empty() => {
                tracing::info!(%method, bucket, key, status, code, message, "refused by S3")
            }
            None => {
                tracing::info!(%method, bucket, key, status, code, message, details, "refused by S3")
            }
        }
    }
}

/// The first part of a canonical request that differs.
#[derive(Debug, PartialEq, Eq)]
struct Difference {
    part: String,
    signed: String,
    received: String,
}

const NOTHING: &str = "nothing";

impl Difference {
    fn new(part: impl Into<String>, signed: Option<&str>, received: Option<&str>) -> Self {
        let part = part.into();
        let is_secret = SECRET.iter().any(|secret| part.to_ascii_lowercase().contains(secret));
        let shown = |value: Option<&str>, masked: &str| match value {
            None => NOTHING.to_owned(),
            Some(_) if is_secret => masked.to_owned(),
            Some(value) => value.to_owned(),
        };
        Self { signed: shown(signed, "****"), received: shown(received, "another"), part }
    }

    /// Returns the received headers of a request that this process has not signed.
    fn unknown(received: &str) -> Self {
        let received = Canonical::read(received);
        let shown = received
            .headers
            .iter()
            .filter(|(name, _)| !SECRET.iter().any(|secret| name.contains(secret)));
        let shown =
            shown.map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(", ");
        Self {
            part: "signature".to_owned(),
            signed: "unknown: not by this endpoint, or with another secret key".to_owned(),
            received: shown,
        }
    }

    fn between(signed: &str, received: &str) -> Self {
        let (signed, received) = (Canonical::read(signed), Canonical::read(received));
        for (part, signed, received) in
            [("method", signed.method, received.method), ("path", signed.path, received.path)]
        {
            if signed != received {
                return Self::new(part, Some(signed), Some(received));
            }
        }
        for (kind, signed, received) in [
            ("query", &signed.query, &received.query),
            ("header", &signed.headers, &received.headers),
        ] {
            let names = signed.iter().chain(received).map(|(name, _)| *name);
            let value = |pairs: &[(&'_ str, &'_ str)], name: &str| {
                pairs.iter().find(|(own, _)| *own == name).map(|(_, value)| (*value).to_owned())
            };
            for name in names {
                let (signed, received) = (value(signed, name), value(received, name));
                if signed != received {
                    // a header that did not come is in the canonical request as an empty one
                    let received = received.filter(|value| kind == "query" || !value.is_empty());
                    return Self::new(
                        format!("{kind} {name}"),
                        signed.as_deref(),
                        received.as_deref(),
                    );
                }
            }
        }
        if signed.payload != received.payload {
            return Self::new("payload", Some(signed.payload), Some(received.payload));
        }
        Self::new("secret key", Some("with another secret key"), Some("the same request"))
    }
}

/// A canonical request, taken apart.
struct Canonical<'a> {
    method: &'a str,
    path: &'a str,
    query: Vec<(&'a str, &'a str)>,
    headers: Vec<(&'a str, &'a str)>,
    payload: &'a str,
}

impl<'a> Canonical<'a> {
    fn read(text: &'a str) -> Self {
        let mut lines = text.split('\n');
        let (method, path, query) = (lines.next(), lines.next(), lines.next());
        let pair = |text: &'a str, between| text.split_once(between).unwrap_or((text, ""));
        Self {
            method: method.unwrap_or_default(),
            path: path.unwrap_or_default(),
            query: query
                .unwrap_or_default()
                .split('&')
                .filter(|pair| !pair.is_empty())
                .map(|text| pair(text, '='))
                .collect(),
            headers: lines
                .clone()
                .take_while(|line| !line.is_empty())
                .map(|line| pair(line, ':'))
                .collect(),
            payload: lines.next_back().unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNED: &str = "PUT\n/b/k\nX-Amz-Date=1&X-Amz-Security-Token=t\ncontent-type:image/png\nhost:h\nif-none-match:*\n\ncontent-type;host;if-none-match\nUNSIGNED-PAYLOAD";

    fn difference(from: &str, to: &str) -> String {
        assert!(SIGNED.contains(from), "{from}");
        let Difference { part, signed, received } =
            Difference::between(SIGNED, &SIGNED.replacen(from, to, 1));
        format!("{part}: {signed} / {received}")
    }

    #[test]
    fn the_first_difference_is_told_and_no_secret() {
        assert_eq!(difference("PUT", "GET"), "method: PUT / GET");
        assert_eq!(difference("/b/k", "/b/l"), "path: /b/k / /b/l");
        assert_eq!(
            difference("image/png", "image/jpeg"),
            "header content-type: image/png / image/jpeg"
        );
        assert_eq!(
            difference("if-none-match:*", "if-none-match:"),
            "header if-none-match: * / nothing"
        );
        assert_eq!(
            difference("Token=t", "Token=secret"),
            "query X-Amz-Security-Token: **** / another"
        );
        assert_eq!(difference("Date=1", "Date=1&x=2"), "query x: nothing / 2");
        assert_eq!(difference("UNSIGNED-PAYLOAD", "abc"), "payload: UNSIGNED-PAYLOAD / abc");
        assert_eq!(
            difference("PUT", "PUT"),
            "secret key: with another secret key / the same request"
        );
    }
}
