//! The headers that a signature binds, in SigV4's canonical form.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html>, step 1.

use std::borrow::Cow;
use std::iter::once;

use super::SignError;

/// Headers sorted by name, with `host` in its place.
pub(super) struct SignedHeaders<'a> {
    before_host: Cow<'a, [(&'a str, &'a str)]>,
    host: &'a str,
    after_host: Cow<'a, [(&'a str, &'a str)]>,
}

impl<'a> SignedHeaders<'a> {
    /// Takes the headers beside `host`, in any order.
    pub(super) fn new(host: &'a str, headers: &'a [(&'a str, &'a str)]) -> Result<Self, SignError> {
        for (name, value) in headers {
            check(name, value).map_err(|problem| SignError::Header { name: (*name).to_owned(), problem })?;
        }
        if headers.is_sorted_by(|(one, _), (next, _)| one < next) {
            let (before, after) = headers.split_at(place_of_host(headers));
            return Ok(Self { before_host: Cow::Borrowed(before), host, after_host: Cow::Borrowed(after) });
        }
        let mut before = headers.to_vec();
        before.sort_unstable();
        if let Some([(name, _), _]) = before.array_windows().find(|[(one, _), (next, _)]| one == next) {
            return Err(SignError::Header { name: (*name).to_owned(), problem: "it stands twice" });
        }
        let after = before.split_off(place_of_host(&before));
        Ok(Self { before_host: Cow::Owned(before), host, after_host: Cow::Owned(after) })
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.before_host.iter().copied().chain(once(("host", self.host))).chain(self.after_host.iter().copied())
    }

    /// Appends the names.
    pub(super) fn push_names(&self, out: &mut String, separator: &str) {
        for (index, (name, _)) in self.iter().enumerate() {
            if index > 0 {
                out.push_str(separator);
            }
            out.push_str(name);
        }
    }

    /// Appends a line for each header: spaces around its value are cut, spaces in a row become one.
    pub(super) fn push_canonical(&self, out: &mut String) {
        for (name, value) in self.iter() {
            out.push_str(name);
            out.push(':');
            for (index, word) in value.split(' ').filter(|word| !word.is_empty()).enumerate() {
                if index > 0 {
                    out.push(' ');
                }
                out.push_str(word);
            }
            out.push('\n');
        }
    }
}

fn place_of_host(sorted: &[(&str, &str)]) -> usize {
    sorted.partition_point(|(name, _)| *name < "host")
}

/// What HTTP clients and S3 would not read alike is not signed at all.
fn check(name: &str, value: &str) -> Result<(), &'static str> {
    let token = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(token) {
        return Err("its name is not a header name in lower case");
    }
    if name == "host" {
        return Err("the address gives the host");
    }
    if !value.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
        return Err("its value has characters other than printable ASCII");
    }
    Ok(())
}
