#![allow(clippy::unwrap_used)]

use super::super::fixtures::{PLAIN, account};
use super::super::state::{Found, ObjectVersions};
use super::super::{StateError, StateErrorKind};
use super::*;
use iam_policy::Region;

fn target() -> Target {
    Target::of(&PLAIN.contract(), &account())
}

fn bucket(of_others: &[&str]) -> SurveyedBucket {
    let of_others = of_others.iter().map(|&what| what.to_owned()).collect();
    SurveyedBucket::Ours {
        versions: ObjectVersions::default(),
        uploads: Found::default(),
        of_others,
    }
}

fn role(of_others: &[&str]) -> SurveyedRole {
    SurveyedRole::Ours {
        has_permissions_policy: true,
        of_others: of_others.iter().map(|&what| what.to_owned()).collect(),
    }
}

fn planned(bucket: SurveyedBucket, role: SurveyedRole) -> Result<DestroyPlan, DestroyRefusals> {
    plan_destroy(&target(), &Survey { bucket, role })
}

fn shown(bucket: SurveyedBucket, role: SurveyedRole) -> String {
    match planned(bucket, role) {
        Ok(plan) => plan.to_string(),
        Err(refusals) => refusals.to_string(),
    }
}

fn found(count: usize, more: bool, examples: &[&str]) -> Found {
    Found { count, more, examples: examples.iter().map(|&key| key.to_owned()).collect() }
}

#[test]
fn the_bucket_goes_first_and_the_role_last() {
    insta::assert_snapshot!(shown(bucket(&[]), role(&[])), @"
    - bucket acme-uploads
    - permissions policy
    - role acme-uploads-presigner

    3 removals to make in eu-central-1, account 111122223333.
    ");
    let plan = planned(bucket(&["CORS rule legacy"]), role(&[])).unwrap();
    insta::assert_json_snapshot!(plan, @r#"
    {
      "removals": [
        {
          "setting": "bucket",
          "name": "acme-uploads",
          "of_others": [
            "CORS rule legacy"
          ]
        },
        {
          "setting": "permissions_policy",
          "name": "gatepass-upload",
          "of_others": []
        },
        {
          "setting": "role",
          "name": "acme-uploads-presigner",
          "of_others": []
        }
      ],
      "notes": []
    }
    "#);
    insta::assert_snapshot!(plan, @"
    - bucket acme-uploads
        - CORS rule legacy, which others set
    - permissions policy
    - role acme-uploads-presigner

    3 removals to make in eu-central-1, account 111122223333.
    ");
}

#[test]
fn what_a_run_left_over_is_removed_by_the_next() {
    let cut_off = SurveyedRole::Ours { has_permissions_policy: false, of_others: Vec::new() };
    assert_eq!(planned(SurveyedBucket::Missing, cut_off).unwrap().removals().len(), 1);
    insta::assert_snapshot!(shown(SurveyedBucket::Missing, SurveyedRole::Missing), @"Nothing to remove: no bucket acme-uploads and no role acme-uploads-presigner of this contract.");
    assert!(planned(SurveyedBucket::Missing, SurveyedRole::Missing).unwrap().is_empty());
}

#[test]
fn what_is_not_ours_is_left_alone() {
    insta::assert_snapshot!(shown(SurveyedBucket::NotOurs, SurveyedRole::NotOurs), @"
    note: bucket acme-uploads: does not carry the tag gatepass:contract = acme-uploads, so it is left alone
    note: role acme-uploads-presigner: does not carry the tag gatepass:contract = acme-uploads, so it is left alone
    Nothing to remove: no bucket acme-uploads and no role acme-uploads-presigner of this contract.
    ");
    assert_eq!(planned(SurveyedBucket::NotOurs, role(&[])).unwrap().removals().len(), 2);
}

#[test]
fn what_lies_in_the_bucket_is_told_before_anything_is_touched() {
    let full = |versions: Found, delete_markers: Found, uploads: Found| SurveyedBucket::Ours {
        versions: ObjectVersions { versions, delete_markers },
        uploads,
        of_others: Vec::new(),
    };
    let none = Found::default;
    let objects = full(found(2, false, &["uploads/a.png", "uploads/b.png"]), none(), none());
    insta::assert_snapshot!(shown(objects, role(&[])), @"
    bucket acme-uploads is not empty, so nothing was removed: 2 object versions (uploads/a.png, uploads/b.png)
      hint: remove the objects (aws s3 rm s3://acme-uploads --recursive, and every version where the bucket has versions); or let lifecycle rules do it, and run destroy again
    ");
    let everything = full(
        found(998, true, &["a", "b", "c"]),
        found(2, true, &["d", "e"]),
        found(1, false, &["uploads/c.png"]),
    );
    insta::assert_snapshot!(shown(everything, role(&[])), @"
    bucket acme-uploads is not empty, so nothing was removed: at least 998 object versions (a, b, c, …); at least 2 delete markers (d, e, …); 1 open multipart upload (uploads/c.png)
      hint: remove the objects (aws s3 rm s3://acme-uploads --recursive, and every version where the bucket has versions), abort the multipart uploads (aws s3api abort-multipart-upload …); or let lifecycle rules do it, and run destroy again
    ");
    insta::assert_snapshot!(shown(full(none(), found(4, false, &["a", "b", "c"]), none()), role(&[])), @"
    bucket acme-uploads is not empty, so nothing was removed: 4 delete markers (a, b, c, …)
      hint: remove the delete markers (aws s3api delete-object --version-id …); or let lifecycle rules do it, and run destroy again
    ");
    insta::assert_snapshot!(shown(full(none(), none(), found(1, false, &["uploads/c.png"])), role(&[])), @"
    bucket acme-uploads is not empty, so nothing was removed: 1 open multipart upload (uploads/c.png)
      hint: abort the multipart uploads (aws s3api abort-multipart-upload …); or let lifecycle rules do it, and run destroy again
    ");
}

#[test]
fn refusals_come_together() {
    let denied = StateError {
        doing: "looking at the bucket acme-uploads".to_owned(),
        kind: StateErrorKind::AccessDenied,
        code: None,
        message: "403".to_owned(),
        request_id: None,
        hint: None,
        may_be_done: false,
    };
    let used = || {
        role(&[
            "inline policy debugging",
            "attached policy arn:aws:iam::aws:policy/ReadOnlyAccess",
            "instance profile web",
        ])
    };
    insta::assert_snapshot!(shown(SurveyedBucket::Forbidden(denied), used()), @"
    bucket acme-uploads cannot be looked at, so nothing was removed (looking at the bucket acme-uploads: 403)
      hint: use credentials that may read the bucket, or correct bucket.name
    role acme-uploads-presigner has what others put there, so nothing was removed: inline policy debugging, attached policy arn:aws:iam::aws:policy/ReadOnlyAccess, instance profile web
      hint: take it off the role, or ask whoever put it there, and run destroy again
    ");
    insta::assert_snapshot!(shown(SurveyedBucket::Elsewhere(Some(Region::parse("us-east-2").unwrap())), role(&[])), @r#"
    bucket acme-uploads lies in us-east-2, not in eu-central-1, so nothing was removed
      hint: set bucket.region = "us-east-2"
    "#);
}
