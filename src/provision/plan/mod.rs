//! What has to change, as data.

mod bucket;
mod change;
mod display;
mod foreign;
mod guard;
mod merge;
mod refusal;
mod role;

pub use change::{Action, Change, RoleLimits};
pub(super) use display::count;
pub(super) use refusal::suggest_names;
pub use refusal::{Refusal, Refusals};

use serde::Serialize;
use serde::ser::{SerializeStruct as _, Serializer};

use gatepass_core::policy::Note;

use super::desired::Desired;
use super::observed::{Observed, Reading};

/// What has to change for AWS to be what the contract wants, in the order in which it is safe to change it.
///
/// `Display` shows it to people, `Serialize` gives `{"changes": […], "notes": […]}` to programs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub(super) desired: Desired,
    pub(super) changes: Vec<Change>,
    pub(super) notes: Vec<Note>,
}

impl Plan {
    /// The changes, in their order.
    #[must_use]
    pub fn changes(&self) -> &[Change] {
        &self.changes
    }

    /// What the reader should know beside the changes.
    #[must_use]
    pub fn notes(&self) -> &[Note] {
        &self.notes
    }

    /// Whether everything is as the contract wants it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }
}

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut plan = serializer.serialize_struct("Plan", 2)?;
        plan.serialize_field("changes", &self.changes)?;
        plan.serialize_field("notes", &self.notes)?;
        plan.end()
    }
}

/// Compares what is wanted with what is there.
///
/// The order is the safe one: nothing is opened before what guards it. The bucket comes closed (ownership, public access
/// block, encryption), then its bucket policy, then what lets browsers in (CORS); the role can do nothing until its
/// permissions policy, which comes last.
///
/// # Errors
/// Every reason why nothing may be changed. With `adopt`, a bucket or role without our tag is none.
pub fn plan(desired: &Desired, observed: &Observed, adopt: bool) -> Result<Plan, Refusals> {
    let mut planner = Planner {
        desired,
        adopt,
        changes: Vec::new(),
        notes: desired.notes.clone(),
        refusals: Vec::new(),
    };
    planner.bucket(&observed.bucket);
    planner.role(&observed.role);
    planner.boundary(observed.boundary_is_missing);
    let Planner { changes, notes, refusals, .. } = planner;
    if refusals.is_empty() {
        Ok(Plan { desired: desired.clone(), changes, notes })
    } else {
        Err(Refusals(refusals))
    }
}

struct Planner<'a> {
    desired: &'a Desired,
    adopt: bool,
    changes: Vec<Change>,
    notes: Vec<Note>,
    refusals: Vec<Refusal>,
}

impl Planner<'_> {
    fn note(&mut self, about: impl Into<String>, text: impl Into<String>) {
        self.notes.push(Note { about: about.into(), text: text.into() });
    }

    /// What is read, or a note that the endpoint does not know the setting.
    fn read<'r, T>(&mut self, reading: &'r Reading<T>, about: &str) -> Option<&'r T> {
        match reading {
            Reading::Is(value) => Some(value),
            Reading::NotSupported => {
                self.note(about, "not supported by this endpoint, so left out");
                None
            }
        }
    }

    /// Says that an endpoint's answer lacks a part that AWS's always has; on AWS nothing is lacking.
    fn lacks<T>(&mut self, part: Option<&T>, about: &str) -> bool {
        let lacks = part.is_none() && !self.desired.is_aws;
        if lacks {
            self.note(about, "not kept by this endpoint, so left out");
        }
        lacks
    }
}

#[cfg(test)]
mod tests;
