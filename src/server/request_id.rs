//! The id by which one request is found in every log.

use std::fmt::Write as _;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::http::{HeaderMap, HeaderName, HeaderValue};

/// The header that carries it, in requests and in answers.
pub(super) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// The longest id taken from a client.
const LONGEST: usize = 64;

/// A request's id: the one it came with, where it can stand in a log as it is, or a new one.
#[derive(Debug, Clone)]
pub(super) struct RequestId(HeaderValue);

impl RequestId {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        match headers.get(HEADER) {
            Some(value) if is_sane(value.as_bytes()) => Self(value.clone()),
            _ => Self::generate(),
        }
    }

    /// A number of this process's run, and the request's place in it: unique among all copies of the endpoint, and
    /// cheaper than randomness for each.
    fn generate() -> Self {
        static RUN: OnceLock<String> = OnceLock::new();
        static COUNT: AtomicU64 = AtomicU64::new(1);
        let run = RUN.get_or_init(|| {
            // an id needs no secrecy: where there is no randomness, the clock and the process's number do
            let number = getrandom::u64().unwrap_or_else(|_| {
                let since_1970 = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
                since_1970.as_secs() << 32 | u64::from(std::process::id())
            });
            format!("{number:016x}-")
        });
        let mut id = String::with_capacity(run.len() + 16);
        id.push_str(run);
        // writing to a String cannot fail
        let _ = write!(id, "{:x}", COUNT.fetch_add(1, Ordering::Relaxed));
        HeaderValue::try_from(id).map_or_else(|_| Self(HeaderValue::from_static("unknown")), Self)
    }

    pub(super) fn as_str(&self) -> &str {
        self.0.to_str().unwrap_or_default()
    }

    pub(super) fn into_header(self) -> HeaderValue {
        self.0
    }
}

fn is_sane(id: &[u8]) -> bool {
    (1..=LONGEST).contains(&id.len())
        && id.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn of(value: Option<&[u8]>) -> String {
        let headers = value
            .map(|value| (HEADER, HeaderValue::from_bytes(value).unwrap()))
            .into_iter()
            .collect();
        RequestId::of(&headers).as_str().to_owned()
    }

    #[test]
    fn a_sane_id_is_taken() {
        assert_eq!(
            of(Some(b"Root=1-67891233-abcdef012345678912345678")),
            "Root=1-67891233-abcdef012345678912345678"
        );
    }

    #[test]
    fn any_other_is_replaced() {
        let long = [b'a'; LONGEST + 1];
        for strange in [b"".as_slice(), b"a b", b"a\"b", b"a\xffb", &long] {
            let id = of(Some(strange));
            assert!(is_sane(id.as_bytes()), "{id}");
            assert_ne!(id.as_bytes(), strange);
        }
    }

    #[test]
    fn generated_ids_differ() {
        assert_ne!(of(None), of(None));
    }
}
