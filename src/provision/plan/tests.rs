#![allow(clippy::unwrap_used)]

mod endpoints;
mod others;
mod refusals;

use serde_json::json;

use super::super::fixtures::{
    LOCAL, NOTHING, PLAIN, Written, account, bucket_as, observed, role_as, statement,
};
use super::super::lifecycle::{LifecycleFilter, LifecycleRule};
use super::super::observed::{
    BucketSettings, Observed, ObservedBucket, ObservedRole, Reading, RoleSettings,
};
use super::super::settings::{DefaultEncryption, ObjectOwnership, PublicAccessBlock, Versioning};
use super::super::{Desired, StateError, StateErrorKind};
use super::{Plan, plan};
use gatepass_core::policy::CorsRule;
use iam_policy::Document;
use iam_policy::Region;

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
    plan.notes()
        .iter()
        .map(|note| format!("{}: {}", note.about, note.text))
        .collect::<Vec<_>>()
        .join("\n")
}

fn foreign_rule() -> LifecycleRule {
    LifecycleRule {
        id: Some("archive".to_owned()),
        enabled: true,
        filter: LifecycleFilter {
            prefix: Some("reports/".to_owned()),
            ..LifecycleFilter::default()
        },
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
        + GatepassPresignerOnlyExtensions: denies s3:PutObject on everything but acme-uploads/*.png to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner
        + GatepassPresignerOnlyPrefix: denies s3:* on everything but acme-uploads/uploads/* to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner
        + GatepassPresignerOnlyUploadActions: denies everything but s3:PutObject on acme-uploads, acme-uploads/* to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner
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
        + GatepassUpload: allows s3:PutObject on acme-uploads/uploads/* where aws:ResourceAccount = 111122223333

    9 changes: 9 to create, 0 to update, 0 to delete.
    ");
}

/// Without versions an object that expires is gone; with them it becomes a noncurrent version.
#[test]
fn what_was_never_confirmed_is_removed() {
    let upload = "confirm = true\ntags = [\"project\"]";
    let lines = |bucket: &str| {
        let plan = plan(&Written { bucket, upload, ..PLAIN }.desired(), &NOTHING, false)
            .unwrap()
            .to_string();
        let about = [
            "gatepass-unconfirmed",
            "AllowedHeaders",
            "GatepassKeepConfirmed",
            "GatepassTagUploads",
            "OnlyUploadActions",
        ];
        let lines: Vec<&str> = plan
            .lines()
            .filter(|line| about.iter().any(|about| line.contains(about)))
            .map(str::trim)
            .collect();
        lines.join("\n")
    };
    insta::assert_snapshot!(lines("[bucket.lifecycle]\nunconfirmed_expiration = \"2d\""), @"
    + gatepass-unconfirmed: removes objects after 2 days under uploads/ tagged gatepass:unconfirmed=true
    + GatepassPresignerOnlyUploadActions: denies everything but s3:DeleteObjectTagging, s3:GetObjectTagging, s3:ListBucket and 2 more on acme-uploads, acme-uploads/* to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner
    + gatepass-upload AllowedHeaders: content-type, if-none-match, x-amz-checksum-sha256, x-amz-tagging
    + GatepassKeepConfirmed: allows s3:DeleteObjectTagging, s3:GetObjectTagging on acme-uploads/uploads/* where aws:ResourceAccount = 111122223333
    + GatepassTagUploads: allows s3:PutObjectTagging on acme-uploads/uploads/* where every value of s3:RequestObjectTagKeys = gatepass:unconfirmed or project and s3:RequestObjectTagKeys is present and aws:ResourceAccount = 111122223333
    ");
    insta::assert_snapshot!(lines("versioning = true\n[bucket.lifecycle]\nunconfirmed_expiration = \"1d\"").lines().next().unwrap(), @"+ gatepass-unconfirmed: removes objects after 1 day, removes replaced versions after 1 day under uploads/ tagged gatepass:unconfirmed=true");
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
    let order = [
        "bucket",
        "public_access_block",
        "encryption",
        "versioning",
        "lifecycle",
        "bucket_policy",
        "cors",
        "role",
        "permissions_policy",
    ];
    assert_eq!(settings(&plan(&desired, &NOTHING, false).unwrap()), order);
}

#[test]
fn what_is_as_wanted_changes_nothing() {
    for written in [
        PLAIN,
        LOCAL,
        Written {
            bucket: "versioning = true",
            role: "permissions_boundary = \"arn:aws:iam::111122223333:policy/edge\"",
            ..PLAIN
        },
    ] {
        let desired = written.desired();
        let plan =
            plan(&desired, &observed(bucket_as(&desired), role_as(&desired)), false).unwrap();
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
        with_bucket(&PLAIN, |bucket| {
            bucket.ownership = Reading::Is(Some(ObjectOwnership::ObjectWriter))
        }),
        with_bucket(&PLAIN, |bucket| bucket.ownership = Reading::Is(None)),
        with_bucket(&PLAIN, |bucket| bucket.public_access_block = Reading::Is(None)),
        with_bucket(&PLAIN, |bucket| {
            let block =
                PublicAccessBlock { block_public_policy: Some(false), ..PublicAccessBlock::ALL };
            bucket.public_access_block = Reading::Is(Some(block));
        }),
        with_bucket(&Written { bucket: "encryption = \"AES256\"", ..PLAIN }, |bucket| {
            bucket.encryption = Reading::Is(Some(DefaultEncryption {
                algorithm: "aws:kms".to_owned(),
                kms_key: Some("alias/mine".to_owned()),
                bucket_key_enabled: Some(false),
                blocked_encryption_types: vec!["SSE-C".to_owned()],
            }));
        }),
        with_bucket(&Written { bucket: "versioning = false", ..PLAIN }, |bucket| {
            bucket.versioning = Reading::Is(Versioning::Enabled)
        }),
        with_bucket(&Written { bucket: "versioning = true", ..PLAIN }, |bucket| {
            bucket.versioning = Reading::Is(Versioning::Suspended)
        }),
        with_bucket(&PLAIN, |bucket| bucket.lifecycle = Reading::Is(None)),
        with_bucket(&PLAIN, |bucket| {
            let Reading::Is(Some(lifecycle)) = &mut bucket.lifecycle else { return };
            lifecycle.rules[0].abort_incomplete_multipart_upload_days = Some(7);
            lifecycle.rules[0].enabled = false;
            lifecycle.rules.push(LifecycleRule {
                id: Some("gatepass-expire-uploads".to_owned()),
                ..foreign_rule()
            });
            lifecycle.rules.push(foreign_rule());
            lifecycle.transition_default_minimum_object_size =
                Some("varies_by_storage_class".to_owned());
        }),
        with_bucket(&PLAIN, |bucket| bucket.cors = Reading::Is(Vec::new())),
        with_bucket(&PLAIN, |bucket| {
            let Reading::Is(cors) = &mut bucket.cors else { return };
            cors[0].allowed_origins = vec!["*".to_owned()];
            cors[0].allowed_methods.push("DELETE".to_owned());
            cors[0].max_age_seconds = None;
            cors.push(foreign_cors());
        }),
        with_bucket(&PLAIN, |bucket| {
            bucket.policy = Reading::Is(Some(statement(FOREIGN_STATEMENT)))
        }),
    ];
    let all: Vec<String> = plans.iter().map(shown).collect();
    assert!(plans.iter().all(|plan| plan.changes().len() == 1), "{}", all.join("\n"));
    let notes: Vec<String> = plans.iter().map(noted).filter(|notes| !notes.is_empty()).collect();
    insta::assert_snapshot!(notes.join("\n"), @"
    CORS rule legacy: allows the origin https://old.example and the method GET, beyond what the contract allows pages to do
    bucket policy statement AuditorReads: allows s3:GetObject on acme-uploads/* to arn:aws:iam::444455556666:root: what limits the presigner role does not limit s3:GetObject of uploads by others
    ");
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
        + GatepassPresignerOnlyExtensions: denies s3:PutObject on everything but acme-uploads/*.png to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner
        + GatepassPresignerOnlyPrefix: denies s3:* on everything but acme-uploads/uploads/* to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner
        + GatepassPresignerOnlyUploadActions: denies everything but s3:PutObject on acme-uploads, acme-uploads/* to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner
        + GatepassPresignerWriteOnce: denies s3:PutObject on acme-uploads/uploads/* to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner and s3:ObjectCreationOperation = true and s3:if-none-match is absent
          1 statement of others stays
    ");
}

#[test]
fn a_changed_statement_is_shown_by_meaning() {
    let plan = with_bucket(&PLAIN, |bucket| {
        let Reading::Is(Some(policy)) = &mut bucket.policy else { return };
        *policy =
            Document::parse(&policy.to_json().to_string().replace("900000", "3600000")).unwrap();
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
        with_role(&Written { role: "description = \"Signs uploads\"", ..PLAIN }, |role| {
            role.head.description = None
        }),
        with_role(&Written { role: "max_session_duration = \"1h\"", ..PLAIN }, |role| {
            role.head.max_session_duration = Some(43_200)
        }),
        with_role(&bounded, |role| role.head.permissions_boundary = None),
        with_role(&bounded, |role| {
            role.head.permissions_boundary =
                Some("arn:aws:iam::aws:policy/AdministratorAccess".to_owned())
        }),
        with_role(&PLAIN, |role| {
            role.head.trust_policy = statement(
                r#"{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}"#,
            );
        }),
        with_role(&PLAIN, |role| role.permissions_policy = None),
        with_role(&PLAIN, |role| {
            role.permissions_policy = Some(statement(
                r#"{"Sid": "GatepassUpload", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}"#,
            ));
        }),
    ];
    let all: Vec<String> = plans.iter().map(shown).collect();
    assert!(
        plans.iter().all(|plan| plan.changes().len() == 1 && plan.notes().is_empty()),
        "{}",
        all.join("\n")
    );
    insta::assert_snapshot!(all.join("\n"), @"
    ~ role tags
        ~ tag team: mobile -> web
    ~ role settings
        + Description: Signs uploads
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
        + GatepassUpload: allows s3:PutObject on acme-uploads/uploads/* where aws:ResourceAccount = 111122223333
    ~ permissions policy
        ~ GatepassUpload: now allows s3:PutObject on acme-uploads/uploads/* where aws:ResourceAccount = 111122223333
            Action: -s3:* +s3:PutObject
            Condition StringEquals aws:ResourceAccount: +111122223333
            Resource: -* +arn:aws:s3:::acme-uploads/uploads/*
    ");
}

#[test]
fn the_machine_form() {
    let unversioned = Written { bucket: "versioning = false", ..PLAIN };
    let plan =
        with_bucket(&unversioned, |bucket| bucket.versioning = Reading::Is(Versioning::Enabled));
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
    let names = super::suggest_names(
        &PLAIN.contract().bucket.name,
        &account(),
        &PLAIN.contract().bucket.region,
    );
    assert_eq!(names, ["acme-uploads-111122223333", "acme-uploads-111122223333-eu-central-1"]);
}
