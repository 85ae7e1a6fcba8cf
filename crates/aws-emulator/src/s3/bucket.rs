//! Making, finding and removing buckets.

use hyper::HeaderMap;
use s3s::dto::*;
use s3s::{S3ErrorCode, S3Request, S3Response, S3Result, s3_error};
use time::OffsetDateTime;

use crate::account::Account;
use crate::state::{Bucket as BucketState, State, StateError};
use iam_policy::{AccountRegionalName, BucketName, Region};

use super::Buckets;
use super::elements::{Explained as _, invalid_argument};
use super::error::not_found;
use super::objects::custom;
use super::objects::list::{from_token, to_token};
use super::tags_of_create::TagsOfCreate;

/// What a page of buckets holds at most.
const MOST_BUCKETS: usize = 10_000;
/// The region without a location constraint.
const US_EAST_1: &str = "us-east-1";
/// The header of CreateBucket that chooses the namespace, which `s3s` does not know yet.
const NAMESPACE: &str = "x-amz-bucket-namespace";

impl Buckets {
    /// Reads a setting of a bucket.
    pub(super) fn read<T>(&self, name: &str, read: impl FnOnce(&BucketState) -> T) -> S3Result<T> {
        self.account.store.read().buckets.get(name).map(read).ok_or_else(|| no_bucket(name))
    }

    /// Reads a setting that answers with an error where nobody made it.
    pub(super) fn setting<T>(
        &self,
        name: &str,
        missing: (&'static str, &'static str),
        read: impl FnOnce(&BucketState) -> Option<T>,
    ) -> S3Result<T> {
        self.read(name, read)?.ok_or_else(|| not_found(missing.0, missing.1))
    }

    /// Changes a setting of a bucket.
    pub(super) fn change(&self, name: &str, change: impl FnOnce(&mut BucketState)) -> S3Result<()> {
        self.change_state(|state| {
            change(state.buckets.get_mut(name).ok_or_else(|| no_bucket(name))?);
            Ok(())
        })
    }

    /// Changes anything.
    pub(super) fn change_state<T>(
        &self,
        change: impl FnOnce(&mut State) -> S3Result<T>,
    ) -> S3Result<T> {
        self.account.store.change(|state| change(state).map_err(Failure::Refused)).map_err(
            |failure| match failure {
                Failure::Refused(error) => error,
                Failure::State(error) => s3s::S3Error::internal_error(error),
            },
        )
    }

    /// The region as `LocationConstraint` has it: nothing for us-east-1.
    fn location_constraint(&self) -> Option<BucketLocationConstraint> {
        let region = self.account.region.as_str();
        (region != US_EAST_1).then(|| BucketLocationConstraint::from(region.to_owned()))
    }
}

/// Why a change was not made.
enum Failure {
    Refused(s3s::S3Error),
    State(StateError),
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

pub(super) fn no_bucket(name: &str) -> s3s::S3Error {
    s3_error!(NoSuchBucket, "The specified bucket does not exist").with("BucketName", name)
}

/// Checks the name of a new bucket against its namespace, and returns whether that is the account regional one.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/gpbucketnamespaces.html>.
fn check_name(account: &Account, name: &str, headers: &HeaderMap) -> S3Result<bool> {
    let refuse =
        |code, message: &'static str| Err(custom(hyper::StatusCode::BAD_REQUEST, code, message));
    let value = headers.get(NAMESPACE).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let has_suffix = name.ends_with(AccountRegionalName::SUFFIX);
    let is_account_regional = match value.as_deref() {
        None | Some("global") => false,
        Some("account-regional") => true,
        Some(other) => {
            return Err(invalid_argument(
                format!("Invalid {NAMESPACE} header: {other}"),
                NAMESPACE,
                other,
            ));
        }
    };
    match (is_account_regional, has_suffix) {
        (false, true) => {
            return refuse(
                "MissingNamespaceHeader",
                "The bucket name needs the account-regional bucket namespace.",
            );
        }
        (true, false) => {
            return refuse(
                "InvalidNamespaceHeader",
                "The bucket name is not one of the account-regional bucket namespace.",
            );
        }
        (true, true) | (false, false) => {}
    }
    // `s3s` knows the forms of names, and not all that S3 keeps for itself
    let parsed = BucketName::parse(name);
    let own = parsed.as_ref().ok().and_then(BucketName::account_regional);
    if is_account_regional
        && own.is_none_or(|own| own.account != account.id || own.region != account.region)
    {
        return refuse(
            "InvalidBucketNamespace",
            "The bucket name is not one of this account's and region's bucket namespace.",
        );
    }
    if parsed.is_err() {
        return Err(s3_error!(InvalidBucketName, "The specified bucket is not valid."));
    }
    Ok(is_account_regional)
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html>
pub(super) async fn create(
    buckets: &Buckets,
    request: S3Request<CreateBucketInput>,
) -> S3Result<S3Response<CreateBucketOutput>> {
    let S3Request { input, extensions, headers, .. } = request;
    let name = input.bucket;
    let is_account_regional = check_name(&buckets.account, &name, &headers)?;
    if input.object_lock_enabled_for_bucket == Some(true) {
        return Err(s3_error!(NotImplemented, "This backend has no Object Lock"));
    }
    let region = buckets.account.region.as_str();
    let wanted = input
        .create_bucket_configuration
        .and_then(|configuration| configuration.location_constraint);
    match wanted.as_ref().map(BucketLocationConstraint::as_str) {
        // the one region whose name is no location constraint
        Some(wanted) if wanted == US_EAST_1 || Region::parse(wanted).is_err() => {
            return Err(s3_error!(
                InvalidLocationConstraint,
                "The specified location-constraint is not valid"
            )
            .with("LocationConstraint", wanted));
        }
        Some(wanted) if wanted != region => {
            return Err(s3_error!(
                IllegalLocationConstraintException,
                "The {wanted} location constraint is incompatible for the region specific endpoint this request was sent to."
            ));
        }
        None if region != US_EAST_1 => {
            return Err(s3_error!(
                IllegalLocationConstraintException,
                "The unspecified location constraint is incompatible for the region specific endpoint this request was sent to."
            ));
        }
        _ => {}
    }
    let mut bucket = BucketState::new(OffsetDateTime::now_utc().unix_timestamp());
    if let Some(ownership) = input.object_ownership {
        super::settings::ownership::check(ownership.as_str()).map_err(|_| {
            let message = format!("Invalid x-amz-object-ownership header: {}", ownership.as_str());
            invalid_argument(message, "x-amz-object-ownership", ownership.as_str())
        })?;
        bucket.object_ownership = Some(ownership.as_str().to_owned());
    }
    if let Some(acl) =
        input.acl.as_ref().map(BucketCannedACL::as_str).filter(|acl| *acl != "private")
    {
        if bucket.object_ownership.as_deref() == Some(ObjectOwnership::BUCKET_OWNER_ENFORCED) {
            return Err(custom(
                hyper::StatusCode::BAD_REQUEST,
                "InvalidBucketAclWithObjectOwnership",
                "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
            ));
        }
        tracing::debug!(acl, "a new bucket blocks public access");
        return Err(s3_error!(AccessDenied, "Access Denied"));
    }
    if let Some(TagsOfCreate(tags)) = extensions.get() {
        super::settings::tagging::check(tags)?;
        bucket.tags = Some(tags.clone());
    }
    buckets.objects.add_bucket(&name).map_err(s3s::S3Error::internal_error)?;
    let is_new = buckets.change_state(|state| {
        let is_new = !state.buckets.contains_key(&name);
        state.buckets.entry(name.clone()).or_insert(bucket);
        Ok(is_new)
    })?;
    // in us-east-1 it is no error to make one's own bucket again in the global namespace
    if is_new || (region == US_EAST_1 && !is_account_regional) {
        return Ok(S3Response::new(CreateBucketOutput { location: Some(format!("/{name}")) }));
    }
    let message =
        "Your previous request to create the named bucket succeeded and you already own it.";
    Err(s3s::S3Error::with_message(S3ErrorCode::BucketAlreadyOwnedByYou, message))
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html>
pub(super) async fn head(buckets: &Buckets, input: HeadBucketInput) -> S3Result<HeadBucketOutput> {
    buckets.read(&input.bucket, |_| HeadBucketOutput {
        bucket_region: Some(buckets.account.region.to_string()),
        ..Default::default()
    })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html>
pub(super) async fn location(
    buckets: &Buckets,
    input: GetBucketLocationInput,
) -> S3Result<GetBucketLocationOutput> {
    buckets.read(&input.bucket, |_| GetBucketLocationOutput {
        location_constraint: buckets.location_constraint(),
    })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html>
pub(super) async fn list(
    buckets: &Buckets,
    input: ListBucketsInput,
) -> S3Result<ListBucketsOutput> {
    let region = buckets.account.region.as_str();
    let max = match input.max_buckets {
        None => MOST_BUCKETS,
        Some(max) => usize::try_from(max)
            .ok()
            .filter(|max| (1..=MOST_BUCKETS).contains(max))
            .ok_or_else(|| {
                let message =
                    format!("Argument max-buckets must be an integer between 1 and {MOST_BUCKETS}");
                invalid_argument(message, "max-buckets", max)
            })?,
    };
    if let Some(unknown) =
        input.bucket_region.as_deref().filter(|region| Region::parse(region).is_err())
    {
        let message = format!("Argument value {unknown} is not a valid AWS Region");
        return Err(invalid_argument(message, "bucket-region", unknown));
    }
    let after = input.continuation_token.as_deref().map(from_token).transpose()?;
    // the region is told only to who asks with a parameter
    let tells_region = input.max_buckets.is_some()
        || input.prefix.is_some()
        || input.bucket_region.is_some()
        || after.is_some();
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let is_wanted = |name: &String| {
        let is_here = input.bucket_region.as_deref().is_none_or(|wanted| wanted == region);
        is_here && name.starts_with(prefix) && after.as_ref().is_none_or(|after| name > after)
    };
    let state = buckets.account.store.read();
    let mut rest = state.buckets.iter().filter(|(name, _)| is_wanted(name)).peekable();
    let page: Vec<Bucket> = rest
        .by_ref()
        .take(max)
        .map(|(name, bucket)| Bucket {
            name: Some(name.clone()),
            creation_date: OffsetDateTime::from_unix_timestamp(bucket.created)
                .ok()
                .map(Timestamp::from),
            bucket_region: tells_region.then(|| region.to_owned()),
        })
        .collect();
    let last = page.last().and_then(|bucket| bucket.name.clone());
    let continuation_token = last.filter(|_| rest.peek().is_some()).map(|name| to_token(&name));
    Ok(ListBucketsOutput {
        buckets: Some(page),
        owner: Some(buckets.owner()),
        prefix: input.prefix,
        continuation_token,
    })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html>
pub(super) async fn delete(
    buckets: &Buckets,
    input: DeleteBucketInput,
) -> S3Result<DeleteBucketOutput> {
    let name = input.bucket;
    buckets.read(&name, |_| ())?;
    if !buckets.objects.remove_bucket(&name).map_err(s3s::S3Error::internal_error)? {
        let keeps_versions = buckets.read(&name, |bucket| bucket.versioning.is_some())?;
        let more =
            if keeps_versions { ". You must delete all versions in the bucket." } else { "" };
        return Err(s3_error!(BucketNotEmpty, "The bucket you tried to delete is not empty{more}"));
    }
    buckets.change_state(|state| {
        state.buckets.remove(&name);
        Ok(())
    })?;
    Ok(DeleteBucketOutput {})
}
