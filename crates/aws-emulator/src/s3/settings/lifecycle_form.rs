//! What S3 refuses lifecycle rules for.
//! See <https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html>.

use std::collections::BTreeSet;

use s3s::dto::*;
use s3s::{S3Result, s3_error};
use time::{OffsetDateTime, Time};

/// How long an object has to stay before it goes to infrequent access, in days.
const LEAST_IN_STANDARD: i32 = 30;

/// Refuses rules that S3 would not keep.
pub(super) fn check(rules: &[LifecycleRule]) -> S3Result<()> {
    if rules.is_empty() || rules.len() > 1000 {
        return Err(s3_error!(MalformedXML));
    }
    let mut ids = BTreeSet::new();
    for rule in rules {
        if ![ExpirationStatus::ENABLED, ExpirationStatus::DISABLED].contains(&rule.status.as_str())
        {
            return Err(s3_error!(MalformedXML));
        }
        if let Some(id) = &rule.id {
            if id.chars().count() > 255 {
                return Err(s3_error!(
                    InvalidArgument,
                    "ID length should not exceed allowed limit of 255"
                ));
            }
            if !ids.insert(id) {
                return Err(s3_error!(
                    InvalidArgument,
                    "Rule ID must be unique. Found same ID for more than one rule"
                ));
            }
        }
        check_filter(rule)?;
        check_actions(rule)?;
    }
    Ok(())
}

/// A rule has a filter or, in its old form, a prefix; and a filter has one predicate, or several in an `And`.
fn check_filter(rule: &LifecycleRule) -> S3Result<()> {
    let filter = match (&rule.filter, &rule.prefix) {
        (Some(filter), None) => filter,
        (None, Some(_)) => return Ok(()),
        (Some(_), Some(_)) | (None, None) => return Err(s3_error!(MalformedXML)),
    };
    let predicates = [
        filter.and.is_some(),
        filter.prefix.is_some(),
        filter.tag.is_some(),
        filter.object_size_greater_than.is_some(),
        filter.object_size_less_than.is_some(),
    ];
    if predicates.into_iter().filter(|is_there| *is_there).count() > 1 {
        return Err(s3_error!(MalformedXML));
    }
    if has_tags(rule) {
        if rule.abort_incomplete_multipart_upload.is_some() {
            return Err(s3_error!(
                InvalidRequest,
                "AbortIncompleteMultipartUpload cannot be specified with Tags."
            ));
        }
        if rule
            .expiration
            .as_ref()
            .is_some_and(|expiration| expiration.expired_object_delete_marker.is_some())
        {
            return Err(s3_error!(
                InvalidRequest,
                "ExpiredObjectDeleteMarker cannot be specified with Tags."
            ));
        }
    }
    Ok(())
}

fn has_tags(rule: &LifecycleRule) -> bool {
    rule.filter.as_ref().is_some_and(|filter| {
        filter.tag.is_some()
            || filter
                .and
                .as_ref()
                .and_then(|and| and.tags.as_ref())
                .is_some_and(|tags| !tags.is_empty())
    })
}

fn check_actions(rule: &LifecycleRule) -> S3Result<()> {
    let transitions = rule.transitions.as_deref().unwrap_or_default();
    let noncurrent_transitions = rule.noncurrent_version_transitions.as_deref().unwrap_or_default();
    let acts = rule.abort_incomplete_multipart_upload.is_some()
        || rule.expiration.is_some()
        || rule.noncurrent_version_expiration.is_some()
        || !transitions.is_empty()
        || !noncurrent_transitions.is_empty();
    if !acts {
        return Err(s3_error!(
            InvalidRequest,
            "At least one action needs to be specified in a rule"
        ));
    }
    if let Some(abort) = &rule.abort_incomplete_multipart_upload {
        positive(
            abort.days_after_initiation,
            "DaysAfterInitiation for AbortIncompleteMultipartUpload action",
        )?;
    }
    if let Some(expiration) = &rule.noncurrent_version_expiration {
        positive(
            expiration.noncurrent_days,
            "NoncurrentDays for NoncurrentVersionExpiration action",
        )?;
    }
    for transition in transitions {
        check_transition(transition)?;
    }
    let Some(expiration) = &rule.expiration else { return Ok(()) };
    let given = [
        expiration.days.is_some(),
        expiration.date.is_some(),
        expiration.expired_object_delete_marker.is_some(),
    ];
    if given.into_iter().filter(|is_there| *is_there).count() != 1 {
        return Err(s3_error!(MalformedXML));
    }
    positive(expiration.days, "Days for Expiration action")?;
    at_midnight(expiration.date.as_ref())?;
    let latest = transitions.iter().filter_map(|transition| transition.days).max();
    if let (Some(days), Some(latest)) = (expiration.days, latest)
        && days <= latest
    {
        return Err(s3_error!(
            InvalidArgument,
            "'Days' in the Expiration action must be greater than 'Days' in the Transition action"
        ));
    }
    Ok(())
}

fn check_transition(transition: &Transition) -> S3Result<()> {
    const KNOWN: [&str; 6] = [
        "GLACIER",
        "STANDARD_IA",
        "ONEZONE_IA",
        "INTELLIGENT_TIERING",
        "DEEP_ARCHIVE",
        "GLACIER_IR",
    ];
    let class = transition.storage_class.as_ref().map(TransitionStorageClass::as_str);
    let Some(class) = class.filter(|class| KNOWN.contains(class)) else {
        return Err(s3_error!(MalformedXML));
    };
    if transition.days.is_some() == transition.date.is_some() {
        return Err(s3_error!(MalformedXML));
    }
    at_midnight(transition.date.as_ref())?;
    let least = if ["STANDARD_IA", "ONEZONE_IA"].contains(&class) { LEAST_IN_STANDARD } else { 0 };
    if transition.days.is_some_and(|days| days < least) {
        return Err(s3_error!(
            InvalidArgument,
            "'Days' in Transition action must be greater than or equal to {least} for storageClass '{class}'"
        ));
    }
    Ok(())
}

fn positive(days: Option<i32>, what: &str) -> S3Result<()> {
    match days {
        Some(days) if days <= 0 => {
            Err(s3_error!(InvalidArgument, "'{what}' must be a positive integer"))
        }
        _ => Ok(()),
    }
}

fn at_midnight(date: Option<&Timestamp>) -> S3Result<()> {
    match date {
        Some(date) if OffsetDateTime::from(date.clone()).time() != Time::MIDNIGHT => {
            Err(s3_error!(InvalidArgument, "'Date' must be at midnight GMT"))
        }
        _ => Ok(()),
    }
}
