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
    pub(super) const AWS: Self = Self {
        deadline: Duration::from_secs(60),
        first: Duration::from_millis(500),
        longest: Duration::from_secs(8),
    };

    /// What a store takes that is eventually consistent. One that keeps nothing is not waited for longer.
    pub(super) const ELSEWHERE: Self = Self {
        deadline: Duration::from_secs(5),
        first: Duration::from_millis(250),
        longest: Duration::from_secs(2),
    };

    /// Makes a call again while what it fails with may pass, the deadline is not reached, and nobody asks to stop.
    pub(super) async fn retry<T, F: Future<Output = Result<T, StateError>>>(
        self,
        passing: Passing,
        progress: &impl Progress,
        mut call: impl FnMut() -> F,
    ) -> Result<T, StateError> {
        let mut waits = self.waits();
        let mut may_be_done = false;
        loop {
            match call().await {
                Err(error) => {
                    may_be_done |= error.may_be_done;
                    if !passing.covers(&error.kind)
                        || progress.stop_requested()
                        || !waits.wait().await
                    {
                        return Err(StateError { may_be_done, ..error });
                    }
                }
                done => return done,
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

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const QUICK: Patience = Patience {
        deadline: Duration::from_millis(200),
        first: Duration::from_millis(1),
        longest: Duration::from_millis(20),
    };

    fn failed(kind: StateErrorKind) -> StateError {
        let doing = "writing the bucket policy of acme-uploads".to_owned();
        StateError {
            doing,
            kind,
            code: None,
            message: String::new(),
            request_id: None,
            hint: None,
            may_be_done: false,
        }
    }

    /// How often a call was made that fails in this way so many times.
    async fn tries(passing: Passing, kind: StateErrorKind, failures: usize) -> (usize, bool) {
        let made = Cell::new(0);
        let call = || {
            made.set(made.get() + 1);
            std::future::ready(if made.get() > failures {
                Ok(())
            } else {
                Err(failed(kind.clone()))
            })
        };
        let result = QUICK.retry(passing, &(), call).await;
        (made.get(), result.is_ok())
    }

    #[tokio::test]
    async fn only_what_passes_is_tried_again() {
        use StateErrorKind::{AccessDenied, Conflict, NotEmpty, NotFound};
        assert_eq!(tries(Passing::Conflict, Conflict, 3).await, (4, true));
        assert_eq!(tries(Passing::JustCreated, NotFound, 3).await, (4, true));
        assert_eq!(tries(Passing::JustEmptied, NotEmpty, 3).await, (4, true));
        assert_eq!(tries(Passing::Conflict, NotFound, 3).await, (1, false));
        assert_eq!(tries(Passing::JustEmptied, NotFound, 3).await, (1, false));
        assert_eq!(tries(Passing::JustCreated, NotEmpty, 3).await, (1, false));
        assert_eq!(tries(Passing::JustCreated, AccessDenied, 3).await, (1, false));
    }

    #[tokio::test]
    async fn the_deadline_ends_it() {
        let begin = Instant::now();
        let (made, done) = tries(Passing::Conflict, StateErrorKind::Conflict, usize::MAX).await;
        assert!(!done && made > 3, "{made}");
        assert!(begin.elapsed() <= QUICK.deadline + QUICK.longest, "{:?}", begin.elapsed());
    }

    struct Stopped;

    impl Progress for Stopped {
        fn started(&self, _step: super::super::Step<'_>) {}
        fn finished(&self, _step: super::super::Step<'_>, _outcome: super::super::StepOutcome) {}
        fn stop_requested(&self) -> bool {
            true
        }
    }

    #[tokio::test]
    async fn nobody_waits_who_was_asked_to_stop() {
        let made = Cell::new(0);
        let call = || {
            made.set(made.get() + 1);
            std::future::ready(Err::<(), _>(failed(StateErrorKind::Conflict)))
        };
        assert!(Patience::AWS.retry(Passing::Conflict, &Stopped, call).await.is_err());
        assert_eq!(made.get(), 1);
    }
}
