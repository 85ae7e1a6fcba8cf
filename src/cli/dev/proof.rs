//! The proof of what runs here, made once somebody looks at the page.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Value, json};
use tokio::sync::Notify;
use url::Url;

use crate::cli::provisioning::Site;
use crate::cli::token;
use crate::cli::verify::{Aim, prove};
use crate::server::ProofSource;
use crate::verify::{ProbeResult, Progress};
use gatepass_core::policy::StatementFiles;

/// Makes the proof when it is asked for, and knows how far it is.
#[derive(Debug, Default)]
pub(super) struct Prover {
    state: Mutex<State>,
    wake: Notify,
    stop: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    phase: Phase,
    of: usize,
    probes: Vec<ProbeResult>,
    error: Option<String>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    #[default]
    NotBegun,
    Running,
    Ended,
    Failed,
}

impl Phase {
    fn as_str(self) -> &'static str {
        match self {
            Self::NotBegun => "not_begun",
            Self::Running => "running",
            Self::Ended => "ended",
            Self::Failed => "failed",
        }
    }
}

impl Prover {
    /// Makes a proof whenever one is asked for, until [`stop`](Self::stop).
    pub(super) async fn run(&self, site: &Site, files: &StatementFiles, endpoint: &Url) {
        loop {
            self.wake.notified().await;
            if self.stop_requested() {
                return;
            }
            let aim = Aim {
                endpoint: Some(endpoint.clone()),
                token: token::from_environment(),
                ..Aim::default()
            };
            let proven = prove(site, files, aim, self).await;
            let mut state = self.state();
            match proven {
                Ok(verified) => {
                    state.phase = Phase::Ended;
                    state.probes = verified.proof.probes;
                    for thing in &verified.left_behind {
                        tracing::warn!(thing, "left behind by the proof");
                    }
                }
                Err(error) => {
                    state.phase = Phase::Failed;
                    state.error = Some(format!("{error:#}"));
                }
            }
        }
    }

    /// Ends it after what is under way, which is cleaned up.
    pub(super) fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.wake.notify_one();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // nothing between lock and unlock leaves it half-way
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ProofSource for Prover {
    fn look(&self) -> Value {
        let State { phase, of, probes, error } = &*self.state();
        json!({ "state": phase.as_str(), "done": probes.len(), "of": of, "probes": probes, "error": error })
    }

    fn begin(&self) {
        let mut state = self.state();
        if state.phase != Phase::Running {
            *state = State { phase: Phase::Running, ..State::default() };
            self.wake.notify_one();
        }
    }
}

impl Progress for Prover {
    fn started(&self, of: usize) {
        self.state().of = of;
    }

    fn finished(&self, result: &ProbeResult) {
        self.state().probes.push(result.clone());
    }

    fn cleaning_up(&self) {}

    fn stop_requested(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
