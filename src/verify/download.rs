//! What a download grant gives, and what it binds: each attack changes one thing about a download that works.

use async_trait::async_trait;

use gatepass_core::contract::Contract;

use super::finding::{Finding, Refusals, judge};
use super::http::Raw;
use super::place::{Place, Wanted};
use super::probe::{Control, Probe};
use super::signature::{EXPIRED, without_grants};
use super::stage::Stage;
use super::{EnforcedBy, Guardrail};

/// The name that the answer is asked to give to the file.
const FILENAME: &str = "gatepass verify.bin";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attack {
    /// The positive control: without it no refusal would mean anything.
    Works,
    Expired,
    OtherKey,
    OtherMethod,
    Tampered,
}

impl Attack {
    pub(super) const ALL: [Self; 5] =
        [Self::Works, Self::Expired, Self::OtherKey, Self::OtherMethod, Self::Tampered];

    /// Whether there are such guardrails at all.
    pub(super) fn concern(contract: &Contract) -> bool {
        contract.download.is_some()
    }

    fn refusals(self) -> Refusals {
        match self {
            Self::Expired => &[(403, "AccessDenied"), (403, "ExpiredToken"), (400, "ExpiredToken")],
            _ => &[(403, "SignatureDoesNotMatch")],
        }
    }

    async fn on(self, stage: &Stage, place: &Place) -> Result<Finding, String> {
        let key = stage.object(place).await?;
        let mut raw = place.download(&key, FILENAME, Wanted::default())?;
        match self {
            Self::Works => return looked_at(stage, place, &raw).await.map(Finding::Held),
            Self::Expired => {
                // it is refused in the same words as what may not be read at all
                looked_at(stage, place, &raw)
                    .await
                    .map_err(|why| format!("no download works: {why}"))?;
                raw = place.download(&key, FILENAME, EXPIRED)?;
            }
            Self::OtherKey => {
                let other =
                    place.download(&stage.object(place).await?, FILENAME, Wanted::default())?.url;
                let (other, query) = (
                    other.split('?').next().unwrap_or_default(),
                    raw.url.split('?').nth(1).unwrap_or_default(),
                );
                raw.url = format!("{other}?{query}");
            }
            Self::OtherMethod => raw.method = reqwest::Method::DELETE,
            Self::Tampered => raw.url = raw.url.replacen("=attachment", "=inline", 1),
        }
        Ok(judge(stage.send(&raw).await, self.refusals()))
    }
}

/// Whether it gives what was uploaded, and says of it what was asked for.
async fn looked_at(stage: &Stage, place: &Place, raw: &Raw) -> Result<String, String> {
    let answer = stage
        .send(raw)
        .await
        .map_err(|none| format!("no answer to the download: {}", none.cause))?;
    if !answer.is_success() {
        return Err(format!("the download was refused with {}", answer.told()));
    }
    let sent = place.content();
    if answer.body != sent {
        return Err(format!(
            "{} bytes were uploaded, and {} other bytes came back",
            sent.len(),
            answer.body.len()
        ));
    }
    let (content_disposition, content_type) = place.said_of_download(FILENAME);
    for (header, asked) in
        [("content-disposition", content_disposition), ("content-type", content_type)]
    {
        let said = answer.header(header).unwrap_or("nothing");
        if said != asked {
            return Err(format!("the answer's {header} was to be {asked}, and is {said}"));
        }
    }
    Ok(format!("{} bytes came back as an attachment", answer.body.len()))
}

#[async_trait]
impl Probe for Attack {
    fn guardrail(&self) -> Guardrail {
        Guardrail(match self {
            Self::Works => "download: works",
            Self::Expired => "download: expired",
            Self::OtherKey => "download: other key",
            Self::OtherMethod => "download: other method",
            Self::Tampered => "download: tampered disposition",
        })
    }

    fn enforced_by(&self) -> EnforcedBy {
        EnforcedBy::Signature
    }

    async fn attack(&self, stage: &Stage) -> Finding {
        let otherwise = if *self == Self::Works { Finding::NotHeld } else { Finding::NotTested };
        self.on(stage, &stage.place).await.unwrap_or_else(otherwise)
    }

    /// The same with a plainly signed download from a scratch bucket.
    async fn control(&self, stage: &Stage, finding: &Finding) -> Control {
        if *self == Self::Works {
            return Control::Nothing;
        }
        without_grants(
            finding,
            async { self.on(stage, &stage.scratch_bucket(None, None).await?).await }.await,
        )
    }
}
