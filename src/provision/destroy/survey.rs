//! What there is to remove, and what stands in the way.

use futures::join;

use gatepass_core::contract::{Contract, RoleName};
use gatepass_core::policy::{CORS_RULE_ID, OWN_SID_PREFIX};
use iam_policy::{AccountId, Region};

use super::super::desired::{LIFECYCLE_RULE_ID_PREFIX, OWNERSHIP_TAG, PERMISSIONS_POLICY_NAME};
use super::super::error::{StateError, StateErrorKind};
use super::super::observed::ObserveError;
use super::super::state::{ExpectedBucket, Found, ObjectVersions, ReadState};

/// The bucket and the role of a contract: all that has to be known for removing them. No document is rendered, so that a
/// broken statement file stands in nobody's way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The bucket and the account it must be in.
    pub bucket: ExpectedBucket,
    /// Where the bucket lies.
    pub region: Region,
    /// The role.
    pub role: RoleName,
    /// Whether this is AWS itself.
    pub is_aws: bool,
}

impl Target {
    /// The contract's, in `account`.
    #[must_use]
    pub fn of(contract: &Contract, account: &AccountId) -> Self {
        Self {
            bucket: ExpectedBucket { name: contract.bucket.name.clone(), owner: account.clone() },
            region: contract.bucket.region.clone(),
            role: contract.role.name.clone(),
            is_aws: contract.endpoint.is_none(),
        }
    }
}

/// What there is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// The bucket.
    pub bucket: SurveyedBucket,
    /// The role.
    pub role: SurveyedRole,
}

/// Whether the bucket is there and ours, and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SurveyedBucket {
    /// There is none of this name.
    Missing,
    /// It may not be looked at: another account's, or the caller lacks `s3:ListBucket`.
    Forbidden(StateError),
    /// It lies in another region.
    Elsewhere(Option<Region>),
    /// It does not carry our tag.
    NotOurs,
    /// It is ours.
    Ours {
        /// Objects and delete markers.
        versions: ObjectVersions,
        /// Multipart uploads that were begun and neither completed nor aborted.
        uploads: Found,
        /// What others set in it, in words: it goes with the bucket.
        of_others: Vec<String>,
    },
}

/// Whether the role is there and ours, and what hangs on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SurveyedRole {
    /// There is none of this name, or the endpoint has no IAM.
    Missing,
    /// It does not carry our tag.
    NotOurs,
    /// It is ours.
    Ours {
        /// Whether it has the inline policy that is ours.
        has_permissions_policy: bool,
        /// What others hung on it, in words: it has to be taken off by them.
        of_others: Vec<String>,
    },
}

/// Looks at the contract's bucket and role, and into them if they are ours; concurrently.
///
/// # Errors
/// Every read that failed.
pub async fn survey(reader: &impl ReadState, target: &Target) -> Result<Survey, ObserveError> {
    match join!(survey_bucket(reader, target), survey_role(reader, target)) {
        (Ok(bucket), Ok(role)) => Ok(Survey { bucket, role }),
        (bucket, role) => {
            Err(ObserveError { errors: [bucket.err(), role.err()].into_iter().flatten().collect() })
        }
    }
}

async fn survey_bucket(
    reader: &impl ReadState,
    target: &Target,
) -> Result<SurveyedBucket, StateError> {
    let bucket = &target.bucket;
    match reader.head_bucket(bucket).await {
        Ok(None) => return Ok(SurveyedBucket::Missing),
        Ok(Some(head)) => {
            if let Some(region) = head.region
                && region != target.region
            {
                return Ok(SurveyedBucket::Elsewhere(Some(region)));
            }
        }
        Err(StateError { kind: StateErrorKind::WrongRegion { actual }, .. }) => {
            return Ok(SurveyedBucket::Elsewhere(actual));
        }
        Err(error) if error.kind == StateErrorKind::AccessDenied => {
            return Ok(SurveyedBucket::Forbidden(error));
        }
        Err(error) => return Err(error),
    }
    let tags = supported(target, reader.get_bucket_tagging(bucket).await)?.unwrap_or_default();
    if tags.get(OWNERSHIP_TAG).map(String::as_str) != Some(bucket.name.as_str()) {
        return Ok(SurveyedBucket::NotOurs);
    }
    let (versions, uploads, policy, cors, lifecycle) = join!(
        reader.list_object_versions(bucket),
        reader.list_multipart_uploads(bucket),
        reader.get_bucket_policy(bucket),
        reader.get_bucket_cors(bucket),
        reader.get_bucket_lifecycle_configuration(bucket),
    );
    let policy = supported(target, policy)?.flatten();
    let cors = supported(target, cors)?.unwrap_or_default();
    let lifecycle = supported(target, lifecycle)?.flatten();

    let named =
        |thing: &str, name: Option<&str>| format!("{thing} {}", name.unwrap_or("without a name"));
    let others = policy.as_ref().and_then(|policy| policy.without_own_statements(OWN_SID_PREFIX));
    let statements = others
        .iter()
        .flat_map(|policy| policy.statements())
        .map(|statement| named("bucket policy statement", statement.sid()));
    let cors = cors
        .iter()
        .map(|rule| rule.id.as_deref())
        .filter(|id| *id != Some(CORS_RULE_ID))
        .map(|id| named("CORS rule", id));
    let lifecycle = lifecycle
        .iter()
        .flat_map(|lifecycle| &lifecycle.rules)
        .map(|rule| rule.id.as_deref())
        .filter(|id| id.is_none_or(|id| !id.starts_with(LIFECYCLE_RULE_ID_PREFIX)))
        .map(|id| named("lifecycle rule", id));
    Ok(SurveyedBucket::Ours {
        // where nothing can be listed, DeleteBucket is what refuses
        versions: supported(target, versions)?.unwrap_or_default(),
        uploads: supported(target, uploads)?.unwrap_or_default(),
        of_others: statements.chain(cors).chain(lifecycle).collect(),
    })
}

async fn survey_role(reader: &impl ReadState, target: &Target) -> Result<SurveyedRole, StateError> {
    let role = &target.role;
    let Some(head) = supported(target, reader.get_role(role).await)?.flatten() else {
        return Ok(SurveyedRole::Missing);
    };
    if head.tags.get(OWNERSHIP_TAG).map(String::as_str) != Some(target.bucket.name.as_str()) {
        return Ok(SurveyedRole::NotOurs);
    }
    let (inline, attached, profiles) = join!(
        reader.list_role_policies(role),
        reader.list_attached_role_policies(role),
        reader.list_instance_profiles_for_role(role),
    );
    let inline = inline?;
    let others = inline
        .iter()
        .filter(|name| *name != PERMISSIONS_POLICY_NAME)
        .map(|name| format!("inline policy {name}"));
    let attached = attached?.into_iter().map(|arn| format!("attached policy {arn}"));
    let profiles = supported(target, profiles)?
        .unwrap_or_default()
        .into_iter()
        .map(|name| format!("instance profile {name}"));
    Ok(SurveyedRole::Ours {
        has_permissions_policy: inline.iter().any(|name| name == PERMISSIONS_POLICY_NAME),
        of_others: others.chain(attached).chain(profiles).collect(),
    })
}

/// None where another endpoint does not know the operation.
#[expect(clippy::result_large_err, reason = "the result is a read's own")]
fn supported<T>(target: &Target, result: Result<T, StateError>) -> Result<Option<T>, StateError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind == StateErrorKind::NotSupported && !target.is_aws => Ok(None),
        Err(error) => Err(error),
    }
}
