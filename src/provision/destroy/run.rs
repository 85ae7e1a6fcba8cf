//! Removes what a plan names.

use std::fmt;

use super::super::desired::PERMISSIONS_POLICY_NAME;
use super::super::error::{StateError, StateErrorKind};
use super::super::plan::count;
use super::super::progress::{Progress, Step, StepOutcome};
use super::super::retry::{Passing, Patience};
use super::super::state::WriteState;
use super::plan::{DestroyPlan, Removal};

/// A run that did not get to its end. What is removed is gone; the next run goes on from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DestroyError {
    /// What is removed, by its titles.
    pub done: Vec<String>,
    /// How much there was to remove.
    pub of: usize,
    /// What may be removed: the answer to its removal was lost.
    pub may_be_done: Option<String>,
    /// What stopped the run.
    pub cause: DestroyErrorCause,
}

/// What stopped a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DestroyErrorCause {
    /// A call failed.
    Call(StateError),
    /// Whoever watches asked for it.
    Stopped,
}

impl fmt::Display for DestroyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.cause {
            DestroyErrorCause::Call(error) => {
                write!(f, "{error}")?;
                if let Some(hint) = &error.hint {
                    write!(f, "\n  hint: {hint}")?;
                }
            }
            DestroyErrorCause::Stopped => f.write_str("stopped before the end")?,
        }
        match self.done.as_slice() {
            [] if self.may_be_done.is_some() => {}
            [] => f.write_str("\n  hint: nothing was removed")?,
            done => {
                let of = count(self.of, "removal");
                write!(
                    f,
                    "\n  hint: made {} of {of}: {}; running destroy again makes the rest",
                    done.len(),
                    done.join(", ")
                )?;
            }
        }
        match &self.may_be_done {
            Some(title) => write!(
                f,
                "\n  hint: may have been removed: {title} (the answer to it was lost); running destroy again finds out and makes the rest"
            ),
            None => Ok(()),
        }
    }
}

impl std::error::Error for DestroyError {}

/// Removes what the plan names, one after the other. The empty plan makes no call. What is gone already counts as removed,
/// so a run that was cut off is finished by the next.
///
/// # Errors
/// The first removal that failed, with what is done until then.
pub async fn destroy(
    plan: &DestroyPlan,
    writer: &impl WriteState,
    progress: &impl Progress,
) -> Result<(), DestroyError> {
    let of = plan.removals.len();
    let mut done = Vec::new();
    for (index, removal) in plan.removals.iter().enumerate() {
        if progress.stop_requested() {
            return Err(DestroyError {
                done,
                of,
                may_be_done: None,
                cause: DestroyErrorCause::Stopped,
            });
        }
        let title = removal.title();
        let step = Step { number: index + 1, of, title: &title };
        progress.started(step);
        let outcome = match remove(plan, removal, writer, progress).await {
            Ok(()) => StepOutcome::Done,
            Err(error) if error.kind == StateErrorKind::NotFound => StepOutcome::AlreadyDone,
            Err(error) => {
                let may_be_done = error.may_be_done.then_some(title);
                return Err(DestroyError {
                    done,
                    of,
                    may_be_done,
                    cause: DestroyErrorCause::Call(error),
                });
            }
        };
        progress.finished(step, outcome);
        done.push(title);
    }
    Ok(())
}

async fn remove(
    plan: &DestroyPlan,
    removal: &Removal,
    writer: &impl WriteState,
    progress: &impl Progress,
) -> Result<(), StateError> {
    let (bucket, role) = (&plan.target.bucket, &plan.target.role);
    let patience = Patience::AWS;
    match removal {
        Removal::Bucket { .. } => {
            patience.retry(Passing::Conflict, progress, || writer.delete_bucket(bucket)).await
        }
        Removal::PermissionsPolicy => {
            patience
                .retry(Passing::Conflict, progress, || {
                    writer.delete_role_policy(role, PERMISSIONS_POLICY_NAME)
                })
                .await
        }
        // IAM may still see the inline policy that was removed just now
        Removal::Role { .. } => {
            patience.retry(Passing::JustEmptied, progress, || writer.delete_role(role)).await
        }
    }
}
