//! What the presigner role may not do.

use async_trait::async_trait;
use bytes::Bytes;
use reqwest::Method as HttpMethod;

use crate::grant::{Method, SigningCredentials};

use super::finding::{Finding, Refusals, judge};
use super::http::Raw;
use super::place::{Wanted, sha256};
use super::probe::{Control, Probe};
use super::stage::Stage;
use super::{EnforcedBy, Guardrail, Outcome};

const REFUSALS: Refusals = &[(403, "AccessDenied")];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attack {
    Read,
    Delete,
    List,
    WriteOutside,
    ChangeBucketPolicy,
    ChangeCors,
}

impl Attack {
    pub(super) const ALL: [Self; 6] =
        [Self::Read, Self::Delete, Self::List, Self::WriteOutside, Self::ChangeBucketPolicy, Self::ChangeCors];

    /// Tries it on the contract's bucket with these credentials.
    async fn with(self, stage: &Stage, credentials: SigningCredentials) -> Result<Finding, String> {
        let place = stage.place.with_credentials(credentials);
        let raw = match self {
            Self::Read => place.request(Method::Get, &stage.object(&stage.place).await?, &[], &[]),
            Self::Delete => place.request(Method::Delete, &stage.object(&stage.place).await?, &[], &[]),
            Self::List => place.request(Method::Get, "", &[("list-type", "2"), ("max-keys", "1")], &[]),
            Self::WriteOutside => place.put(&stage.key_outside(&place), &[], Wanted::default()),
            Self::ChangeBucketPolicy => same_again(stage, &place, "policy").await,
            Self::ChangeCors => same_again(stage, &place, "cors").await,
        }?;
        Ok(judge(stage.send(&raw).await, REFUSALS))
    }
}

/// Writes what is there already, so that nothing is changed where it is let through. What is not there is removed,
/// which needs the same rights.
async fn same_again(stage: &Stage, place: &super::place::Place, setting: &str) -> Result<Raw, String> {
    let read = stage.owner_place(place.bucket.clone()).request(Method::Get, "", &[(setting, "")], &[])?;
    let there = stage.send(&read).await.map_err(|none| format!("no answer to reading what is there: {}", none.cause))?;
    match there.status {
        200 => {
            let checksum = sha256(&there.body);
            let mut raw = place.request(Method::Put, "", &[(setting, "")], &[("x-amz-checksum-sha256", &checksum)])?;
            raw.body = Bytes::clone(&there.body);
            Ok(raw)
        }
        404 => {
            let raw = place.request(Method::Delete, "", &[(setting, "")], &[])?;
            Ok(Raw { method: HttpMethod::DELETE, ..raw })
        }
        _ => Err(format!("reading what is there was refused with {}", there.told())),
    }
}

#[async_trait]
impl Probe for Attack {
    fn guardrail(&self) -> Guardrail {
        Guardrail(match self {
            Self::Read => "role: read",
            Self::Delete => "role: delete",
            Self::List => "role: list",
            Self::WriteOutside => "role: write outside its prefix",
            Self::ChangeBucketPolicy => "role: change the bucket policy",
            Self::ChangeCors => "role: change CORS",
        })
    }

    fn enforced_by(&self) -> EnforcedBy {
        EnforcedBy::Role
    }

    async fn attack(&self, stage: &Stage) -> Finding {
        match &stage.subject.role_session {
            Ok(credentials) => self.with(stage, credentials.clone()).await.unwrap_or_else(Finding::NotTested),
            Err(why) => Finding::NotTested(why.clone()),
        }
    }

    /// The same by a role that may do nothing.
    async fn control(&self, stage: &Stage, finding: &Finding) -> Control {
        let elsewhere = match stage.scratch_role().await {
            Ok(credentials) => self.with(stage, credentials).await,
            Err(why) => Err(why),
        };
        Control::compare(finding, elsewhere, "a role without any permissions may do it too", |told| {
            Control::Settled(Outcome::Held, format!("{told}, as this backend refuses a role without any permissions"))
        })
    }
}
