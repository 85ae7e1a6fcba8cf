#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::super::fixtures::{LOCAL, NOTHING, PLAIN, Written, account, bucket_as, observed, role_as, statement};
use super::super::lifecycle::{LifecycleFilter, LifecycleRule, Transition};
use super::super::observed::{BucketSettings, Observed, ObservedBucket, ObservedRole, Reading, RoleSettings};
use super::super::settings::{DefaultEncryption, ObjectOwnership, PublicAccessBlock, Versioning};
use super::super::{Desired, StateError, StateErrorKind};
use super::{Plan, plan};
use crate::contract::Region;
use crate::policy::{CorsRule, Document};

fn settings(plan: &Plan) -> Vec<&str> {
    plan.changes().iter().map(super::Change::setting).collect()
}

/// The plan once one thing about the bucket is another than wanted.
fn with_bucket(written: &Written<'_>, change: impl FnOnce(&mut BucketSettings)) -> Plan {
    let desired = written.desired();
    let mut bucket = bucket_as(&desired);
    change(&mut bucket);
    plan(&desired, &observed(bucket, role_as(&desired)), false).unwrap()
}

/// The plan once one thing about the role is another than wanted.
fn with_role(written: &Written<'_>, change: impl FnOnce(&mut RoleSettings)) -> Plan {
    let desired = written.desired();
    let mut role = role_as(&desired);
    change(&mut role);
    plan(&desired, &observed(bucket_as(&desired), role), false).unwrap()
}

/// The changes as shown, without head and sum.
fn shown(plan: &Plan) -> String {
    plan.changes().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn noted(plan: &Plan) -> String {
    plan.notes().iter().map(|note| format!("{}: {}", note.about, note.text)).collect::<Vec<_>>().join("\n")
}

fn foreign_rule() -> LifecycleRule {
    LifecycleRule {
        id: Some("archive".to_owned()),
        enabled: true,
        filter: LifecycleFilter { prefix: Some("reports/".to_owned()), ..LifecycleFilter::default() },
        expiration: None,
        noncurrent_version_expiration: None,
        abort_incomplete_multipart_upload_days: None,
        transitions: Vec::new(),
        noncurrent_version_transitions: Vec::new(),
    }
}

fn foreign_cors() -> CorsRule {
    CorsRule {
        id: Some("legacy".to_owned()),
        allowed_origins: vec!["https://old.example".to_owned()],
        allowed_methods: vec!["GET".to_owned()],
        allowed_headers: Vec::new(),
        expose_headers: Vec::new(),
        max_age_seconds: None,
    }
}

const FOREIGN_STATEMENT: &str = r#"{"Sid": "AuditorReads", "Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::444455556666:root"},
    "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-uploads/*"}"#;

#[test]
fn an_empty_account() {
    let desired =
        Written { bucket: "versioning = true\n[bucket.lifecycle]\nexpiration = \"30d\"\nnoncurrent_version_expiration = \"7d\"", ..PLAIN }
            .desired();
    insta::assert_snapshot!(plan(&desired, &NOTHING, false).unwrap(), @"
    bucket acme-uploads in eu-central-1, role acme-uploads-presigner, account 111122223333

    + bucket acme-uploads
        + Region: eu-central-1
        + ObjectOwnership: BucketOwnerEnforced
        + tag gatepass:contract: acme-uploads

    + public access block
        + BlockPublicAcls: true
        + IgnorePublicAcls: true
        + BlockPublicPolicy: true
        + RestrictPublicBuckets: true

    + default encryption
        + SSEAlgorithm: AES256
        + BucketKeyEnabled: false

    + versioning
        + Enabled

    + lifecycle rules
        + gatepass-abort-incomplete-multipart-upload: aborts incomplete multipart uploads after 1 day under uploads/
        + gatepass-expire-uploads: removes objects after 30 days under uploads/
        + gatepass-expire-noncurrent-versions: removes replaced versions after 7 days under uploads/
        + TransitionDefaultMinimumObjectSize: all_storage_classes_128K

    + bucket policy
        + GatepassDenyInsecureTransport: denies s3:* on acme-uploads, acme-uploads/* to everybody where aws:SecureTransport = false
        + GatepassDenyOldSignatures: denies s3:* on acme-uploads/* to everybody where s3:signatureAge > 900000
        + GatepassDenyOtherEncryption: denies s3:PutObject on acme-uploads/* to everybody where s3:x-amz-server-side-encryption is present and s3:x-amz-server-side-encryption is not AES256
        + GatepassDenySignatureV2: denies s3:* on acme-uploads, acme-uploads/* to everybody where s3:signatureversion = AWS
        + GatepassDenySseC: denies s3:PutObject on acme-uploads/* to everybody where s3:x-amz-server-side-encryption-customer-algorithm is present
        + GatepassDenyTlsBelow12: denies s3:* on acme-uploads, acme-uploads/* to everybody where s3:TlsVersion < 1.2
        + GatepassPresignerOnlyExtensions: denies s3:PutObject on everything but acme-uploads/uploads/*.png to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner
        + GatepassPresignerOnlyPrefix: denies s3:* on everything but acme-uploads/uploads/* to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner
        + GatepassPresignerOnlyUploadActions: denies everything but s3:AbortMultipartUpload, s3:ListMultipartUploadParts, s3:PutObject on acme-uploads, acme-uploads/* to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner
        + GatepassPresignerWriteOnce: denies s3:PutObject on acme-uploads/uploads/* to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner and s3:ObjectCreationOperation = true and s3:if-none-match is absent

    + CORS rules
        + gatepass-upload AllowedOrigins: https://app.example
        + gatepass-upload AllowedMethods: PUT
        + gatepass-upload AllowedHeaders: content-type, if-none-match, x-amz-checksum-sha256
        + gatepass-upload ExposeHeaders: ETag, x-amz-version-id
        + gatepass-upload MaxAgeSeconds: 3600

    + role acme-uploads-presigner
        + Path: /
        + Description: Signs uploads into the bucket acme-uploads (gatepass)
        + MaxSessionDuration: 3600
        + tag gatepass:contract: acme-uploads
        + trust policy
            + GatepassTrustLambda: allows sts:AssumeRole to lambda.amazonaws.com

    + permissions policy
        + GatepassUpload: allows s3:AbortMultipartUpload, s3:ListMultipartUploadParts, s3:PutObject on acme-uploads/uploads/* where aws:ResourceAccount = 111122223333

    9 changes: 9 to create, 0 to update, 0 to delete.
    ");
}

/// A tag that somebody adds is theirs.
#[test]
fn a_tag_of_others_is_no_change() {
    let plan = with_bucket(&PLAIN, |bucket| {
        let Reading::Is(tags) = &mut bucket.tags else { return };
        tags.insert("owner".to_owned(), "somebody".to_owned());
    });
    assert!(plan.is_empty(), "{plan}");
}

#[test]
fn the_order_is_the_safe_one() {
    let desired = Written { bucket: "versioning = true", ..PLAIN }.desired();
    let order =
        ["bucket", "public_access_block", "encryption", "versioning", "lifecycle", "bucket_policy", "cors", "role", "permissions_policy"];
    assert_eq!(settings(&plan(&desired, &NOTHING, false).unwrap()), order);
}

#[test]
fn what_is_as_wanted_changes_nothing() {
    for written in [
        PLAIN,
        LOCAL,
        Written { bucket: "versioning = true", role: "permissions_boundary = \"arn:aws:iam::111122223333:policy/edge\"", ..PLAIN },
    ] {
        let desired = written.desired();
        let plan = plan(&desired, &observed(bucket_as(&desired), role_as(&desired)), false).unwrap();
        assert!(plan.is_empty(), "{plan}");
        assert_eq!(serde_json::to_value(&plan).unwrap(), json!({"changes": [], "notes": []}));
    }
    insta::assert_snapshot!(with_bucket(&PLAIN, |_| ()), @"
    bucket acme-uploads in eu-central-1, role acme-uploads-presigner, account 111122223333

    Nothing to change.
    ");
}

#[test]
fn each_setting_of_the_bucket_that_was_changed_is_shown_alone() {
    let tagged = Written { bucket: "[bucket.tags]\nteam = \"web\"", ..PLAIN };
    let plans = [
        with_bucket(&tagged, |bucket| {
            let Reading::Is(tags) = &mut bucket.tags else { return };
            tags.insert("team".to_owned(), "mobile".to_owned());
            tags.insert("owner".to_owned(), "somebody".to_owned());
        }),
        with_bucket(&PLAIN, |bucket| bucket.ownership = Reading::Is(Some(ObjectOwnership::ObjectWriter))),
        with_bucket(&PLAIN, |bucket| bucket.ownership = Reading::Is(None)),
        with_bucket(&PLAIN, |bucket| bucket.public_access_block = Reading::Is(None)),
        with_bucket(&PLAIN, |bucket| {
            let block = PublicAccessBlock { block_public_policy: Some(false), ..PublicAccessBlock::ALL };
            bucket.public_access_block = Reading::Is(Some(block));
        }),
        with_bucket(&PLAIN, |bucket| {
            bucket.encryption = Reading::Is(Some(DefaultEncryption {
                algorithm: "aws:kms".to_owned(),
                kms_key: Some("alias/mine".to_owned()),
                bucket_key_enabled: Some(false),
                blocked_encryption_types: vec!["SSE-C".to_owned()],
            }));
        }),
        with_bucket(&PLAIN, |bucket| bucket.versioning = Reading::Is(Versioning::Enabled)),
        with_bucket(&Written { bucket: "versioning = true", ..PLAIN }, |bucket| bucket.versioning = Reading::Is(Versioning::Suspended)),
        with_bucket(&PLAIN, |bucket| bucket.lifecycle = Reading::Is(None)),
        with_bucket(&PLAIN, |bucket| {
            let Reading::Is(Some(lifecycle)) = &mut bucket.lifecycle else { return };
            lifecycle.rules[0].abort_incomplete_multipart_upload_days = Some(7);
            lifecycle.rules[0].enabled = false;
            lifecycle.rules.push(LifecycleRule { id: Some("gatepass-expire-uploads".to_owned()), ..foreign_rule() });
            lifecycle.rules.push(foreign_rule());
            lifecycle.transition_default_minimum_object_size = Some("varies_by_storage_class".to_owned());
        }),
        with_bucket(&PLAIN, |bucket| bucket.cors = Reading::Is(Vec::new())),
        with_bucket(&PLAIN, |bucket| {
            let Reading::Is(cors) = &mut bucket.cors else { return };
            cors[0].allowed_origins = vec!["*".to_owned()];
            cors[0].allowed_methods.push("DELETE".to_owned());
            cors[0].max_age_seconds = None;
            cors.push(foreign_cors());
        }),
        with_bucket(&PLAIN, |bucket| bucket.policy = Reading::Is(Some(statement(FOREIGN_STATEMENT)))),
    ];
    let all: Vec<String> = plans.iter().map(shown).collect();
    assert!(plans.iter().all(|plan| plan.changes().len() == 1 && plan.notes().is_empty()), "{}", all.join("\n"));
    insta::assert_snapshot!(all.join("\n"), @"
    ~ bucket tags
        ~ tag team: mobile -> web
    ~ object ownership
        ~ ObjectWriter -> BucketOwnerEnforced
    + object ownership
        + BucketOwnerEnforced
    + public access block
        + BlockPublicAcls: true
        + IgnorePublicAcls: true
        + BlockPublicPolicy: true
        + RestrictPublicBuckets: true
    ~ public access block
        ~ BlockPublicPolicy: false -> true
    ~ default encryption
        ~ SSEAlgorithm: aws:kms -> AES256
        - KMSMasterKeyID: alias/mine
    ~ versioning
        ~ Enabled -> Suspended
    ~ versioning
        ~ Suspended -> Enabled
    + lifecycle rules
        + gatepass-abort-incomplete-multipart-upload: aborts incomplete multipart uploads after 1 day under uploads/
        + TransitionDefaultMinimumObjectSize: all_storage_classes_128K
    ~ lifecycle rules
        - gatepass-abort-incomplete-multipart-upload: aborts incomplete multipart uploads after 7 days under uploads/ (disabled)
        - gatepass-expire-uploads: does nothing under reports/
        + gatepass-abort-incomplete-multipart-upload: aborts incomplete multipart uploads after 1 day under uploads/
        ~ TransitionDefaultMinimumObjectSize: varies_by_storage_class -> all_storage_classes_128K
          1 rule of others stays
    + CORS rules
        + gatepass-upload AllowedOrigins: https://app.example
        + gatepass-upload AllowedMethods: PUT
        + gatepass-upload AllowedHeaders: content-type, if-none-match, x-amz-checksum-sha256
        + gatepass-upload ExposeHeaders: ETag
        + gatepass-upload MaxAgeSeconds: 3600
    ~ CORS rules
        - gatepass-upload AllowedOrigins: *
        + gatepass-upload AllowedOrigins: https://app.example
        - gatepass-upload AllowedMethods: DELETE
        + gatepass-upload MaxAgeSeconds: 3600
          1 rule of others stays
    ~ bucket policy
        + GatepassDenyInsecureTransport: denies s3:* on acme-uploads, acme-uploads/* to everybody where aws:SecureTransport = false
        + GatepassDenyOldSignatures: denies s3:* on acme-uploads/* to everybody where s3:signatureAge > 900000
        + GatepassDenyOtherEncryption: denies s3:PutObject on acme-uploads/* to everybody where s3:x-amz-server-side-encryption is present and s3:x-amz-server-side-encryption is not AES256
        + GatepassDenySignatureV2: denies s3:* on acme-uploads, acme-uploads/* to everybody where s3:signatureversion = AWS
        + GatepassDenySseC: denies s3:PutObject on acme-uploads/* to everybody where s3:x-amz-server-side-encryption-customer-algorithm is present
        + GatepassDenyTlsBelow12: denies s3:* on acme-uploads, acme-uploads/* to everybody where s3:TlsVersion < 1.2
        + GatepassPresignerOnlyExtensions: denies s3:PutObject on everything but acme-uploads/uploads/*.png to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner
        + GatepassPresignerOnlyPrefix: denies s3:* on everything but acme-uploads/uploads/* to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner
        + GatepassPresignerOnlyUploadActions: denies everything but s3:AbortMultipartUpload, s3:ListMultipartUploadParts, s3:PutObject on acme-uploads, acme-uploads/* to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner
        + GatepassPresignerWriteOnce: denies s3:PutObject on acme-uploads/uploads/* to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner and s3:ObjectCreationOperation = true and s3:if-none-match is absent
          1 statement of others stays
    ");
}

#[test]
fn a_changed_statement_is_shown_by_meaning() {
    let plan = with_bucket(&PLAIN, |bucket| {
        let Reading::Is(Some(policy)) = &mut bucket.policy else { return };
        *policy = Document::parse(&policy.to_json().to_string().replace("900000", "3600000")).unwrap();
    });
    insta::assert_snapshot!(shown(&plan), @"
    ~ bucket policy
        ~ GatepassDenyOldSignatures: now denies s3:* on acme-uploads/* to everybody where s3:signatureAge > 900000
            Condition NumericGreaterThan s3:signatureAge: -3600000 +900000
    ");
    insta::assert_json_snapshot!(serde_json::to_value(&plan).unwrap()["changes"][0]["statements"], @r#"
    [
      {
        "sid": "GatepassDenyOldSignatures",
        "kind": "changed",
        "summary": "now denies s3:* on acme-uploads/* to everybody where s3:signatureAge > 900000",
        "elements": [
          {
            "element": "Condition NumericGreaterThan s3:signatureAge",
            "removed": [
              "3600000"
            ],
            "added": [
              "900000"
            ]
          }
        ]
      }
    ]
    "#);
}

#[test]
fn each_setting_of_the_role_that_was_changed_is_shown_alone() {
    let boundary = "permissions_boundary = \"arn:aws:iam::111122223333:policy/edge\"";
    let bounded = Written { role: boundary, ..PLAIN };
    let tagged = Written { role: "[role.tags]\nteam = \"web\"", ..PLAIN };
    let plans = [
        with_role(&tagged, |role| {
            role.head.tags.insert("team".to_owned(), "mobile".to_owned());
            role.head.tags.insert("owner".to_owned(), "somebody".to_owned());
        }),
        with_role(&PLAIN, |role| role.head.description = None),
        with_role(&PLAIN, |role| role.head.max_session_duration = Some(43_200)),
        with_role(&bounded, |role| role.head.permissions_boundary = None),
        with_role(&bounded, |role| role.head.permissions_boundary = Some("arn:aws:iam::aws:policy/AdministratorAccess".to_owned())),
        with_role(&PLAIN, |role| {
            role.head.trust_policy = statement(r#"{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}"#);
        }),
        with_role(&PLAIN, |role| role.permissions_policy = None),
        with_role(&PLAIN, |role| {
            role.permissions_policy = Some(statement(r#"{"Sid": "GatepassUpload", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#));
        }),
    ];
    let all: Vec<String> = plans.iter().map(shown).collect();
    assert!(plans.iter().all(|plan| plan.changes().len() == 1 && plan.notes().is_empty()), "{}", all.join("\n"));
    insta::assert_snapshot!(all.join("\n"), @"
    ~ role tags
        ~ tag team: mobile -> web
    ~ role settings
        + Description: Signs uploads into the bucket acme-uploads (gatepass)
    ~ role settings
        ~ MaxSessionDuration: 43200 -> 3600
    + permissions boundary
        + arn:aws:iam::111122223333:policy/edge
    ~ permissions boundary
        ~ arn:aws:iam::aws:policy/AdministratorAccess -> arn:aws:iam::111122223333:policy/edge
    ~ trust policy
        - (no Sid): no longer allows sts:AssumeRole to everybody
        + GatepassTrustLambda: allows sts:AssumeRole to lambda.amazonaws.com
    + permissions policy
        + GatepassUpload: allows s3:AbortMultipartUpload, s3:ListMultipartUploadParts, s3:PutObject on acme-uploads/uploads/* where aws:ResourceAccount = 111122223333
    ~ permissions policy
        ~ GatepassUpload: now allows s3:AbortMultipartUpload, s3:ListMultipartUploadParts, s3:PutObject on acme-uploads/uploads/* where aws:ResourceAccount = 111122223333
            Action: -s3:* +s3:AbortMultipartUpload +s3:ListMultipartUploadParts +s3:PutObject
            Condition StringEquals aws:ResourceAccount: +111122223333
            Resource: -* +arn:aws:s3:::acme-uploads/uploads/*
    ");
}

#[test]
fn what_others_set_survives() {
    let desired = PLAIN.desired();
    let mut bucket = bucket_as(&desired);
    let merged = statement(FOREIGN_STATEMENT).with_own_statements(&desired.bucket_policy);
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
    assert_eq!((alone.changes()[0].action(), alone.changes().len()), (super::Action::Delete, 1));
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

fn denied() -> StateError {
    StateError {
        doing: "looking at the bucket acme-uploads".to_owned(),
        kind: StateErrorKind::AccessDenied,
        code: Some("403".to_owned()),
        message: "Forbidden".to_owned(),
        request_id: Some("4XEXAMPLE".to_owned()),
        hint: None,
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

    let elsewhere = |bucket| Observed { bucket, role: ObservedRole::Missing };
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
fn a_merged_bucket_policy_that_s3_would_refuse_is_refused() {
    let desired = PLAIN.desired();
    let with = |json: &str| {
        let bucket = BucketSettings { policy: Reading::Is(Some(statement(json))), ..bucket_as(&desired) };
        plan(&desired, &observed(bucket, role_as(&desired)), false).map_err(|refusals| refusals.to_string())
    };
    let public =
        r#"{"Sid": "Website", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-uploads/*"}"#;
    insta::assert_snapshot!(with(public).unwrap_err(), @"
    the statement Website in the bucket policy allows everybody, so the public access block would refuse the whole bucket policy
      hint: remove the statement or narrow its principal: a bucket of uploads must not be public
    ");
    let narrowed = public.replace("\"Action\"", r#""Condition": {"StringEquals": {"aws:SourceVpce": "vpce-1"}}, "Action""#);
    assert!(with(&narrowed).is_ok());
    let many: Vec<String> = (0..600).map(|number| format!("arn:aws:s3:::acme-uploads/{number:08}/*")).collect();
    let large = json!({"Sid": "Large", "Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": many}).to_string();
    insta::assert_snapshot!(with(&large).unwrap_err(), @"
    the bucket policy has 25976 bytes, and AWS takes at most 20480
      hint: name fewer content types (each of their extensions is a line of GatepassPresignerOnlyExtensions), end upload.key without .{ext}, or shorten what others put into the bucket policy
    ");
}

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
        plan(desired, &Observed { bucket: ObservedBucket::Found(Box::new(bucket)), role: ObservedRole::Missing }, false)
    };
    let desired = LOCAL.desired();
    let plan = planned(&desired, created(&desired)).unwrap();
    assert_eq!(settings(&plan)[..2], ["bucket_tags", "public_access_block"]);
    insta::assert_snapshot!(noted(&plan), @"bucket acme-uploads: is as gatepass creates it, empty, and without the tags that this endpoint drops: taken for what a run that was cut off left behind");

    for touched in [
        BucketSettings { is_empty: false, ..created(&desired) },
        BucketSettings { ownership: Reading::Is(None), ..created(&desired) },
        BucketSettings { tags: Reading::Is([("owner".to_owned(), "somebody".to_owned())].into()), ..created(&desired) },
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

#[test]
fn what_another_endpoint_does_not_know_is_noted_and_not_changed() {
    let desired = LOCAL.desired();
    let (mut bucket, mut role) = (bucket_as(&desired), role_as(&desired));
    bucket.region = None;
    bucket.ownership = Reading::NotSupported;
    bucket.public_access_block = Reading::Is(Some(PublicAccessBlock { restrict_public_buckets: None, ..PublicAccessBlock::ALL }));
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
    RestrictPublicBuckets: not kept by this endpoint, so left out
    default encryption: not supported by this endpoint, so left out
    versioning: not supported by this endpoint, so left out
    TransitionDefaultMinimumObjectSize: not kept by this endpoint, so left out
    bucket policy: not supported by this endpoint, so left out
    CORS rule ID: not kept by this endpoint, so our rule is told by what it says
    MaxSessionDuration: not kept by this endpoint, so left out
    ");

    let without_iam = Observed { bucket: ObservedBucket::Found(Box::new(bucket_as(&desired))), role: ObservedRole::NotSupported };
    let plan = super::plan(&desired, &without_iam, false).unwrap();
    assert!(plan.is_empty());
    insta::assert_snapshot!(noted(&plan), @"role acme-uploads-presigner: this endpoint has no IAM, so the role is left out and uploads are signed with the rights of whoever runs serve");
}

/// The same answers from AWS are drift.
#[test]
fn on_aws_an_absent_part_is_a_change() {
    let part = with_bucket(&PLAIN, |bucket| {
        let block = PublicAccessBlock { restrict_public_buckets: None, ..PublicAccessBlock::ALL };
        bucket.public_access_block = Reading::Is(Some(block));
    });
    assert_eq!(settings(&part), ["public_access_block"]);
    let id = with_bucket(&PLAIN, |bucket| {
        let Reading::Is(cors) = &mut bucket.cors else { return };
        cors[0].id = None;
    });
    assert_eq!(settings(&id), ["cors"]);
    assert_eq!(settings(&with_role(&PLAIN, |role| role.head.max_session_duration = None)), ["role_settings"]);
}

#[test]
fn the_machine_form() {
    let plan = with_bucket(&PLAIN, |bucket| bucket.versioning = Reading::Is(Versioning::Enabled));
    insta::assert_json_snapshot!(plan, @r#"
    {
      "changes": [
        {
          "setting": "versioning",
          "action": "update",
          "before": "Enabled",
          "after": "Suspended"
        }
      ],
      "notes": []
    }
    "#);
    let names = super::suggest_names(&PLAIN.contract().bucket.name, &account(), &PLAIN.contract().bucket.region);
    assert_eq!(names, ["acme-uploads-111122223333", "acme-uploads-111122223333-eu-central-1"]);
}
