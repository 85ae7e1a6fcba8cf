//! How often one key may ask.

use std::hash::Hash;
use std::time::Duration;

use governor::clock::{Clock, MonotonicClock};
use governor::middleware::NoOpMiddleware;
use governor::{Quota, RateLimiter};

use crate::server::error::ApiError;
use gatepass_core::contract::Rate;

use super::bounded::Bounded;

/// The most keys that are remembered at once: some ten megabytes.
const MOST_KEYS: usize = 100_000;

/// A [`Rate`] for each key.
pub(in crate::server) struct RateLimit<K: Hash + Eq + Clone, C: Clock = MonotonicClock> {
    limiter: RateLimiter<K, Bounded<K>, C, NoOpMiddleware<C::Instant>>,
    known: Bounded<K>,
}

impl<K: Hash + Eq + Clone> RateLimit<K> {
    pub(super) fn new(rate: Rate) -> Self {
        Self::with(rate, MonotonicClock, MOST_KEYS)
    }
}

impl<K: Hash + Eq + Clone, C: Clock> RateLimit<K, C> {
    fn with(rate: Rate, clock: C, most_keys: usize) -> Self {
        let requests = rate.requests();
        let quota = Quota::with_period(rate.per() / requests.get())
            .unwrap_or(Quota::per_second(requests))
            .allow_burst(requests);
        let known = Bounded::new(most_keys);
        Self { limiter: RateLimiter::new(quota, known.clone(), clock), known }
    }

    /// Counts a request. `Err` is how long to wait for the next one.
    fn count(&self, key: &K) -> Result<(), Duration> {
        let outcome = self
            .limiter
            .check_key(key)
            .map_err(|not_until| not_until.wait_time_from(self.limiter.clock().now()));
        if self.known.wants_sweep() {
            self.limiter.retain_recent();
        }
        outcome
    }

    /// Counts a request, and refuses it where there were too many.
    pub(in crate::server) fn check(&self, key: &K, of: &'static str) -> Result<(), ApiError> {
        self.count(key).map_err(|wait| ApiError::rate_limited(of, wait))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use governor::clock::FakeRelativeClock;
    use governor::state::keyed::ShrinkableKeyedStateStore as _;

    use super::*;

    fn limit(
        rate: &str,
        most_keys: usize,
    ) -> (RateLimit<u32, FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (RateLimit::with(Rate::parse(rate).unwrap(), clock.clone(), most_keys), clock)
    }

    #[test]
    fn a_rate_is_kept_for_each_key() {
        let (limit, clock) = limit("3/min", 100);
        for key in [1, 2] {
            for _ in 0..3 {
                assert_eq!(limit.count(&key), Ok(()));
            }
            assert_eq!(limit.count(&key), Err(Duration::from_secs(20)));
        }
        clock.advance(Duration::from_secs(15));
        assert_eq!(limit.count(&1), Err(Duration::from_secs(5)));
        clock.advance(Duration::from_secs(5));
        assert_eq!(limit.count(&1), Ok(()));
        assert_eq!(limit.count(&1), Err(Duration::from_secs(20)));
    }

    #[test]
    fn the_fastest_rate_is_one() {
        let (limit, _) = limit("1000000/s", 1);
        assert_eq!((0..1_000_000).filter(|_| limit.count(&1).is_ok()).count(), 1_000_000);
        assert!(limit.count(&1).is_err());
    }

    #[test]
    fn idle_keys_are_forgotten() {
        let (limit, clock) = limit("1/s", 1_000_000);
        for key in 0..1000 {
            limit.count(&key).unwrap();
        }
        clock.advance(Duration::from_secs(60));
        for key in 1000..3000 {
            limit.count(&key).unwrap();
        }
        assert!(limit.known.len() < 2500, "{}", limit.known.len());
    }

    #[test]
    fn who_is_known_keeps_their_rate_when_a_flood_of_others_comes() {
        let (limit, clock) = limit("2/min", 10);
        assert_eq!(limit.count(&0), Ok(()));
        let through = (1..100_000).filter(|key| limit.count(key).is_ok()).count();
        // nine more are known, and all others together have what one has
        assert_eq!(through, 9 + 2);
        assert_eq!(limit.known.len(), 10);
        assert_eq!(limit.count(&0), Ok(()));
        assert!(limit.count(&0).is_err());
        // and once the flood is over there is room again
        clock.advance(Duration::from_secs(120));
        let through = (200_000..202_000).filter(|key| limit.count(key).is_ok()).count();
        assert!(through > 10, "{through}");
    }
}
