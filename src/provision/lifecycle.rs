//! A bucket's lifecycle rules, complete enough that the rules of others survive being read and written back.

use serde::{Serialize, Serializer};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// A bucket's lifecycle configuration.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LifecycleConfiguration {
    /// The rules, of which there is at least one.
    pub rules: Vec<LifecycleRule>,
    /// `TransitionDefaultMinimumObjectSize`, such as `all_storage_classes_128K`. None where an endpoint's answer lacks it;
    /// AWS always gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transition_default_minimum_object_size: Option<String>,
}

/// One lifecycle rule.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LifecycleRule {
    /// `ID`
    #[serde(rename = "ID", skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `Status` is `Enabled`
    pub enabled: bool,
    /// `Filter`. A rule of the old form, with its `Prefix` beside the filter, is read as a filter by that prefix: it means
    /// the same, and S3 does not take both forms in one configuration.
    pub filter: LifecycleFilter,
    /// `Expiration`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiration: Option<LifecycleExpiration>,
    /// `NoncurrentVersionExpiration`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noncurrent_version_expiration: Option<NoncurrentVersionExpiration>,
    /// `AbortIncompleteMultipartUpload.DaysAfterInitiation`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abort_incomplete_multipart_upload_days: Option<i32>,
    /// `Transitions`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transitions: Vec<Transition>,
    /// `NoncurrentVersionTransitions`
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub noncurrent_version_transitions: Vec<NoncurrentVersionTransition>,
}

/// Which objects a rule is for: those that meet every condition; without conditions, all.
/// Written as S3 wants it: a single condition as it is, several inside `And`.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRuleFilter.html>.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LifecycleFilter {
    /// `Prefix`. An empty prefix is read as none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefix: Option<String>,
    /// `Tag` or `And.Tags`, key and value, in their order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<(String, String)>,
    /// `ObjectSizeGreaterThan`, bytes
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_size_greater_than: Option<i64>,
    /// `ObjectSizeLessThan`, bytes
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object_size_less_than: Option<i64>,
}

/// When current versions expire.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleExpiration.html>.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct LifecycleExpiration {
    /// `Days`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<i32>,
    /// `Date`
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "rfc3339")]
    pub date: Option<OffsetDateTime>,
    /// `ExpiredObjectDeleteMarker`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expired_object_delete_marker: Option<bool>,
}

/// When replaced versions expire.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_NoncurrentVersionExpiration.html>.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NoncurrentVersionExpiration {
    /// `NoncurrentDays`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noncurrent_days: Option<i32>,
    /// `NewerNoncurrentVersions`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newer_noncurrent_versions: Option<i32>,
}

/// When current versions move to another storage class. gatepass has none of its own.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Transition.html>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Transition {
    /// `Days`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<i32>,
    /// `Date`
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "rfc3339")]
    pub date: Option<OffsetDateTime>,
    /// `StorageClass`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
}

/// When replaced versions move to another storage class. gatepass has none of its own.
/// See <https://docs.aws.amazon.com/AmazonS3/latest/API/API_NoncurrentVersionTransition.html>.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct NoncurrentVersionTransition {
    /// `NoncurrentDays`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noncurrent_days: Option<i32>,
    /// `NewerNoncurrentVersions`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub newer_noncurrent_versions: Option<i32>,
    /// `StorageClass`
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<String>,
}

fn rfc3339<S: Serializer>(date: &Option<OffsetDateTime>, serializer: S) -> Result<S::Ok, S::Error> {
    match date {
        Some(date) => {
            serializer.serialize_str(&date.format(&Rfc3339).map_err(serde::ser::Error::custom)?)
        }
        None => serializer.serialize_none(),
    }
}
