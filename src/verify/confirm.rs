//! Confirming: the role that the presign endpoint signs as finds what was uploaded, which it may not read, and keeps it from being
//! removed where the contract has S3 remove what was never confirmed.

use async_trait::async_trait;

use bounded_xml as xml;
use gatepass_core::contract::{Looks, UNCONFIRMED_TAG};
use gatepass_core::grant::Method;

use super::finding::Finding;
use super::positive::succeeded;
use super::probe::Probe;
use super::stage::Stage;
use super::{EnforcedBy, Guardrail};

/// The role lists an object by its exact key.
#[derive(Debug)]
pub(super) struct FindsUploads;

#[async_trait]
impl Probe for FindsUploads {
    fn guardrail(&self) -> Guardrail {
        Guardrail("role: finds uploads to confirm")
    }

    fn enforced_by(&self) -> EnforcedBy {
        EnforcedBy::Role
    }

    fn untried(&self, stage: &Stage) -> Option<String> {
        stage.subject.role_session.as_ref().err().cloned()
    }

    async fn attack(&self, stage: &Stage) -> Finding {
        match stage.object(&stage.place).await {
            Ok(key) => find(stage, &key).await.map_or_else(Finding::NotHeld, Finding::Held),
            Err(why) => Finding::NotTested(why),
        }
    }
}

async fn find(stage: &Stage, key: &str) -> Result<String, String> {
    let (place, looks) = (&stage.place, stage.subject.contract.looks());
    let size = place.content().len().to_string();
    if looks == Looks::Head {
        let answer = succeeded(
            "looking at an upload",
            stage.send(&place.request(Method::Head, key, &[], &[])?).await,
        )?;
        return match answer.header("content-length") {
            Some(seen) if seen == size => Ok(format!("its {size} bytes are seen")),
            _ => Err("an upload is not seen with its size".to_owned()),
        };
    }
    let list = place.request(Method::Get, "", &listing(looks, key), &[])?;
    let answer = succeeded("listing an upload's exact key", stage.send(&list).await)?;
    let body = String::from_utf8_lossy(&answer.body);
    let element = if looks == Looks::Versions { "Version" } else { "Contents" };
    let objects = xml::records(&body, element, ["Key", "Size"]).ok_or(xml::MALFORMED)?;
    let is_there =
        objects.iter().any(|object| *object == [Some(key.to_owned()), Some(size.clone())]);
    if is_there {
        Ok(format!("its {size} bytes are listed"))
    } else {
        Err("an upload is not listed with its size".to_owned())
    }
}

/// The query that the endpoint lists with.
pub(super) fn listing(looks: Looks, prefix: &str) -> [(&'static str, &str); 3] {
    let what = if looks == Looks::Versions { ("versions", "") } else { ("list-type", "2") };
    [what, ("max-keys", "1"), ("prefix", prefix)]
}

/// An upload carries the tag of what was not confirmed yet, and the role can take it away.
#[derive(Debug)]
pub(super) struct KeepsConfirmed;

#[async_trait]
impl Probe for KeepsConfirmed {
    fn guardrail(&self) -> Guardrail {
        Guardrail("role: keeps what is confirmed")
    }

    fn enforced_by(&self) -> EnforcedBy {
        EnforcedBy::Role
    }

    fn untried(&self, stage: &Stage) -> Option<String> {
        stage.subject.role_session.as_ref().err().cloned()
    }

    async fn attack(&self, stage: &Stage) -> Finding {
        match stage.object(&stage.place).await {
            Ok(key) => keep(stage, &key).await.map_or_else(Finding::NotHeld, Finding::Held),
            Err(why) => Finding::NotTested(why),
        }
    }
}

async fn keep(stage: &Stage, key: &str) -> Result<String, String> {
    let (tag, _) = UNCONFIRMED_TAG;
    if !is_tagged(stage, key).await? {
        return Err(format!("an upload does not carry the tag {tag}"));
    }
    let take_away = stage.place.request(Method::Delete, key, &[("tagging", "")], &[])?;
    succeeded("taking its tag away", stage.send(&take_away).await)?;
    if is_tagged(stage, key).await? {
        return Err(format!("an upload still carries the tag {tag} that was taken away"));
    }
    Ok(format!("an upload carries the tag {tag} until it is taken away"))
}

async fn is_tagged(stage: &Stage, key: &str) -> Result<bool, String> {
    let read = stage.place.request(Method::Get, key, &[("tagging", "")], &[])?;
    let answer = succeeded("reading an upload's tags", stage.send(&read).await)?;
    let keys = xml::texts(&String::from_utf8_lossy(&answer.body), "Key").ok_or(xml::MALFORMED)?;
    Ok(keys.iter().any(|key| key == UNCONFIRMED_TAG.0))
}
