//! What rate limits remember, within bounds.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::ShrinkableKeyedStateStore;

/// The state of each key, for at most `most` of them. While it is full, all keys that it does not know share one state: an attacker
/// with ever new addresses meets a limit, and those who were there before keep theirs. A clone is the same memory.
#[derive(Clone)]
pub(super) struct Bounded<K>(Arc<Mutex<Known<K>>>);

struct Known<K> {
    keys: HashMap<K, Nanos>,
    others: Option<Nanos>,
    most: usize,
    /// Keys that were not known, since the last sweep.
    strange: usize,
    /// With so many of them it is time to forget keys that are idle.
    sweep_after: usize,
}

impl<K> Bounded<K> {
    /// Fewer keys than this are not worth a sweep.
    const FEW: usize = 1024;

    pub(super) fn new(most: usize) -> Self {
        Self(Arc::new(Mutex::new(Known {
            keys: HashMap::new(),
            others: None,
            most,
            strange: 0,
            sweep_after: Self::FEW,
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Known<K>> {
        // what a panicking thread left is a map all the same
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether it is time to forget what is idle. As many keys as a sweep looks at, or a quarter of them, have come since the last one,
    /// so that sweeping costs next to nothing in the long run.
    pub(super) fn wants_sweep(&self) -> bool {
        let known = self.lock();
        known.strange >= known.sweep_after
    }
}

impl<K: Hash + Eq + Clone> StateStore for Bounded<K> {
    type Key = K;

    fn measure_and_replace<T, F, E>(&self, key: &K, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut known = self.lock();
        if let Some(state) = known.keys.get_mut(key) {
            let (outcome, next) = measure(Some(*state))?;
            *state = next;
            return Ok(outcome);
        }
        known.strange += 1;
        if known.keys.len() < known.most {
            let (outcome, next) = measure(None)?;
            known.keys.insert(key.clone(), next);
            return Ok(outcome);
        }
        let (outcome, next) = measure(known.others)?;
        known.others = Some(next);
        Ok(outcome)
    }
}

impl<K: Hash + Eq + Clone> ShrinkableKeyedStateStore<K> for Bounded<K> {
    fn retain_recent(&self, drop_below: Nanos) {
        let mut known = self.lock();
        known.keys.retain(|_, state| *state > drop_below);
        known.keys.shrink_to_fit();
        known.strange = 0;
        known.sweep_after = known.keys.len().min(known.most / 4).max(Self::FEW);
    }

    fn shrink_to_fit(&self) {
        self.lock().keys.shrink_to_fit();
    }

    fn len(&self) -> usize {
        self.lock().keys.len()
    }

    fn is_empty(&self) -> bool {
        self.lock().keys.is_empty()
    }
}
