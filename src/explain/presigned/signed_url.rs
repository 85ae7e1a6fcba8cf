//! A presigned URL as somebody has it, taken apart.

use std::fmt;

use percent_encoding::percent_decode_str;

use super::mangled::{Mangling, repair};
use crate::redact::Secrets;
use iam_policy::Invalid;

/// What begins the names of SigV4's own parameters.
pub(super) const OWN: &str = "x-amz-";
/// What the names of parameters have in them that make a URL a right, or say whose: those of Signature Version 4, of Version 2,
/// and of whatever a URL was mangled into.
const MASKED: [&str; 5] = ["signature", "token", "credential", "accesskeyid", "authorization"];

/// A URL, taken apart. `Display` and `Debug` mask what makes it a right.
#[derive(Clone, PartialEq, Eq)]
pub struct SignedUrl {
    /// `https` or `http`
    pub(super) scheme: String,
    /// Host, with the port where one stands there; in lower case.
    pub(super) host: String,
    /// As it stands, still encoded, with its slash.
    pub(super) path: String,
    /// In their order.
    pub(super) parameters: Vec<Parameter>,
    /// What was done to it on its way here, and is undone.
    pub(super) manglings: Vec<Mangling>,
}

/// One parameter of the query.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Parameter {
    /// Decoded.
    pub(super) name: String,
    /// As it stands, still encoded.
    pub(super) encoded: String,
}

impl Parameter {
    pub(super) fn value(&self) -> String {
        decode(&self.encoded)
    }

    fn is_named(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// Whether its value may be shown.
    pub(super) fn is_showable(&self) -> bool {
        !self.is_masked()
    }

    fn is_masked(&self) -> bool {
        is_masked(&self.name)
    }
}

impl SignedUrl {
    /// Whether a text is a URL, or was one before it was mangled.
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        let text = repair(text).0.to_ascii_lowercase();
        let has_parameter =
            ["x-amz-", "signature", "awsaccesskeyid"].iter().any(|name| text.contains(name))
                && text.contains(['=', '%']);
        !text.starts_with("s3://") && (text.contains("://") || has_parameter)
    }

    /// Takes a URL apart: the one in the text, as it was before it was mangled. The problem never repeats it.
    ///
    /// # Errors
    /// What has no scheme and host.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let wrong = |problem: &str| {
            Invalid::new(problem)
                .hint("paste the whole URL, from https:// to its end, in single quotes")
        };
        let (text, manglings) = repair(text);
        let (scheme, rest) = text.split_once("://").ok_or_else(|| wrong("has no scheme"))?;
        let scheme = scheme.to_ascii_lowercase();
        if scheme != "https" && scheme != "http" {
            return Err(wrong("is neither https nor http"));
        }
        if text.contains(char::is_whitespace) {
            return Err(wrong("has a space or a line break in it"));
        }
        let rest = rest.split('#').next().unwrap_or_default();
        let (address, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (host, path) =
            address.find('/').map_or((address, "/"), |slash| address.split_at(slash));
        let is_of_host = |c: char| c.is_alphanumeric() || ".-_:[]".contains(c);
        if host.is_empty() || !host.chars().all(is_of_host) {
            return Err(wrong("has no host that S3 could be at"));
        }
        let parameters: Vec<Parameter> = query
            .split('&')
            .filter(|pair| !pair.is_empty())
            .map(|pair| {
                let (name, encoded) = pair.split_once('=').unwrap_or((pair, ""));
                Parameter { name: decode(name), encoded: encoded.to_owned() }
            })
            .collect();
        if decode(path).contains('?')
            || parameters.iter().any(|parameter| parameter.name.contains(['=', '&', '?']))
        {
            return Err(wrong(
                "is encoded as a whole: what separates its parts is written as %3F, %26 or %3D",
            ));
        }
        let host = host.to_ascii_lowercase();
        let default_port = if scheme == "https" { ":443" } else { ":80" };
        let host = host.strip_suffix(default_port).unwrap_or(&host).to_owned();
        Ok(Self { scheme, host, path: path.to_owned(), parameters, manglings })
    }

    /// The value of the first parameter of this name, in whatever case, decoded.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        self.parameters.iter().find(|parameter| parameter.is_named(name)).map(Parameter::value)
    }

    /// How often a parameter stands in it.
    pub(super) fn count(&self, name: &str) -> usize {
        self.parameters.iter().filter(|parameter| parameter.is_named(name)).count()
    }

    /// The names of the headers that it says are signed, in lower case.
    pub(super) fn signed_headers(&self) -> Vec<String> {
        let names = self.get("X-Amz-SignedHeaders").unwrap_or_default();
        names.split(';').filter(|name| !name.is_empty()).map(str::to_ascii_lowercase).collect()
    }

    /// The path, decoded.
    pub(super) fn decoded_path(&self) -> String {
        decode(&self.path)
    }
}

impl fmt::Display for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = format!("{}://{}{}", self.scheme, self.host, self.path);
        for (index, parameter) in self.parameters.iter().enumerate() {
            let Parameter { name, encoded } = parameter;
            let value = if parameter.is_masked() { "****" } else { encoded };
            text.push(if index == 0 { '?' } else { '&' });
            text.push_str(&format!("{name}={value}"));
        }
        // a secret may stand where none should
        f.write_str(&Secrets::of(&text).mask(&text))
    }
}

impl fmt::Debug for SignedUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Whether the value of a parameter or header of this name must not be shown.
pub(super) fn is_masked(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    MASKED.iter().any(|masked| name.contains(masked))
}

pub(super) fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}
