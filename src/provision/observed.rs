//! What is there: the contract's bucket and role as they are read.

use std::fmt;

use futures::join;

use gatepass_core::policy::CorsRule;
use iam_policy::Document;
use iam_policy::Region;

use super::desired::{Desired, PERMISSIONS_POLICY_NAME};
use super::error::{StateError, StateErrorKind};
use super::lifecycle::LifecycleConfiguration;
use super::settings::{DefaultEncryption, ObjectOwnership, PublicAccessBlock, TagSet, Versioning};
use super::state::{ReadState, RoleHead};

/// What is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Observed {
    /// The bucket.
    pub bucket: ObservedBucket,
    /// The role.
    pub role: ObservedRole,
    /// Whether the role is to get a permissions boundary that is no managed policy. Looked at only where the role does not have
    /// it yet.
    pub boundary_is_missing: bool,
}

/// Whether the bucket is there, and how it is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObservedBucket {
    /// There is none of this name.
    Missing,
    /// It may not be looked at: another account's, or the caller lacks `s3:ListBucket`.
    Forbidden(StateError),
    /// It lies in another region.
    Elsewhere(Option<Region>),
    /// It is there.
    Found(Box<BucketSettings>),
}

/// A bucket's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BucketSettings {
    /// Where it lies; none if the endpoint does not tell.
    pub region: Option<Region>,
    /// Its tags.
    pub tags: Reading<TagSet>,
    /// Who owns objects.
    pub ownership: Reading<Option<ObjectOwnership>>,
    /// Its public access block.
    pub public_access_block: Reading<Option<PublicAccessBlock>>,
    /// Its default encryption.
    pub encryption: Reading<Option<DefaultEncryption>>,
    /// Whether versions are kept.
    pub versioning: Reading<Versioning>,
    /// Its lifecycle rules.
    pub lifecycle: Reading<Option<LifecycleConfiguration>>,
    /// Its CORS rules.
    pub cors: Reading<Vec<CorsRule>>,
    /// Its bucket policy.
    pub policy: Reading<Option<Document>>,
    /// Whether nothing lies in it; looked at only where it [is as created](Self::is_as_created).
    pub is_empty: bool,
}

impl BucketSettings {
    /// Whether it is what our `CreateBucket` leaves where an endpoint drops the tags that come with it: no tags, our object
    /// ownership, which most leave unstated, and nothing else but what new buckets have by default.
    #[must_use]
    pub fn is_as_created(&self, desired: &Desired) -> bool {
        self.tags == Reading::Is(TagSet::new())
            && self.ownership == Reading::Is(Some(desired.ownership))
            && self.versioning == Reading::Is(Versioning::NeverEnabled)
            && self
                .public_access_block
                .as_ref()
                .is_none_or(|block| block.is_none_or(|block| block == desired.public_access_block))
            && matches!(self.lifecycle, Reading::Is(None) | Reading::NotSupported)
            && matches!(self.policy, Reading::Is(None) | Reading::NotSupported)
            && self.cors.as_ref().is_none_or(Vec::is_empty)
    }
}

/// Whether the role is there, and how it is set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ObservedRole {
    /// There is none of this name.
    Missing,
    /// The endpoint has no IAM.
    NotSupported,
    /// It is there.
    Found(Box<RoleSettings>),
}

/// A role's settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleSettings {
    /// What `GetRole` tells.
    pub head: RoleHead,
    /// Our inline policy.
    pub permissions_policy: Option<Document>,
    /// The names of inline policies that are not ours.
    pub other_inline_policies: Vec<String>,
    /// The ARNs of attached managed policies.
    pub attached_policies: Vec<String>,
}

/// A setting as read, or the word of another endpoint than AWS's that it does not know such a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading<T> {
    /// As read.
    Is(T),
    /// The endpoint answered that it does not know this operation.
    NotSupported,
}

/// The reads that failed, all of them, so that missing permissions are told at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObserveError {
    /// At least one.
    pub errors: Vec<StateError>,
}

impl fmt::Display for ObserveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, error) in self.errors.iter().enumerate() {
            let separator = if index > 0 { "\n" } else { "" };
            write!(f, "{separator}{error}")?;
        }
        // calls that failed for one reason share its way out, which is then told once
        let mut hints: Vec<&str> =
            self.errors.iter().filter_map(|error| error.hint.as_deref()).collect();
        hints.dedup();
        hints.iter().try_for_each(|hint| write!(f, "\n  hint: {hint}"))
    }
}

impl std::error::Error for ObserveError {}

/// Reads what is there of what `desired` names, concurrently; nothing further of what is not there.
///
/// # Errors
/// Every read that failed.
pub async fn observe(reader: &impl ReadState, desired: &Desired) -> Result<Observed, ObserveError> {
    let mut errors = Vec::new();
    let role = async {
        let role = observe_role(reader, desired).await?;
        let boundary_is_missing =
            boundary_is_missing(reader, desired, &role).await.map_err(|error| vec![error])?;
        Ok((role, boundary_is_missing))
    };
    let (bucket, role) = join!(observe_bucket(reader, desired), role);
    let bucket = bucket.map_err(|failed| errors.extend(failed)).ok();
    let role = role.map_err(|failed: Vec<StateError>| errors.extend(failed)).ok();
    match (bucket, role) {
        (Some(bucket), Some((role, boundary_is_missing))) => {
            Ok(Observed { bucket, role, boundary_is_missing })
        }
        _ => Err(ObserveError { errors }),
    }
}

async fn observe_bucket(
    reader: &impl ReadState,
    desired: &Desired,
) -> Result<ObservedBucket, Vec<StateError>> {
    let bucket = &desired.bucket;
    let head = match reader.head_bucket(bucket).await {
        Ok(None) => return Ok(ObservedBucket::Missing),
        Ok(Some(head)) => head,
        Err(StateError { kind: StateErrorKind::WrongRegion { actual }, .. }) => {
            return Ok(ObservedBucket::Elsewhere(actual));
        }
        Err(error) if error.kind == StateErrorKind::AccessDenied => {
            return Ok(ObservedBucket::Forbidden(error));
        }
        Err(error) => return Err(vec![error]),
    };
    let region = async {
        match head.region {
            Some(region) => Ok(Reading::Is(region)),
            None => reading(desired, reader.get_bucket_location(bucket).await),
        }
    };
    let (
        region,
        tags,
        ownership,
        public_access_block,
        encryption,
        versioning,
        lifecycle,
        cors,
        policy,
    ) = join!(
        region,
        reader.get_bucket_tagging(bucket),
        reader.get_bucket_ownership_controls(bucket),
        reader.get_public_access_block(bucket),
        reader.get_bucket_encryption(bucket),
        reader.get_bucket_versioning(bucket),
        reader.get_bucket_lifecycle_configuration(bucket),
        reader.get_bucket_cors(bucket),
        reader.get_bucket_policy(bucket),
    );
    let mut errors = Vec::new();
    let region = kept(region, &mut errors).and_then(Reading::read);
    let settings = (|| {
        let (tags, ownership) = (
            kept(reading(desired, tags), &mut errors),
            kept(reading(desired, ownership), &mut errors),
        );
        let public_access_block = kept(reading(desired, public_access_block), &mut errors);
        let encryption = kept(reading(desired, encryption), &mut errors);
        let versioning = kept(reading(desired, versioning), &mut errors);
        let lifecycle = kept(reading(desired, lifecycle), &mut errors);
        let (cors, policy) = (
            kept(reading(desired, cors), &mut errors),
            kept(reading(desired, policy), &mut errors),
        );
        Some(BucketSettings {
            region,
            tags: tags?,
            ownership: ownership?,
            public_access_block: public_access_block?,
            encryption: encryption?,
            versioning: versioning?,
            lifecycle: lifecycle?,
            cors: cors?,
            policy: policy?,
            is_empty: false,
        })
    })();
    let mut settings = match settings {
        Some(settings) if errors.is_empty() => settings,
        _ => return Err(errors),
    };
    if !desired.is_aws && settings.is_as_created(desired) {
        let found = reading(desired, reader.list_object_versions(bucket).await)
            .map_err(|error| vec![error])?;
        settings.is_empty = found
            .read()
            .is_some_and(|found| found.versions.count + found.delete_markers.count == 0);
    }
    Ok(ObservedBucket::Found(Box::new(settings)))
}

async fn observe_role(
    reader: &impl ReadState,
    desired: &Desired,
) -> Result<ObservedRole, Vec<StateError>> {
    let name = &desired.role.name;
    let head = match reading(desired, reader.get_role(name).await).map_err(|error| vec![error])? {
        Reading::Is(Some(head)) => head,
        Reading::Is(None) => return Ok(ObservedRole::Missing),
        Reading::NotSupported => return Ok(ObservedRole::NotSupported),
    };
    let (permissions_policy, inline, attached) = join!(
        reader.get_role_policy(name, PERMISSIONS_POLICY_NAME),
        reader.list_role_policies(name),
        reader.list_attached_role_policies(name),
    );
    let mut errors = Vec::new();
    let (permissions_policy, inline, attached) = (
        kept(permissions_policy, &mut errors),
        kept(inline, &mut errors),
        kept(attached, &mut errors),
    );
    match (permissions_policy, inline, attached) {
        (Some(permissions_policy), Some(inline), Some(attached_policies)) => {
            Ok(ObservedRole::Found(Box::new(RoleSettings {
                head,
                permissions_policy,
                other_inline_policies: inline
                    .into_iter()
                    .filter(|name| name != PERMISSIONS_POLICY_NAME)
                    .collect(),
                attached_policies,
            })))
        }
        _ => Err(errors),
    }
}

async fn boundary_is_missing(
    reader: &impl ReadState,
    desired: &Desired,
    role: &ObservedRole,
) -> Result<bool, StateError> {
    let has = match role {
        ObservedRole::NotSupported => return Ok(false),
        ObservedRole::Missing => None,
        ObservedRole::Found(settings) => settings.head.permissions_boundary.as_deref(),
    };
    match &desired.role.permissions_boundary {
        Some(boundary) if has != Some(boundary.as_str()) => {
            Ok(reading(desired, reader.get_policy(boundary).await)?
                .read()
                .is_some_and(|exists| !exists))
        }
        _ => Ok(false),
    }
}

impl<T> Reading<T> {
    /// The setting, if the endpoint knows it.
    pub fn as_ref(&self) -> Option<&T> {
        match self {
            Self::Is(value) => Some(value),
            Self::NotSupported => None,
        }
    }

    /// The setting, if the endpoint knows it.
    pub fn read(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::NotSupported => None,
        }
    }
}

/// Only another endpoint may not know an operation: on AWS that is an error like any other.
#[expect(clippy::result_large_err, reason = "the result is a read's own")]
fn reading<T>(desired: &Desired, result: Result<T, StateError>) -> Result<Reading<T>, StateError> {
    match result {
        Ok(value) => Ok(Reading::Is(value)),
        Err(error) if error.kind == StateErrorKind::NotSupported && !desired.is_aws => {
            Ok(Reading::NotSupported)
        }
        Err(error) => Err(error),
    }
}

fn kept<T>(result: Result<T, StateError>, errors: &mut Vec<StateError>) -> Option<T> {
    result.map_err(|error| errors.push(error)).ok()
}
