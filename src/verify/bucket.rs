//! The bucket's own settings: attacked by somebody who signs nothing, and as they are read.

use async_trait::async_trait;
use reqwest::Method as HttpMethod;

use crate::provision::DefaultEncryption;

use super::finding::{Finding, Refusals, judge};
use super::place::Place;
use super::probe::{Control, Probe};
use super::seen::Setting;
use super::stage::Stage;
use super::{EnforcedBy, Guardrail, Outcome};

const REFUSALS: Refusals = &[(403, "AccessDenied")];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attack {
    AnonymousRead,
    AnonymousWrite,
    AnonymousList,
    PublicAccessBlock,
    Ownership,
    Encryption,
}

impl Attack {
    pub(super) const ALL: [Self; 6] = [
        Self::AnonymousRead,
        Self::AnonymousWrite,
        Self::AnonymousList,
        Self::PublicAccessBlock,
        Self::Ownership,
        Self::Encryption,
    ];

    async fn anonymously(self, stage: &Stage, place: &Place) -> Result<Finding, String> {
        let raw = match self {
            Self::AnonymousRead => place.unsigned(HttpMethod::GET, &stage.object(place).await?, ""),
            Self::AnonymousList => place.unsigned(HttpMethod::GET, "", "?list-type=2&max-keys=1"),
            _ => {
                let mut raw = place.unsigned(HttpMethod::PUT, &stage.key(place), "");
                raw.body = place.content();
                raw
            }
        };
        Ok(judge(stage.send(&raw).await, REFUSALS))
    }
}

/// Algorithm and key: the contract states no more of an encryption.
fn stated(encryption: &DefaultEncryption) -> DefaultEncryption {
    DefaultEncryption {
        bucket_key_enabled: None,
        blocked_encryption_types: Vec::new(),
        ..encryption.clone()
    }
}

#[async_trait]
impl Probe for Attack {
    fn guardrail(&self) -> Guardrail {
        Guardrail(match self {
            Self::AnonymousRead => "anonymous read",
            Self::AnonymousWrite => "anonymous write",
            Self::AnonymousList => "anonymous list",
            Self::PublicAccessBlock => "public access block",
            Self::Ownership => "ownership",
            Self::Encryption => "encryption",
        })
    }

    fn enforced_by(&self) -> EnforcedBy {
        EnforcedBy::Bucket
    }

    fn is_observed(&self) -> bool {
        matches!(self, Self::PublicAccessBlock | Self::Ownership | Self::Encryption)
    }

    async fn attack(&self, stage: &Stage) -> Finding {
        let (seen, desired) = (&stage.subject.seen, &stage.subject.desired);
        match self {
            Self::PublicAccessBlock => {
                seen.public_access_block.as_stated(&desired.public_access_block)
            }
            Self::Ownership => seen.ownership.as_stated(&desired.ownership),
            Self::Encryption => {
                let wanted = match &seen.encryption {
                    Setting::Is(observed) if desired.encryption_suffices(observed) => observed,
                    _ => &desired.encryption,
                };
                seen.encryption.map(stated).as_stated(&stated(wanted))
            }
            _ => self.anonymously(stage, &stage.place).await.unwrap_or_else(Finding::NotTested),
        }
    }

    /// The same with a scratch bucket that nothing opens.
    async fn control(&self, stage: &Stage, finding: &Finding) -> Control {
        let seen = &stage.subject.seen;
        let is_unknown = match self {
            Self::PublicAccessBlock => seen.public_access_block.is_unknown_to_backend(),
            Self::Ownership => seen.ownership.is_unknown_to_backend(),
            Self::Encryption => seen.encryption.is_unknown_to_backend(),
            _ => {
                let elsewhere = match stage.scratch_bucket(None, None).await {
                    Ok(place) => self.anonymously(stage, &place).await,
                    Err(why) => Err(why),
                };
                return Control::compare(
                    finding,
                    elsewhere,
                    "a scratch bucket that nothing opens takes it too",
                    |told| {
                        Control::Settled(
                            Outcome::Held,
                            format!("{told}, as this backend refuses whoever signs nothing"),
                        )
                    },
                );
            }
        };
        match is_unknown {
            true => Control::Settled(
                Outcome::NotEnforced,
                "this backend does not know the setting".to_owned(),
            ),
            false => Control::Nothing,
        }
    }
}
