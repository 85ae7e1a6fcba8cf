//! Reports web origins that are not in the contract, without a flood of lines.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::HeaderValue;

/// One origin is reported once in this time.
const PAUSE: Duration = Duration::from_secs(60);

/// The most origins that are reported in that time.
const MOST: usize = 32;

/// The most characters of an origin that are logged.
const LONGEST: usize = 128;

/// The origins that were reported a short time ago.
#[derive(Default)]
pub(super) struct RejectedOrigins(Mutex<HashMap<String, Instant>>);

impl RejectedOrigins {
    /// Logs an origin with the fix. A preflight of such an origin is answered like any other, so this is all that an operator sees of it.
    pub(super) fn report(&self, origin: &HeaderValue) {
        let origin = shown(origin);
        if self.is_new(&origin, Instant::now()) {
            tracing::warn!(
                origin,
                hint = "add the origin to upload.allowed_origins if its pages may upload",
                "origin rejected"
            );
        }
    }

    fn is_new(&self, origin: &str, now: Instant) -> bool {
        let mut reported = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        reported.retain(|_, at| now.saturating_duration_since(*at) < PAUSE);
        if reported.contains_key(origin) || reported.len() >= MOST {
            return false;
        }
        reported.insert(origin.to_owned(), now);
        true
    }
}

/// An origin without control characters, cut where it is long.
fn shown(origin: &HeaderValue) -> String {
    let start = &origin.as_bytes()[..origin.len().min(LONGEST)];
    String::from_utf8_lossy(start).escape_debug().take(LONGEST).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn one_line_a_minute_for_each_origin_and_few_for_all() {
        let (origins, start) = (RejectedOrigins::default(), Instant::now());
        let at = |second| start + Duration::from_secs(second);
        assert!(origins.is_new("https://a.test", at(0)));
        assert!(!origins.is_new("https://a.test", at(59)));
        assert!(origins.is_new("https://b.test", at(59)));
        assert!(origins.is_new("https://a.test", at(60)));
        let reported = (0..10_000)
            .filter(|number| origins.is_new(&format!("https://{number}.test"), at(61)))
            .count();
        assert_eq!(reported, MOST - 2);
        assert!(origins.is_new("https://c.test", at(200)));
    }

    #[test]
    fn nothing_that_a_terminal_would_obey_is_shown() {
        let shown = |bytes: &[u8]| shown(&HeaderValue::from_bytes(bytes).unwrap());
        assert_eq!(shown(b"https://a.test"), "https://a.test");
        assert_eq!(shown(b"https://a\t\x9b31m"), "https://a\\t\u{fffd}31m");
        assert_eq!(shown(&[b'a'; 4000]).len(), LONGEST);
    }
}
