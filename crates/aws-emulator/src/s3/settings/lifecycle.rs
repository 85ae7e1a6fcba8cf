//! A bucket's lifecycle rules, kept. Nothing expires here.

use s3s::dto::*;
use s3s::{S3Result, s3_error};

use crate::ids;
use crate::state::Lifecycle;

use crate::s3::Buckets;

use super::lifecycle_form;

const MISSING: (&str, &str) =
    ("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist");

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html>
pub(crate) async fn get(
    buckets: &Buckets,
    input: GetBucketLifecycleConfigurationInput,
) -> S3Result<GetBucketLifecycleConfigurationOutput> {
    let lifecycle = buckets.setting(&input.bucket, MISSING, |bucket| bucket.lifecycle.clone())?;
    Ok(GetBucketLifecycleConfigurationOutput {
        rules: Some(lifecycle.rules),
        transition_default_minimum_object_size: Some(
            lifecycle.transition_default_minimum_object_size.into(),
        ),
    })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html>
pub(crate) async fn put(
    buckets: &Buckets,
    input: PutBucketLifecycleConfigurationInput,
) -> S3Result<PutBucketLifecycleConfigurationOutput> {
    let mut rules = input.lifecycle_configuration.ok_or_else(|| s3_error!(MalformedXML))?.rules;
    lifecycle_form::check(&rules)?;
    for rule in &mut rules {
        rule.id.get_or_insert_with(|| ids::unique_id("", 48));
    }
    let size = input.transition_default_minimum_object_size;
    let size = size.map_or("all_storage_classes_128K", |size| match size.as_str() {
        TransitionDefaultMinimumObjectSize::VARIES_BY_STORAGE_CLASS => {
            TransitionDefaultMinimumObjectSize::VARIES_BY_STORAGE_CLASS
        }
        _ => TransitionDefaultMinimumObjectSize::ALL_STORAGE_CLASSES_128K,
    });
    let lifecycle = Lifecycle { rules, transition_default_minimum_object_size: size.to_owned() };
    buckets.change(&input.bucket, |bucket| bucket.lifecycle = Some(lifecycle))?;
    Ok(PutBucketLifecycleConfigurationOutput {
        transition_default_minimum_object_size: Some(size.to_owned().into()),
    })
}

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html>
pub(crate) async fn delete(
    buckets: &Buckets,
    input: DeleteBucketLifecycleInput,
) -> S3Result<DeleteBucketLifecycleOutput> {
    buckets.change(&input.bucket, |bucket| bucket.lifecycle = None)?;
    Ok(DeleteBucketLifecycleOutput {})
}
