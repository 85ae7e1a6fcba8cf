//! The positive control: an upload that must work does. Without it no refusal would mean anything.

use async_trait::async_trait;
use bytes::Bytes;
use serde_json::json;

use gatepass_core::grant::Method;

use super::finding::Finding;
use super::http::{Answer, NoAnswer};
use super::place::Wanted;
use super::probe::{Control, Probe};
use super::scratch::{Scratch, WriteStatement};
use super::stage::Stage;
use super::{EnforcedBy, Guardrail, Outcome};

#[derive(Debug)]
pub(super) struct UploadWorks;

#[async_trait]
impl Probe for UploadWorks {
    fn guardrail(&self) -> Guardrail {
        Guardrail("upload works")
    }

    fn enforced_by(&self) -> EnforcedBy {
        EnforcedBy::Signature
    }

    /// A grant as the presign endpoint makes it is used as it is, and what arrived is looked at with the operator's
    /// own rights.
    async fn attack(&self, stage: &Stage) -> Finding {
        upload_and_look(stage).await.unwrap_or_else(Finding::NotHeld)
    }

    /// Where a bucket takes an upload, and not once its policy denies something to somebody else, conditions are ignored.
    async fn control(&self, stage: &Stage, finding: &Finding) -> Control {
        let Finding::NotHeld(told) = finding else { return Control::Nothing };
        let to_somebody_else = |names: &Scratch| {
            let condition =
                json!({"ArnEquals": {"aws:PrincipalArn": format!("{}-of-nobody", names.role_arn)}});
            let objects = format!("{}/*", names.bucket_arn);
            json!({"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": objects, "Condition": condition})
        };
        let uploads = async |policy: Option<&WriteStatement<'_>>| match stage
            .scratch_bucket(policy, None)
            .await
        {
            Ok(place) => stage.object(&place).await.is_ok(),
            Err(_) => false,
        };
        if uploads(None).await && !uploads(Some(&to_somebody_else)).await {
            let why = "this backend ignores conditions: a scratch bucket whose policy denies something to somebody else takes no upload";
            return Control::Settled(Outcome::Broken, format!("{told}; {why}"));
        }
        Control::Nothing
    }
}

async fn upload_and_look(stage: &Stage) -> Result<Finding, String> {
    if let Err(why) = stage.can_remove().await {
        return Ok(Finding::NotTested(why));
    }
    let upload = stage.upload(&stage.place, Wanted::default())?;
    let answer = stage.send(&upload.raw).await;
    let contract = &stage.subject.contract;
    if let (Ok(refused), Err(_)) = (&answer, &stage.subject.role_session)
        && refused.is_not_allowed()
    {
        let (prefix, role) = (contract.upload.key.prefix(), &contract.role.name);
        return Ok(Finding::NotTested(format!(
            "these credentials may neither put an object under {prefix} nor assume the role {role}"
        )));
    }
    succeeded("the upload", answer)?;
    let sent_type = upload
        .raw
        .headers
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        .map(|(_, value)| value.as_str());
    let read = read_back(stage, &upload.key).await?;
    if let Ok(refused) = &read
        && refused.is_not_allowed()
    {
        let bucket = &contract.bucket.name;
        return Ok(Finding::NotTested(format!(
            "these credentials may not read what verify uploads to the bucket {bucket}"
        )));
    }
    as_sent(stage, read, &upload.raw.body, sent_type).map(Finding::Held)
}

async fn read_back(stage: &Stage, key: &str) -> Result<Result<Answer, NoAnswer>, String> {
    let read = stage.owner_place(stage.place.bucket.clone()).request(Method::Get, key, &[], &[])?;
    Ok(stage.send(&read).await)
}

/// Looks with the operator's own rights whether this is what arrived in the contract's bucket.
pub(super) async fn arrived(
    stage: &Stage,
    key: &str,
    sent: &Bytes,
    sent_type: Option<&str>,
) -> Result<String, String> {
    as_sent(stage, read_back(stage, key).await?, sent, sent_type)
}

fn as_sent(
    stage: &Stage,
    read: Result<Answer, NoAnswer>,
    sent: &Bytes,
    sent_type: Option<&str>,
) -> Result<String, String> {
    let arrived = succeeded("reading it back with the operator's own rights", read)?;
    if arrived.body != *sent {
        return Err(format!(
            "{} bytes were sent, and {} other bytes arrived",
            sent.len(),
            arrived.body.len()
        ));
    }
    if arrived.header("content-type") != sent_type {
        let arrived = arrived.header("content-type").unwrap_or("no type");
        return Err(format!("{} was sent, and {arrived} arrived", sent_type.unwrap_or("no type")));
    }
    let signer = match &stage.subject.role_session {
        Ok(_) => format!("the role {}", stage.subject.contract.role.name),
        Err(_) => "the operator's own credentials".to_owned(),
    };
    Ok(format!(
        "{} bytes of {} arrived, signed by {signer}",
        arrived.body.len(),
        sent_type.unwrap_or_default()
    ))
}

pub(super) fn succeeded(what: &str, answer: Result<Answer, NoAnswer>) -> Result<Answer, String> {
    match answer {
        Ok(answer) if answer.is_success() => Ok(answer),
        Ok(answer) => Err(format!("{what} was refused with {}", answer.told())),
        Err(none) => Err(format!("no answer to {what}: {}", none.cause)),
    }
}
