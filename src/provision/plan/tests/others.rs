//! What others set.

use super::*;
use gatepass_core::policy::OWN_SID_PREFIX;

#[test]
fn what_others_set_survives() {
    let desired = PLAIN.desired();
    let mut bucket = bucket_as(&desired);
    let merged =
        statement(FOREIGN_STATEMENT).with_own_statements(OWN_SID_PREFIX, &desired.bucket_policy);
    bucket.policy = Reading::Is(Some(merged));
    bucket.cors = Reading::Is(vec![foreign_cors(), desired.cors.clone().unwrap()]);
    let Reading::Is(Some(lifecycle)) = &mut bucket.lifecycle else { return };
    lifecycle.rules.insert(0, foreign_rule());
    let present = observed(bucket, role_as(&desired));
    assert!(plan(&desired, &present, false).unwrap().is_empty());

    // another contract: ours are replaced in their places, and nothing else
    let other = Written {
        bucket: "[bucket.lifecycle]\nabort_incomplete_multipart_upload = \"3d\"",
        ..PLAIN
    }
    .desired();
    let changed = plan(&other, &present, false).unwrap();
    assert_eq!(settings(&changed), ["lifecycle"]);
    let after = changed.changes()[0].after();
    assert_eq!(after["Rules"][0]["ID"], "archive");
    assert_eq!(after["Rules"][1]["AbortIncompleteMultipartUploadDays"], 3);
}

#[test]
fn what_the_contract_does_not_state_stays() {
    let kms = |algorithm: &str, kms_key: Option<&str>| {
        let kms_key = kms_key.map(str::to_owned);
        let blocked_encryption_types = Vec::new();
        DefaultEncryption {
            algorithm: algorithm.to_owned(),
            kms_key,
            bucket_key_enabled: Some(true),
            blocked_encryption_types,
        }
    };
    let encrypted = |bucket: &str, encryption: Option<DefaultEncryption>| {
        with_bucket(&Written { bucket, ..PLAIN }, |settings| {
            settings.encryption = Reading::Is(encryption)
        })
    };
    let key = "arn:aws:kms:eu-central-1:111122223333:key/theirs";
    let kept = encrypted("", Some(kms("aws:kms", Some(key))));
    assert!(kept.is_empty(), "{kept}");
    insta::assert_snapshot!(noted(&kept), @r#"default encryption: stays aws:kms with the key arn:aws:kms:eu-central-1:111122223333:key/theirs, which the contract does not state: the presigner role has no right to use a customer managed key, and an upload that names this encryption itself is denied; write encryption = "aws:kms" with kms_key_arn under [bucket], or encryption = "AES256" to replace it"#);
    for stays in [kms("aws:kms:dsse", None), kms("AES256", None)] {
        assert!(encrypted("", Some(stays)).is_empty());
    }
    // what is weaker than a guardrail needs, and what is stated
    for weaker in [None, Some(kms("none", None))] {
        assert_eq!(settings(&encrypted("", weaker)), ["encryption"]);
    }
    assert_eq!(
        settings(&encrypted("encryption = \"AES256\"", Some(kms("aws:kms", Some(key))))),
        ["encryption"]
    );

    let versioned = |bucket: &str| {
        with_bucket(&Written { bucket, ..PLAIN }, |settings| {
            settings.versioning = Reading::Is(Versioning::Enabled)
        })
    };
    assert!(versioned("").is_empty() && versioned("").notes().is_empty());
    assert_eq!(settings(&versioned("versioning = false")), ["versioning"]);
    insta::assert_snapshot!(noted(&versioned("[bucket.lifecycle]\nexpiration = \"30d\"")), @"versioning: stays enabled, as the contract does not state it: what lifecycle rules remove stays as a noncurrent version; write versioning = true under [bucket] to have those removed, too, or versioning = false to make no new ones");

    let size = with_bucket(&PLAIN, |bucket| {
        let Reading::Is(Some(lifecycle)) = &mut bucket.lifecycle else { return };
        lifecycle.transition_default_minimum_object_size =
            Some("varies_by_storage_class".to_owned());
    });
    assert!(size.is_empty(), "{size}");

    let role = |role: &str| {
        with_role(&Written { role, ..PLAIN }, |settings| {
            settings.head.description = Some("theirs".to_owned());
            settings.head.max_session_duration = Some(43_200);
        })
    };
    assert!(role("").is_empty());
    // both are written in one call, so what is not stated is written as it is
    let stated = role("description = \"ours\"");
    assert_eq!(
        stated.changes()[0].after(),
        json!({"Description": "ours", "MaxSessionDuration": 43_200})
    );
    let stated = role("max_session_duration = \"2h\"");
    assert_eq!(
        stated.changes()[0].after(),
        json!({"Description": "theirs", "MaxSessionDuration": 7200})
    );
}

#[test]
fn a_contract_without_origins_takes_its_rule_away_and_no_other() {
    let mut desired = PLAIN.desired();
    let own = desired.cors.take().unwrap();
    let mut bucket = bucket_as(&desired);
    bucket.cors = Reading::Is(vec![own.clone()]);
    let alone = plan(&desired, &observed(bucket.clone(), role_as(&desired)), false).unwrap();
    assert_eq!(
        (alone.changes()[0].action(), alone.changes().len()),
        (crate::provision::Action::Delete, 1)
    );
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
    bucket policy statement AuditorReads: allows s3:GetObject on acme-uploads/* to arn:aws:iam::444455556666:root: what limits the presigner role does not limit s3:GetObject of uploads by others
    CORS rule legacy: allows the origin https://old.example and the method GET, beyond what the contract allows pages to do
    CORS rule legacy: allows the origin https://old.example and the method GET, beyond what the contract allows pages to do
    role acme-uploads-presigner: adopted: from now on it carries our tag, and destroy removes it; its trust policy becomes the contract's
    ");
}

/// The notes about one statement of others in the bucket policy.
fn noted_statement(json: &str) -> String {
    let desired = PLAIN.desired();
    let mut bucket = bucket_as(&desired);
    bucket.policy = Reading::Is(Some(
        statement(json).with_own_statements(OWN_SID_PREFIX, &desired.bucket_policy),
    ));
    let plan = plan(&desired, &observed(bucket, role_as(&desired)), false).unwrap();
    assert!(plan.is_empty(), "{plan}");
    noted(&plan)
}

#[test]
fn a_statement_of_others_that_weakens_a_guardrail_is_noted() {
    let role = "arn:aws:iam::111122223333:role/acme-uploads-presigner";
    let notes = [
        format!(r#"{{"Sid": "Wide", "Effect": "Allow", "Principal": {{"AWS": "{role}"}}, "Action": "s3:*", "Resource": ["arn:aws:s3:::acme-uploads", "arn:aws:s3:::acme-uploads/*"]}}"#),
        r#"{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-uploads/uploads/one.png"}"#.to_owned(),
        format!(r#"{{"Sid": "ByCondition", "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-uploads/*", "Condition": {{"ArnEquals": {{"aws:PrincipalArn": "{role}"}}, "Bool": {{"aws:SecureTransport": "true"}}}}}}"#),
        r#"{"Sid": "Organization", "Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-uploads/*", "Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}}"#.to_owned(),
        r#"{"Sid": "Admin", "Effect": "Allow", "Principal": {"AWS": "444455556666"}, "Action": ["s3:PutBucketPolicy", "s3:PutBucketCORS"], "Resource": "arn:aws:s3:::acme-uploads"}"#.to_owned(),
        FOREIGN_STATEMENT.to_owned(),
    ];
    insta::assert_snapshot!(notes.map(|json| noted_statement(&json)).join("\n"), @"
    bucket policy statement Wide: allows s3:* on acme-uploads, acme-uploads/* to arn:aws:iam::111122223333:role/acme-uploads-presigner: the presigner role may also do s3:AbortMultipartUpload, s3:AllowVendedLogDeliveryForResource, s3:BypassGovernanceRetention and 103 more; only the denials of this bucket policy still keep it from that
    bucket policy statement 1: allows s3:GetObject on acme-uploads/uploads/one.png to everybody: the presigner role may also do s3:GetObject; only the denials of this bucket policy still keep it from that; anybody may do s3:GetObject, even without credentials
    bucket policy statement ByCondition: allows s3:GetObject on acme-uploads/* to everybody where aws:PrincipalArn = arn:aws:iam::111122223333:role/acme-uploads-presigner and aws:SecureTransport = true: the presigner role may also do s3:GetObject; only the denials of this bucket policy still keep it from that
    bucket policy statement Organization: allows s3:PutObject on acme-uploads/* to everybody where aws:PrincipalOrgID = o-1: what limits the presigner role does not limit s3:PutObject of uploads by others
    bucket policy statement Admin: allows s3:PutBucketCORS, s3:PutBucketPolicy on acme-uploads to 444455556666: others may take guardrails away with s3:PutBucketCORS, s3:PutBucketPolicy
    bucket policy statement AuditorReads: allows s3:GetObject on acme-uploads/* to arn:aws:iam::444455556666:root: what limits the presigner role does not limit s3:GetObject of uploads by others
    ");
}

#[test]
fn a_statement_of_others_that_weakens_nothing_is_not_noted() {
    for harmless in [
        r#"{"Sid": "Logs", "Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::acme-uploads/logs/*"}"#,
        r#"{"Sid": "Deny", "Effect": "Deny", "Principal": "*", "Action": "s3:DeleteBucket", "Resource": "arn:aws:s3:::acme-uploads"}"#,
        r#"{"Sid": "Delegated", "Effect": "Allow", "Principal": {"AWS": "111122223333"}, "Action": "s3:*", "Resource": "arn:aws:s3:::acme-uploads/*"}"#,
        r#"{"Sid": "Acl", "Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::acme-uploads"}"#,
    ] {
        assert_eq!(noted_statement(harmless), "", "{harmless}");
    }
}

#[test]
fn a_rule_of_others_that_weakens_a_guardrail_is_noted() {
    let plan = with_bucket(&PLAIN, |bucket| {
        let Reading::Is(cors) = &mut bucket.cors else { return };
        let own = cors[0].clone();
        cors.insert(0, CorsRule { id: None, allowed_origins: vec!["*".to_owned()], ..own.clone() });
        let any = vec!["*".to_owned()];
        cors.push(CorsRule {
            id: Some("wide".to_owned()),
            allowed_methods: vec!["DELETE".to_owned(), "PUT".to_owned()],
            allowed_headers: any,
            ..own.clone()
        });
        cors.push(CorsRule { id: Some("same".to_owned()), ..own });
        let Reading::Is(Some(lifecycle)) = &mut bucket.lifecycle else { return };
        lifecycle.rules.push(foreign_rule());
        let expiration =
            crate::provision::LifecycleExpiration { days: Some(1), ..Default::default() };
        lifecycle.rules.push(LifecycleRule {
            id: None,
            filter: LifecycleFilter::default(),
            expiration: Some(expiration),
            ..foreign_rule()
        });
    });
    assert!(plan.is_empty(), "{plan}");
    insta::assert_snapshot!(noted(&plan), @"
    CORS rule 1: allows the origin *, beyond what the contract allows pages to do
    CORS rule wide: allows the method DELETE and the header *, beyond what the contract allows pages to do
    lifecycle rule 3: removes uploads that the contract keeps
    ");
}
