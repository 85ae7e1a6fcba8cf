//! What runs have left that were killed: it carries a run's name, and the name tells when that began.

use std::collections::BTreeSet;
use std::time::SystemTime;

use bounded_xml as xml;
use gatepass_core::grant::Method;

use super::names::RunName;
use super::place::Place;
use super::stage::Stage;

/// What earlier runs left.
#[derive(Debug, Default)]
pub struct Leftovers {
    /// What was found, and was or will be removed.
    pub found: Vec<String>,
    /// What could not be looked for, each with the reason.
    pub unseen: Vec<String>,
}

impl Stage {
    /// Notes for clean-up what is there of runs that cannot go on any more, or of `all`.
    pub(super) async fn note_leftovers(&self, all: bool) -> Leftovers {
        let now = SystemTime::now();
        let is_left = |name: &str| {
            RunName::of(name).is_some_and(|run| run != self.run && (all || run.is_over(now)))
        };
        let mut leftovers = Leftovers::default();
        self.note_presigner_policies(&is_left, &mut leftovers);
        let owner = self.owner_place(self.place.bucket.clone());
        for prefix in [self.subject.contract.upload.key.prefix(), ""] {
            self.note_objects(&owner, prefix, &is_left, &mut leftovers).await;
        }
        if self.subject.contract.upload.multipart.is_some() {
            self.note_uploads(&owner, &is_left, &mut leftovers).await;
        }
        // AWS's own endpoints never see a scratch bucket or role
        if self.subject.contract.endpoint.is_some() {
            self.note_scratch_things(&is_left, &mut leftovers).await;
        }
        leftovers
    }

    fn note_presigner_policies(&self, is_left: &impl Fn(&str) -> bool, leftovers: &mut Leftovers) {
        let role = &self.subject.contract.role.name;
        match &self.subject.seen.presigner_policies {
            Ok(policies) => {
                for (name, _) in policies.identity.iter().filter(|(name, _)| is_left(name)) {
                    self.cleanup.presigner_policy(name);
                    leftovers.found.push(format!("policy {name} of the role {role}"));
                }
            }
            Err(why) => leftovers.unseen.push(format!("policies of the role {role}: {why}")),
        }
    }

    /// Objects whose keys have a run's name after `prefix`; a page of a thousand is more than any run makes.
    async fn note_objects(
        &self,
        owner: &Place,
        prefix: &str,
        is_left: &impl Fn(&str) -> bool,
        leftovers: &mut Leftovers,
    ) {
        let bucket = &owner.bucket;
        let beginning = format!("{prefix}{}", RunName::beginning());
        let kind =
            if self.subject.keeps_versions(bucket) { ("versions", "") } else { ("list-type", "2") };
        match self
            .listed(owner, &[kind, ("prefix", &beginning)], |xml| xml::texts(xml, "Key"))
            .await
        {
            Ok(keys) => {
                let keys: BTreeSet<String> = keys.into_iter().collect();
                for key in
                    keys.into_iter().filter(|key| key.strip_prefix(prefix).is_some_and(is_left))
                {
                    self.cleanup.object(bucket, &key);
                    self.cleanup.may_have_made(&format!("/{key}"));
                    leftovers.found.push(format!("s3://{bucket}/{key}"));
                }
            }
            Err(why) => leftovers.unseen.push(format!("s3://{bucket}/{beginning}: {why}")),
        }
    }

    /// Uploads in parts, which are begun under the contract's prefix only.
    async fn note_uploads(
        &self,
        owner: &Place,
        is_left: &impl Fn(&str) -> bool,
        leftovers: &mut Leftovers,
    ) {
        let (bucket, prefix) = (&owner.bucket, self.subject.contract.upload.key.prefix());
        let beginning = format!("{prefix}{}", RunName::beginning());
        let query = [("prefix", beginning.as_str()), ("uploads", "")];
        match self
            .listed(owner, &query, |xml| xml::records(xml, "Upload", ["Key", "UploadId"]))
            .await
        {
            Ok(uploads) => {
                for upload in uploads {
                    let [Some(key), Some(id)] = upload else { continue };
                    if key.strip_prefix(prefix).is_some_and(is_left) {
                        self.cleanup.upload(bucket, &key, &id);
                        leftovers.found.push(format!("the upload {id} of s3://{bucket}/{key}"));
                    }
                }
            }
            Err(why) => leftovers
                .unseen
                .push(format!("uploads in parts to s3://{bucket}/{beginning}: {why}")),
        }
    }

    async fn note_scratch_things(
        &self,
        is_left: &impl Fn(&str) -> bool,
        leftovers: &mut Leftovers,
    ) {
        let operator = &self.subject.operator;
        match operator.buckets(RunName::beginning()).await {
            Ok(buckets) => {
                for bucket in buckets.into_iter().filter(|bucket| is_left(bucket.as_str())) {
                    let place = self.owner_place(bucket.clone());
                    // all that is in a scratch bucket is a run's
                    match self
                        .listed(&place, &[("list-type", "2")], |xml| xml::texts(xml, "Key"))
                        .await
                    {
                        Ok(keys) => keys.into_iter().for_each(|key| {
                            self.cleanup.object(&bucket, &key);
                            self.cleanup.may_have_made(&format!("/{key}"));
                        }),
                        Err(why) => {
                            leftovers.unseen.push(format!("objects in the bucket {bucket}: {why}"))
                        }
                    }
                    self.cleanup.bucket(&bucket);
                    leftovers.found.push(format!("bucket {bucket}"));
                }
            }
            Err(why) => leftovers.unseen.push(format!("scratch buckets: {why}")),
        }
        match operator.roles(RunName::beginning()).await {
            Ok(roles) => {
                for role in roles.into_iter().filter(|role| is_left(role.as_str())) {
                    self.cleanup.role(&role);
                    leftovers.found.push(format!("role {role}"));
                }
            }
            Err(why) => leftovers.unseen.push(format!("scratch roles: {why}")),
        }
    }

    /// What `read` finds in a listing.
    async fn listed<T>(
        &self,
        place: &Place,
        query: &[(&str, &str)],
        read: impl Fn(&str) -> Option<Vec<T>>,
    ) -> Result<Vec<T>, String> {
        let answer = self
            .send(&place.request(Method::Get, "", query, &[])?)
            .await
            .map_err(|none| none.cause)?;
        match answer.code().as_deref() {
            _ if answer.is_success() => read(&String::from_utf8_lossy(&answer.body))
                .ok_or_else(|| xml::MALFORMED.to_owned()),
            Some("NoSuchBucket") => Ok(Vec::new()),
            _ => Err(answer.told()),
        }
    }
}
