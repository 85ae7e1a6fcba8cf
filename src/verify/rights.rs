//! Whether what a run makes can be removed: looked at before anything is made.

use gatepass_core::grant::Method;

use crate::aws::WrongClock;

use super::finding::NO_UPLOAD;
use super::http::Answer;
use super::place::Place;
use super::stage::Stage;

impl Stage {
    /// Whether the operator may remove the objects and uploads that this run makes in the contract's bucket.
    pub(super) async fn can_remove(&self) -> Result<(), String> {
        let owner = self.owner_place(self.place.bucket.clone());
        for prefix in [self.subject.contract.upload.key.prefix(), ""] {
            self.can_remove_from(&owner, &format!("{prefix}{}/none", self.run)).await?;
        }
        Ok(())
    }

    /// Removes an object and an upload that are not there, which only a lack of rights, or a wrong clock, keeps the operator from.
    pub(super) async fn can_remove_from(&self, owner: &Place, key: &str) -> Result<(), String> {
        let bucket = &owner.bucket;
        let mut requests = Vec::new();
        if self.subject.keeps_versions(bucket) {
            requests.push(owner.request(
                Method::Get,
                "",
                &[("prefix", key), ("versions", "")],
                &[],
            )?);
            requests.push(owner.request(Method::Delete, key, &[("versionId", "null")], &[])?);
        } else {
            requests.push(owner.request(Method::Delete, key, &[], &[])?);
        }
        if self.subject.contract.upload.multipart.is_some() {
            requests.push(owner.request(Method::Delete, key, &[("uploadId", NO_UPLOAD)], &[])?);
        }
        for request in &requests {
            // without an answer, the probe of a working upload reports the reason
            let Ok(answer) = self.send(request).await else { return Ok(()) };
            if let Some(clock) = answer.wrong_clock() {
                return Err(format!(
                    "{clock}, compared with that of the server, which answered {}",
                    answer.told()
                ));
            }
            if answer.status == 403 {
                return Err(format!(
                    "these credentials may not remove what verify makes in the bucket {bucket} ({})",
                    answer.told()
                ));
            }
        }
        Ok(())
    }
}

impl Answer {
    /// The difference of the clocks, where that is a reason to refuse a signature.
    pub(super) fn wrong_clock(&self) -> Option<WrongClock> {
        let is_refused = matches!(self.status, 400 | 401 | 403);
        WrongClock::of(|name| self.header(name), std::time::SystemTime::now())
            .filter(|_| is_refused)
    }

    /// Whether the caller lacks the permission, as far as S3 says; an explicit deny is a policy's doing.
    pub(super) fn is_not_allowed(&self) -> bool {
        self.status == 403
            && self.code().as_deref() == Some("AccessDenied")
            && !String::from_utf8_lossy(&self.body).contains("explicit deny")
    }
}
