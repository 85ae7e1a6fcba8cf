//! How many bytes a subject has been granted and may still upload.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::server::error::ApiError;
use gatepass_core::contract::Subject;

/// The most subjects with something outstanding.
const MOST_SUBJECTS: usize = 100_000;

/// Bytes of grants that have not expired, by subject. Whether a grant has been used is not known here, so it counts to its end.
#[derive(Debug)]
pub(in crate::server) struct Outstanding {
    limit: AtomicU64,
    most_subjects: usize,
    subjects: Mutex<HashMap<Arc<Subject>, Ledger>>,
}

/// What one subject has outstanding.
#[derive(Debug, Default)]
struct Ledger {
    total: u64,
    /// Bytes by the second in which they expire.
    ends: BTreeMap<u64, u64>,
}

impl Ledger {
    fn forget_expired(&mut self, now: u64) {
        while let Some(entry) = self.ends.first_entry()
            && *entry.key() <= now
        {
            self.total -= entry.remove();
        }
    }

    /// The seconds until so many bytes of it have expired.
    fn until_freed(&self, bytes: u64, now: u64) -> u64 {
        let mut freed = 0_u64;
        for (end, expiring) in &self.ends {
            freed += expiring;
            if freed >= bytes {
                return end - now;
            }
        }
        self.ends.last_key_value().map_or(0, |(end, _)| end - now)
    }
}

/// What one grant counts for.
#[derive(Debug, Clone)]
pub(in crate::server) struct Reserved {
    outstanding: Arc<Outstanding>,
    subject: Arc<Subject>,
    bytes: u64,
    end: u64,
}

impl Reserved {
    /// Nobody was told of the grant, so it counts no more. To be called once for what was reserved.
    pub(in crate::server) fn give_back(&self) {
        let mut subjects = self.outstanding.lock();
        let Some(ledger) = subjects.get_mut(&self.subject) else { return };
        // none where it has expired meanwhile
        let Some(ending) = ledger.ends.get_mut(&self.end) else { return };
        let bytes = self.bytes.min(*ending);
        *ending -= bytes;
        ledger.total -= bytes;
        if *ending == 0 {
            ledger.ends.remove(&self.end);
        }
    }
}

/// What all subjects have outstanding together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::server) struct Use {
    pub(in crate::server) subjects: usize,
    pub(in crate::server) bytes: u64,
    /// Of the subject that has most.
    pub(in crate::server) most_bytes: u64,
}

/// The second in which a grant stops counting: never before it expires, and by at most a 32nd of its life after, so that the ends of one
/// subject's grants are some hundreds and not as many as its grants.
fn end(now: u64, lifetime_seconds: u64) -> u64 {
    let grain = (lifetime_seconds / 32).max(1);
    let grain = 1 << grain.ilog2();
    (now + lifetime_seconds).next_multiple_of(grain)
}

impl Outstanding {
    pub(super) fn new(limit: u64) -> Self {
        Self::with(limit, MOST_SUBJECTS)
    }

    fn with(limit: u64, most_subjects: usize) -> Self {
        Self { limit: AtomicU64::new(limit), most_subjects, subjects: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<Subject>, Ledger>> {
        self.subjects.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on this is the limit.
    pub(super) fn allow(&self, limit: u64) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    /// Counts a grant of so many bytes, if they are still free.
    pub(in crate::server) fn reserve(
        self: &Arc<Self>,
        subject: &Arc<Subject>,
        bytes: u64,
        lifetime_seconds: u32,
        now: SystemTime,
    ) -> Result<Reserved, ApiError> {
        let now = seconds(now);
        let limit = self.limit.load(Ordering::Relaxed);
        let mut subjects = self.lock();
        if subjects.len() >= self.most_subjects && !subjects.contains_key(subject) {
            subjects.retain(|_, ledger| {
                ledger.forget_expired(now);
                ledger.total > 0
            });
            if subjects.len() >= self.most_subjects {
                return Err(ApiError::quota_full());
            }
        }
        let ledger = subjects.entry(Arc::clone(subject)).or_default();
        ledger.forget_expired(now);
        let total = ledger.total.saturating_add(bytes);
        if total > limit {
            let wait = Duration::from_secs(ledger.until_freed(total - limit, now));
            return Err(ApiError::quota_exceeded(limit, ledger.total, wait));
        }
        ledger.total = total;
        let end = end(now, lifetime_seconds.into());
        *ledger.ends.entry(end).or_default() += bytes;
        Ok(Reserved { outstanding: Arc::clone(self), subject: Arc::clone(subject), bytes, end })
    }

    pub(in crate::server) fn limit(&self) -> u64 {
        self.limit.load(Ordering::Relaxed)
    }

    /// What is outstanding; subjects with nothing left are forgotten.
    pub(in crate::server) fn used(&self, now: SystemTime) -> Use {
        let now = seconds(now);
        let mut subjects = self.lock();
        subjects.retain(|_, ledger| {
            ledger.forget_expired(now);
            ledger.total > 0
        });
        Use {
            subjects: subjects.len(),
            bytes: subjects.values().map(|ledger| ledger.total).sum(),
            most_bytes: subjects.values().map(|ledger| ledger.total).max().unwrap_or_default(),
        }
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn at(second: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(1_800_000_000 + second)
    }

    fn subject(name: &str) -> Arc<Subject> {
        Arc::new(Subject::parse(name).unwrap())
    }

    #[test]
    fn what_is_granted_counts_until_it_expires() {
        let outstanding = Arc::new(Outstanding::with(100, 10));
        let (alice, bob) = (subject("alice"), subject("bob"));
        outstanding.reserve(&alice, 60, 300, at(0)).unwrap();
        outstanding.reserve(&alice, 40, 300, at(50)).unwrap();
        assert!(outstanding.reserve(&alice, 1, 300, at(299)).is_err());
        outstanding.reserve(&bob, 100, 300, at(299)).unwrap();
        assert_eq!(outstanding.used(at(299)), Use { subjects: 2, bytes: 200, most_bytes: 100 });
        // an equal subject of another token is the same
        outstanding.reserve(&subject("alice"), 60, 300, at(310)).unwrap();
        assert!(outstanding.reserve(&alice, 1, 300, at(310)).is_err());
        assert_eq!(outstanding.used(at(10_000)), Use { subjects: 0, bytes: 0, most_bytes: 0 });
    }

    #[test]
    fn what_is_given_back_counts_no_more() {
        let outstanding = Arc::new(Outstanding::with(100, 10));
        let alice = subject("alice");
        outstanding.reserve(&alice, 30, 300, at(0)).unwrap();
        let reserved = outstanding.reserve(&alice, 70, 300, at(0)).unwrap();
        reserved.give_back();
        assert_eq!(outstanding.used(at(0)), Use { subjects: 1, bytes: 30, most_bytes: 30 });
        let reserved = outstanding.reserve(&alice, 70, 300, at(1)).unwrap();
        // what has expired is given back already
        outstanding.reserve(&alice, 100, 300, at(1000)).unwrap();
        reserved.give_back();
        assert_eq!(outstanding.used(at(1000)).bytes, 100);
    }

    #[test]
    fn nothing_stops_counting_before_it_expires_and_little_long_after() {
        for lifetime in [1, 31, 32, 64, 300, 301, 900, 3600, 604_800] {
            for now in 1_800_000_000..1_800_000_100 {
                let late = end(now, lifetime) - (now + lifetime);
                assert!(late <= lifetime / 32, "{lifetime}: {late} late");
            }
        }
    }

    #[test]
    fn the_wait_is_for_as_much_as_is_missing() {
        let outstanding = Arc::new(Outstanding::with(100, 10));
        let alice = subject("alice");
        for second in 0..10 {
            outstanding.reserve(&alice, 10, 31, at(second)).unwrap();
        }
        let wait = |bytes| outstanding.lock()[&alice].until_freed(bytes, seconds(at(9)));
        assert_eq!((wait(1), wait(10), wait(11), wait(100)), (22, 22, 23, 31));
    }

    #[test]
    fn memory_is_bounded() {
        let outstanding = Arc::new(Outstanding::with(u64::MAX, 3));
        let alice = subject("alice");
        for second in 0..604_800 {
            outstanding.reserve(&alice, 1, 604_800, at(second)).unwrap();
        }
        assert!(outstanding.lock()[&alice].ends.len() <= 64);
        for name in ["bob", "carol"] {
            outstanding.reserve(&subject(name), 1, 300, at(0)).unwrap();
        }
        assert!(outstanding.reserve(&subject("dave"), 1, 300, at(0)).is_err());
        // who has nothing left makes room
        outstanding.reserve(&subject("dave"), 1, 300, at(400)).unwrap();
    }

    #[test]
    fn a_lower_limit_takes_nothing_back() {
        let outstanding = Arc::new(Outstanding::with(100, 10));
        let alice = subject("alice");
        outstanding.reserve(&alice, 80, 300, at(0)).unwrap();
        outstanding.allow(50);
        assert!(outstanding.reserve(&alice, 1, 300, at(1)).is_err());
        assert_eq!(outstanding.used(at(1)).bytes, 80);
        outstanding.allow(90);
        outstanding.reserve(&alice, 10, 300, at(1)).unwrap();
    }
}
