//! Why nothing may be changed.

use super::*;

fn denied() -> StateError {
    StateError {
        doing: "looking at the bucket acme-uploads".to_owned(),
        kind: StateErrorKind::AccessDenied,
        code: Some("403".to_owned()),
        message: "Forbidden".to_owned(),
        request_id: Some("4XEXAMPLE".to_owned()),
        hint: None,
        may_be_done: false,
    }
}

fn refused(desired: &Desired, observed: &Observed, adopt: bool) -> String {
    plan(desired, observed, adopt).unwrap_err().to_string()
}

#[test]
fn refusals_say_why_and_the_way_out() {
    let desired = PLAIN.desired();
    let (mut bucket, mut role) = (bucket_as(&desired), role_as(&desired));
    let Reading::Is(tags) = &mut bucket.tags else { return };
    tags.clear();
    role.head.tags.clear();
    role.head.path = "/service/".to_owned();
    insta::assert_snapshot!(refused(&desired, &observed(bucket.clone(), role.clone()), false), @r#"
    bucket acme-uploads exists already and does not carry the tag gatepass:contract
      hint: take it over with --adopt (what others set in it survives, objects are not touched), or change bucket.name
    role acme-uploads-presigner exists already and does not carry the tag gatepass:contract
      hint: take it over with --adopt (its trust policy is replaced by the contract's), or change role.name
    role acme-uploads-presigner has the path /service/, not /
      hint: set role.path = "/service/", or change role.name: a role's path cannot be changed
    "#);
    // what cannot be taken over is refused all the same
    role.head.tags.insert("gatepass:contract".to_owned(), "other-uploads".to_owned());
    insta::assert_snapshot!(refused(&desired, &observed(bucket, role), true), @r#"
    role acme-uploads-presigner belongs to the contract of bucket other-uploads
      hint: one role signs for one bucket: change role.name, or destroy the other contract first
    role acme-uploads-presigner has the path /service/, not /
      hint: set role.path = "/service/", or change role.name: a role's path cannot be changed
    "#);

    let elsewhere = |bucket| Observed { bucket, ..NOTHING };
    insta::assert_snapshot!(refused(&desired, &elsewhere(ObservedBucket::Forbidden(denied())), true), @"
    bucket acme-uploads exists and is either another account's than 111122223333 or closed to these credentials (looking at the bucket acme-uploads: 403: Forbidden (request id 4XEXAMPLE))
      hint: bucket names are shared by all accounts; free ones are likely: acme-uploads-111122223333, acme-uploads-111122223333-eu-central-1
    ");
    let ohio = Region::parse("us-east-2").unwrap();
    insta::assert_snapshot!(refused(&desired, &elsewhere(ObservedBucket::Elsewhere(Some(ohio.clone()))), true), @r#"
    bucket acme-uploads lies in us-east-2, not in eu-central-1
      hint: set bucket.region = "us-east-2", or change bucket.name: a bucket cannot move
    "#);
    insta::assert_snapshot!(refused(&desired, &elsewhere(ObservedBucket::Elsewhere(None)), true), @"
    bucket acme-uploads lies in another region than eu-central-1
      hint: set bucket.region to the bucket's, or change bucket.name
    ");
    let far = BucketSettings { region: Some(ohio), ..bucket_as(&desired) };
    insta::assert_snapshot!(refused(&desired, &elsewhere(ObservedBucket::Found(Box::new(far))), true), @r#"
    bucket acme-uploads lies in us-east-2, not in eu-central-1
      hint: set bucket.region = "us-east-2", or change bucket.name: a bucket cannot move
    "#);
}

#[test]
fn a_permissions_boundary_that_is_not_there_is_refused() {
    let desired = Written {
        role: "permissions_boundary = \"arn:aws:iam::111122223333:policy/edge\"",
        ..PLAIN
    }
    .desired();
    insta::assert_snapshot!(refused(&desired, &Observed { boundary_is_missing: true, ..NOTHING }, false), @"
    role acme-uploads-presigner is to have the permissions boundary arn:aws:iam::111122223333:policy/edge, and there is no such policy
      hint: create that managed policy first, or correct role.permissions_boundary
    ");
}

#[test]
fn a_merged_bucket_policy_that_s3_would_refuse_is_refused() {
    let desired = PLAIN.desired();
    let with = |json: &str| {
        let bucket =
            BucketSettings { policy: Reading::Is(Some(statement(json))), ..bucket_as(&desired) };
        plan(&desired, &observed(bucket, role_as(&desired)), false)
            .map_err(|refusals| refusals.to_string())
    };
    let public = r#"{"Sid": "Website", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-uploads/*"}"#;
    insta::assert_snapshot!(with(public).unwrap_err(), @"
    the statement Website in the bucket policy allows everybody, so the public access block would refuse the whole bucket policy
      hint: remove the statement or narrow its principal: a bucket of uploads must not be public
    ");
    let narrowed = public.replace(
        "\"Action\"",
        r#""Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}, "Action""#,
    );
    assert!(with(&narrowed).is_ok());
    let many: Vec<String> =
        (0..600).map(|number| format!("arn:aws:s3:::acme-uploads/{number:08}/*")).collect();
    let large = json!({"Sid": "Large", "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": many}).to_string();
    insta::assert_snapshot!(with(&large).unwrap_err(), @"
    the bucket policy has 25914 bytes, and AWS takes at most 20480
      hint: name fewer content types (each of their extensions is a line of GatepassPresignerOnlyExtensions), end upload.key without .{ext}, or shorten what others put into the bucket policy
    ");
}
