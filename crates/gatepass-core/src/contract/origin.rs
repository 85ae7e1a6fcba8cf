//! Web origins.

use std::fmt;

use url::{Host, Url};

use super::endpoint_url::web_url;
use iam_policy::Invalid;

/// A web origin (RFC 6454): scheme, host and port as browsers send them, in lower case, without the scheme's own port.
///
/// As S3 allows it, one `*` can stand for subdomains (`https://*.example.com`) or for the port (`http://localhost:*`).
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/ManageCorsUsing.html>.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Origin(String);

const HINT: &str = "write e.g. \"https://app.example.com\" or \"https://*.example.com\"";

impl Origin {
    /// Parses an origin. Plain http is taken for this machine only: such a page, and all it uploads, is anybody's to
    /// change on its way.
    ///
    /// # Errors
    /// Anything else: `null`, a path or a slash at the end, a `*` that would match origins of strangers.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.eq_ignore_ascii_case("null") {
            return Err(Invalid::new(
                "is the origin of every sandboxed or local page of everybody",
            )
            .hint(HINT));
        }
        let pattern = Pattern::split(text)?;
        let url = web_url(&pattern.plain)?;
        let origin = url.origin().ascii_serialization();
        if url.query().is_some() || url.fragment().is_some() || has_path(&pattern.plain) {
            let hint = format!("write {:?}", pattern.put_back(&origin));
            return Err(Invalid::new(
                "has something after its host: an origin is scheme, host and port",
            )
            .hint(hint));
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            let hint =
                format!("write {:?}", pattern.put_back(&origin.replacen("http:", "https:", 1)));
            return Err(Invalid::new("is plain http on another host than this machine").hint(hint));
        }
        if pattern.subdomains
            && !url.domain().is_some_and(|domain| domain.trim_end_matches('.').contains('.'))
        {
            return Err(Invalid::new("would match the domains of strangers").hint(HINT));
        }
        if pattern.any_port && url.port().is_some() {
            return Err(Invalid::new("has two ports"));
        }
        Ok(Self(pattern.put_back(&origin)))
    }

    /// The origin.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the value of an `Origin` header is this origin, by S3's rule: `*` is any run of characters.
    #[must_use]
    pub fn matches(&self, origin: &str) -> bool {
        match self.0.split_once('*') {
            None => origin == self.0,
            Some((before, after)) => {
                origin.len() >= before.len() + after.len()
                    && origin.starts_with(before)
                    && origin.ends_with(after)
            }
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An origin without its wildcard, and where that stood.
struct Pattern {
    plain: String,
    subdomains: bool,
    any_port: bool,
}

impl Pattern {
    fn split(text: &str) -> Result<Self, Invalid> {
        let without_port = text.strip_suffix(":*");
        let without_label = text.replacen("://*.", "://", 1);
        let pattern = if let Some(plain) = without_port {
            Self { plain: plain.to_owned(), subdomains: false, any_port: true }
        } else {
            Self { subdomains: without_label != text, plain: without_label, any_port: false }
        };
        if pattern.plain.contains('*') {
            return Err(Invalid::new(
                "has a '*' that is not a whole subdomain or port, or more than one",
            )
            .hint(HINT));
        }
        Ok(pattern)
    }

    fn put_back(&self, origin: &str) -> String {
        if self.subdomains {
            origin.replacen("://", "://*.", 1)
        } else if self.any_port {
            format!("{origin}:*")
        } else {
            origin.to_owned()
        }
    }
}

/// Whether anything, be it one slash, follows the authority.
fn has_path(text: &str) -> bool {
    text.split_once("://").is_some_and(|(_, rest)| rest.contains('/'))
}

/// Whether the host is this machine.
pub(super) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The origins whose pages may upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AllowedOrigins {
    /// These and no others.
    Listed(Vec<Origin>),
    /// `allowed_origins = ["*"]` together with `allow_any_origin = true`.
    Any,
}

impl AllowedOrigins {
    /// Whether a request with this `Origin` header comes from an allowed origin.
    #[must_use]
    pub fn allows(&self, origin: &str) -> bool {
        match self {
            Self::Listed(origins) => origins.iter().any(|allowed| allowed.matches(origin)),
            Self::Any => true,
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use iam_policy::test_support::verdicts;

    #[test]
    fn verdict() {
        let texts = [
            "https://app.example.com",
            "HTTPS://App.Example.COM:443",
            "https://app.example.com:8443",
            "http://localhost:3000",
            "http://127.0.0.1:5173",
            "http://[::1]:3000",
            "http://app.localhost",
            "https://*.example.com",
            "https://*.example.com:8443",
            "http://localhost:*",
            "https://bücher.example",
            "https://[2001:db8::1]",
            "null",
            "*",
            "https://*",
            "https://*.com",
            "https://*.com.",
            "https://*.localhost",
            "https://*example.com",
            "https://a.*.example.com",
            "https://*.*.example.com",
            "https://*.example.com:*",
            "https://example.com:80*",
            "*://example.com",
            "https://app.example.com/",
            "https://app.example.com/x",
            "https://app.example.com?x",
            "https://app.example.com#x",
            "https://user@app.example.com",
            "app.example.com",
            "http://app.example.com",
            "http://localhost.example.com",
            "ftp://example.com",
            "chrome-extension://abc",
            "https://",
            "https://app.example.com:0",
            "https://app example.com",
            "https://app.example.com\n",
            "https://*.192.0.2.1",
            "",
        ];
        insta::assert_snapshot!(verdicts(Origin::parse, &texts), @r#"
        "https://app.example.com" → https://app.example.com
        "HTTPS://App.Example.COM:443" → https://app.example.com
        "https://app.example.com:8443" → https://app.example.com:8443
        "http://localhost:3000" → http://localhost:3000
        "http://127.0.0.1:5173" → http://127.0.0.1:5173
        "http://[::1]:3000" → http://[::1]:3000
        "http://app.localhost" → http://app.localhost
        "https://*.example.com" → https://*.example.com
        "https://*.example.com:8443" → https://*.example.com:8443
        "http://localhost:*" → http://localhost:*
        "https://bücher.example" → https://xn--bcher-kva.example
        "https://[2001:db8::1]" → https://[2001:db8::1]
        "null" ✗ is the origin of every sandboxed or local page of everybody; hint: write e.g. "https://app.example.com" or "https://*.example.com"
        "*" ✗ has a '*' that is not a whole subdomain or port, or more than one; hint: write e.g. "https://app.example.com" or "https://*.example.com"
        "https://*" ✗ has a '*' that is not a whole subdomain or port, or more than one; hint: write e.g. "https://app.example.com" or "https://*.example.com"
        "https://*.com" ✗ would match the domains of strangers; hint: write e.g. "https://app.example.com" or "https://*.example.com"
        "https://*.com." ✗ would match the domains of strangers; hint: write e.g. "https://app.example.com" or "https://*.example.com"
        "https://*.localhost" ✗ would match the domains of strangers; hint: write e.g. "https://app.example.com" or "https://*.example.com"
        "https://*example.com" ✗ has a '*' that is not a whole subdomain or port, or more than one; hint: write e.g. "https://app.example.com" or "https://*.example.com"
        "https://a.*.example.com" ✗ has a '*' that is not a whole subdomain or port, or more than one; hint: write e.g. "https://app.example.com" or "https://*.example.com"
        "https://*.*.example.com" ✗ has a '*' that is not a whole subdomain or port, or more than one; hint: write e.g. "https://app.example.com" or "https://*.example.com"
        "https://*.example.com:*" ✗ has a '*' that is not a whole subdomain or port, or more than one; hint: write e.g. "https://app.example.com" or "https://*.example.com"
        "https://example.com:80*" ✗ has a '*' that is not a whole subdomain or port, or more than one; hint: write e.g. "https://app.example.com" or "https://*.example.com"
        "*://example.com" ✗ has a '*' that is not a whole subdomain or port, or more than one; hint: write e.g. "https://app.example.com" or "https://*.example.com"
        "https://app.example.com/" ✗ has something after its host: an origin is scheme, host and port; hint: write "https://app.example.com"
        "https://app.example.com/x" ✗ has something after its host: an origin is scheme, host and port; hint: write "https://app.example.com"
        "https://app.example.com?x" ✗ has something after its host: an origin is scheme, host and port; hint: write "https://app.example.com"
        "https://app.example.com#x" ✗ has something after its host: an origin is scheme, host and port; hint: write "https://app.example.com"
        "https://user@app.example.com" ✗ has a user name or password; hint: leave them out
        "app.example.com" ✗ has no scheme; hint: write "https://app.example.com", or "http://app.example.com" if it is on this machine
        "http://app.example.com" ✗ is plain http on another host than this machine; hint: write "https://app.example.com"
        "http://localhost.example.com" ✗ is plain http on another host than this machine; hint: write "https://localhost.example.com"
        "ftp://example.com" ✗ has the scheme "ftp"; hint: use https, or http on this machine
        "chrome-extension://abc" ✗ has the scheme "chrome-extension"; hint: use https, or http on this machine
        "https://" ✗ has no host
        "https://app.example.com:0" ✗ has port 0, which nothing can be reached at
        "https://app example.com" ✗ has ' ' in it
        "https://app.example.com\n" ✗ has '\n' in it
        "https://*.192.0.2.1" ✗ would match the domains of strangers; hint: write e.g. "https://app.example.com" or "https://*.example.com"
        "" ✗ has no scheme; hint: write e.g. "https://HOST"
        "#);
    }

    #[test]
    fn allows() {
        let listed = ["https://app.example.com", "https://*.example.org", "http://localhost:*"]
            .map(|text| Origin::parse(text).unwrap());
        let listed = AllowedOrigins::Listed(listed.to_vec());
        let verdict = |origin: &&str| {
            format!("{origin} {}", if listed.allows(origin) { "yes" } else { "no" })
        };
        let origins = [
            "https://app.example.com",
            "http://app.example.com",
            "https://app.example.com:444",
            "https://app.example.com.evil.test",
            "https://a.example.org",
            "https://a.b.example.org",
            "https://example.org",
            "https://evilexample.org",
            "https://a.example.org.evil.test",
            "http://localhost:3000",
            "http://localhost",
            "http://localhost.evil.test:1",
            "null",
            "",
        ];
        insta::assert_snapshot!(origins.iter().map(verdict).collect::<Vec<_>>().join("\n"), @"
        https://app.example.com yes
        http://app.example.com no
        https://app.example.com:444 no
        https://app.example.com.evil.test no
        https://a.example.org yes
        https://a.b.example.org yes
        https://example.org no
        https://evilexample.org no
        https://a.example.org.evil.test no
        http://localhost:3000 yes
        http://localhost no
        http://localhost.evil.test:1 no
        null no
         no
        ");
        assert!(
            AllowedOrigins::Any.allows("https://anything.example")
                && AllowedOrigins::Any.allows("null")
        );
        assert!(!AllowedOrigins::Listed(Vec::new()).allows("https://app.example.com"));
    }
}
