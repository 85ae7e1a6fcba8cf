//! A bucket's lifecycle rules, kept. Nothing expires here.

use std::collections::BTreeSet;

use s3s::dto::*;
use s3s::{S3Result, s3_error};

use crate::local::ids;
use crate::local::state::Lifecycle;

use crate::local::s3::Buckets;

const MISSING: (&str, &str) = ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist");

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html>
pub(crate) async fn get(buckets: &Buckets, input: GetBucketLifecycleConfigurationInput) -> S3Result<GetBucketLifecycleConfigurationOutput> {
    let lifecycle = buckets.setting(&input.bucket, MISSING, |bucket| bucket.lifecycle.clone())?;
    Ok(GetBucketLifecycleConfigurationOutput {
        rules: Some(lifecycle.rules),
        transition_default_minimum_object_size: Some(lifecycle.transition_default_minimum_object_size.into()),
    })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html>
pub(crate) async fn put(buckets: &Buckets, input: PutBucketLifecycleConfigurationInput) -> S3Result<PutBucketLifecycleConfigurationOutput> {
    let mut rules = input.lifecycle_configuration.ok_or_else(|| s3_error!(MalformedXML))?.rules;
    check(&rules)?;
    for rule in &mut rules {
        rule.id.get_or_insert_with(|| ids::unique_id("", 48));
    }
    let size = input.transition_default_minimum_object_size;
    let size = size.map_or("all_storage_classes_128K", |size| match size.as_str() {
        TransitionDefaultMinimumObjectSize::VARIES_BY_STORAGE_CLASS => TransitionDefaultMinimumObjectSize::VARIES_BY_STORAGE_CLASS,
        _ => TransitionDefaultMinimumObjectSize::ALL_STORAGE_CLASSES_128K,
    });
    let lifecycle = Lifecycle { rules, transition_default_minimum_object_size: size.to_owned() };
    buckets.change(&input.bucket, |bucket| bucket.lifecycle = Some(lifecycle))?;
    Ok(PutBucketLifecycleConfigurationOutput { transition_default_minimum_object_size: Some(size.to_owned().into()) })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html>
pub(crate) async fn delete(buckets: &Buckets, input: DeleteBucketLifecycleInput) -> S3Result<DeleteBucketLifecycleOutput> {
    buckets.change(&input.bucket, |bucket| bucket.lifecycle = None)?;
    Ok(DeleteBucketLifecycleOutput {})
}

fn check(rules: &[LifecycleRule]) -> S3Result<()> {
    if rules.is_empty() || rules.len() > 1000 {
        return Err(s3_error!(MalformedXML));
    }
    let mut ids = BTreeSet::new();
    for rule in rules {
        if !["Enabled", "Disabled"].contains(&rule.status.as_str()) {
            return Err(s3_error!(MalformedXML));
        }
        if let Some(id) = &rule.id {
            if id.chars().count() > 255 {
                return Err(s3_error!(InvalidArgument, "ID length should not exceed allowed limit of 255"));
            }
            if !ids.insert(id) {
                return Err(s3_error!(InvalidArgument, "Rule ID must be unique. Found same ID for more than one rule"));
            }
        }
        let acts = rule.abort_incomplete_multipart_upload.is_some()
            || rule.expiration.is_some()
            || rule.noncurrent_version_expiration.is_some()
            || rule.noncurrent_version_transitions.as_ref().is_some_and(|transitions| !transitions.is_empty())
            || rule.transitions.as_ref().is_some_and(|transitions| !transitions.is_empty());
        if !acts {
            return Err(s3_error!(InvalidRequest, "At least one action needs to be specified in a rule"));
        }
        let positive = |days: Option<i32>, what: &str| match days {
            Some(days) if days <= 0 => Err(s3_error!(InvalidArgument, "'{what}' must be a positive integer")),
            _ => Ok(()),
        };
        positive(
            rule.abort_incomplete_multipart_upload.as_ref().and_then(|abort| abort.days_after_initiation),
            "DaysAfterInitiation for AbortIncompleteMultipartUpload action",
        )?;
        positive(rule.expiration.as_ref().and_then(|expiration| expiration.days), "Days for Expiration action")?;
        positive(
            rule.noncurrent_version_expiration.as_ref().and_then(|expiration| expiration.noncurrent_days),
            "NoncurrentDays for NoncurrentVersionExpiration action",
        )?;
    }
    Ok(())
}
