//! The headers that a signature binds, in SigV4's canonical form.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>, step 1.

use std::borrow::Cow;

use super::SignError;
use super::encode::{Kind, all, kind};

/// Headers sorted by name, with `host` in its place.
pub(super) struct SignedHeaders<'a> {
    before_host: Cow<'a, [(&'a str, &'a str)]>,
    host: &'a str,
    after_host: Cow<'a, [(&'a str, &'a str)]>,
    /// Whether a value has spaces, of which SigV4 leaves some out.
    spaced: bool,
}

impl<'a> SignedHeaders<'a> {
    /// Takes the headers beside `host`, in any order.
    pub(super) fn new(host: &'a str, headers: &'a [(&'a str, &'a str)]) -> Result<Self, SignError> {
        let mut spaced = false;
        for (name, value) in headers {
            spaced |= check(name, value)
                .map_err(|problem| SignError::Header { name: (*name).to_owned(), problem })?;
        }
        if headers.is_sorted_by(|(one, _), (next, _)| one < next) {
            let (before, after) = headers.split_at(place_of_host(headers));
            return Ok(Self {
                before_host: Cow::Borrowed(before),
                host,
                after_host: Cow::Borrowed(after),
                spaced,
            });
        }
        let mut before = headers.to_vec();
        before.sort_unstable();
        if let Some([(name, _), _]) =
            before.array_windows().find(|[(one, _), (next, _)]| one == next)
        {
            return Err(SignError::Header { name: (*name).to_owned(), problem: "it stands twice" });
        }
        let after = before.split_off(place_of_host(&before));
        Ok(Self { before_host: Cow::Owned(before), host, after_host: Cow::Owned(after), spaced })
    }

    /// Appends the names.
    pub(super) fn push_names(&self, out: &mut String, separator: &str) {
        for (name, _) in self.before_host.iter() {
            out.push_str(name);
            out.push_str(separator);
        }
        out.push_str("host");
        for (name, _) in self.after_host.iter() {
            out.push_str(separator);
            out.push_str(name);
        }
    }

    /// Appends a line for each header.
    pub(super) fn push_canonical(&self, out: &mut String) {
        for (name, value) in
            self.before_host.iter().chain(&[("host", self.host)]).chain(self.after_host.iter())
        {
            out.push_str(name);
            out.push(':');
            if self.spaced {
                push_folded(out, value);
            } else {
                out.push_str(value);
            }
            out.push('\n');
        }
    }
}

/// Appends a value without the spaces around it, and one in the place of several in a row.
fn push_folded(out: &mut String, value: &str) {
    for (index, word) in value.split(' ').filter(|word| !word.is_empty()).enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.push_str(word);
    }
}

fn place_of_host(sorted: &[(&str, &str)]) -> usize {
    sorted.partition_point(|(name, _)| *name < "host")
}

/// What HTTP clients and S3 would not read alike is not signed at all. Tells whether the value has spaces.
fn check(name: &str, value: &str) -> Result<bool, &'static str> {
    // RFC 9110, section 5.6.2
    const OF_A_TOKEN: Kind = kind(b"abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~");
    if name.is_empty() || !all(name, |byte| OF_A_TOKEN[usize::from(byte)]) {
        return Err("its name is not a header name in lower case");
    }
    if name == "host" {
        return Err("the address gives the host");
    }
    match all(value, |byte| matches!(byte, b'!'..=b'~')) {
        true => Ok(false),
        false if all(value, |byte| matches!(byte, b' '..=b'~')) => Ok(true),
        false => Err("its value has characters other than printable ASCII"),
    }
}
