//! What the presigner role may not do.
//!
//! Two things keep it from most of this: its own permissions, and the bucket policy's backstops. An attack cannot tell
//! which of them refuses, so the role's own policies are evaluated as well, apart from the bucket policy: whoever widens
//! them has broken the guardrail, although the backstop holds. The backstops have [probes of their own](super::backstop).

use async_trait::async_trait;
use bytes::Bytes;
use reqwest::Method as HttpMethod;

use gatepass_core::contract::{Contract, Looks};
use gatepass_core::grant::Method;
use iam_policy::evaluate::{Caller, Policy, PolicySet, Request, RequestContext};

use super::confirm;
use super::finding::{Finding, NO_UPLOAD, Refusals, passed};
use super::http::Raw;
use super::place::{Place, Wanted, sha256};
use super::probe::{Control, Probe};
use super::stage::Stage;
use super::{EnforcedBy, Guardrail, Outcome, RolePolicies};

const REFUSALS: Refusals = &[(403, "AccessDenied")];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Attack {
    Read,
    /// It may read under the prefix where there are downloads.
    ReadOutside,
    Delete,
    List,
    /// It may list under the prefix where uploads are confirmed.
    ListOutside,
    WriteOutside,
    /// It may give up uploads under the prefix where they come in parts.
    GiveUpOutside,
    ChangeBucketPolicy,
    ChangeCors,
}

impl Attack {
    pub(super) const ALL: [Self; 9] = [
        Self::Read,
        Self::ReadOutside,
        Self::Delete,
        Self::List,
        Self::ListOutside,
        Self::WriteOutside,
        Self::GiveUpOutside,
        Self::ChangeBucketPolicy,
        Self::ChangeCors,
    ];

    /// Whether there is such a guardrail at all.
    pub(super) fn concerns(self, contract: &Contract) -> bool {
        match self {
            Self::Read => contract.download.is_none(),
            Self::ReadOutside => contract.download.is_some(),
            Self::ListOutside => contract.upload.confirm && contract.looks() != Looks::Head,
            Self::GiveUpOutside => contract.upload.multipart.is_some(),
            _ => true,
        }
    }

    /// Tries it there; `uploader` is the same bucket for somebody who may upload.
    async fn on(self, stage: &Stage, place: &Place, uploader: &Place) -> Result<Finding, String> {
        let raw = match self {
            Self::Read => place.request(Method::Get, &stage.object(uploader).await?, &[], &[]),
            Self::ReadOutside => {
                place.request(Method::Get, &stage.object_outside(place).await?, &[], &[])
            }
            Self::Delete => place.request(Method::Delete, &stage.object(uploader).await?, &[], &[]),
            Self::List => {
                place.request(Method::Get, "", &[("list-type", "2"), ("max-keys", "1")], &[])
            }
            Self::ListOutside => {
                let elsewhere = format!("{}/", stage.run);
                place.request(
                    Method::Get,
                    "",
                    &confirm::listing(place.contract.looks(), &elsewhere),
                    &[],
                )
            }
            Self::WriteOutside => place.put(&stage.key_outside(place), &[], Wanted::default()),
            Self::GiveUpOutside => place.request(
                Method::Delete,
                &stage.key_outside(place),
                &[("uploadId", NO_UPLOAD)],
                &[],
            ),
            Self::ChangeBucketPolicy => same_again(stage, place, "policy").await,
            Self::ChangeCors => same_again(stage, place, "cors").await,
        }?;
        Ok(passed(stage.send(&raw).await, REFUSALS))
    }

    fn action(self, contract: &Contract) -> &'static str {
        match self {
            Self::ListOutside if contract.looks() == Looks::Versions => "s3:ListBucketVersions",
            Self::Read | Self::ReadOutside => "s3:GetObject",
            Self::Delete => "s3:DeleteObject",
            Self::List | Self::ListOutside => "s3:ListBucket",
            Self::WriteOutside => "s3:PutObject",
            Self::GiveUpOutside => "s3:AbortMultipartUpload",
            Self::ChangeBucketPolicy => "s3:PutBucketPolicy",
            Self::ChangeCors => "s3:PutBucketCORS",
        }
    }

    fn resource(self, stage: &Stage) -> String {
        let bucket = stage.bucket_arn(stage.place.bucket.as_str());
        let prefix = stage.subject.contract.upload.key.prefix();
        match self {
            Self::Read | Self::Delete => format!("{bucket}/{prefix}{}", stage.run),
            Self::ReadOutside | Self::WriteOutside | Self::GiveUpOutside => {
                format!("{bucket}/{}", stage.run)
            }
            Self::List | Self::ListOutside | Self::ChangeBucketPolicy | Self::ChangeCors => bucket,
        }
    }

    /// The policy of the role that would allow it if there were no bucket policy; none if there is none.
    fn allowed_by<'a>(
        self,
        stage: &Stage,
        policies: &'a RolePolicies,
    ) -> Result<Option<&'a str>, String> {
        let parse = |document: &iam_policy::Document| {
            Policy::parse(&document.to_json()).map_err(|error| error.problem)
        };
        let boundary = policies.boundary.as_ref().map(parse).transpose()?;
        let parsed = policies
            .identity
            .iter()
            .map(|(_, document)| parse(document))
            .collect::<Result<Vec<_>, _>>()?;
        let account = stage.subject.account.as_str();
        let role_arn = stage.subject.contract.role_arn(&stage.subject.account);
        let caller = Caller::RoleSession {
            session_arn: format!(
                "{}/{}",
                role_arn.replacen(":iam:", ":sts:", 1).replacen(":role/", ":assumed-role/", 1),
                stage.run
            ),
            role_arn: role_arn.clone(),
        };
        let mut context = RequestContext::new()
            .with("aws:PrincipalArn", role_arn)
            .with("aws:PrincipalAccount", account)
            .with("aws:ResourceAccount", account)
            .with(
                "aws:SecureTransport",
                if stage.place.address.scheme == "https" { "true" } else { "false" },
            )
            .with("s3:authType", "REST-QUERY-STRING")
            .with("s3:signatureversion", "AWS4-HMAC-SHA256");
        if self == Self::ListOutside {
            context = context.with("s3:prefix", format!("{}/", stage.run));
        }
        let resource = self.resource(stage);
        let request =
            Request::new(&caller, self.action(&stage.subject.contract), &resource, &context);
        let is_allowed_by = |identity: &[Policy]| {
            let set = PolicySet {
                identity,
                boundary: boundary.as_ref(),
                resource_account: account,
                ..PolicySet::default()
            };
            set.decide(&request).allowed
        };
        if !is_allowed_by(&parsed) {
            return Ok(None);
        }
        let allows = |policy: &Policy| is_allowed_by(std::slice::from_ref(policy));
        Ok(policies
            .identity
            .iter()
            .zip(&parsed)
            .find(|(_, policy)| allows(policy))
            .map(|((name, _), _)| name.as_str()))
    }
}

/// Writes what is there already, so that nothing is changed where it is let through. What is not there is removed,
/// which needs the same rights.
async fn same_again(stage: &Stage, place: &Place, setting: &str) -> Result<Raw, String> {
    let read =
        stage.owner_place(place.bucket.clone()).request(Method::Get, "", &[(setting, "")], &[])?;
    let there = stage
        .send(&read)
        .await
        .map_err(|none| format!("no answer to reading what is there: {}", none.cause))?;
    match there.status {
        200 => {
            let checksum = sha256(&there.body);
            let mut raw = place.request(
                Method::Put,
                "",
                &[(setting, "")],
                &[("x-amz-checksum-sha256", &checksum)],
            )?;
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
            Self::ReadOutside => "role: read outside its prefix",
            Self::Delete => "role: delete",
            Self::List => "role: list",
            Self::ListOutside => "role: list outside its prefix",
            Self::WriteOutside => "role: write outside its prefix",
            Self::GiveUpOutside => "role: give up an upload outside its prefix",
            Self::ChangeBucketPolicy => "role: change the bucket policy",
            Self::ChangeCors => "role: change CORS",
        })
    }

    fn enforced_by(&self) -> EnforcedBy {
        EnforcedBy::Role
    }

    async fn attack(&self, stage: &Stage) -> Finding {
        if let Err(why) = &stage.subject.role_session {
            return Finding::NotTested(why.clone());
        }
        match self.on(stage, &stage.place, &stage.place).await {
            Ok(Finding::Held(told)) => Finding::Held(match stage.subject.seen.presigner_policies {
                Ok(_) => told,
                Err(_) => format!(
                    "{told}; it may be the bucket policy's alone, as the role's own policies cannot be read"
                ),
            }),
            finding => finding.unwrap_or_else(Finding::NotTested),
        }
    }

    /// What the role's own policies allow is broken on every backend.
    fn stated(&self, stage: &Stage, finding: &Finding) -> Option<String> {
        let policies = stage.subject.seen.presigner_policies.as_ref().ok()?;
        match (self.allowed_by(stage, policies), finding) {
            (Ok(Some(policy)), Finding::Held(told)) => Some(format!(
                "{told}, but only by the bucket policy: the role's policy {policy} allows {}",
                self.action(&stage.subject.contract)
            )),
            (Ok(Some(policy)), _) => Some(format!(
                "the role's policy {policy} allows {}",
                self.action(&stage.subject.contract)
            )),
            _ => None,
        }
    }

    /// The same by a role that may do nothing, on a bucket that nothing opens.
    async fn control(&self, stage: &Stage, finding: &Finding) -> Control {
        let elsewhere = async {
            let uploader = stage.scratch_bucket(None, None).await?;
            let place = uploader.with_credentials(stage.powerless_session().await?);
            self.on(stage, &place, &uploader).await
        };
        Control::compare(
            finding,
            elsewhere.await,
            "a role without any permissions may do it too, on a scratch bucket",
            |told| {
                Control::Settled(
                    Outcome::Held,
                    format!("{told}, as this backend refuses a role without any permissions"),
                )
            },
        )
    }
}
