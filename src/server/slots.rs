//! Bounds the open connections, and closes the longest-idle one to make room for another.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// The slots for connections, of both listeners together. A new connection gets a free one, or that of the connection that has been idle
/// longest, which is closed.
#[derive(Debug)]
pub(super) struct Slots {
    max: usize,
    state: Mutex<State>,
    /// Notified while a slot is wanted, when that may be given one.
    changed: Notify,
}

#[derive(Debug, Default)]
struct State {
    open: usize,
    /// Cancels each idle connection; in the order in which the connections became idle.
    idle: BTreeMap<u64, CancellationToken>,
    /// The next key of `idle`.
    next: u64,
    /// Whether an idle connection is being closed to make room.
    is_closing: bool,
    is_wanted: bool,
}

impl State {
    /// Begins to close the connection that has been idle longest, unless one is being closed.
    fn make_room(&mut self) {
        self.is_wanted = true;
        if !self.is_closing
            && let Some((_, closing)) = self.idle.pop_first()
        {
            self.is_closing = true;
            closing.cancel();
        }
    }
}

impl Slots {
    pub(super) fn new(max: usize) -> Self {
        Self { max, state: Mutex::default(), changed: Notify::new() }
    }

    /// Takes a slot for a connection that closes once `closing` is cancelled; waits while all connections are busy. To be called by one task at a
    /// time.
    pub(super) async fn take(self: &Arc<Self>, closing: CancellationToken) -> Slot {
        loop {
            let changed = self.changed.notified();
            {
                let mut state = self.lock();
                if state.open < self.max {
                    state.open += 1;
                    state.is_wanted = false;
                    return Slot { slots: Arc::clone(self), closing, idle: None };
                }
                state.make_room();
            }
            changed.await;
        }
    }

    /// Takes a slot although there may be none free, for work that outlives its connection: until it ends, there is one connection less.
    pub(super) fn hold(self: &Arc<Self>) -> Slot {
        self.lock().open += 1;
        Slot { slots: Arc::clone(self), closing: CancellationToken::new(), idle: None }
    }

    /// Closes the connection that has been idle longest, and waits until one is closed.
    pub(super) async fn make_room(&self) {
        let changed = self.changed.notified();
        self.lock().make_room();
        changed.await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // nothing below panics between two changes that belong together
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut State)) {
        let mut state = self.lock();
        change(&mut state);
        if state.is_wanted {
            self.changed.notify_one();
        }
    }
}

/// The slot of one connection, free again when dropped.
#[derive(Debug)]
pub(super) struct Slot {
    slots: Arc<Slots>,
    closing: CancellationToken,
    /// The connection's key among those that are idle.
    idle: Option<u64>,
}

impl Slot {
    /// Cancelled when the connection is to close, once it has finished what is under way.
    pub(super) fn closing(&self) -> CancellationToken {
        self.closing.clone()
    }

    /// Nothing is under way on the connection.
    pub(super) fn idle(&mut self) {
        if self.idle.is_some() {
            return;
        }
        let (key, closing) = (&mut self.idle, &self.closing);
        self.slots.change(|state| {
            state.idle.insert(state.next, closing.clone());
            *key = Some(state.next);
            state.next += 1;
        });
    }

    /// A request has begun to arrive.
    pub(super) fn busy(&mut self) {
        let Some(key) = self.idle.take() else { return };
        self.slots.change(|state| {
            if state.idle.remove(&key).is_none() {
                // it was to make room, and will not before it has answered; another one may
                state.is_closing = false;
            }
        });
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        self.busy();
        self.slots.change(|state| state.open -= 1);
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt as _;

    use super::*;

    fn slots(max: usize) -> Arc<Slots> {
        Arc::new(Slots::new(max))
    }

    fn take(slots: &Arc<Slots>) -> Option<Slot> {
        slots.take(CancellationToken::new()).now_or_never()
    }

    #[test]
    fn the_one_that_has_been_idle_longest_makes_room() {
        let slots = slots(3);
        let mut all: Vec<Slot> = (0..3).filter_map(|_| take(&slots)).collect();
        assert_eq!(all.len(), 3);
        for index in [1, 0, 2] {
            all[index].idle();
        }
        // it has answered another request since
        all[1].busy();
        all[1].idle();
        assert!(take(&slots).is_none());
        // and no second one closes while it has not
        assert!(take(&slots).is_none());
        let is_closing: Vec<bool> = all.iter().map(|slot| slot.closing().is_cancelled()).collect();
        assert_eq!(is_closing, [true, false, false]);
        drop(all.remove(0));
        assert!(take(&slots).is_some());
    }

    #[tokio::test]
    async fn one_that_becomes_idle_makes_room_for_who_waits() {
        let slots = slots(1);
        let mut only = slots.take(CancellationToken::new()).await;
        let waiting = slots.take(CancellationToken::new());
        tokio::pin!(waiting);
        assert!(waiting.as_mut().now_or_never().is_none());
        assert!(!only.closing().is_cancelled());
        only.idle();
        assert!(waiting.as_mut().now_or_never().is_none());
        assert!(only.closing().is_cancelled());
        drop(only);
        assert!(waiting.now_or_never().is_some());
    }

    #[test]
    fn a_request_that_comes_just_then_is_answered_and_another_one_makes_room() {
        let slots = slots(2);
        let mut all: Vec<Slot> = (0..2).filter_map(|_| take(&slots)).collect();
        all.iter_mut().for_each(Slot::idle);
        assert!(take(&slots).is_none());
        assert!(all[0].closing().is_cancelled() && !all[1].closing().is_cancelled());
        all[0].busy();
        assert!(take(&slots).is_none());
        assert!(all[1].closing().is_cancelled());
        all.pop();
        assert!(take(&slots).is_some());
    }
}
