//! Makes AWS what a plan says.

use std::fmt;

use gatepass_core::policy::Note;

use super::desired::{Desired, OWNERSHIP_TAG, PERMISSIONS_POLICY_NAME};
use super::error::{StateError, StateErrorKind};
use super::observed::{ObserveError, observe};
use super::plan::{Change, Plan, Refusals, plan as make_plan};
use super::progress::{Progress, Step, StepOutcome, Unfinished};
use super::retry::{Passing, Patience};
use super::state::{NewRole, ReadState, WriteState};

/// What a finished run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Applied {
    /// What is not as the contract wants it although the run is at its end: what another endpoint than AWS's does not support, or
    /// did not keep and is no guardrail, and what somebody else changed meanwhile.
    pub notes: Vec<Note>,
    /// The settings that the next plan changes, by their stable names.
    pub left: Vec<&'static str>,
}

/// A run that did not get to its end. What is done stays; the next run goes on from there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApplyError {
    /// The changes that are made, by their titles.
    pub done: Vec<String>,
    /// How many changes there were to make.
    pub of: usize,
    /// The change at which the run ended, unless it is certain that nothing of it was made.
    pub unfinished: Option<Unfinished>,
    /// What stopped the run.
    pub cause: ApplyErrorCause,
}

/// What stopped a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApplyErrorCause {
    /// A call failed.
    Call(StateError),
    /// A setting that others share is no longer what the plan was made from.
    Meanwhile {
        /// The setting.
        what: String,
    },
    /// Whoever watches asked for it.
    Stopped,
    /// What was written could not be read again.
    NotRead(ObserveError),
    /// What is read again may not be changed any more.
    Refused(Refusals),
    /// What was written is not what is read again.
    NotKept {
        /// What a plan still changes.
        changes: Vec<Change>,
        /// Whether it is AWS, where changes take their time to be seen.
        is_aws: bool,
    },
}

impl fmt::Display for ApplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut hints = Vec::new();
        match &self.cause {
            ApplyErrorCause::Call(error) => {
                write!(f, "{error}")?;
                hints.extend(error.hint.clone());
            }
            ApplyErrorCause::Meanwhile { what } => {
                write!(
                    f,
                    "{what}: somebody changed it since the plan was made, so it was not written"
                )?;
                hints.push("run plan again and look at what is there now".to_owned());
            }
            ApplyErrorCause::Stopped => f.write_str("stopped before the end")?,
            ApplyErrorCause::NotRead(error) => write!(f, "{error}")?,
            ApplyErrorCause::Refused(refusals) => write!(f, "{refusals}")?,
            ApplyErrorCause::NotKept { changes, is_aws } => {
                let titles: Vec<String> = changes.iter().map(Change::title).collect();
                write!(f, "written, but not what is read again: {}", titles.join(", "))?;
                for change in changes {
                    write!(f, "\n  {}", change.to_string().replace('\n', "\n  "))?;
                }
                hints.push(match is_aws {
                    true => "AWS may take longer to show it, or somebody else changes it, too".to_owned(),
                    false => "the endpoint answers such a write with success and does not keep what is written, so nothing enforces it: \
                              use a store that keeps it"
                        .to_owned(),
                });
            }
        }
        match self.done.as_slice() {
            [] if self.unfinished.is_some() => {}
            [] => hints.push("nothing was changed".to_owned()),
            done if done.len() < self.of => hints.push(format!(
                "made {} of {}: {}; running apply again makes the rest",
                done.len(),
                super::plan::count(self.of, "change"),
                done.join(", ")
            )),
            _ if matches!(self.cause, ApplyErrorCause::NotKept { is_aws: false, .. }) => {}
            _ => hints.push("every change was made: run plan and see what is there now".to_owned()),
        }
        hints.extend(self.unfinished.as_ref().map(|Unfinished { title, is_certain }| match is_certain {
            true => format!("made in part: {title}; running apply again completes it"),
            false => format!("may have been made: {title} (the answer to it was lost); running apply again finds out and makes the rest"),
        }));
        hints.iter().try_for_each(|hint| write!(f, "\n  hint: {hint}"))
    }
}

impl std::error::Error for ApplyError {}

/// What a run has made until now.
#[derive(Debug, Default)]
struct Made {
    done: Vec<String>,
    of: usize,
    unfinished: Option<Unfinished>,
}

impl Made {
    fn and_then(self, cause: ApplyErrorCause) -> ApplyError {
        let Self { done, of, unfinished } = self;
        ApplyError { done, of, unfinished, cause }
    }
}

/// A change that failed, and what is written of it.
#[derive(Debug)]
struct Failed {
    written: Written,
    cause: ApplyErrorCause,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Written {
    Nothing,
    MaybeSomething,
    Something,
}

impl Failed {
    /// Adds what was written before.
    fn after(self, written: Written) -> Self {
        Self { written: self.written.max(written), ..self }
    }
}

impl Written {
    fn unfinished(self, title: String) -> Option<Unfinished> {
        (self != Self::Nothing).then(|| Unfinished { title, is_certain: self == Self::Something })
    }

    fn by_failure(error: &StateError) -> Self {
        if error.may_be_done { Self::MaybeSomething } else { Self::Nothing }
    }
}

/// Makes the plan's changes, one after the other, and reads again what is there. The empty plan makes no call.
///
/// Before a setting that others share is written, it is read once more: if it is not what the plan was made from, nothing
/// is written. Every change can be made twice, so a run that was cut off is finished by the next.
///
/// # Errors
/// The first change that failed, with what is done until then; or what did not stay as it was written.
pub async fn apply(
    plan: &Plan,
    reader: &impl ReadState,
    writer: &impl WriteState,
    progress: &impl Progress,
) -> Result<Applied, ApplyError> {
    let patience = if plan.desired.is_aws { Patience::AWS } else { Patience::ELSEWHERE };
    let run = Run { desired: &plan.desired, reader, writer, progress, patience };
    run.all(plan).await
}

/// What is noted about a setting that the endpoint says it does not support.
const NOT_SUPPORTED: &str = "not supported by this endpoint, so left out";

impl Applied {
    /// Whether the endpoint said that it does not support the setting.
    fn is_not_supported(&self, change: &Change) -> bool {
        let title = change.title();
        self.notes.iter().any(|note| note.about == title && note.text == NOT_SUPPORTED)
    }
}

struct Run<'a, R, W, P> {
    desired: &'a Desired,
    reader: &'a R,
    writer: &'a W,
    progress: &'a P,
    patience: Patience,
}

impl<R: ReadState, W: WriteState, P: Progress> Run<'_, R, W, P> {
    async fn all(&self, plan: &Plan) -> Result<Applied, ApplyError> {
        let mut applied = Applied::default();
        if plan.is_empty() {
            return Ok(applied);
        }
        let mut made = Made::default();
        let run = async {
            self.changes(&plan.changes, &mut made, &mut applied).await?;
            self.progress.reading_back();
            self.read_back(&plan.changes, &mut made, &mut applied).await
        };
        match run.await {
            Ok(()) => Ok(applied),
            Err(cause) => Err(made.and_then(cause)),
        }
    }

    async fn changes(
        &self,
        changes: &[Change],
        made: &mut Made,
        applied: &mut Applied,
    ) -> Result<(), ApplyErrorCause> {
        let creates_bucket =
            changes.iter().any(|change| matches!(change, Change::CreateBucket { .. }));
        let creates_role = changes.iter().any(|change| matches!(change, Change::CreateRole(_)));
        made.of += changes.len();
        for (index, change) in changes.iter().enumerate() {
            if self.progress.stop_requested() {
                return Err(ApplyErrorCause::Stopped);
            }
            let title = change.title();
            let step = Step { number: index + 1, of: changes.len(), title: &title };
            self.progress.started(step);
            let is_new = if change.is_of_role() { creates_role } else { creates_bucket };
            let passing = if is_new { Passing::JustCreated } else { Passing::Conflict };
            let outcome = match self.change(change, passing).await {
                Ok(outcome) => outcome,
                Err(Failed { cause: ApplyErrorCause::Call(error), .. })
                    if error.kind == StateErrorKind::NotSupported && !self.desired.is_aws =>
                {
                    applied
                        .notes
                        .push(Note { about: title.clone(), text: NOT_SUPPORTED.to_owned() });
                    StepOutcome::NotSupported
                }
                Err(Failed { written, cause }) => {
                    made.unfinished = written.unfinished(title);
                    return Err(cause);
                }
            };
            self.progress.finished(step, outcome);
            made.done.push(title);
        }
        Ok(())
    }

    /// Settings are eventually consistent, so what was written gets its time to be seen. What another endpoint left undone when it
    /// created the bucket is done. A guardrail that was taken and is not kept fails the run; what was not written is only noted.
    async fn read_back(
        &self,
        changes: &[Change],
        made: &mut Made,
        applied: &mut Applied,
    ) -> Result<(), ApplyErrorCause> {
        let is_aws = self.desired.is_aws;
        let mut waits = self.patience.waits();
        let mut written: Vec<&str> = changes.iter().map(Change::setting).collect();
        let mut is_new_bucket =
            !is_aws && changes.iter().any(|change| matches!(change, Change::CreateBucket { .. }));
        loop {
            let observed =
                observe(self.reader, self.desired).await.map_err(ApplyErrorCause::NotRead)?;
            let left =
                make_plan(self.desired, &observed, true).map_err(ApplyErrorCause::Refused)?.changes;
            let (not_supported, left): (Vec<Change>, Vec<Change>) =
                left.into_iter().partition(|change| applied.is_not_supported(change));
            let (not_kept, not_ours): (Vec<Change>, Vec<Change>) =
                left.into_iter().partition(|change| written.contains(&change.setting()));
            if std::mem::take(&mut is_new_bucket) {
                let undone: Vec<Change> =
                    not_ours.iter().filter(|change| !change.is_of_role()).cloned().collect();
                if !undone.is_empty() {
                    self.changes(&undone, made, applied).await?;
                    written.extend(undone.iter().map(Change::setting));
                    continue;
                }
            }
            if !not_kept.is_empty() && !self.progress.stop_requested() && waits.wait().await {
                continue;
            }
            if not_kept.iter().any(|change| is_aws || change.is_guardrail()) {
                return Err(ApplyErrorCause::NotKept { changes: not_kept, is_aws });
            }
            let told =
                |change: &Change, text: &str| Note { about: change.title(), text: text.to_owned() };
            applied.notes.extend(
                not_kept
                    .iter()
                    .map(|change| told(change, "written, but this endpoint does not keep it")),
            );
            applied.notes.extend(
                not_ours.iter().map(|change| {
                    told(change, "somebody else changed it meanwhile: run plan again")
                }),
            );
            applied.left =
                [not_supported, not_kept, not_ours].iter().flatten().map(Change::setting).collect();
            return Ok(());
        }
    }

    async fn change(&self, change: &Change, passing: Passing) -> Result<StepOutcome, Failed> {
        let (bucket, role) = (&self.desired.bucket, &self.desired.role.name);
        let (reader, writer) = (self.reader, self.writer);
        match change {
            Change::CreateBucket { .. } => self.create_bucket(change).await?,
            Change::BucketTags { before, after } => {
                let read = || reader.get_bucket_tagging(bucket);
                return self
                    .replace(change, passing, read, (before, after), || {
                        writer.put_bucket_tagging(bucket, after)
                    })
                    .await;
            }
            Change::OwnershipControls { after, .. } => {
                self.write(passing, || writer.put_bucket_ownership_controls(bucket, *after))
                    .await?;
            }
            Change::PublicAccessBlock { after, .. } => {
                self.write(passing, || writer.put_public_access_block(bucket, after)).await?
            }
            Change::Encryption { after, .. } => {
                self.write(passing, || writer.put_bucket_encryption(bucket, after)).await?
            }
            Change::Versioning { enabled, .. } => {
                self.write(passing, || writer.put_bucket_versioning(bucket, *enabled)).await?
            }
            Change::Lifecycle { before, after } => {
                let read = || reader.get_bucket_lifecycle_configuration(bucket);
                let write = || writer.put_bucket_lifecycle_configuration(bucket, after);
                return self
                    .replace(change, passing, read, (before, &Some(after.clone())), write)
                    .await;
            }
            Change::BucketPolicy { before, after } => {
                let read = || reader.get_bucket_policy(bucket);
                let write = async || match after {
                    Some(policy) => writer.put_bucket_policy(bucket, policy).await,
                    None => writer.delete_bucket_policy(bucket).await,
                };
                return self.replace(change, passing, read, (before, after), write).await;
            }
            Change::Cors { before, after } => {
                let read = || reader.get_bucket_cors(bucket);
                let write = async || match after.as_slice() {
                    [] => writer.delete_bucket_cors(bucket).await,
                    rules => writer.put_bucket_cors(bucket, rules).await,
                };
                return self.replace(change, passing, read, (before, after), write).await;
            }
            Change::CreateRole(new) => self.create_role(change, new).await?,
            Change::RoleTags { after, .. } => {
                self.write(passing, || writer.tag_role(role, after)).await?
            }
            Change::RoleSettings { after, .. } => {
                let description = after.description.as_deref().unwrap_or_default();
                let max_session_duration =
                    after.max_session_duration.unwrap_or(self.desired.role.max_session_duration);
                self.write(passing, || writer.update_role(role, description, max_session_duration))
                    .await?;
            }
            Change::PermissionsBoundary { after, .. } => {
                self.write(passing, || writer.put_role_permissions_boundary(role, after)).await?;
            }
            Change::TrustPolicy { after, .. } => {
                self.write(passing, || writer.update_assume_role_policy(role, after)).await?
            }
            Change::PermissionsPolicy { after, .. } => {
                self.write(passing, || {
                    writer.put_role_policy(role, PERMISSIONS_POLICY_NAME, after)
                })
                .await?;
            }
        }
        Ok(StepOutcome::Done)
    }

    async fn read<T, F: Future<Output = Result<T, StateError>>>(
        &self,
        passing: Passing,
        read: impl FnMut() -> F,
    ) -> Result<T, Failed> {
        let read = self.patience.retry(passing, self.progress, read).await;
        read.map_err(|error| Failed {
            written: Written::Nothing,
            cause: ApplyErrorCause::Call(error),
        })
    }

    async fn write<F: Future<Output = Result<(), StateError>>>(
        &self,
        passing: Passing,
        write: impl FnMut() -> F,
    ) -> Result<(), Failed> {
        let written = self.patience.retry(passing, self.progress, write).await;
        written.map_err(|error| Failed {
            written: Written::by_failure(&error),
            cause: ApplyErrorCause::Call(error),
        })
    }

    /// Writes what others share, if it is still what the plan was made from.
    async fn replace<
        T: PartialEq,
        Read: Future<Output = Result<T, StateError>>,
        Write: Future<Output = Result<(), StateError>>,
    >(
        &self,
        change: &Change,
        passing: Passing,
        read: impl FnMut() -> Read,
        (before, after): (&T, &T),
        write: impl FnMut() -> Write,
    ) -> Result<StepOutcome, Failed> {
        let current = self.read(passing, read).await?;
        if current == *after {
            return Ok(StepOutcome::AlreadyDone);
        }
        if current != *before {
            return Err(Failed {
                written: Written::Nothing,
                cause: ApplyErrorCause::Meanwhile { what: change.title() },
            });
        }
        self.write(passing, write).await?;
        Ok(StepOutcome::Done)
    }

    /// The bucket comes with its tags. Where they are dropped, they are set in the same step, so that a run that is asked to
    /// stop never leaves a bucket that the next one does not know as ours.
    async fn create_bucket(&self, change: &Change) -> Result<(), Failed> {
        let Desired { bucket, region, ownership, bucket_tags, .. } = self.desired;
        let (reader, writer) = (self.reader, self.writer);
        let (existed, written) = match self
            .write(Passing::Conflict, || {
                writer.create_bucket(bucket, region, *ownership, bucket_tags)
            })
            .await
        {
            Ok(()) => (false, Written::Something),
            // the answer to a first try was lost, or somebody was quicker: the tag tells
            Err(Failed { written, cause: ApplyErrorCause::Call(error) })
                if error.kind == StateErrorKind::AlreadyExists =>
            {
                (true, written)
            }
            Err(failed) => return Err(failed),
        };
        let tags = match self.read(Passing::JustCreated, || reader.get_bucket_tagging(bucket)).await
        {
            Err(Failed { cause: ApplyErrorCause::Call(error), .. })
                if error.kind == StateErrorKind::NotSupported && !self.desired.is_aws =>
            {
                return Ok(());
            }
            tags => tags.map_err(|failed| failed.after(written))?,
        };
        let is_ours = tags.get(OWNERSHIP_TAG) == bucket_tags.get(OWNERSHIP_TAG);
        match is_ours {
            true => Ok(()),
            // in us-east-1 it is no error to create a bucket that one has already
            false if existed || !tags.is_empty() => Err(Failed {
                written: written.min(Written::MaybeSomething),
                cause: ApplyErrorCause::Meanwhile { what: change.title() },
            }),
            false => {
                let tagged = self
                    .write(Passing::JustCreated, || writer.put_bucket_tagging(bucket, bucket_tags))
                    .await;
                tagged.map_err(|failed| failed.after(written))
            }
        }
    }

    async fn create_role(&self, change: &Change, role: &NewRole) -> Result<(), Failed> {
        match self.write(Passing::Conflict, || self.writer.create_role(role)).await {
            // as with the bucket
            Err(Failed { written, cause: ApplyErrorCause::Call(error) })
                if error.kind == StateErrorKind::AlreadyExists =>
            {
                let head = self.read(Passing::Conflict, || self.reader.get_role(&role.name)).await;
                let head = head.map_err(|failed| failed.after(written))?;
                let is_ours = head.is_some_and(|head| {
                    head.tags.get(OWNERSHIP_TAG) == role.tags.get(OWNERSHIP_TAG)
                });
                if is_ours {
                    Ok(())
                } else {
                    Err(Failed {
                        written,
                        cause: ApplyErrorCause::Meanwhile { what: change.title() },
                    })
                }
            }
            created => created,
        }
    }
}
