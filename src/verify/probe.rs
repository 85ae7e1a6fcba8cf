//! What a probe is.

use async_trait::async_trait;

use super::finding::Finding;
use super::stage::Stage;
use super::{EnforcedBy, Guardrail, Outcome};

/// One attack on one guardrail.
#[async_trait]
pub(super) trait Probe: Send + Sync {
    /// What is attacked.
    fn guardrail(&self) -> Guardrail;

    /// What has to refuse the attack.
    fn enforced_by(&self) -> EnforcedBy;

    /// Why the contract does not promise it, or it cannot be tried here.
    fn untried(&self, _stage: &Stage) -> Option<String> {
        None
    }

    /// Whether it is read, and so can be told where no upload works.
    fn is_observed(&self) -> bool {
        false
    }

    /// Attacks.
    async fn attack(&self, stage: &Stage) -> Finding;

    /// What is wrong with the documents as they are, whatever the backend makes of them.
    fn stated(&self, _stage: &Stage, _finding: &Finding) -> Option<String> {
        None
    }

    /// Looks at the backend itself, apart from the contract's documents, after an attack that was not refused as it
    /// must be: whether that changes what the attack says. Never asked on AWS.
    async fn control(&self, _stage: &Stage, _finding: &Finding) -> Control {
        Control::Nothing
    }
}

/// What a look at the backend itself came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Control {
    /// The attack says what it says.
    Nothing,
    /// The attack is to be told in this way instead.
    Settled(Outcome, String),
    /// The backend could not be looked at.
    Failed(String),
}

impl Control {
    /// The same attack where nothing of the contract counts: it went through there too, or was refused in the same way.
    pub(super) fn compare(
        finding: &Finding,
        elsewhere: Result<Finding, String>,
        ignored: &str,
        own: impl FnOnce(&str) -> Self,
    ) -> Self {
        match (finding, elsewhere) {
            (Finding::NotHeld(_), Ok(Finding::NotHeld(told))) => {
                Self::Settled(Outcome::NotEnforced, format!("{told}; {ignored}"))
            }
            (
                Finding::RefusedOtherwise { told, .. },
                Ok(Finding::RefusedOtherwise { told: same, .. }),
            ) if *told == same => own(told),
            (_, Ok(Finding::NotTested(why)) | Err(why)) => Self::Failed(why),
            _ => Self::Nothing,
        }
    }
}
