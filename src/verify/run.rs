//! Runs all probes, and leaves nothing behind.

use std::time::{Duration, Instant};

use futures::{StreamExt as _, stream};

use super::finding::Finding;
use super::positive::UploadWorks;
use super::probe::{Control, Probe};
use super::stage::{Stage, Subject};
use super::{
    Leftovers, Outcome, ProbeResult, Proof, backstop, bucket, bucket_policy, confirm, cors,
    download, endpoint, form, parts, role, signature, transport,
};

/// How many probes run at once.
const AT_ONCE: usize = 8;

/// How long after it failed the positive control is tried again, where there is patience.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(1);

/// Watches a run.
pub trait Progress: Sync {
    /// So many probes are going to run.
    fn started(&self, of: usize);
    /// One has ended.
    fn finished(&self, result: &ProbeResult);
    /// Everything that was made is being removed.
    fn cleaning_up(&self);
    /// Whether to start no further probe. What is under way is finished, and cleaned up.
    fn stop_requested(&self) -> bool;
}

/// For whom nobody watches.
impl Progress for () {
    fn started(&self, _of: usize) {}
    fn finished(&self, _result: &ProbeResult) {}
    fn cleaning_up(&self) {}
    fn stop_requested(&self) -> bool {
        false
    }
}

/// What a run came to.
#[derive(Debug)]
pub struct Verified {
    /// The rows of the probes that ran.
    pub proof: Proof,
    /// Why nothing could be attacked: what the operator may not do, or a wrong clock.
    pub untested: Option<String>,
    /// Whether the run was stopped before all of them had.
    pub is_stopped: bool,
    /// What could not be removed, each with the reason.
    pub left_behind: Vec<String>,
    /// What runs before this one left that were killed.
    pub earlier: Leftovers,
}

/// What a clean-up came to.
#[derive(Debug)]
pub struct CleanedUp {
    /// What was there.
    pub leftovers: Leftovers,
    /// What could not be removed, each with the reason.
    pub left_behind: Vec<String>,
}

/// Removes what earlier runs have left, however long ago: no run may be going on.
///
/// # Errors
/// Nothing could be tried at all: no random numbers, no HTTP client.
pub async fn clean_up(subject: Subject) -> Result<CleanedUp, String> {
    let stage = Stage::new(subject)?;
    let leftovers = stage.note_leftovers(true).await;
    let left_behind = stage.cleanup.run(&stage).await;
    Ok(CleanedUp { leftovers, left_behind })
}

/// Attacks every guardrail.
///
/// # Errors
/// Nothing could be tried at all: no random numbers, no HTTP client.
pub async fn verify(subject: Subject, progress: &dyn Progress) -> Result<Verified, String> {
    let stage = Stage::new(subject)?;
    let probes = probes(&stage.subject);
    progress.started(probes.len() + 1);
    let (mut proof, mut untested, mut is_stopped) =
        (Proof { probes: Vec::new() }, None, progress.stop_requested());
    if !is_stopped {
        let control = patient(&stage, progress).await;
        progress.finished(&control);
        let works = control.outcome == Outcome::Held;
        untested = (control.outcome == Outcome::NotTested).then(|| control.detail.clone());
        proof.probes.push(control);
        let results = stream::iter(probes.iter().enumerate()).map(async |(index, probe)| {
            if progress.stop_requested() {
                return None;
            }
            let result = match &untested {
                _ if works => result(&stage, &**probe).await,
                Some(why) => without_rights(&stage, &**probe, why).await,
                None => without_uploads(&stage, &**probe).await,
            };
            progress.finished(&result);
            Some((index, result))
        });
        let mut results: Vec<_> =
            results.buffer_unordered(AT_ONCE).filter_map(std::future::ready).collect().await;
        is_stopped = results.len() < probes.len();
        results.sort_by_key(|(index, _)| *index);
        proof.probes.extend(results.into_iter().map(|(_, result)| result));
    }
    progress.cleaning_up();
    let earlier = if is_stopped { Leftovers::default() } else { stage.note_leftovers(false).await };
    let left_behind = stage.cleanup.run(&stage).await;
    Ok(Verified { proof, untested, is_stopped, left_behind, earlier })
}

/// All but the positive control, in the order in which they are told.
fn probes(subject: &Subject) -> Vec<Box<dyn Probe>> {
    let mut probes: Vec<Box<dyn Probe>> = Vec::new();
    let mut add = |probe: Box<dyn Probe>| probes.push(probe);
    signature::Attack::ALL.into_iter().for_each(|attack| add(Box::new(attack)));
    if form::Attack::concern(&subject.contract) {
        form::Attack::ALL.into_iter().for_each(|attack| add(Box::new(attack)));
    }
    if parts::Attack::concern(&subject.contract) {
        parts::Attack::ALL.into_iter().for_each(|attack| add(Box::new(attack)));
    }
    if download::Attack::concern(&subject.contract) {
        download::Attack::ALL.into_iter().for_each(|attack| add(Box::new(attack)));
    }
    bucket_policy::Attack::ALL
        .into_iter()
        .filter(|attack| attack.concerns(&subject.contract))
        .for_each(|attack| add(Box::new(attack)));
    transport::Attack::ALL.into_iter().for_each(|attack| add(Box::new(attack)));
    backstop::Attack::ALL.into_iter().for_each(|attack| add(Box::new(attack)));
    if subject.contract.upload.confirm {
        add(Box::new(confirm::FindsUploads));
    }
    if subject.contract.bucket.lifecycle.unconfirmed_expiration.is_some() {
        add(Box::new(confirm::KeepsConfirmed));
    }
    role::Attack::ALL
        .into_iter()
        .filter(|attack| attack.concerns(&subject.contract))
        .for_each(|attack| add(Box::new(attack)));
    cors::Attack::ALL.into_iter().for_each(|attack| add(Box::new(attack)));
    bucket::Attack::ALL.into_iter().for_each(|attack| add(Box::new(attack)));
    if subject.endpoint.is_some() {
        endpoint::Attack::ALL
            .into_iter()
            .filter(|attack| attack.concerns(&subject.contract))
            .for_each(|attack| add(Box::new(attack)));
    }
    probes
}

async fn result(stage: &Stage, probe: &dyn Probe) -> ProbeResult {
    let finding = match probe.untried(stage) {
        Some(why) => Finding::NotTested(why),
        None => probe.attack(stage).await,
    };
    if let Some(detail) = probe.stated(stage, &finding) {
        return ProbeResult {
            guardrail: probe.guardrail(),
            enforced_by: probe.enforced_by(),
            outcome: Outcome::Broken,
            detail,
        };
    }
    let control = match &finding {
        Finding::NotHeld(_) | Finding::RefusedOtherwise { .. }
            if stage.subject.contract.endpoint.is_some() =>
        {
            probe.control(stage, &finding).await
        }
        _ => Control::Nothing,
    };
    let (outcome, detail) = outcome(finding, control);
    ProbeResult { guardrail: probe.guardrail(), enforced_by: probe.enforced_by(), outcome, detail }
}

fn outcome(finding: Finding, control: Control) -> (Outcome, String) {
    let (outcome, detail) = match finding {
        Finding::Held(detail) => (Outcome::Held, detail),
        Finding::NotTested(why) => (Outcome::NotTested, why),
        Finding::NotHeld(detail) => (Outcome::Broken, detail),
        Finding::RefusedOtherwise { told, expected } => {
            (Outcome::Broken, format!("refused, but with {told} instead of {expected}"))
        }
    };
    match control {
        Control::Nothing => (outcome, detail),
        Control::Settled(outcome, detail) => (outcome, detail),
        Control::Failed(why) => (
            outcome,
            format!("{detail}; whether the backend ignores this everywhere is not known: {why}"),
        ),
    }
}

/// The positive control, again and again while the role may be too new to have rights everywhere.
async fn patient(stage: &Stage, progress: &dyn Progress) -> ProbeResult {
    let began = Instant::now();
    loop {
        let control = result(stage, &UploadWorks).await;
        if matches!(control.outcome, Outcome::Held | Outcome::NotTested)
            || began.elapsed() >= stage.subject.patience
            || progress.stop_requested()
        {
            return control;
        }
        tokio::time::sleep(TRY_AGAIN_AFTER).await;
    }
}

/// Where nothing may be uploaded, nothing is made, and only what is read can be told.
async fn without_rights(stage: &Stage, probe: &dyn Probe, why: &str) -> ProbeResult {
    if probe.is_observed() || probe.untried(stage).is_some() {
        return result(stage, probe).await;
    }
    let (outcome, detail) = (Outcome::NotTested, why.to_owned());
    ProbeResult { guardrail: probe.guardrail(), enforced_by: probe.enforced_by(), outcome, detail }
}

/// Where not even an upload works, a refusal says nothing. What is read says as much as ever, and another backend than AWS
/// can be looked at itself.
async fn without_uploads(stage: &Stage, probe: &dyn Probe) -> ProbeResult {
    if probe.is_observed() || probe.untried(stage).is_some() {
        return result(stage, probe).await;
    }
    let control = match stage.subject.contract.endpoint {
        Some(_) => probe.control(stage, &Finding::NotHeld(String::new())).await,
        None => Control::Nothing,
    };
    let (outcome, detail) = match control {
        Control::Settled(Outcome::NotEnforced, detail) => (Outcome::NotEnforced, detail),
        _ => {
            (Outcome::NotTested, "no upload works, so that a refusal would say nothing".to_owned())
        }
    };
    ProbeResult { guardrail: probe.guardrail(), enforced_by: probe.enforced_by(), outcome, detail }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backend_is_believed_only_where_it_was_looked_at() {
        let passed = || Finding::NotHeld("accepted with 200".to_owned());
        let otherwise = || Finding::RefusedOtherwise {
            told: "400 InvalidRequest".to_owned(),
            expected: "403 AccessDenied".to_owned(),
        };
        let told: Vec<String> = [
            (Finding::Held("403 AccessDenied".to_owned()), Control::Nothing),
            (Finding::NotTested("why".to_owned()), Control::Nothing),
            (passed(), Control::Nothing),
            (
                passed(),
                Control::Settled(Outcome::NotEnforced, "so does a scratch bucket".to_owned()),
            ),
            (passed(), Control::Failed("no scratch bucket".to_owned())),
            (otherwise(), Control::Nothing),
            (otherwise(), Control::Settled(Outcome::Held, "its own word".to_owned())),
        ]
        .into_iter()
        .map(|(finding, control)| format!("{:?}", outcome(finding, control)))
        .collect();
        insta::assert_snapshot!(told.join("\n"), @r#"
        (Held, "403 AccessDenied")
        (NotTested, "why")
        (Broken, "accepted with 200")
        (NotEnforced, "so does a scratch bucket")
        (Broken, "accepted with 200; whether the backend ignores this everywhere is not known: no scratch bucket")
        (Broken, "refused, but with 400 InvalidRequest instead of 403 AccessDenied")
        (Held, "its own word")
        "#);
    }
}
