//! Masks what gives access in everything that the command line prints: signatures, session tokens, secret keys, access key ids,
//! API keys.
//!
//! A secret is found by the name before it and by its shape, in a text as it is and in all that the text decodes to. From then on
//! no eight characters of it are printed, whatever else became of it on the way.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::sync::{PoisonError, RwLock};

use crate::unescape;

/// Number of consecutive characters of a secret that are never printed.
const WINDOW: usize = 8;
/// Upper bound of the nested encodings that are decoded.
const DEPTH: usize = 6;
/// Names that precede secrets, in lower case.
const NAMES: [&str; 9] = [
    "signature",
    "token",
    "credential",
    "accesskeyid",
    "access_key_id",
    "secret",
    "password",
    "api_key",
    "api-key",
];
/// Endings with which such a name is still recognized.
const SUFFIXES: [&str; 8] =
    ["", "provided", "key", "accesskey", "_access_key", "-access-key", "_key", "id"];

/// Texts that must not be printed.
#[derive(Default)]
pub(crate) struct Secrets {
    /// Every eight characters in a row, in lower case.
    windows: HashSet<[u8; WINDOW]>,
}

/// The secrets in all that this process was given.
static GIVEN: RwLock<Option<Secrets>> = RwLock::new(None);

/// Masks from now on what is secret in a text that this process was given.
pub(crate) fn given(text: &str) {
    let mut given = GIVEN.write().unwrap_or_else(PoisonError::into_inner);
    given.get_or_insert_with(Secrets::default).learn(text);
}

/// A text without secrets: its own, and those of what this process was given.
pub(crate) fn masked(text: &str) -> String {
    let own = Secrets::of(text);
    let text = own.mask(text);
    let given = GIVEN.read().unwrap_or_else(PoisonError::into_inner);
    given.as_ref().map_or_else(|| text.to_string(), |given| given.mask(&text).into_owned())
}

impl Secrets {
    /// The secrets in a text.
    pub(crate) fn of(text: &str) -> Self {
        let mut secrets = Self::default();
        secrets.learn(text);
        secrets
    }

    fn learn(&mut self, text: &str) {
        for form in forms(text) {
            let lower = form.to_ascii_lowercase();
            for name in NAMES {
                for (start, _) in lower.match_indices(name) {
                    if let Some(value) = value_after(&form[start + name.len()..]) {
                        // a credential is a key id and a scope, and the scope is no secret
                        let is_credential =
                            matches!(name, "credential" | "accesskeyid" | "access_key_id");
                        let key_id = || {
                            value
                                .split(|c: char| !c.is_ascii_alphanumeric())
                                .next()
                                .unwrap_or_default()
                        };
                        self.add(if is_credential { key_id() } else { value });
                    }
                }
            }
            for (start, _) in lower.match_indices("bearer ") {
                self.add(token(&form[start + "bearer ".len()..]));
            }
            form.split(|c: char| !is_of_token(c))
                .filter(|word| has_shape(word))
                .for_each(|word| self.add(word));
            form.split(|c: char| !c.is_ascii_hexdigit())
                .filter(|run| run.len() >= 40)
                .for_each(|run| self.add(run));
            for prefix in ["AKIA", "ASIA", "gpk_"] {
                for (start, _) in form.match_indices(prefix) {
                    let is_of_id = |c: char| {
                        c.is_ascii_alphanumeric() || (prefix == "gpk_" && (c == '_' || c == '-'))
                    };
                    let id = form[start..].split(|c: char| !is_of_id(c)).next().unwrap_or_default();
                    self.add(id);
                }
            }
        }
    }

    /// Adds a secret, if it looks like one: a word such as "expected" may stand after a name, too.
    fn add(&mut self, value: &str) {
        let value = value.trim_matches('.');
        let has = |is: fn(&u8) -> bool| value.bytes().any(|byte| is(&byte));
        let is_random =
            has(u8::is_ascii_digit) || (has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase));
        let is_id = ["AKIA", "ASIA"].iter().any(|prefix| value.starts_with(prefix));
        if !value.is_ascii() || value.len() < WINDOW || !(is_random || is_id) {
            return;
        }
        let encoded =
            value.replace('%', "%25").replace('/', "%2F").replace('+', "%2B").replace('=', "%3D");
        for form in [value.to_owned(), encoded.replace('%', "%25"), encoded] {
            self.windows.extend(form.to_ascii_lowercase().as_bytes().array_windows().copied());
        }
    }

    /// The text with every part of a secret masked.
    pub(crate) fn mask<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if self.windows.is_empty() {
            return Cow::Borrowed(text);
        }
        let lower = text.to_ascii_lowercase();
        let mut covered = vec![false; text.len()];
        for (start, window) in lower.as_bytes().array_windows::<WINDOW>().enumerate() {
            if self.windows.contains(window) {
                covered[start..start + WINDOW].fill(true);
            }
        }
        if !covered.contains(&true) {
            return Cow::Borrowed(text);
        }
        let mut out = String::with_capacity(text.len());
        let mut was_covered = false;
        for (index, c) in text.char_indices() {
            match (covered[index], was_covered) {
                (true, false) => out.push_str("****"),
                (true, true) => {}
                (false, _) => out.push(c),
            }
            was_covered = covered[index];
        }
        Cow::Owned(out)
    }
}

/// The text and all that it decodes to, each also without what breaks it into lines.
fn forms(text: &str) -> BTreeSet<String> {
    let mut forms = BTreeSet::new();
    let mut form = text.to_owned();
    for _ in 0..DEPTH {
        let joined = |form: &str| {
            form.chars().filter(|c| !c.is_whitespace() && *c != '\\').collect::<String>()
        };
        // a soft line break of quoted-printable text
        let unbroken = form.replace("=\r\n", "").replace("=\n", "");
        forms.extend([
            joined(&form),
            unescape::invisible(&joined(&form)),
            joined(&unbroken),
            form.clone(),
        ]);
        let decoded = unescape::percent(&unescape::html(&unescape::json(&form)));
        if decoded == form {
            break;
        }
        form = decoded;
    }
    forms
}

/// The value after a name, if a value stands there.
fn value_after(rest: &str) -> Option<&str> {
    let end = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_' || c == '-'))
        .unwrap_or(rest.len());
    if !SUFFIXES.contains(&rest[..end].to_ascii_lowercase().as_str()) {
        return None;
    }
    let is_filler = |c: char| c.is_whitespace() || ['"', '\'', '\\'].contains(&c);
    let after = rest[end..].trim_start_matches(is_filler).strip_prefix(['=', ':', '>'])?;
    Some(token(after.trim_start_matches(is_filler)))
}

/// Returns the characters at the beginning of a text that a secret may consist of: only the
/// hexadecimal digits of a signature.
fn token(text: &str) -> &str {
    let run = |is: fn(char) -> bool| text.split(|c: char| !is(c)).next().unwrap_or_default();
    let hex = run(|c| c.is_ascii_hexdigit());
    if hex.len() >= 32 { hex } else { run(is_of_token) }
}

fn is_of_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+/=_~-.%".contains(c)
}

/// Whether a word is a secret access key or a JSON Web Token by its looks.
fn has_shape(word: &str) -> bool {
    let has = |is: fn(&u8) -> bool| word.bytes().any(|byte| is(&byte));
    let is_mixed =
        has(u8::is_ascii_digit) && has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    let is_secret_key = word.len() == 40
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(&byte));
    let is_jwt = word.starts_with("eyJ") && word.len() > 20;
    // a session token has hundreds of characters, and a key or an ARN of such a length has separators
    let is_session_token = word.len() >= 100 && !word.contains(['.', '-', '_', '~']);
    is_jwt || (is_mixed && (is_secret_key || is_session_token))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURE: &str = "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    const TOKEN: &str = "IQoJb3JpZ2luX2VjEDoaCXVz/LWVhc3QtMSJHMEUCIQ+C3NT8==";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";

    #[track_caller]
    fn hides(text: &str) {
        let shown = masked(text).to_ascii_lowercase();
        for secret in [SIGNATURE, TOKEN, SECRET, KEY_ID] {
            for window in secret.to_ascii_lowercase().as_bytes().array_windows::<WINDOW>() {
                let window = str::from_utf8(window).unwrap_or_default();
                assert!(!shown.contains(window), "{window} in {shown}");
            }
        }
    }

    #[test]
    fn whatever_stands_around_it() {
        for name in [
            "X-Amz-Signature=",
            "x-amz-signature%3D",
            "Signature: ",
            "<SignatureProvided>",
            "\"signature\": \"",
            "X-AMZ-SIGNATURE\\u003d",
        ] {
            hides(&format!("?a=b&{name}{SIGNATURE}&c=d"));
            hides(&format!("?a=b&{name}{}&c=d", SIGNATURE.to_uppercase()));
        }
        for name in [
            "X-Amz-Security-Token=",
            "x-amz-security-token:",
            "\"SessionToken\":\"",
            "<SessionToken>",
            "AWS_SESSION_TOKEN=",
            "Bearer ",
        ] {
            hides(&format!("a {name}{TOKEN}\" b"));
        }
        let encoded = masked(&format!(
            "https://b.s3.eu-central-1.amazonaws.com/?X-Amz-Credential={KEY_ID}%2F20130524%2Feu-central-1%2Fs3%2Faws4_request"
        ));
        assert_eq!(
            encoded,
            "https://b.s3.eu-central-1.amazonaws.com/?X-Amz-Credential=****%2F20130524%2Feu-central-1%2Fs3%2Faws4_request"
        );
        hides(&format!(
            "AWS4-HMAC-SHA256 Credential={KEY_ID}/20130524/us-east-1/s3/aws4_request, Signature={SIGNATURE}"
        ));
        hides(&format!("key {KEY_ID} with {SECRET}, and {SIGNATURE}"));
        let shown = masked(&format!(
            "X-Amz-Credential={KEY_ID}/20130524/us-east-1/s3/aws4_request&X-Amz-Signature={SIGNATURE}&x-id=PutObject"
        ));
        assert_eq!(
            shown,
            "X-Amz-Credential=****/20130524/us-east-1/s3/aws4_request&X-Amz-Signature=****&x-id=PutObject"
        );
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "token: expected a string",
            "the header if-none-match is signed and not sent",
            "NumericGreaterThan s3:signatureAge = 900000",
            "s3:signatureversion=AWS4-HMAC-SHA256",
            "uploads/2013-05-24/07070707-0707-4707-8707-070707070707.png",
            "arn:aws:sts::111122223333:assumed-role/acme-uploads-presigner/gatepass",
        ] {
            assert_eq!(Secrets::of(text).mask(text), text);
        }
    }
}
