//! Other endpoints than AWS's.

use super::*;

/// An endpoint that drops the tags of `CreateBucket` must not make a run that was cut off there need `--adopt`.
#[test]
fn what_a_cut_off_run_left_behind_is_known() {
    let created = |desired: &Desired| BucketSettings {
        tags: Reading::Is([].into()),
        public_access_block: Reading::Is(None),
        encryption: Reading::Is(None),
        versioning: Reading::Is(Versioning::NeverEnabled),
        lifecycle: Reading::Is(None),
        cors: Reading::Is(Vec::new()),
        policy: Reading::Is(None),
        is_empty: true,
        ..bucket_as(desired)
    };
    let planned = |desired: &Desired, bucket: BucketSettings| {
        plan(
            desired,
            &Observed {
                bucket: ObservedBucket::Found(Box::new(bucket)),
                role: ObservedRole::Missing,
                boundary_is_missing: false,
            },
            false,
        )
    };
    let desired = LOCAL.desired();
    let plan = planned(&desired, created(&desired)).unwrap();
    assert_eq!(settings(&plan)[..2], ["bucket_tags", "public_access_block"]);
    insta::assert_snapshot!(noted(&plan), @"bucket acme-uploads: is as gatepass creates it, empty, and without the tags that this endpoint drops: taken for what a run that was cut off left behind");

    for touched in [
        BucketSettings { is_empty: false, ..created(&desired) },
        BucketSettings { ownership: Reading::Is(None), ..created(&desired) },
        BucketSettings {
            tags: Reading::Is([("owner".to_owned(), "somebody".to_owned())].into()),
            ..created(&desired)
        },
        BucketSettings { versioning: Reading::Is(Versioning::Suspended), ..created(&desired) },
        BucketSettings { cors: Reading::Is(vec![foreign_cors()]), ..created(&desired) },
    ] {
        assert!(planned(&desired, touched).is_err());
    }
    // AWS drops nothing
    let desired = PLAIN.desired();
    assert!(planned(&desired, created(&desired)).is_err());
}

#[test]
fn what_another_endpoint_does_not_know_is_noted_and_not_changed() {
    let desired = Written { role: "max_session_duration = \"1h\"", ..LOCAL }.desired();
    let (mut bucket, mut role) = (bucket_as(&desired), role_as(&desired));
    bucket.region = None;
    bucket.ownership = Reading::NotSupported;
    bucket.encryption = Reading::NotSupported;
    bucket.versioning = Reading::NotSupported;
    let Reading::Is(Some(lifecycle)) = &mut bucket.lifecycle else { return };
    lifecycle.transition_default_minimum_object_size = None;
    let Reading::Is(cors) = &mut bucket.cors else { return };
    cors[0].id = None;
    bucket.policy = Reading::NotSupported;
    role.head.max_session_duration = None;
    let plan = plan(&desired, &observed(bucket.clone(), role), false).unwrap();
    assert!(plan.is_empty(), "{plan}");
    insta::assert_snapshot!(noted(&plan), @"
    object ownership: not supported by this endpoint, so left out
    default encryption: not supported by this endpoint, so left out
    versioning: not supported by this endpoint, so left out
    bucket policy: not supported by this endpoint, so left out
    CORS rule ID: not kept by this endpoint, so our rule is told by what it says
    MaxSessionDuration: not kept by this endpoint, so left out
    ");

    let without_iam = Observed {
        bucket: ObservedBucket::Found(Box::new(bucket_as(&desired))),
        role: ObservedRole::NotSupported,
        boundary_is_missing: false,
    };
    let plan = super::plan(&desired, &without_iam, false).unwrap();
    assert!(plan.is_empty());
    insta::assert_snapshot!(noted(&plan), @"role acme-uploads-presigner: this endpoint has no IAM, so the role is left out and uploads are signed with the rights of whoever runs serve");
}

/// A guardrail that is kept in part is not kept.
#[test]
fn an_absent_part_of_the_public_access_block_is_a_change() {
    for written in [PLAIN, LOCAL] {
        let part = with_bucket(&written, |bucket| {
            let block =
                PublicAccessBlock { restrict_public_buckets: None, ..PublicAccessBlock::ALL };
            bucket.public_access_block = Reading::Is(Some(block));
        });
        assert_eq!(settings(&part), ["public_access_block"]);
    }
}

/// The same answers from AWS are drift.
#[test]
fn on_aws_an_absent_part_is_a_change() {
    let id = with_bucket(&PLAIN, |bucket| {
        let Reading::Is(cors) = &mut bucket.cors else { return };
        cors[0].id = None;
    });
    assert_eq!(settings(&id), ["cors"]);
    // the rule gets its ID, and there is no second one
    assert_eq!(id.changes()[0].after().as_array().map(Vec::len), Some(1), "{id}");
    let hour = Written { role: "max_session_duration = \"1h\"", ..PLAIN };
    assert_eq!(
        settings(&with_role(&hour, |role| role.head.max_session_duration = None)),
        ["role_settings"]
    );
}
