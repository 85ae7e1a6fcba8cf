//! Tokens of an identity provider.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use url::{Host, Url};

use super::endpoint_url::web_url;
use iam_policy::Invalid;

/// `[auth.jwt]`: signed tokens (RFC 7519) of one issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwt {
    /// `issuer`: what `iss` has to be.
    pub issuer: String,
    /// `audience`: what has to be in `aud`.
    pub audience: String,
    /// `algorithms`: at least one. Whatever a token's header says, no other is tried.
    pub algorithms: Vec<JwtAlgorithm>,
    /// `jwks_url`, `jwks_file` or `secret_file`.
    pub keys: JwtKeys,
    /// `subject`: the claim that says who asks.
    pub subject: String,
    /// `leeway`: how far the clocks of issuer and endpoint may be apart, for `exp` and `nbf`.
    pub leeway: Duration,
    /// `[auth.claims]`
    pub claims: Claims,
}

/// `[auth.claims]`: the claims by which a token narrows what the contract allows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// `content_types`: the claim with a list of media ranges.
    pub content_types: Option<String>,
    /// `max_size`: the claim with a number of bytes.
    pub max_size: Option<String>,
}

/// How a token is signed. See <https://www.rfc-editor.org/rfc/rfc7518#section-3.1> and
/// <https://www.rfc-editor.org/rfc/rfc8037>.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JwtAlgorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256, and keys of 2048 to 8192 bits.
    Rs256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// Ed25519.
    EdDsa,
    /// HMAC with SHA-256: whoever can check such a token can also make one.
    Hs256,
}

impl JwtAlgorithm {
    /// Every one of them, by its registered name.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("RS256", Self::Rs256),
        ("ES256", Self::Es256),
        ("EdDSA", Self::EdDsa),
        ("HS256", Self::Hs256),
    ];

    /// The registered name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Es256 => "ES256",
            Self::EdDsa => "EdDSA",
            Self::Hs256 => "HS256",
        }
    }
}

/// Where the keys are that signatures are checked with. Public keys and a secret never stand beside each other, so that
/// no public key can be taken for a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JwtKeys {
    /// `jwks_url`: the issuer's public keys (RFC 7517), fetched and followed.
    Url(JwksUrl),
    /// `jwks_file`: the same in a file.
    File(PathBuf),
    /// `secret_file`: a file with the secret of `HS256`, without a newline at its end.
    Secret(PathBuf),
}

impl JwtKeys {
    /// Has a file's path begin in this directory, where it is relative.
    pub fn rebase(&mut self, directory: &Path) {
        if let Self::File(path) | Self::Secret(path) = self {
            *path = directory.join(&*path);
        }
    }
}

/// The address of an issuer's public keys: https, or http on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JwksUrl(Url);

impl JwksUrl {
    /// Parses an address.
    ///
    /// # Errors
    /// Another scheme, plain http to another machine, a user name, a fragment.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let url = web_url(text)?;
        if url.fragment().is_some() {
            return Err(Invalid::new("has a fragment"));
        }
        let is_here = match url.host() {
            Some(Host::Ipv4(address)) => address.is_loopback(),
            Some(Host::Ipv6(address)) => address.is_loopback(),
            Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
            None => false,
        };
        if url.scheme() == "http" && !is_here {
            return Err(Invalid::new(
                "is plain http: whoever is on the way could put in keys of their own",
            )
            .hint("write https://…"));
        }
        Ok(Self(url))
    }

    /// The address.
    #[must_use]
    pub fn as_url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Display for JwksUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::expect_used)]
mod tests {
    use super::*;
    use iam_policy::test_support::verdicts;

    #[test]
    fn addresses_of_keys() {
        let texts = [
            "https://login.example.com/.well-known/jwks.json?a=b",
            "http://127.0.0.1:8000/keys",
            "http://[::1]/keys",
            "http://localhost/keys",
            "http://login.example.com/keys",
            "http://localhost.example.com/keys",
            "http://10.0.0.1/keys",
            "ftp://login.example.com/keys",
            "file:///etc/passwd",
            "https://user:secret@login.example.com/keys",
            "https://login.example.com/keys#a",
            "login.example.com",
        ];
        insta::assert_snapshot!(verdicts(JwksUrl::parse, &texts), @r#"
        "https://login.example.com/.well-known/jwks.json?a=b" → https://login.example.com/.well-known/jwks.json?a=b
        "http://127.0.0.1:8000/keys" → http://127.0.0.1:8000/keys
        "http://[::1]/keys" → http://[::1]/keys
        "http://localhost/keys" → http://localhost/keys
        "http://login.example.com/keys" ✗ is plain http: whoever is on the way could put in keys of their own; hint: write https://…
        "http://localhost.example.com/keys" ✗ is plain http: whoever is on the way could put in keys of their own; hint: write https://…
        "http://10.0.0.1/keys" ✗ is plain http: whoever is on the way could put in keys of their own; hint: write https://…
        "ftp://login.example.com/keys" ✗ has the scheme "ftp"; hint: use https, or http on this machine
        "file:///etc/passwd" ✗ has the scheme "file"; hint: use https, or http on this machine
        "https://user:secret@login.example.com/keys" ✗ has a user name or password; hint: leave them out
        "https://login.example.com/keys#a" ✗ has a fragment
        "login.example.com" ✗ has no scheme; hint: write "https://login.example.com", or "http://login.example.com" if it is on this machine
        "#);
    }
}
