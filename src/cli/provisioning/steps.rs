//! Shows how far a run is: a spinner on a terminal, a line a step where the output is piped.

use std::io::{IsTerminal as _, stderr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::cli::signals;
use crate::provision::{Progress, Step, StepOutcome};

/// Watches a run on standard error, and asks it to stop when a signal comes.
#[derive(Debug)]
pub(in crate::cli) struct Steps {
    spinner: Option<ProgressBar>,
    stop: AtomicBool,
}

/// Does `run` with steps shown. Ctrl-C stops it after the step it is at; a second one stops it at once.
pub(in crate::cli) async fn watched<T>(run: impl AsyncFnOnce(&Steps) -> T) -> anyhow::Result<T> {
    let steps = Steps::new();
    let result = signals::until_stopped(async |stop| {
        let stopped = async {
            stop.wait().await;
            steps.stop();
            std::future::pending().await
        };
        tokio::select! {
            result = run(&steps) => result,
            never = stopped => never,
        }
    })
    .await;
    steps.clear();
    result
}

impl Steps {
    fn new() -> Self {
        let spinner = stderr().is_terminal().then(|| {
            let spinner = ProgressBar::new_spinner();
            // the template is a constant that the library accepts
            if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
                spinner.set_style(style);
            }
            spinner.enable_steady_tick(Duration::from_millis(100));
            spinner
        });
        Self { spinner, stop: AtomicBool::new(false) }
    }

    fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
        self.line("stopping after this step; Ctrl-C again stops at once");
    }

    fn line(&self, line: &str) {
        match &self.spinner {
            Some(spinner) => spinner.suspend(|| anstream::eprintln!("{line}")),
            None => anstream::eprintln!("{line}"),
        }
    }

    fn clear(&self) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
    }
}

impl Progress for Steps {
    fn started(&self, step: Step<'_>) {
        if let Some(spinner) = &self.spinner {
            spinner.set_message(format!("[{}/{}] {}", step.number, step.of, step.title));
        }
    }

    fn finished(&self, step: Step<'_>, outcome: StepOutcome) {
        let outcome = match outcome {
            StepOutcome::Done => "done",
            StepOutcome::AlreadyDone => "was done already",
            StepOutcome::NotSupported => "not supported by this endpoint",
        };
        self.line(&format!("[{}/{}] {}: {outcome}", step.number, step.of, step.title));
    }

    fn reading_back(&self) {
        if let Some(spinner) = &self.spinner {
            spinner.set_message("reading back what is there");
        }
    }

    fn stop_requested(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}
