//! The URL of an S3-compatible endpoint.

use std::fmt;

use url::{Host, Url};

use super::Invalid;

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
        let wrong = |problem: &str| Err(Invalid::new(problem).hint(format!("write {:?}", url.origin().ascii_serialization())));
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
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(Invalid::new("has no scheme").hint(format!("write e.g. \"https://{}\"", text.trim_matches('/'))));
    };
    if !matches!(scheme.to_ascii_lowercase().as_str(), "http" | "https") {
        return Err(Invalid::new(format!("has the scheme {scheme:?}")).hint("use https, or http on this machine"));
    }
    if let Some(other) = rest.chars().find(|c| c.is_whitespace() || c.is_control() || matches!(c, '\\' | '%')) {
        return Err(Invalid::new(format!("has {other:?} in it")));
    }
    if rest.is_empty() || rest.starts_with('/') {
        return Err(Invalid::new("has no host"));
    }
    let url = Url::parse(text).map_err(|error| Invalid::new(format!("is not a URL ({error})")))?;
    if !url.username().is_empty() || url.password().is_some() || rest.contains('@') {
        return Err(Invalid::new("has a user name or password").hint("leave them out: requests are signed"));
    }
    if url.port() == Some(0) {
        return Err(Invalid::new("has port 0, which nothing can be reached at"));
    }
    Ok(url)
}
