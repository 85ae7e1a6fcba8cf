//! The URL of an S3-compatible endpoint.

use std::fmt;

use url::{Host, Url};

use iam_policy::Invalid;

/// The URL of an S3-compatible endpoint: scheme, host and port, in lower case, without the scheme's own port.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EndpointUrl {
    text: String,
    host_is_address: bool,
}

impl EndpointUrl {
    /// Parses an http or https URL with nothing after host and port but at most one slash.
    ///
    /// # Errors
    /// Anything else.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let url = web_url(text)?;
        let wrong = |problem: &str| {
            Err(Invalid::new(problem)
                .hint(format!("write {:?}", url.origin().ascii_serialization())))
        };
        if !matches!(url.path(), "" | "/") {
            return wrong("has a path, and S3's requests begin at the root");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return wrong("has a query or a fragment");
        }
        let host_is_address = matches!(url.host(), Some(Host::Ipv4(_) | Host::Ipv6(_)));
        Ok(Self { text: url.origin().ascii_serialization(), host_is_address })
    }

    /// The URL, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the scheme is https.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.text.starts_with("https://")
    }

    /// Host, with the port where it is not the scheme's own: the `Host` header of a request to it.
    #[must_use]
    pub fn authority(&self) -> &str {
        self.text.split_once("://").map_or(self.text.as_str(), |(_, authority)| authority)
    }

    /// Whether the host is an IP address, which no bucket's name can be put in front of.
    #[must_use]
    pub fn host_is_address(&self) -> bool {
        self.host_is_address
    }
}

impl fmt::Display for EndpointUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Parses an http or https URL, without the leniency that browsers owe to people who type.
pub(super) fn web_url(text: &str) -> Result<Url, Invalid> {
    if let Some(other) =
        text.chars().find(|c| c.is_whitespace() || c.is_control() || matches!(c, '\\' | '%'))
    {
        return Err(Invalid::new(format!("has {other:?} in it")));
    }
    let Some((scheme, rest)) = text.split_once("://") else {
        let hint = if !text.is_empty() && !text.contains(['/', '\\']) {
            format!("write \"https://{text}\", or \"http://{text}\" if it is on this machine")
        } else {
            "write e.g. \"https://HOST\"".to_owned()
        };
        return Err(Invalid::new("has no scheme").hint(hint));
    };
    if !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") {
        return Err(Invalid::new(format!("has the scheme {scheme:?}"))
            .hint("use https, or http on this machine"));
    }
    if rest.is_empty() || rest.starts_with('/') {
        return Err(Invalid::new("has no host"));
    }
    let url = Url::parse(text).map_err(|error| Invalid::new(format!("is not a URL ({error})")))?;
    if rest.contains('@') {
        return Err(Invalid::new("has a user name or password").hint("leave them out"));
    }
    if let Some(domain) = url.domain()
        && !is_host_name(domain)
    {
        return Err(Invalid::new(format!(
            "has {domain:?} as its host, which is not a host's name"
        )));
    }
    if url.port() == Some(0) {
        return Err(Invalid::new("has port 0, which nothing can be reached at"));
    }
    Ok(url)
}

/// The names of hosts, more narrowly than URLs have them. Underscores stand in those that container networks give.
fn is_host_name(domain: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    domain.strip_suffix('.').unwrap_or(domain).split('.').all(is_label)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use iam_policy::test_support::verdicts;

    #[test]
    fn verdict() {
        let texts = [
            "http://localhost:4566",
            "HTTP://LocalHost:4566/",
            "https://s3.example.com:443",
            "http://s3.example.com:80",
            "http://[::1]:4566",
            "http://127.0.0.1",
            "https://bücher.example",
            "localhost:4566",
            "s3.example.com",
            "ftp://localhost",
            "http://",
            "http:///x",
            "http:/localhost",
            "http://localhost/s3",
            "http://localhost?x=1",
            "http://localhost/#x",
            "http://user:secret@localhost",
            "http://@localhost",
            "http://local host",
            "http://localhost:99999",
            "http://localhost:0",
            "http://localhost:",
            "http:\\\\localhost",
            "http://ex%61mple.com",
            "http://exa\nmple.com",
            "http://*.example.com",
            "http://a\"b.example.com",
            "http://a..example.com",
            "http://local_stack:4566",
            "",
        ];
        insta::assert_snapshot!(verdicts(EndpointUrl::parse, &texts), @r#"
        "http://localhost:4566" → http://localhost:4566
        "HTTP://LocalHost:4566/" → http://localhost:4566
        "https://s3.example.com:443" → https://s3.example.com
        "http://s3.example.com:80" → http://s3.example.com
        "http://[::1]:4566" → http://[::1]:4566
        "http://127.0.0.1" → http://127.0.0.1
        "https://bücher.example" → https://xn--bcher-kva.example
        "localhost:4566" ✗ has no scheme; hint: write "https://localhost:4566", or "http://localhost:4566" if it is on this machine
        "s3.example.com" ✗ has no scheme; hint: write "https://s3.example.com", or "http://s3.example.com" if it is on this machine
        "ftp://localhost" ✗ has the scheme "ftp"; hint: use https, or http on this machine
        "http://" ✗ has no host
        "http:///x" ✗ has no host
        "http:/localhost" ✗ has no scheme; hint: write e.g. "https://HOST"
        "http://localhost/s3" ✗ has a path, and S3's requests begin at the root; hint: write "http://localhost"
        "http://localhost?x=1" ✗ has a query or a fragment; hint: write "http://localhost"
        "http://localhost/#x" ✗ has a query or a fragment; hint: write "http://localhost"
        "http://user:secret@localhost" ✗ has a user name or password; hint: leave them out
        "http://@localhost" ✗ has a user name or password; hint: leave them out
        "http://local host" ✗ has ' ' in it
        "http://localhost:99999" ✗ is not a URL (invalid port number)
        "http://localhost:0" ✗ has port 0, which nothing can be reached at
        "http://localhost:" → http://localhost
        "http:\\\\localhost" ✗ has '\\' in it
        "http://ex%61mple.com" ✗ has '%' in it
        "http://exa\nmple.com" ✗ has '\n' in it
        "http://*.example.com" ✗ has "*.example.com" as its host, which is not a host's name
        "http://a\"b.example.com" ✗ has "a\"b.example.com" as its host, which is not a host's name
        "http://a..example.com" ✗ has "a..example.com" as its host, which is not a host's name
        "http://local_stack:4566" → http://local_stack:4566
        "" ✗ has no scheme; hint: write e.g. "https://HOST"
        "#);
    }

    #[test]
    fn authority_is_the_host_header() {
        let authority = |text: &str| {
            EndpointUrl::parse(text).map(|url| {
                format!("{} {} {}", url.authority(), url.is_tls(), url.host_is_address())
            })
        };
        insta::assert_snapshot!(verdicts(authority, &["https://s3.example.com:443", "http://[::1]:80", "http://127.0.0.1:4566"]), @r#"
        "https://s3.example.com:443" → s3.example.com true false
        "http://[::1]:80" → [::1] false true
        "http://127.0.0.1:4566" → 127.0.0.1:4566 false true
        "#);
    }
}
