//! What a presigned URL binds: each attack changes one thing about an upload that would work.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html>.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;

use gatepass_core::contract::Mode;

use super::finding::{Finding, Refusals, judge};
use super::place::{Place, Wanted};
use super::probe::{Control, Probe};
use super::samples::OTHER_TYPE;
use super::stage::Stage;
use super::{EnforcedBy, Guardrail, Outcome};

/// How old an expired URL is: less than any limit on a signature's age, and more than clocks differ by.
const EXPIRED_AGO: Duration = Duration::from_secs(100);

/// A grant that has expired.
pub(super) const EXPIRED: Wanted =
    Wanted { signed_ago: EXPIRED_AGO, expires_in: Some(1), checksum: false };

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attack {
    Expired,
    Tampered,
    OtherKey,
    OtherMethod,
    WrongType,
    MissingType,
    Longer,
    Shorter,
    ChangedContent,
    SecondUpload,
}

impl Attack {
    pub(super) const ALL: [Self; 10] = [
        Self::Expired,
        Self::Tampered,
        Self::OtherKey,
        Self::OtherMethod,
        Self::WrongType,
        Self::MissingType,
        Self::Longer,
        Self::Shorter,
        Self::ChangedContent,
        Self::SecondUpload,
    ];

    fn refusals(self) -> Refusals {
        match self {
            Self::Expired => &[(403, "AccessDenied"), (403, "ExpiredToken"), (400, "ExpiredToken")],
            Self::ChangedContent => &[(400, "BadDigest"), (400, "XAmzContentChecksumMismatch")],
            Self::SecondUpload => &[(412, "PreconditionFailed")],
            _ => &[(403, "SignatureDoesNotMatch")],
        }
    }

    fn is_promised_by_strict_mode_only(self) -> bool {
        matches!(self, Self::Longer | Self::Shorter | Self::SecondUpload)
    }

    async fn on(self, stage: &Stage, place: &Place) -> Result<Finding, String> {
        let wanted = match self {
            Self::Expired => EXPIRED,
            _ => Wanted { checksum: self == Self::ChangedContent, ..Wanted::default() },
        };
        let upload = stage.upload(place, wanted)?;
        let mut raw = upload.raw;
        match self {
            Self::Expired => {}
            Self::Tampered => raw.url = tampered(&raw.url),
            Self::OtherKey => {
                stage.noted(place, other_key(&upload.key));
                let name = upload.key.rsplit('/').next().unwrap_or_default();
                raw.url = raw.url.replacen(&format!("/{name}?"), &format!("/other-{name}?"), 1);
            }
            Self::OtherMethod => raw.method = reqwest::Method::DELETE,
            Self::WrongType => raw.set("content-type", OTHER_TYPE),
            Self::MissingType => raw.unset("content-type"),
            Self::Longer => raw.body = [&raw.body[..], b"x"].concat().into(),
            Self::Shorter => raw.body.truncate(raw.body.len() - 1),
            Self::ChangedContent => {
                raw.body = raw.body.iter().map(|byte| byte ^ 1).collect::<Bytes>()
            }
            Self::SecondUpload => {
                let first = stage
                    .send(&raw)
                    .await
                    .map_err(|none| format!("no answer to the first upload: {}", none.cause))?;
                if !first.is_success() {
                    return Err(format!("the first upload was refused with {}", first.told()));
                }
            }
        }
        let finding = judge(stage.send(&raw).await, self.refusals());
        // some backends stumble over what comes with another method
        if self == Self::OtherMethod && matches!(finding, Finding::NotTested(_)) {
            raw.body = Bytes::new();
            if let passed @ Finding::NotHeld(_) = judge(stage.send(&raw).await, self.refusals()) {
                return Ok(passed);
            }
        }
        Ok(finding)
    }
}

#[async_trait]
impl Probe for Attack {
    fn guardrail(&self) -> Guardrail {
        Guardrail(match self {
            Self::Expired => "expired",
            Self::Tampered => "tampered signature",
            Self::OtherKey => "other key",
            Self::OtherMethod => "other method",
            Self::WrongType => "wrong type",
            Self::MissingType => "missing type",
            Self::Longer => "longer",
            Self::Shorter => "shorter",
            Self::ChangedContent => "changed content under a signed checksum",
            Self::SecondUpload => "second upload",
        })
    }

    fn enforced_by(&self) -> EnforcedBy {
        EnforcedBy::Signature
    }

    fn untried(&self, stage: &Stage) -> Option<String> {
        let is_unpromised = self.is_promised_by_strict_mode_only()
            && stage.subject.contract.upload.mode == Mode::Compatible;
        is_unpromised.then(|| "compatible mode does not promise it".to_owned())
    }

    async fn attack(&self, stage: &Stage) -> Finding {
        self.on(stage, &stage.place).await.unwrap_or_else(Finding::NotTested)
    }

    /// The same attack on a plainly signed upload to a scratch bucket.
    async fn control(&self, stage: &Stage, finding: &Finding) -> Control {
        let elsewhere =
            async { self.on(stage, &stage.scratch_bucket(None, None).await?).await }.await;
        if let (Self::OtherMethod, Finding::RefusedOtherwise { told, .. }, Ok(Finding::Held(there))) =
            (self, finding, &elsewhere)
            && told == "403 AccessDenied"
        {
            let detail =
                format!("{told}, as the role may not; on a scratch bucket, where it may, {there}");
            return Control::Settled(Outcome::Held, detail);
        }
        without_grants(finding, elsewhere)
    }
}

/// What the same attack on a scratch bucket, signed without gatepass's grants, says about a backend.
pub(super) fn without_grants(finding: &Finding, elsewhere: Result<Finding, String>) -> Control {
    Control::compare(
        finding,
        elsewhere,
        "a scratch bucket takes it too, signed without gatepass's grants",
        |told| {
            Control::Settled(
                Outcome::Held,
                format!("{told}, as this backend refuses such signatures everywhere"),
            )
        },
    )
}

/// The URL with the last digit of its signature changed.
fn tampered(url: &str) -> String {
    const PARAMETER: &str = "X-Amz-Signature=";
    let Some((before, after)) = url.split_once(PARAMETER) else { return url.to_owned() };
    let (signature, rest) = after.split_at(after.find('&').unwrap_or(after.len()));
    format!("{before}{PARAMETER}{}{rest}", other_signature(signature))
}

/// Another key in the same folder, of the same extension.
pub(super) fn other_key(key: &str) -> String {
    let (folder, name) = key.rsplit_once('/').unwrap_or(("", key));
    format!("{folder}/other-{name}")
}

/// A signature with its last digit changed.
pub(super) fn other_signature(signature: &str) -> String {
    let other = if signature.ends_with('0') { '1' } else { '0' };
    format!("{}{other}", signature.get(..signature.len().saturating_sub(1)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::tampered;

    #[test]
    fn one_digit_of_the_signature_is_changed() {
        assert_eq!(
            tampered("https://h/k?X-Amz-Signature=abc0&X-Amz-Security-Token=t"),
            "https://h/k?X-Amz-Signature=abc1&X-Amz-Security-Token=t"
        );
        assert_eq!(
            tampered("https://h/k?a=b&X-Amz-Signature=abcd"),
            "https://h/k?a=b&X-Amz-Signature=abc0"
        );
    }
}
