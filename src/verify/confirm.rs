//! Confirming: the role that the presign endpoint signs as finds what was uploaded, which it may not read.

use async_trait::async_trait;

use crate::grant::Method;
use crate::xml;

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
    let place = &stage.place;
    let list = place.request(Method::Get, "", &[("list-type", "2"), ("max-keys", "1"), ("prefix", key)], &[])?;
    let answer = succeeded("listing an upload's exact key", stage.send(&list).await)?;
    let (body, size) = (String::from_utf8_lossy(&answer.body), place.content().len().to_string());
    let is_there = xml::elements(&body, "Contents")
        .any(|object| xml::text(object, "Key").is_some_and(|found| found == key) && xml::text(object, "Size").as_ref() == Some(&size));
    if is_there { Ok(format!("its {size} bytes are listed")) } else { Err("an upload is not listed with its size".to_owned()) }
}
