//! What the bucket policy keeps the presigner role from on the day when somebody attaches a wider policy to it: attacked
//! through a [window](super::window).

use async_trait::async_trait;
use serde_json::{Value, json};

use gatepass_core::contract::Contract;
use gatepass_core::grant::Method;

use super::bucket_policy::IGNORED;
use super::finding::{Finding, NO_UPLOAD, Refusals, passed};
use super::http::Raw;
use super::place::{Place, Wanted};
use super::probe::{Control, Probe};
use super::scratch::{Scratch, WriteStatement};
use super::stage::Stage;
use super::window::Refused;
use super::{EnforcedBy, Guardrail, Outcome};

const REFUSALS: Refusals = &[(403, "AccessDenied")];

/// What a bucket policy may leave the role: uploads, and where the contract has them, downloads.
fn its_own_actions(contract: &Contract) -> Vec<&'static str> {
    let download = contract.download.is_some().then_some("s3:GetObject");
    ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"]
        .into_iter()
        .chain(download)
        .collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attack {
    OtherActions,
    OtherPlaces,
}

impl Attack {
    pub(super) const ALL: [Self; 2] = [Self::OtherActions, Self::OtherPlaces];

    /// All that the window allows and the guardrail must not.
    async fn requests(
        self,
        stage: &Stage,
        place: &Place,
    ) -> Result<Vec<(&'static str, Raw)>, String> {
        let reads = stage.subject.contract.download.is_some();
        let mut requests = Vec::new();
        match self {
            Self::OtherActions => {
                let key = stage.key(place);
                let upload = place.put(&key, &[], Wanted::default())?;
                let key = stage.made(key, &upload).await?;
                if !reads {
                    requests.push(("reading", place.request(Method::Get, &key, &[], &[])?));
                }
                requests.push(("deleting", place.request(Method::Delete, &key, &[], &[])?));
            }
            Self::OtherPlaces => {
                let key = stage.key_outside(place);
                requests.push((
                    "giving up an upload",
                    place.request(Method::Delete, &key, &[("uploadId", NO_UPLOAD)], &[])?,
                ));
                requests.push(("uploading", place.put(&key, &[], Wanted::default())?));
                if reads {
                    requests.push((
                        "reading",
                        place.request(
                            Method::Get,
                            &stage.object_outside(place).await?,
                            &[],
                            &[],
                        )?,
                    ));
                }
            }
        }
        Ok(requests)
    }

    /// The worst that they come to.
    async fn on(self, stage: &Stage, place: &Place) -> Result<Finding, String> {
        let mut worst: Option<Finding> = None;
        for (what, request) in self.requests(stage, place).await? {
            let finding = named(what, passed(stage.send(&request).await, REFUSALS));
            if worst.as_ref().is_none_or(|worst| severity(&finding) > severity(worst)) {
                worst = Some(finding);
            }
        }
        worst.ok_or_else(|| "there is nothing to try".to_owned())
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
            Err(Refused { told, .. }) => Err(format!(
                "the wider policy was in effect and is not any more: listing buckets gave {told}"
            )),
        }
    }

    fn statement(self, stage: &Stage, names: &Scratch) -> Value {
        let Scratch { bucket_arn, role_arn } = names;
        let condition = json!({"ArnEquals": {"aws:PrincipalArn": role_arn}});
        match self {
            Self::OtherActions => json!({
                "Effect": "Deny", "Principal": "*", "NotAction": its_own_actions(&stage.subject.contract),
                "Resource": [bucket_arn, format!("{bucket_arn}/*")], "Condition": condition,
            }),
            Self::OtherPlaces => json!({
                "Effect": "Deny", "Principal": "*", "Action": "s3:*",
                "NotResource": format!("{bucket_arn}/{}*", stage.subject.contract.upload.key.prefix()), "Condition": condition,
            }),
        }
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
        Finding::RefusedOtherwise { told, expected } => {
            Finding::RefusedOtherwise { told: format!("{told} to {what}"), expected }
        }
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
        let policy =
            matches!(finding, Finding::NotHeld(_)).then_some(&statement as &WriteStatement<'_>);
        let (elsewhere, lacks) = match stage.scratch_bucket(policy, None).await {
            Ok(place) => (self.on(stage, &place).await, place.lacks),
            Err(why) => (Err(why), None),
        };
        Control::compare(finding, elsewhere, lacks.as_deref().unwrap_or(IGNORED), |told| {
            Control::Settled(
                Outcome::NotTested,
                format!("this backend refuses it without any bucket policy ({told})"),
            )
        })
    }
}
