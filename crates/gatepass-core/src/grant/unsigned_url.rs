//! A presigned URL before its signature, and the canonical request that is made of its parts.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.

use std::borrow::Cow;
use std::ops::Range;

use super::encode::{push_encoded, push_hex, push_key, push_number};
use super::signed_headers::SignedHeaders;
use super::{BucketAddress, Method, PresignRequest, PresignedUrl, SignError};

/// What SigV4's own query parameters begin with.
const OWN_PARAMETERS: &str = "X-Amz-";

/// A URL that lacks its signature and its token, and where in it the parts lie that the canonical request repeats.
pub(super) struct UnsignedUrl {
    url: String,
    path: Range<usize>,
    /// The query parameters beside SigV4's own, each followed by `&`.
    others: Range<usize>,
    /// How many of their bytes stand before SigV4's own in the canonical request; none if they have to be sorted for it.
    before: Option<usize>,
    /// From `X-Amz-Algorithm` to `X-Amz-Expires`.
    until_expires: Range<usize>,
    /// `&X-Amz-SignedHeaders=…`
    signed_headers: Range<usize>,
}

impl UnsignedUrl {
    /// Writes the URL, parameters in the order in which the AWS SDKs write them. `query_head` are SigV4's own up to
    /// the value of `X-Amz-Expires`; `more` is how much will follow the signature.
    pub(super) fn new(
        request: &PresignRequest<'_>,
        headers: &SignedHeaders<'_>,
        query_head: &str,
        more: usize,
    ) -> Result<Self, SignError> {
        let BucketAddress { scheme, host, path_prefix } = request.address;
        let mut url = String::with_capacity(640 + more);
        push_all(&mut url, [scheme, "://", host]);

        let path = url.len();
        url.push_str(path_prefix);
        push_key(&mut url, request.key);
        let path = path..url.len();

        url.push('?');
        let others = url.len();
        let mut before = (request.query.len() < 2).then_some(0);
        for (name, value) in request.query {
            if name.starts_with(OWN_PARAMETERS) {
                return Err(SignError::Parameter((*name).to_owned()));
            }
            let start = url.len();
            push_encoded(&mut url, name);
            let goes_before = url[start..] < *OWN_PARAMETERS;
            url.push('=');
            push_encoded(&mut url, value);
            url.push('&');
            before = before.map(|before| if goes_before { url.len() - others } else { before });
        }
        let others = others..url.len();

        url.push_str(query_head);
        push_number(&mut url, request.expires_in);
        let until_expires = others.end..url.len();
        url.push_str("&X-Amz-SignedHeaders=");
        headers.push_names(&mut url, "%3B");
        let signed_headers = until_expires.end..url.len();
        Ok(Self { url, path, others, before, until_expires, signed_headers })
    }

    /// `token` is the parameter `&X-Amz-Security-Token=…`, or nothing.
    pub(super) fn canonical_request(
        &self,
        method: Method,
        headers: &SignedHeaders<'_>,
        token: &str,
    ) -> String {
        let mut canonical = String::with_capacity(self.url.len() + token.len() + 512);
        push_all(&mut canonical, [method.as_str(), "\n", &self.url[self.path.clone()], "\n"]);

        let others = &self.url[self.others.clone()];
        let (others, before) = match self.before {
            Some(before) => (Cow::Borrowed(others), before),
            None => sorted(others),
        };
        let (before, after) = others.split_at(before);
        push_all(
            &mut canonical,
            [
                before,
                &self.url[self.until_expires.clone()],
                token,
                &self.url[self.signed_headers.clone()],
            ],
        );
        if let Some(after) = after.strip_suffix('&') {
            push_all(&mut canonical, ["&", after]);
        }
        canonical.push('\n');

        headers.push_canonical(&mut canonical);
        canonical.push('\n');
        headers.push_names(&mut canonical, ";");
        canonical.push_str("\nUNSIGNED-PAYLOAD");
        canonical
    }

    /// The whole URL.
    pub(super) fn signed(mut self, signature: &[u8; 64], token: &str) -> PresignedUrl {
        self.url.push_str("&X-Amz-Signature=");
        push_hex(&mut self.url, signature);
        self.url.push_str(token);
        PresignedUrl::new(self.url)
    }
}

/// Parameters, each followed by `&`, in the order of their names' bytes, then of their values', and how many of their bytes
/// come before SigV4's own.
fn sorted(parameters: &str) -> (Cow<'_, str>, usize) {
    let mut pairs: Vec<(&str, &str)> =
        parameters.split_terminator('&').filter_map(|pair| pair.split_once('=')).collect();
    pairs.sort_unstable();
    let before = pairs
        .iter()
        .take_while(|(name, _)| *name < OWN_PARAMETERS)
        .map(|(name, value)| name.len() + value.len() + 2)
        .sum();
    (pairs.into_iter().flat_map(|(name, value)| [name, "=", value, "&"]).collect(), before)
}

fn push_all<const N: usize>(out: &mut String, parts: [&str; N]) {
    for part in parts {
        out.push_str(part);
    }
}
