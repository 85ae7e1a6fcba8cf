//! Whatever is made is noted here before it is made, and removed at the end, whatever happened meanwhile.

use std::sync::{Mutex, MutexGuard, PoisonError};

use futures::{StreamExt as _, stream};
use percent_encoding::percent_decode_str;

use bounded_xml as xml;
use gatepass_core::contract::RoleName;
use gatepass_core::grant::Method;
use iam_policy::BucketName;

use super::http::{Answer, Raw};
use super::place::Place;
use super::stage::Stage;

/// How many removals run at once.
const AT_ONCE: usize = 8;

/// What is there to be removed.
#[derive(Debug, Default)]
pub(super) struct Cleanup {
    objects: Mutex<Vec<(BucketName, String)>>,
    /// The paths of uploads that were not refused.
    made: Mutex<Vec<String>>,
    /// Uploads in parts: where, the key, the id.
    uploads: Mutex<Vec<(BucketName, String, String)>>,
    buckets: Mutex<Vec<BucketName>>,
    roles: Mutex<Vec<RoleName>>,
    presigner_policies: Mutex<Vec<String>>,
}

impl Cleanup {
    /// An object is about to be made, or may be.
    pub(super) fn object(&self, bucket: &BucketName, key: &str) {
        note(&self.objects, (bucket.clone(), key.to_owned()));
    }

    /// An upload to this URL was not refused, so that there may be an object.
    pub(super) fn may_have_made(&self, url: &str) {
        let path = url.split('?').next().unwrap_or_default();
        held(&self.made).push(percent_decode_str(path).decode_utf8_lossy().into_owned());
    }

    fn is_made(&self, key: &str) -> bool {
        held(&self.made)
            .iter()
            .any(|path| path.strip_suffix(key).is_some_and(|rest| rest.ends_with('/')))
    }

    /// An upload in parts was begun, and may not have become an object.
    pub(super) fn upload(&self, bucket: &BucketName, key: &str, upload_id: &str) {
        note(&self.uploads, (bucket.clone(), key.to_owned(), upload_id.to_owned()));
    }

    /// A bucket is about to be made.
    pub(super) fn bucket(&self, bucket: &BucketName) {
        held(&self.buckets).push(bucket.clone());
    }

    /// A role is about to be made.
    pub(super) fn role(&self, role: &RoleName) {
        held(&self.roles).push(role.clone());
    }

    /// A bucket was not made.
    pub(super) fn no_bucket(&self, bucket: &BucketName) {
        held(&self.buckets).retain(|noted| noted != bucket);
    }

    /// A role was not made.
    pub(super) fn no_role(&self, role: &RoleName) {
        held(&self.roles).retain(|noted| noted != role);
    }

    /// The presigner role is about to get an inline policy of this name.
    pub(super) fn presigner_policy(&self, name: &str) {
        held(&self.presigner_policies).push(name.to_owned());
    }

    /// Removes everything, and tells what could not be removed and why.
    pub(super) async fn run(&self, stage: &Stage) -> Vec<String> {
        let operator = &stage.subject.operator;
        let mut left = Vec::new();
        // what opens something goes first
        for policy in taken(&self.presigner_policies) {
            if let Err(why) = operator.narrow_presigner(&policy).await {
                left.push(format!(
                    "policy {policy} of the role {}: {why}",
                    stage.subject.contract.role.name
                ));
            }
        }
        let buckets = taken(&self.buckets);
        let opened = stream::iter(&buckets)
            .map(|bucket| operator.open_bucket(bucket))
            .buffer_unordered(AT_ONCE);
        // a bucket that was never made has no policy; where one stays, so does what is in the bucket, and that is told
        opened.for_each(async |_| {}).await;
        let uploads = taken(&self.uploads);
        let failed = stream::iter(uploads).map(async |(bucket, key, upload_id)| {
            let place = stage.owner_place(bucket.clone());
            let given_up = remove(stage, &place, &key, &[("uploadId", &upload_id)]).await;
            given_up
                .err()
                .map(|why| format!("the upload {upload_id} of s3://{bucket}/{key}: {why}"))
        });
        left.extend(
            failed
                .buffer_unordered(AT_ONCE)
                .filter_map(std::future::ready)
                .collect::<Vec<_>>()
                .await,
        );
        let objects = taken(&self.objects);
        let failed = stream::iter(objects).map(async |(bucket, key)| {
            let removed = remove_object(stage, &stage.owner_place(bucket.clone()), &key).await;
            // what was never made needs no removing
            removed
                .err()
                .filter(|_| self.is_made(&key))
                .map(|why| format!("s3://{bucket}/{key}: {why}"))
        });
        left.extend(
            failed
                .buffer_unordered(AT_ONCE)
                .filter_map(std::future::ready)
                .collect::<Vec<_>>()
                .await,
        );
        let failed = stream::iter(buckets).map(async |bucket| {
            operator.remove_bucket(&bucket).await.err().map(|why| format!("bucket {bucket}: {why}"))
        });
        left.extend(
            failed
                .buffer_unordered(AT_ONCE)
                .filter_map(std::future::ready)
                .collect::<Vec<_>>()
                .await,
        );
        for role in taken(&self.roles) {
            if let Err(why) = operator.remove_role(&role).await {
                left.push(format!("role {role}: {why}"));
            }
        }
        left
    }
}

/// A panic elsewhere is no reason to leave anything behind.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Once, however often it is made: a store may fail at two removals of one thing at the same time.
fn note<T: PartialEq>(things: &Mutex<Vec<T>>, thing: T) {
    let mut things = held(things);
    if !things.contains(&thing) {
        things.push(thing);
    }
}

fn taken<T>(mutex: &Mutex<Vec<T>>) -> Vec<T> {
    std::mem::take(&mut *held(mutex))
}

async fn remove_object(stage: &Stage, place: &Place, key: &str) -> Result<(), String> {
    if !stage.subject.keeps_versions(&place.bucket) {
        return remove(stage, place, key, &[]).await;
    }
    let listed = place.request(Method::Get, "", &[("prefix", key), ("versions", "")], &[])?;
    let answer = sent(stage, &listed).await?;
    if !answer.is_success() {
        return Err(answer.told());
    }
    // the prefix is a key that is ours alone
    for version in
        xml::texts(&String::from_utf8_lossy(&answer.body), "VersionId").ok_or(xml::MALFORMED)?
    {
        remove(stage, place, key, &[("versionId", &version)]).await?;
    }
    Ok(())
}

async fn remove(
    stage: &Stage,
    place: &Place,
    key: &str,
    query: &[(&str, &str)],
) -> Result<(), String> {
    let request = place.request(Method::Delete, key, query, &[])?;
    let answer = sent(stage, &request).await?;
    if answer.is_success() || answer.status == 404 { Ok(()) } else { Err(answer.told()) }
}

async fn sent(stage: &Stage, raw: &Raw) -> Result<Answer, String> {
    stage.http.send(raw).await.map_err(|none| none.cause)
}
