//! What others set.

use super::*;
use gatepass_core::policy::OWN_SID_PREFIX;

#[test]
fn what_others_set_survives() {
    let desired = PLAIN.desired();
    let mut bucket = bucket_as(&desired);
    let merged = statement(FOREIGN_STATEMENT).with_own_statements(OWN_SID_PREFIX, &desired.bucket_policy);
    bucket.policy = Reading::Is(Some(merged));
    bucket.cors = Reading::Is(vec![foreign_cors(), desired.cors.clone().unwrap()]);
    let Reading::Is(Some(lifecycle)) = &mut bucket.lifecycle else { return };
    lifecycle.rules.insert(0, foreign_rule());
    let present = observed(bucket, role_as(&desired));
    assert!(plan(&desired, &present, false).unwrap().is_empty());

    // another contract: ours are replaced in their places, and nothing else
    let other = Written { bucket: "[bucket.lifecycle]\nabort_incomplete_multipart_upload = \"3d\"", ..PLAIN }.desired();
    let changed = plan(&other, &present, false).unwrap();
    assert_eq!(settings(&changed), ["lifecycle"]);
    let after = changed.changes()[0].after();
    assert_eq!(after["Rules"][0]["ID"], "archive");
    assert_eq!(after["Rules"][1]["AbortIncompleteMultipartUploadDays"], 3);
}

#[test]
fn the_minimum_size_for_transitions_is_left_to_whoever_has_transitions() {
    let with = |transitions: Vec<Transition>| {
        with_bucket(&PLAIN, |bucket| {
            let Reading::Is(Some(lifecycle)) = &mut bucket.lifecycle else { return };
            lifecycle.rules.push(LifecycleRule { transitions, ..foreign_rule() });
            lifecycle.transition_default_minimum_object_size = Some("varies_by_storage_class".to_owned());
        })
    };
    assert_eq!(settings(&with(Vec::new())), ["lifecycle"]);
    let archive = Transition { days: Some(30), date: None, storage_class: Some("GLACIER".to_owned()) };
    assert!(with(vec![archive]).is_empty());
}

#[test]
fn a_contract_without_origins_takes_its_rule_away_and_no_other() {
    let mut desired = PLAIN.desired();
    let own = desired.cors.take().unwrap();
    let mut bucket = bucket_as(&desired);
    bucket.cors = Reading::Is(vec![own.clone()]);
    let alone = plan(&desired, &observed(bucket.clone(), role_as(&desired)), false).unwrap();
    assert_eq!((alone.changes()[0].action(), alone.changes().len()), (crate::provision::Action::Delete, 1));
    bucket.cors = Reading::Is(vec![own, foreign_cors()]);
    let together = plan(&desired, &observed(bucket, role_as(&desired)), false).unwrap();
    assert_eq!(together.changes()[0].after().as_array().map(Vec::len), Some(1));
}

#[test]
fn lists_and_headers_of_a_cors_rule_have_no_order_and_no_case() {
    let plan = with_bucket(&PLAIN, |bucket| {
        let Reading::Is(cors) = &mut bucket.cors else { return };
        cors[0].allowed_headers.reverse();
        cors[0].allowed_headers.iter_mut().for_each(|header| header.make_ascii_uppercase());
        cors[0].expose_headers = vec!["etag".to_owned()];
    });
    assert!(plan.is_empty(), "{plan}");
}

#[test]
fn what_the_role_has_from_others_is_noted() {
    let plan = with_role(&PLAIN, |role| {
        role.other_inline_policies = vec!["debugging".to_owned()];
        role.attached_policies = vec!["arn:aws:iam::aws:policy/AmazonS3FullAccess".to_owned()];
        role.head.permissions_boundary = Some("arn:aws:iam::111122223333:policy/edge".to_owned());
    });
    assert!(plan.is_empty());
    insta::assert_snapshot!(noted(&plan), @"
    role acme-uploads-presigner: carries the permissions boundary arn:aws:iam::111122223333:policy/edge, which the contract does not state; it can only take rights away, so it stays
    role acme-uploads-presigner: also has inline policy debugging, which is not ours: what it allows comes on top, as far as the bucket policy lets it
    role acme-uploads-presigner: also has arn:aws:iam::aws:policy/AmazonS3FullAccess, which is not ours: what it allows comes on top, as far as the bucket policy lets it
    ");
}

#[test]
fn adopting_says_what_stays() {
    let desired = PLAIN.desired();
    let (mut bucket, mut role) = (bucket_as(&desired), role_as(&desired));
    bucket.tags = Reading::Is([("owner".to_owned(), "somebody".to_owned())].into());
    bucket.policy = Reading::Is(Some(statement(FOREIGN_STATEMENT)));
    bucket.cors = Reading::Is(vec![foreign_cors(), foreign_cors()]);
    bucket.lifecycle = Reading::Is(None);
    role.head.tags.clear();
    let plan = plan(&desired, &observed(bucket, role), true).unwrap();
    assert_eq!(settings(&plan), ["bucket_tags", "lifecycle", "bucket_policy", "cors", "role_tags"]);
    insta::assert_snapshot!(noted(&plan), @"
    bucket acme-uploads: adopted: from now on it carries our tag, and destroy removes it; of others stay: 1 bucket policy statement, 2 CORS rules
    role acme-uploads-presigner: adopted: from now on it carries our tag, and destroy removes it; its trust policy becomes the contract's
    ");
}
