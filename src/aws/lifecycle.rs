//! Lifecycle rules, to and from S3's own types, without loss: the rules of others are written back with ours.

use aws_sdk_s3::operation::get_bucket_lifecycle_configuration::GetBucketLifecycleConfigurationOutput;
use aws_sdk_s3::primitives::DateTime;
use aws_sdk_s3::types;
use time::OffsetDateTime;

use crate::provision::{
    LifecycleConfiguration, LifecycleExpiration, LifecycleFilter, LifecycleRule,
    NoncurrentVersionExpiration, NoncurrentVersionTransition, Transition,
};

use super::{AwsError, AwsErrorKind, call::Call};

/// None where there are no rules.
pub(super) fn from_s3(
    call: &Call<'_>,
    answer: GetBucketLifecycleConfigurationOutput,
) -> Result<Option<LifecycleConfiguration>, AwsError> {
    let transition_default_minimum_object_size =
        answer.transition_default_minimum_object_size.map(|size| size.as_str().to_owned());
    let rules = answer
        .rules
        .unwrap_or_default()
        .into_iter()
        .map(|rule| rule_from_s3(call, rule))
        .collect::<Result<Vec<_>, _>>()?;
    Ok((!rules.is_empty())
        .then_some(LifecycleConfiguration { rules, transition_default_minimum_object_size }))
}

fn rule_from_s3(call: &Call<'_>, rule: types::LifecycleRule) -> Result<LifecycleRule, AwsError> {
    // the form of old rules, before S3 had filters
    #[allow(deprecated)]
    let prefix = rule.prefix;
    let expiration = match rule.expiration {
        Some(expiration) => Some(LifecycleExpiration {
            days: expiration.days,
            date: date_from_s3(call, expiration.date)?,
            expired_object_delete_marker: expiration.expired_object_delete_marker,
        }),
        None => None,
    };
    let transitions = rule.transitions.unwrap_or_default().into_iter().map(|transition| {
        Ok(Transition {
            days: transition.days,
            date: date_from_s3(call, transition.date)?,
            storage_class: transition.storage_class.map(|class| class.as_str().to_owned()),
        })
    });
    let noncurrent_version_transitions =
        rule.noncurrent_version_transitions.unwrap_or_default().into_iter().map(|transition| {
            NoncurrentVersionTransition {
                noncurrent_days: transition.noncurrent_days,
                newer_noncurrent_versions: transition.newer_noncurrent_versions,
                storage_class: transition.storage_class.map(|class| class.as_str().to_owned()),
            }
        });
    Ok(LifecycleRule {
        id: rule.id,
        enabled: rule.status == types::ExpirationStatus::Enabled,
        filter: match rule.filter {
            Some(filter) => filter_from_s3(filter),
            None => LifecycleFilter {
                prefix: prefix.filter(|prefix| !prefix.is_empty()),
                ..LifecycleFilter::default()
            },
        },
        expiration,
        noncurrent_version_expiration: rule.noncurrent_version_expiration.map(|expiration| {
            NoncurrentVersionExpiration {
                noncurrent_days: expiration.noncurrent_days,
                newer_noncurrent_versions: expiration.newer_noncurrent_versions,
            }
        }),
        abort_incomplete_multipart_upload_days: rule
            .abort_incomplete_multipart_upload
            .and_then(|abort| abort.days_after_initiation),
        transitions: transitions.collect::<Result<_, AwsError>>()?,
        noncurrent_version_transitions: noncurrent_version_transitions.collect(),
    })
}

fn filter_from_s3(filter: types::LifecycleRuleFilter) -> LifecycleFilter {
    let pair = |tag: types::Tag| (tag.key, tag.value);
    let filter = match filter.and {
        Some(and) => LifecycleFilter {
            prefix: and.prefix,
            tags: and.tags.unwrap_or_default().into_iter().map(pair).collect(),
            object_size_greater_than: and.object_size_greater_than,
            object_size_less_than: and.object_size_less_than,
        },
        None => LifecycleFilter {
            prefix: filter.prefix,
            tags: filter.tag.into_iter().map(pair).collect(),
            object_size_greater_than: filter.object_size_greater_than,
            object_size_less_than: filter.object_size_less_than,
        },
    };
    LifecycleFilter { prefix: filter.prefix.filter(|prefix| !prefix.is_empty()), ..filter }
}

fn date_from_s3(
    call: &Call<'_>,
    date: Option<DateTime>,
) -> Result<Option<OffsetDateTime>, AwsError> {
    let parse = |date: DateTime| {
        OffsetDateTime::from_unix_timestamp_nanos(date.as_nanos()).map_err(|error| {
            call.error(
                AwsErrorKind::Other,
                format!("a lifecycle rule's date cannot be understood: {error}"),
            )
        })
    };
    date.map(parse).transpose()
}

pub(super) fn to_s3(
    call: &Call<'_>,
    configuration: &LifecycleConfiguration,
) -> Result<types::BucketLifecycleConfiguration, AwsError> {
    let incomplete =
        |error: aws_sdk_s3::error::BuildError| call.error(AwsErrorKind::Invalid, error.to_string());
    let rules = configuration
        .rules
        .iter()
        .map(|rule| rule_to_s3(rule).map_err(incomplete))
        .collect::<Result<Vec<_>, _>>()?;
    types::BucketLifecycleConfiguration::builder()
        .set_rules(Some(rules))
        .build()
        .map_err(incomplete)
}

fn rule_to_s3(rule: &LifecycleRule) -> Result<types::LifecycleRule, aws_sdk_s3::error::BuildError> {
    let expiration = rule.expiration.as_ref().map(|expiration| {
        types::LifecycleExpiration::builder()
            .set_days(expiration.days)
            .set_date(expiration.date.map(date_to_s3))
            .set_expired_object_delete_marker(expiration.expired_object_delete_marker)
            .build()
    });
    let noncurrent_version_expiration =
        rule.noncurrent_version_expiration.as_ref().map(|expiration| {
            types::NoncurrentVersionExpiration::builder()
                .set_noncurrent_days(expiration.noncurrent_days)
                .set_newer_noncurrent_versions(expiration.newer_noncurrent_versions)
                .build()
        });
    let transitions = rule.transitions.iter().map(|transition| {
        types::Transition::builder()
            .set_days(transition.days)
            .set_date(transition.date.map(date_to_s3))
            .set_storage_class(
                transition.storage_class.as_deref().map(types::TransitionStorageClass::from),
            )
            .build()
    });
    let noncurrent_version_transitions =
        rule.noncurrent_version_transitions.iter().map(|transition| {
            types::NoncurrentVersionTransition::builder()
                .set_noncurrent_days(transition.noncurrent_days)
                .set_newer_noncurrent_versions(transition.newer_noncurrent_versions)
                .set_storage_class(
                    transition.storage_class.as_deref().map(types::TransitionStorageClass::from),
                )
                .build()
        });
    let abort = rule.abort_incomplete_multipart_upload_days.map(|days| {
        types::AbortIncompleteMultipartUpload::builder().days_after_initiation(days).build()
    });
    let status = if rule.enabled {
        types::ExpirationStatus::Enabled
    } else {
        types::ExpirationStatus::Disabled
    };
    types::LifecycleRule::builder()
        .set_id(rule.id.clone())
        .status(status)
        .filter(filter_to_s3(&rule.filter)?)
        .set_expiration(expiration)
        .set_noncurrent_version_expiration(noncurrent_version_expiration)
        .set_abort_incomplete_multipart_upload(abort)
        .set_transitions(some(transitions.collect()))
        .set_noncurrent_version_transitions(some(noncurrent_version_transitions.collect()))
        .build()
}

/// S3 wants a single condition as it is, several inside `And`, and an empty prefix where there is none.
fn filter_to_s3(
    filter: &LifecycleFilter,
) -> Result<types::LifecycleRuleFilter, aws_sdk_s3::error::BuildError> {
    let LifecycleFilter { prefix, tags, object_size_greater_than, object_size_less_than } = filter;
    let mut tags = tags
        .iter()
        .map(|(key, value)| types::Tag::builder().key(key).value(value).build())
        .collect::<Result<Vec<_>, _>>()?;
    let conditions = usize::from(prefix.is_some())
        + tags.len()
        + usize::from(object_size_greater_than.is_some())
        + usize::from(object_size_less_than.is_some());
    let builder = types::LifecycleRuleFilter::builder();
    Ok(match conditions {
        0 => builder.prefix("").build(),
        1 => builder
            .set_prefix(prefix.clone())
            .set_tag(tags.pop())
            .set_object_size_greater_than(*object_size_greater_than)
            .set_object_size_less_than(*object_size_less_than)
            .build(),
        _ => builder
            .and(
                types::LifecycleRuleAndOperator::builder()
                    .set_prefix(prefix.clone())
                    .set_tags(some(tags))
                    .set_object_size_greater_than(*object_size_greater_than)
                    .set_object_size_less_than(*object_size_less_than)
                    .build(),
            )
            .build(),
    })
}

fn date_to_s3(date: OffsetDateTime) -> DateTime {
    DateTime::from_secs(date.unix_timestamp())
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    (!list.is_empty()).then_some(list)
}
