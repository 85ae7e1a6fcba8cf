//! The URL that clients reach the presign endpoint by.

use std::fmt;

use super::endpoint_url::web_url;
use super::origin::is_loopback;
use iam_policy::Invalid;

/// The URL that the presign endpoint's own paths are put behind: https, or http on this machine; without a slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServeUrl(String);

impl ServeUrl {
    /// Parses a URL. It may have a path, where whatever stands in front of the endpoint takes that away.
    ///
    /// # Errors
    /// Plain http to another machine, a user name, a query or a fragment, a path with empty or dotted segments.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let url = web_url(text)?;
        let origin = url.origin().ascii_serialization();
        if url.query().is_some() || url.fragment().is_some() {
            let path = url.path().trim_end_matches('/');
            return Err(Invalid::new("has a query or a fragment")
                .hint(format!("write {:?}", format!("{origin}{path}"))));
        }
        if url.scheme() == "http" && !is_loopback(&url) {
            return Err(Invalid::new(
                "is plain http on another host than this machine: whoever is on the way could upload in another's name",
            )
            .hint(format!("write {:?}", text.replacen("http:", "https:", 1))));
        }
        // as it was written: parsing resolves dots
        let (_, rest) = text.split_once("://").unwrap_or_default();
        let path = rest.split_once('/').map_or("", |(_, path)| path);
        if !path.is_empty()
            && path
                .strip_suffix('/')
                .unwrap_or(path)
                .split('/')
                .any(|segment| matches!(segment, "" | "." | ".."))
        {
            return Err(Invalid::new("has an empty or a dotted segment in its path")
                .hint("write e.g. \"https://app.example.com/uploads\""));
        }
        Ok(Self(format!("{origin}{}", url.path().trim_end_matches('/'))))
    }

    /// The URL, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServeUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use iam_policy::test_support::verdicts;

    #[test]
    fn verdict() {
        let texts = [
            "https://uploads.example.com",
            "HTTPS://Uploads.Example.com:443/",
            "https://app.example.com/uploads/",
            "https://app.example.com/a/b",
            "http://127.0.0.1:8080",
            "http://[::1]:8080",
            "http://app.localhost",
            "http://uploads.example.com/a",
            "uploads.example.com",
            "wss://uploads.example.com",
            "https://uploads.example.com/?a=b",
            "https://uploads.example.com/a/#b",
            "https://me@uploads.example.com",
            "https://uploads.example.com//",
            "https://uploads.example.com/a//b",
            "https://uploads.example.com/a/../b",
            "https://uploads.example.com/./a",
            "https://uploads.example.com/a%2e",
            "",
        ];
        insta::assert_snapshot!(verdicts(ServeUrl::parse, &texts), @r#"
        "https://uploads.example.com" → https://uploads.example.com
        "HTTPS://Uploads.Example.com:443/" → https://uploads.example.com
        "https://app.example.com/uploads/" → https://app.example.com/uploads
        "https://app.example.com/a/b" → https://app.example.com/a/b
        "http://127.0.0.1:8080" → http://127.0.0.1:8080
        "http://[::1]:8080" → http://[::1]:8080
        "http://app.localhost" → http://app.localhost
        "http://uploads.example.com/a" ✗ is plain http on another host than this machine: whoever is on the way could upload in another's name; hint: write "https://uploads.example.com/a"
        "uploads.example.com" ✗ has no scheme; hint: write "https://uploads.example.com", or "http://uploads.example.com" if it is on this machine
        "wss://uploads.example.com" ✗ has the scheme "wss"; hint: use https, or http on this machine
        "https://uploads.example.com/?a=b" ✗ has a query or a fragment; hint: write "https://uploads.example.com"
        "https://uploads.example.com/a/#b" ✗ has a query or a fragment; hint: write "https://uploads.example.com/a"
        "https://me@uploads.example.com" ✗ has a user name or password; hint: leave them out
        "https://uploads.example.com//" ✗ has an empty or a dotted segment in its path; hint: write e.g. "https://app.example.com/uploads"
        "https://uploads.example.com/a//b" ✗ has an empty or a dotted segment in its path; hint: write e.g. "https://app.example.com/uploads"
        "https://uploads.example.com/a/../b" ✗ has an empty or a dotted segment in its path; hint: write e.g. "https://app.example.com/uploads"
        "https://uploads.example.com/./a" ✗ has an empty or a dotted segment in its path; hint: write e.g. "https://app.example.com/uploads"
        "https://uploads.example.com/a%2e" ✗ has '%' in it
        "" ✗ has no scheme; hint: write e.g. "https://HOST"
        "#);
    }
}
