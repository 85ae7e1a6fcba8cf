//! The one place where a call is made again: for what AWS documents as passing, and nothing else.
//!
//! Throttling and broken connections are the SDK's to retry, inside one call.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use super::error::{StateError, StateErrorKind};
use super::progress::Progress;

/// What may pass by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Passing {
    /// `OperationAborted`, `ConcurrentModification`: another change to the same thing is under way.
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html#ErrorCodeList>.
    Conflict,
    /// That, and `NoSuchBucket` or `NoSuchEntity` for what was created a moment ago.
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel> and
    /// <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency>.
    JustCreated,
    /// That, and `DeleteConflict` for what was emptied a moment ago.
    JustEmptied,
}

impl Passing {
    fn covers(self, kind: &StateErrorKind) -> bool {
        match kind {
            StateErrorKind::Conflict => true,
            StateErrorKind::NotFound => self == Self::JustCreated,
            StateErrorKind::NotEmpty => self == Self::JustEmptied,
            _ => false,
        }
    }
}

/// How long to wait for what passes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    /// In all.
    pub(super) deadline: Duration,
    /// At most before the second try; twice as much before each further one.
    pub(super) first: Duration,
    /// At most before any try.
    pub(super) longest: Duration,
}

impl Patience {
    /// What AWS takes: mostly a few seconds, seldom a minute.
    pub(super) const AWS: Self =
        Self { deadline: Duration::from_secs(60), first: Duration::from_millis(500), longest: Duration::from_secs(8) };

    /// Makes a call again while what it fails with may pass, the deadline is not reached, and nobody asks to stop.
    pub(super) async fn retry<T, F: Future<Output = Result<T, StateError>>>(
        self,
        passing: Passing,
        progress: &impl Progress,
        mut call: impl FnMut() -> F,
    ) -> Result<T, StateError> {
        let mut waits = self.waits();
        loop {
            match call().await {
                Err(error) if passing.covers(&error.kind) => {
                    if progress.stop_requested() || !waits.wait().await {
                        return Err(error);
                    }
                }
                result => return result,
            }
        }
    }

    /// The pauses between tries.
    pub(super) fn waits(self) -> Waits {
        Waits { end: Instant::now() + self.deadline, next: self.first, longest: self.longest }
    }
}

/// Pauses that double, each of a random length, until a deadline.
#[derive(Debug)]
pub(super) struct Waits {
    end: Instant,
    next: Duration,
    longest: Duration,
}

impl Waits {
    /// Waits, or returns false because the deadline would pass.
    pub(super) async fn wait(&mut self) -> bool {
        let pause = jitter(self.next);
        if Instant::now() + pause > self.end {
            return false;
        }
        tokio::time::sleep(pause).await;
        self.next = (self.next * 2).min(self.longest);
        true
    }
}

/// Between half of the pause and all of it, so that runs which collide do not collide again.
fn jitter(pause: Duration) -> Duration {
    // without randomness the pause is merely not spread
    let random = getrandom::u32().unwrap_or(u32::MAX);
    pause / 2 + (pause / 2).mul_f64(f64::from(random) / f64::from(u32::MAX))
}
