//! What the bucket policy keeps the presigner role from on the day when somebody attaches a wider policy to it: attacked
//! through a [window](super::window).

use async_trait::async_trait;
use serde_json::{Value, json};

use crate::grant::Method;

use super::finding::{Finding, NO_UPLOAD, Refusals, passed};
use super::http::Raw;
use super::place::{Place, Wanted};
use super::probe::{Control, Probe};
use super::scratch::{Scratch, WriteStatement};
use super::stage::Stage;
use super::window::Refused;
use super::{EnforcedBy, Guardrail, Outcome};

const REFUSALS: Refusals = &[(403, "AccessDenied")];

/// What a bucket policy may leave the role: uploads.
const UPLOAD_ACTIONS: [&str; 3] = ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attack {
    OtherActions,
    OtherPlaces,
}

impl Attack {
    pub(super) const ALL: [Self; 2] = [Self::OtherActions, Self::OtherPlaces];

    /// All that the window allows and the guardrail must not; the worse of both is told.
    async fn on(self, stage: &Stage, place: &Place) -> Result<Finding, String> {
        let (first, second) = match self {
            Self::OtherActions => {
                let key = stage.key(place);
                made(stage, &place.put(&key, &[], Wanted::default())?).await?;
                (("reading", place.request(Method::Get, &key, &[], &[])?), ("deleting", place.request(Method::Delete, &key, &[], &[])?))
            }
            Self::OtherPlaces => {
                let key = stage.key_outside(place);
                let abort = place.request(Method::Delete, &key, &[("uploadId", NO_UPLOAD)], &[])?;
                (("giving up an upload", abort), ("uploading", place.put(&key, &[], Wanted::default())?))
            }
        };
        let mut worst = named(first.0, passed(stage.send(&first.1).await, REFUSALS));
        let other = named(second.0, passed(stage.send(&second.1).await, REFUSALS));
        if severity(&other) > severity(&worst) {
            worst = other;
        }
        Ok(worst)
    }

    /// Whether it went through says enough; that it was refused does so only while the wider policy is in effect.
    async fn in_window(self, stage: &Stage) -> Result<Finding, String> {
        let window = stage.window().await?;
        let place = stage.place.with_credentials(window.credentials);
        let finding = self.on(stage, &place).await?;
        if !matches!(finding, Finding::Held(_)) {
            return Ok(finding);
        }
        if !window.has_sign {
            return Err(
                "whether a wider policy is in effect cannot be seen: the role may list the account's buckets without one".to_owned()
            );
        }
        match stage.lists_buckets(&place.service()).await {
            Ok(()) => Ok(finding),
            Err(Refused { told, .. }) => Err(format!("the wider policy was in effect and is not any more: listing buckets gave {told}")),
        }
    }

    fn statement(self, stage: &Stage, names: &Scratch) -> Value {
        let Scratch { bucket_arn, role_arn } = names;
        let condition = json!({"ArnEquals": {"aws:PrincipalArn": role_arn}});
        match self {
            Self::OtherActions => json!({
                "Effect": "Deny", "Principal": "*", "NotAction": UPLOAD_ACTIONS,
                "Resource": [bucket_arn, format!("{bucket_arn}/*")], "Condition": condition,
            }),
            Self::OtherPlaces => json!({
                "Effect": "Deny", "Principal": "*", "Action": "s3:*",
                "NotResource": format!("{bucket_arn}/{}*", stage.subject.contract.upload.key.prefix()), "Condition": condition,
            }),
        }
    }
}

async fn made(stage: &Stage, raw: &Raw) -> Result<(), String> {
    match stage.send(raw).await {
        Ok(answer) if answer.is_success() => Ok(()),
        Ok(answer) => Err(format!("no object to try it on: its upload was refused with {}", answer.told())),
        Err(none) => Err(format!("no object to try it on: no answer to its upload: {}", none.cause)),
    }
}

fn severity(finding: &Finding) -> u8 {
    match finding {
        Finding::Held(_) => 0,
        Finding::NotTested(_) => 1,
        Finding::RefusedOtherwise { .. } => 2,
        Finding::NotHeld(_) => 3,
    }
}

fn named(what: &str, finding: Finding) -> Finding {
    match finding {
        Finding::Held(told) => Finding::Held(told),
        Finding::NotHeld(told) => Finding::NotHeld(format!("{what}: {told}")),
        Finding::RefusedOtherwise { told, expected } => Finding::RefusedOtherwise { told: format!("{told} to {what}"), expected },
        Finding::NotTested(why) => Finding::NotTested(format!("{what}: {why}")),
    }
}

#[async_trait]
impl Probe for Attack {
    fn guardrail(&self) -> Guardrail {
        Guardrail(match self {
            Self::OtherActions => "widened role: other than uploads",
            Self::OtherPlaces => "widened role: outside its prefix",
        })
    }

    fn enforced_by(&self) -> EnforcedBy {
        EnforcedBy::BucketPolicy
    }

    async fn attack(&self, stage: &Stage) -> Finding {
        self.in_window(stage).await.unwrap_or_else(Finding::NotTested)
    }

    async fn control(&self, stage: &Stage, finding: &Finding) -> Control {
        let statement = |names: &Scratch| self.statement(stage, names);
        let policy = matches!(finding, Finding::NotHeld(_)).then_some(&statement as &WriteStatement<'_>);
        let elsewhere = match stage.scratch_bucket(policy, None).await {
            Ok(place) => self.on(stage, &place).await,
            Err(why) => Err(why),
        };
        Control::compare(finding, elsewhere, "a scratch bucket whose policy denies exactly this takes it too", |told| {
            Control::Settled(Outcome::NotTested, format!("this backend refuses it without any bucket policy ({told})"))
        })
    }
}
