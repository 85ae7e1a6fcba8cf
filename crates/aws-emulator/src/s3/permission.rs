//! Whether a request to S3 may do what it needs to.

use hyper::http::Extensions;
use hyper::{HeaderMap, Uri};
use s3s::{S3Error, S3ErrorCode, S3Result};
use time::OffsetDateTime;

use crate::account::{Account, Principal};
use crate::authorize::{Ask, Denied, decide};
use crate::objects::ObjectStore;
use crate::sigv4::Place;
use iam_policy::evaluate::{DocumentKind, Reason, RequestContext};

use super::bucket::no_bucket;
use super::condition_keys;
use super::elements::Explained as _;
use super::needs::{Need, Operation, Target};
use super::settings::public_policy::is_public;

/// A caller whose signature was checked, or is checked before anything is asked.
#[derive(Debug, Clone)]
pub(crate) struct Caller {
    pub(crate) principal: Principal,
    /// Where the signature stood.
    pub(crate) place: Place,
    pub(crate) signed: Signed,
}

/// The version of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signed {
    V2,
    V4 {
        /// When it says it was made.
        at: OffsetDateTime,
    },
}

/// What is looked at to decide.
#[derive(Debug, Clone, Copy)]
pub(super) struct Permissions<'a> {
    pub(super) account: &'a Account,
    pub(super) objects: &'a ObjectStore,
}

/// A request's caller and condition keys.
#[derive(Debug)]
pub(super) struct Asking {
    pub(super) caller: Option<Caller>,
    context: RequestContext,
}

impl Asking {
    /// Of a request that this caller makes.
    pub(super) fn new(
        account: &Account,
        caller: Option<Caller>,
        headers: &HeaderMap,
        extensions: &Extensions,
    ) -> Self {
        let context = condition_keys::of_request(account, caller.as_ref(), headers, extensions);
        Self { caller, context }
    }

    /// Of a request whose caller is known already.
    pub(super) fn again(account: &Account, headers: &HeaderMap, extensions: &Extensions) -> Self {
        Self::new(account, extensions.get::<Caller>().cloned(), headers, extensions)
    }
}

impl Permissions<'_> {
    /// Whether a request may do all that its operation needs.
    pub(super) fn check(&self, asking: &Asking, operation: &Operation<'_>) -> S3Result<()> {
        let needs = operation.needs();
        for need in &needs {
            // a bucket that is not there is no secret
            if operation.name != "CreateBucket"
                && let Some(bucket) = need.target.bucket()
                && !self.account.store.read().buckets.contains_key(bucket)
            {
                return Err(no_bucket(bucket));
            }
            self.allow(asking, need).map_err(|denied| access_denied(&denied))?;
        }
        if operation.name == "CopyObject" {
            self.check_copied_tags(asking, operation, &needs)?;
        }
        let reads =
            ["GetObject", "HeadObject", "GetObjectAttributes", "GetObjectTagging", "CopyObject"];
        if reads.contains(&operation.name) {
            let source = if operation.name == "CopyObject" { needs.get(1) } else { needs.first() };
            if let Some(need) = source {
                self.check_is_there(asking, &need.target)?;
            }
        }
        Ok(())
    }

    /// Whether a request may give an object these tags.
    pub(super) fn check_tagging(
        &self,
        asking: &Asking,
        operation: &Operation<'_>,
        tags: &[(String, String)],
    ) -> S3Result<()> {
        for mut need in operation.needs() {
            need.keys.tags("s3:RequestObjectTag/", tags);
            need.keys.tag_keys(tags);
            self.allow(asking, &need).map_err(|denied| access_denied(&denied))?;
            self.check_is_there(asking, &need.target)?;
        }
        Ok(())
    }

    /// Whether a request may do one thing.
    pub(super) fn allow(&self, asking: &Asking, need: &Need) -> Result<(), Denied> {
        let principal = asking.caller.as_ref().map(|caller| &caller.principal);
        let mut keys = need.keys.clone();
        if reads_existing_tags(&need.action)
            && let Target::Object { bucket, key, version_id } = &need.target
            && let Ok(version) = self.objects.find(bucket, key, version_id.as_deref())
        {
            keys.tags("s3:ExistingObjectTag/", &version.attributes.tags);
        }
        let context = keys.with(&asking.context);
        let resource = need.target.arn(self.account.region.partition());
        let policy = need.target.bucket().and_then(|bucket| self.account.bucket_policy(bucket));
        let policy = policy.as_deref().filter(|_| !self.is_spared(principal, need));
        let ask = Ask {
            resource_policy: policy,
            ..Ask::new(principal, &need.action, &resource, &context)
        };
        decide(self.account, &ask)?;
        if principal.is_none()
            && need.target.bucket().is_some_and(|bucket| self.keeps_strangers_out(bucket))
        {
            let reason = Reason::ImplicitDeny { lacking: DocumentKind::Resource };
            return Err(Denied { principal: None, action: need.action.clone(), resource, reason });
        }
        Ok(())
    }

    /// The root user gets at a bucket's policy whatever it says: somebody has to be able to mend it.
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html>.
    fn is_spared(&self, principal: Option<&Principal>, need: &Need) -> bool {
        let of_the_policy = ["s3:GetBucketPolicy", "s3:PutBucketPolicy", "s3:DeleteBucketPolicy"];
        matches!(principal, Some(Principal::Root)) && of_the_policy.contains(&need.action.as_str())
    }

    /// `RestrictPublicBuckets`: under a public policy only the account's own principals get in.
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html>.
    fn keeps_strangers_out(&self, bucket: &str) -> bool {
        let state = self.account.store.read();
        state.buckets.get(bucket).is_some_and(|bucket| {
            let restricts = bucket
                .public_access_block
                .as_ref()
                .and_then(|block| block.restrict_public_buckets)
                .unwrap_or_default();
            restricts && bucket.policy.as_deref().is_some_and(is_public)
        })
    }

    /// Whoever may not list a bucket is not told that an object is not there.
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html>.
    fn check_is_there(&self, asking: &Asking, target: &Target) -> S3Result<()> {
        let Target::Object { bucket, key, version_id } = target else { return Ok(()) };
        if self.objects.find(bucket, key, version_id.as_deref()).is_ok() {
            return Ok(());
        }
        self.allow(asking, &Need::new("ListBucket", Target::Bucket(bucket.clone())))
            .map_err(|denied| access_denied(&denied))
    }

    /// Tags that come along with a copy have to be read and written.
    /// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/tagging-managing.html>.
    fn check_copied_tags(
        &self,
        asking: &Asking,
        operation: &Operation<'_>,
        needs: &[Need],
    ) -> S3Result<()> {
        let (
            Some(destination),
            Some(Need { target: source @ Target::Object { bucket, key, version_id }, .. }),
        ) = (needs.first(), needs.get(1))
        else {
            return Ok(());
        };
        let replaced = operation
            .headers
            .get("x-amz-tagging-directive")
            .is_some_and(|directive| directive == "REPLACE");
        let Ok(version) = self.objects.find(bucket, key, version_id.as_deref()) else {
            return Ok(());
        };
        if replaced || version.attributes.tags.is_empty() {
            return Ok(());
        }
        let read =
            if version_id.is_some() { "GetObjectVersionTagging" } else { "GetObjectTagging" };
        for need in [
            Need::new(read, source.clone()),
            Need::new("PutObjectTagging", destination.target.clone()),
        ] {
            self.allow(asking, &need).map_err(|denied| access_denied(&denied))?;
        }
        Ok(())
    }
}

/// The query of a request, decoded.
pub(super) fn query(uri: &Uri) -> Vec<(String, String)> {
    url::form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes()).into_owned().collect()
}

/// S3's refusal.
pub(super) fn access_denied(denied: &Denied) -> S3Error {
    let error = S3Error::with_message(S3ErrorCode::AccessDenied, denied.to_string());
    error
        .with_note("action", &denied.action)
        .with_note("resource", &denied.resource)
        .with_note("reason", &denied.reason)
}

/// Whether `s3:ExistingObjectTag/…` counts for an action.
fn reads_existing_tags(action: &str) -> bool {
    let action = action.strip_prefix("s3:").unwrap_or(action);
    action.starts_with("GetObject")
        || [
            "PutObjectTagging",
            "PutObjectVersionTagging",
            "DeleteObjectTagging",
            "DeleteObjectVersionTagging",
        ]
        .contains(&action)
        || ["PutObjectAcl", "PutObjectVersionAcl"].contains(&action)
}
