//! Shows how far the proof is, and asks it to stop when a signal comes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::signals;
use crate::verify::{Outcome, ProbeResult, Progress};

/// A bar on a terminal; where there is none, a line for what is broken and for the beginning and the end.
#[derive(Debug)]
pub(super) struct Bar {
    bar: ProgressBar,
    stop: AtomicBool,
}

/// Does `run` with progress shown. Ctrl-C stops it after what is under way, and what it made is removed; a second one
/// stops it at once.
pub(super) async fn watched<T>(run: impl AsyncFnOnce(&Bar) -> T) -> anyhow::Result<T> {
    let bar = Bar::new()?;
    let result = signals::until_stopped(async |stop| {
        let stopped = async {
            stop.wait().await;
            bar.stop.store(true, Ordering::Relaxed);
            bar.line(
                "stopping: what is under way ends and is cleaned up; Ctrl-C again stops at once",
            );
            std::future::pending().await
        };
        tokio::select! {
            result = run(&bar) => result,
            never = stopped => never,
        }
    })
    .await;
    bar.bar.finish_and_clear();
    result
}

impl Bar {
    fn new() -> anyhow::Result<Self> {
        let style = ProgressStyle::with_template("{spinner} {pos}/{len} {msg}")?;
        let bar = ProgressBar::no_length().with_style(style);
        bar.enable_steady_tick(Duration::from_millis(100));
        Ok(Self { bar, stop: AtomicBool::new(false) })
    }

    fn line(&self, line: &str) {
        self.bar.suspend(|| anstream::eprintln!("{line}"));
    }
}

impl Progress for Bar {
    fn started(&self, of: usize) {
        self.bar.set_length(of as u64);
        if self.bar.is_hidden() {
            self.line(&format!("attacking {of} guardrails"));
        }
    }

    fn finished(&self, result: &ProbeResult) {
        self.bar.inc(1);
        self.bar.set_message(result.guardrail.0);
        if result.outcome == Outcome::Broken {
            self.line(&format!("broken: {}: {}", result.guardrail, result.detail));
        }
    }

    fn cleaning_up(&self) {
        self.bar.set_message("removing what was made");
    }

    fn stop_requested(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
