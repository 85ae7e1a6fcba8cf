//! How many bytes a subject has been granted and may still upload.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::server::error::ApiError;
use gatepass_core::contract::Subject;

/// The most subjects whose reservations are counted at once.
const MOST_SUBJECTS: usize = 100_000;

/// The most expired reservations that one request forgets, so that none waits for those of all the others.
const FORGOTTEN_AT_ONCE: usize = 32;

/// Bytes of grants that have not expired, by subject. Whether a grant has been used is not known here, so it counts to its end.
///
/// While [`MOST_SUBJECTS`] are counted, a new subject takes the place of the one with the fewest bytes, and begins with that one's
/// reservations, as far as they leave room for its request. So no new subject is refused, and a subject that was replaced has at most as
/// many bytes forgotten as the least of all the others has: nobody lowers their own count by a flood of small ones.
#[derive(Debug)]
pub(in crate::server) struct Outstanding {
    limit: AtomicU64,
    most_subjects: usize,
    start: Instant,
    table: Mutex<Table>,
}

/// What every subject has outstanding; one without anything is not in it.
#[derive(Debug, Default)]
struct Table {
    ledgers: HashMap<Arc<Subject>, Ledger>,
    /// Each subject by its bytes.
    by_total: BTreeSet<(u64, Arc<Subject>)>,
    /// Each subject by the second in which its next reservation expires.
    by_end: BTreeSet<(u64, Arc<Subject>)>,
    total: u64,
}

impl Table {
    /// Takes out what a subject has outstanding.
    fn take(&mut self, subject: &Arc<Subject>) -> Ledger {
        let Some(ledger) = self.ledgers.remove(subject) else { return Ledger::default() };
        self.by_total.remove(&(ledger.total, Arc::clone(subject)));
        if let Some((end, _)) = ledger.ends.first_key_value() {
            self.by_end.remove(&(*end, Arc::clone(subject)));
        }
        self.total = self.total.saturating_sub(ledger.total);
        ledger
    }

    /// Puts back what [`take`](Self::take) took out.
    fn put(&mut self, subject: &Arc<Subject>, ledger: Ledger) {
        let Some((end, _)) = ledger.ends.first_key_value() else { return };
        self.by_end.insert((*end, Arc::clone(subject)));
        self.by_total.insert((ledger.total, Arc::clone(subject)));
        self.total = self.total.saturating_add(ledger.total);
        self.ledgers.insert(Arc::clone(subject), ledger);
    }

    /// Forgets expired reservations of at most so many subjects. Whether none is left.
    fn forget_expired(&mut self, now: u64, at_most: usize) -> bool {
        for _ in 0..at_most {
            match self.by_end.first() {
                Some((end, subject)) if *end <= now => {
                    let subject = Arc::clone(subject);
                    let mut ledger = self.take(&subject);
                    ledger.forget_expired(now);
                    self.put(&subject, ledger);
                }
                _ => return true,
            }
        }
        false
    }

    /// Takes out the subject with the fewest bytes.
    fn take_least(&mut self) -> Ledger {
        let least = self.by_total.first().map(|(_, subject)| Arc::clone(subject));
        least.map(|subject| self.take(&subject)).unwrap_or_default()
    }
}

/// What one subject has outstanding.
#[derive(Debug, Default)]
struct Ledger {
    total: u64,
    /// Bytes by the second in which they expire; never 0.
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

    /// Keeps at most so many bytes, those that expire last.
    fn keep_at_most(&mut self, bytes: u64) {
        while let Some(mut entry) = self.ends.first_entry()
            && self.total > bytes
        {
            let excess = (self.total - bytes).min(*entry.get());
            self.total -= excess;
            *entry.get_mut() -= excess;
            if *entry.get() == 0 {
                entry.remove();
            }
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
        let mut table = self.outstanding.lock();
        let mut ledger = table.take(&self.subject);
        // none where it has expired meanwhile
        if let Some(ending) = ledger.ends.get_mut(&self.end) {
            let bytes = self.bytes.min(*ending);
            *ending -= bytes;
            ledger.total -= bytes;
            if *ending == 0 {
                ledger.ends.remove(&self.end);
            }
        }
        table.put(&self.subject, ledger);
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
        Self {
            limit: AtomicU64::new(limit),
            most_subjects,
            start: Instant::now(),
            table: Mutex::default(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
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
        now: Instant,
    ) -> Result<Reserved, ApiError> {
        let now = self.seconds(now);
        let limit = self.limit.load(Ordering::Relaxed);
        let mut table = self.lock();
        table.forget_expired(now, FORGOTTEN_AT_ONCE);
        let is_full = table.ledgers.len() >= self.most_subjects;
        let mut ledger = if is_full && !table.ledgers.contains_key(subject) {
            let mut least = table.take_least();
            least.keep_at_most(limit.saturating_sub(bytes));
            least
        } else {
            table.take(subject)
        };
        ledger.forget_expired(now);
        let total = ledger.total.saturating_add(bytes);
        if total > limit {
            let wait = Duration::from_secs(ledger.until_freed(total - limit, now));
            let refusal = ApiError::quota_exceeded(limit, ledger.total, wait);
            table.put(subject, ledger);
            return Err(refusal);
        }
        // the second that has begun is not over when the grant is made
        let end = end(now + 1, lifetime_seconds.into());
        if bytes > 0 {
            ledger.total = total;
            *ledger.ends.entry(end).or_default() += bytes;
        }
        table.put(subject, ledger);
        Ok(Reserved { outstanding: Arc::clone(self), subject: Arc::clone(subject), bytes, end })
    }

    pub(in crate::server) fn limit(&self) -> u64 {
        self.limit.load(Ordering::Relaxed)
    }

    /// What is outstanding. Expired reservations are forgotten, a few at a time, so that requests need not wait for it.
    pub(in crate::server) fn used(&self, now: Instant) -> Use {
        let now = self.seconds(now);
        while !self.lock().forget_expired(now, FORGOTTEN_AT_ONCE) {}
        let table = self.lock();
        Use {
            subjects: table.ledgers.len(),
            bytes: table.total,
            most_bytes: table.by_total.last().map_or(0, |(total, _)| *total),
        }
    }

    /// Whole seconds since it began, which no change of the system's clock moves.
    fn seconds(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.start).as_secs()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn outstanding(limit: u64, most_subjects: usize) -> Arc<Outstanding> {
        Arc::new(Outstanding::with(limit, most_subjects))
    }

    fn subject(name: &str) -> Arc<Subject> {
        Arc::new(Subject::parse(name).unwrap())
    }

    impl Outstanding {
        fn at(&self, second: u64) -> Instant {
            self.start + Duration::from_secs(second)
        }

        fn of(&self, name: &str) -> u64 {
            self.lock().ledgers.get(&subject(name)).map_or(0, |ledger| ledger.total)
        }

        fn ask(
            self: &Arc<Self>,
            name: &str,
            bytes: u64,
            lifetime_seconds: u32,
            second: u64,
        ) -> Result<Reserved, ApiError> {
            let reserved = self.reserve(&subject(name), bytes, lifetime_seconds, self.at(second));
            let table = self.lock();
            assert!(table.ledgers.len() <= self.most_subjects);
            assert_eq!(
                (table.by_total.len(), table.by_end.len()),
                (table.ledgers.len(), table.ledgers.len())
            );
            assert_eq!(table.total, table.ledgers.values().map(|ledger| ledger.total).sum::<u64>());
            for ledger in table.ledgers.values() {
                assert_eq!(ledger.total, ledger.ends.values().sum::<u64>());
            }
            drop(table);
            reserved
        }
    }

    #[test]
    fn what_is_granted_counts_until_it_expires() {
        let outstanding = outstanding(100, 10);
        outstanding.ask("alice", 60, 300, 0).unwrap();
        outstanding.ask("alice", 40, 300, 50).unwrap();
        assert!(outstanding.ask("alice", 1, 300, 300).is_err());
        outstanding.ask("bob", 100, 300, 300).unwrap();
        assert_eq!(
            outstanding.used(outstanding.at(300)),
            Use { subjects: 2, bytes: 200, most_bytes: 100 }
        );
        // an equal subject of another token is the same
        outstanding.ask("alice", 60, 300, 310).unwrap();
        assert!(outstanding.ask("alice", 1, 300, 310).is_err());
        // and one of the same name with an API key is another
        outstanding.ask("api-key:alice", 100, 300, 310).unwrap();
        assert_eq!(
            outstanding.used(outstanding.at(10_000)),
            Use { subjects: 0, bytes: 0, most_bytes: 0 }
        );
    }

    #[test]
    fn what_is_given_back_counts_no_more() {
        let outstanding = outstanding(100, 10);
        outstanding.ask("alice", 30, 300, 0).unwrap();
        let reserved = outstanding.ask("alice", 70, 300, 0).unwrap();
        reserved.give_back();
        assert_eq!(
            outstanding.used(outstanding.at(0)),
            Use { subjects: 1, bytes: 30, most_bytes: 30 }
        );
        let reserved = outstanding.ask("alice", 70, 300, 1).unwrap();
        // what has expired is given back already
        outstanding.ask("alice", 100, 300, 1000).unwrap();
        reserved.give_back();
        assert_eq!(outstanding.used(outstanding.at(1000)).bytes, 100);
        outstanding.ask("bob", 5, 300, 1000).unwrap().give_back();
        assert_eq!(outstanding.used(outstanding.at(1000)).subjects, 1);
    }

    #[test]
    fn nothing_stops_counting_before_it_expires_and_little_long_after() {
        for lifetime in [1, 31, 32, 64, 300, 301, 900, 3600, 604_800] {
            for now in 1_800_000_000..1_800_000_100 {
                let late = end(now, lifetime) - (now + lifetime);
                assert!(late <= lifetime / 32, "{lifetime}: {late} late");
            }
        }
        let outstanding = outstanding(1, 10);
        let nearly = outstanding.at(10) + Duration::from_millis(999);
        outstanding.reserve(&subject("alice"), 1, 1, nearly).unwrap();
        assert!(
            outstanding
                .reserve(&subject("alice"), 1, 1, nearly + Duration::from_millis(999))
                .is_err()
        );
    }

    #[test]
    fn the_wait_is_for_as_much_as_is_missing() {
        let outstanding = outstanding(100, 10);
        for second in 0..10 {
            outstanding.ask("alice", 10, 31, second).unwrap();
        }
        let wait = |bytes| outstanding.lock().ledgers[&subject("alice")].until_freed(bytes, 9);
        assert_eq!((wait(1), wait(10), wait(11), wait(100)), (23, 23, 24, 32));
    }

    #[test]
    fn one_subject_takes_bounded_memory() {
        let outstanding = outstanding(u64::MAX, 3);
        for second in 0..604_800 {
            outstanding.reserve(&subject("alice"), 1, 604_800, outstanding.at(second)).unwrap();
        }
        assert!(outstanding.lock().ledgers[&subject("alice")].ends.len() <= 64);
        // nothing is kept of what counts nothing
        outstanding.ask("bob", 0, 300, 0).unwrap();
        assert_eq!(outstanding.lock().ledgers.len(), 1);
    }

    #[test]
    fn no_subject_is_excluded_by_others() {
        const DAY: u32 = 86_400;
        let outstanding = Arc::new(Outstanding::new(10));
        for number in 0..MOST_SUBJECTS {
            outstanding
                .reserve(&subject(&format!("user-{number}")), 10, DAY, outstanding.at(0))
                .unwrap();
        }
        let start = Instant::now();
        for number in 0..1000 {
            let newcomer = subject(&format!("newcomer-{number}"));
            outstanding.reserve(&newcomer, 10, DAY, outstanding.at(1)).unwrap();
            assert!(
                outstanding.reserve(&newcomer, 1, DAY, outstanding.at(1)).is_err(),
                "it has used up its own"
            );
        }
        // a scan of all for each would take minutes in a build without optimization
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
        assert_eq!(outstanding.lock().ledgers.len(), MOST_SUBJECTS);
    }

    #[test]
    fn a_flood_of_subjects_lowers_nobodys_count() {
        let outstanding = outstanding(100, 10);
        outstanding.ask("mallory", 90, 300, 0).unwrap();
        for number in 0..500 {
            outstanding.ask(&format!("flood-{number}"), 1, 300, 0).unwrap();
        }
        assert_eq!(outstanding.of("mallory"), 90);
        assert!(outstanding.ask("mallory", 20, 300, 0).is_err());
        // what was forgotten stays counted with the ones who came in their place
        assert_eq!(outstanding.used(outstanding.at(0)).bytes, 590);
    }

    #[test]
    fn who_comes_in_anothers_place_begins_with_its_count_as_far_as_the_request_fits() {
        let outstanding = outstanding(100, 2);
        outstanding.ask("alice", 50, 300, 0).unwrap();
        outstanding.ask("bob", 70, 300, 100).unwrap();
        outstanding.ask("carol", 10, 300, 200).unwrap();
        assert_eq!(
            (outstanding.of("alice"), outstanding.of("bob"), outstanding.of("carol")),
            (0, 70, 60)
        );
        outstanding.ask("dave", 100, 300, 200).unwrap();
        assert_eq!(
            (outstanding.of("bob"), outstanding.of("carol"), outstanding.of("dave")),
            (70, 0, 100)
        );
        // and what it did not ask for expires as it would have
        let later = 450;
        outstanding.ask("erin", 1, 300, later).unwrap();
        assert_eq!((outstanding.of("bob"), outstanding.of("erin")), (0, 1));
    }

    #[test]
    fn a_lower_limit_takes_nothing_back() {
        let outstanding = outstanding(100, 10);
        outstanding.ask("alice", 80, 300, 0).unwrap();
        outstanding.allow(50);
        assert!(outstanding.ask("alice", 1, 300, 1).is_err());
        assert_eq!(outstanding.used(outstanding.at(1)).bytes, 80);
        outstanding.allow(90);
        outstanding.ask("alice", 10, 300, 1).unwrap();
    }
}
