//! Runs that end before their end.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use gatepass::provision::{self, ApplyErrorCause, Progress, Step, StepOutcome};

use super::Stack;
use super::writer::cut_off_after;
use crate::backend::{Backend, on_every_backend};

on_every_backend!(
    an_apply_that_is_cut_off_anywhere_is_finished_by_the_next,
    a_destroy_that_is_cut_off_anywhere_is_finished_by_the_next,
    who_asks_to_stop_gets_the_step_finished_and_no_other_begun,
);

async fn an_apply_that_is_cut_off_anywhere_is_finished_by_the_next(backend: &Backend) {
    let mut writes = 0;
    loop {
        let stack = Stack::plain(backend, "cut");
        let writer = cut_off_after(&stack.writer, writes);
        let plan = stack.plan().await;
        let finished = match stack.make(&plan, &writer).await {
            Ok(_) => true,
            Err(error) => {
                assert!(matches!(error.cause, ApplyErrorCause::Call(_)), "{error}");
                assert!(error.done.len() <= writes, "{error}");
                false
            }
        };
        // without --adopt: what was made until then is known as ours
        stack.apply().await;
        stack.destroy().await;
        if finished {
            break;
        }
        writes += 1;
    }
    assert!(writes >= 8, "{writes}");
}

async fn a_destroy_that_is_cut_off_anywhere_is_finished_by_the_next(backend: &Backend) {
    for writes in 0..3 {
        let stack = Stack::plain(backend, "cut-destroy");
        stack.apply().await;
        let plan = stack.plan_destroy().await.unwrap();
        let error = provision::destroy(&plan, &cut_off_after(&stack.writer, writes), &())
            .await
            .unwrap_err();
        assert_eq!((error.done.len(), error.of), (writes, 3));
        assert_eq!((stack.bucket_exists().await, stack.role_exists().await), (writes == 0, true));
        stack.destroy().await;
        assert!(!stack.role_exists().await);
    }
}

/// Asks to stop while the second step is under way.
#[derive(Default)]
struct Impatient {
    stop: AtomicBool,
    finished: Mutex<Vec<String>>,
}

impl Progress for Impatient {
    fn started(&self, step: Step<'_>) {
        self.stop.store(step.number == 2, Ordering::Relaxed);
    }

    fn finished(&self, step: Step<'_>, outcome: StepOutcome) {
        assert_eq!(outcome, StepOutcome::Done);
        self.finished.lock().unwrap().push(step.title.to_owned());
    }

    fn stop_requested(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }
}

async fn who_asks_to_stop_gets_the_step_finished_and_no_other_begun(backend: &Backend) {
    let stack = Stack::plain(backend, "stop");
    let (plan, progress) = (stack.plan().await, Impatient::default());
    let error = provision::apply(&plan, &stack.reader, &stack.writer, &progress).await.unwrap_err();
    assert_eq!(error.cause, ApplyErrorCause::Stopped);
    let done = [format!("bucket {}", stack.bucket), "public access block".to_owned()];
    assert_eq!(
        (error.done.as_slice(), progress.finished.lock().unwrap().as_slice()),
        (&done[..], &done[..])
    );
    let expected = format!(
        "stopped before the end\n  hint: made 2 of 8 changes: bucket {}, public access block; running apply again makes the rest",
        stack.bucket
    );
    assert_eq!(error.to_string(), expected);
    stack.apply().await;

    let (plan, progress) = (stack.plan_destroy().await.unwrap(), Impatient::default());
    let error = provision::destroy(&plan, &stack.writer, &progress).await.unwrap_err();
    assert_eq!(error.done, [format!("bucket {}", stack.bucket), "permissions policy".to_owned()]);
    stack.destroy().await;
}
