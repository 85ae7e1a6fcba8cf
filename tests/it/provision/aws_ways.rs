//! What only AWS does, put in front of a real backend: changes that collide, answers that are lost, settings that take
//! their time to be seen.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use gatepass::provision::{
    self, ApplyErrorCause, Change, Progress, StateErrorKind, Step, StepOutcome,
};

use super::Stack;
use super::reader::Late;
use super::writer::{Fate, Troubled};
use crate::backend::{Backend, on_every_backend};

on_every_backend!(
    changes_that_collide_and_what_is_not_there_yet_are_tried_again,
    an_answer_that_was_lost_is_made_good,
    who_creates_it_first_keeps_it,
    a_role_that_still_looks_used_is_tried_again,
    what_takes_its_time_to_be_seen_is_waited_for,
    what_does_not_stay_is_told,
);

/// The first write of each operation is told to wait.
async fn changes_that_collide_and_what_is_not_there_yet_are_tried_again(backend: &Backend) {
    let stack = Stack::plain(backend, "collide");
    let seen = Mutex::new(BTreeSet::new());
    let writer = Troubled::new(&stack.writer, |operation, _| match operation {
        _ if !seen.lock().unwrap().insert(operation.to_owned()) => Fate::Done,
        "create_bucket" | "create_role" | "put_bucket_policy" | "put_public_access_block" => {
            Fate::Failed(StateErrorKind::Conflict)
        }
        _ => Fate::Failed(StateErrorKind::NotFound),
    });
    stack.make(&stack.plan().await, &writer).await.unwrap();
    assert!(seen.lock().unwrap().len() >= 8);
    assert!(stack.plan().await.is_empty());
    stack.destroy().await;

    // what was there before does not come by waiting
    stack.apply().await;
    stack.s3.delete_bucket_cors().bucket(&stack.bucket).send().await.unwrap();
    let writer = Troubled::new(&stack.writer, |_, before| {
        if before == 0 { Fate::Failed(StateErrorKind::NotFound) } else { Fate::Done }
    });
    assert!(stack.make(&stack.plan().await, &writer).await.is_err());
    stack.destroy().await;
}

/// The SDK tries again when an answer does not come, and AWS then says that it is there already.
async fn an_answer_that_was_lost_is_made_good(backend: &Backend) {
    let stack = Stack::plain(backend, "lost");
    let writer = Troubled::new(&stack.writer, |operation, _| match operation {
        "create_bucket" | "create_role" => Fate::Lost(StateErrorKind::AlreadyExists),
        _ => Fate::Done,
    });
    if let Err(error) = stack.make(&stack.plan().await, &writer).await {
        // a backend that drops the tags of CreateBucket: nothing tells whose the bucket is until the next run looks closer
        assert_eq!(
            error.cause,
            ApplyErrorCause::Meanwhile { what: format!("bucket {}", stack.bucket) }
        );
        assert!(stack.s3.get_bucket_tagging().bucket(&stack.bucket).send().await.is_err());
        stack.apply().await;
    }
    assert!(stack.plan().await.is_empty());
    stack.destroy().await;
}

async fn who_creates_it_first_keeps_it(backend: &Backend) {
    let (stack, role) = (Stack::plain(backend, "first"), Stack::plain(backend, "first-role"));
    let plan = stack.plan().await;
    stack.create_bucket_by_hand(backend.region).await;
    let error = stack.make(&plan, &stack.writer).await.unwrap_err();
    assert_eq!(
        error.cause,
        ApplyErrorCause::Meanwhile { what: format!("bucket {}", stack.bucket) }
    );
    assert!(stack.s3.get_bucket_tagging().bucket(&stack.bucket).send().await.is_err());

    let plan = role.plan().await;
    let create = role
        .iam
        .create_role()
        .role_name(&role.role)
        .assume_role_policy_document(super::others::TRUST);
    create.send().await.unwrap();
    let error = role.make(&plan, &role.writer).await.unwrap_err();
    assert_eq!(error.cause, ApplyErrorCause::Meanwhile { what: format!("role {}", role.role) });
}

async fn a_role_that_still_looks_used_is_tried_again(backend: &Backend) {
    let stack = Stack::plain(backend, "still");
    stack.apply().await;
    let once = Mutex::new(true);
    let writer = Troubled::new(&stack.writer, |operation, _| {
        let is_first = operation == "delete_role" && std::mem::take(&mut *once.lock().unwrap());
        if is_first { Fate::Failed(StateErrorKind::NotEmpty) } else { Fate::Done }
    });
    let plan = stack.plan_destroy().await.unwrap();
    provision::destroy(&plan, &writer, &()).await.unwrap();
    assert!(!stack.role_exists().await);
}

async fn what_takes_its_time_to_be_seen_is_waited_for(backend: &Backend) {
    let mut stack = Stack::plain(backend, "late");
    stack.desired.is_aws = true;
    let reader = Late { real: &stack.reader, times: 2.into() };
    let applied = provision::apply(&stack.plan().await, &reader, &stack.writer, &()).await.unwrap();
    assert_eq!((applied.notes.len(), reader.times.load(Ordering::Relaxed)), (0, 0));
    stack.destroy().await;
}

/// Has no patience once everything is written.
#[derive(Default)]
struct StopsAtTheEnd(AtomicBool);

impl Progress for StopsAtTheEnd {
    fn started(&self, _step: Step<'_>) {}
    fn finished(&self, _step: Step<'_>, _outcome: StepOutcome) {}
    fn reading_back(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
    fn stop_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

async fn what_does_not_stay_is_told(backend: &Backend) {
    let mut stack = Stack::plain(backend, "fleeting");
    for is_aws in [false, true] {
        stack.desired.is_aws = is_aws;
        let reader = Late { real: &stack.reader, times: usize::MAX.into() };
        let error = provision::apply(
            &stack.plan().await,
            &reader,
            &stack.writer,
            &StopsAtTheEnd::default(),
        )
        .await
        .unwrap_err();
        let ApplyErrorCause::NotKept { changes, .. } = &error.cause else { panic!("{error}") };
        assert_eq!(changes.iter().map(Change::setting).collect::<Vec<_>>(), ["permissions_policy"]);
        let said = error.to_string();
        let begins = "written, but not what is read again: permissions policy\n  + permissions policy\n      + GatepassUpload: allows s3:PutObject on";
        assert!(said.starts_with(begins), "{said}");
        let ends = match is_aws {
            true => {
                "\n  hint: AWS may take longer to show it, or somebody else changes it, too\n  hint: every change was made: run plan and see \
                 what is there now"
            }
            false => {
                "\n  hint: the endpoint answers such a write with success and does not keep what is written, so nothing enforces it: use a \
                 store that keeps it"
            }
        };
        assert!(said.ends_with(ends), "{said}");
        stack.destroy().await;
    }
}
