//! How far a run is, told to whoever watches it.

/// One step of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step<'a> {
    /// Counted from 1.
    pub number: usize,
    /// How many there are.
    pub of: usize,
    /// What it is about: "bucket policy".
    pub title: &'a str,
}

/// How a step ended that did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepOutcome {
    /// It was done.
    Done,
    /// It was done already, by somebody else meanwhile.
    AlreadyDone,
    /// This endpoint does not know the operation.
    NotSupported,
}

/// A step that failed although something of it was written, or may have been.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfinished {
    /// The step's title.
    pub title: String,
    /// Whether something was written for certain. Otherwise the answer to a write was lost.
    pub is_certain: bool,
}

/// Watches a run, and can ask it to stop.
pub trait Progress: Sync {
    /// A step begins.
    fn started(&self, step: Step<'_>);
    /// The step that began last has ended without failing.
    fn finished(&self, step: Step<'_>, outcome: StepOutcome);
    /// All steps are done, and what is there is read again.
    fn reading_back(&self) {}
    /// Whether the run shall stop after the step it is at.
    fn stop_requested(&self) -> bool {
        false
    }
}

/// Nobody watches.
impl Progress for () {
    fn started(&self, _step: Step<'_>) {}
    fn finished(&self, _step: Step<'_>, _outcome: StepOutcome) {}
}
