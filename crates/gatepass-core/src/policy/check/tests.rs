#![allow(clippy::unwrap_used)]

use std::fmt::Write as _;

use super::*;
use crate::policy::StatementFiles;
use crate::policy::fixtures::{PLAIN, Written, account, own_files, rendered};
use iam_policy::evaluate::RequestContext;

const KMS: &str = "region = \"eu-central-1\"\nencryption = \"aws:kms\"\n\
                   kms_key_arn = \"arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab\"";

fn check(written: &Written<'_>, files: &StatementFiles) -> Check {
    check_given(written, files, RequestContext::new())
}

fn check_given(written: &Written<'_>, files: &StatementFiles, given: RequestContext) -> Check {
    let contract = written.contract();
    Check::of(&contract, &account(), &rendered(&contract, files), given).unwrap()
}

fn built_in() -> StatementFiles {
    own_files(&[])
}

/// What each guardrail keeps out, each circumstance with whom and where.
fn openings(check: &Check) -> String {
    let mut text = String::new();
    for guardrail in &check.guardrails {
        writeln!(text, "{}", guardrail.sid).unwrap();
        for Opening { actor, place, circumstance, actions } in &guardrail.opens {
            let actions = if actions.len() > 3 {
                format!("{} actions", actions.len())
            } else {
                actions.join(" ")
            };
            writeln!(text, "  {}: {actions} {} {circumstance}", actor.name(), place.name())
                .unwrap();
        }
    }
    text
}

#[test]
fn every_contract_gives_least_privilege_and_no_idle_guardrail() {
    let compatible = format!("{}\nmode = \"compatible\"\nkey = \"in/{{uuid}}\"", PLAIN.upload);
    let signed = format!("{}\nsign_encryption_headers = true", PLAIN.upload);
    let confirmed = format!("{}\nconfirm = true", PLAIN.upload);
    let in_parts = format!("{}\nmultipart = true", PLAIN.upload);
    let removed = "region = \"eu-central-1\"\nversioning = true\n[bucket.lifecycle]\nunconfirmed_expiration = \"1d\"";
    let confirmed_with_tags = format!("{confirmed}\ntags = [\"project\"]");
    let all = format!(
        "{}\nmultipart = true\nconfirm = true\ntags = [\"project\", \"team\"]\nsign_encryption_headers = true\nkey = \"in/{{uuid}}\"",
        PLAIN.upload
    );
    for written in [
        PLAIN,
        Written { bucket: KMS, ..PLAIN },
        Written { upload: &compatible, ..PLAIN },
        Written { upload: &signed, ..PLAIN },
        Written { bucket: KMS, upload: &signed, ..PLAIN },
        Written { upload: &in_parts, ..PLAIN },
        Written { upload: &confirmed, ..PLAIN },
        Written {
            bucket: "region = \"eu-central-1\"\nversioning = true",
            upload: &confirmed,
            ..PLAIN
        },
        Written { upload: &confirmed, endpoint: "[download]", ..PLAIN },
        Written { bucket: removed, upload: &confirmed, ..PLAIN },
        Written { bucket: removed, upload: &confirmed_with_tags, ..PLAIN },
        Written { bucket: KMS, upload: &all, ..PLAIN },
        Written { endpoint: "[download]", ..PLAIN },
        Written { bucket: KMS, upload: &all, endpoint: "[download]", ..PLAIN },
        Written { endpoint: "[endpoint]\nurl = \"http://localhost:4566\"", ..PLAIN },
        Written { bucket: "region = \"cn-north-1\"", ..PLAIN },
    ] {
        let check = check(&written, &built_in());
        assert!(check.holds(), "{}\n{}\n{check:#?}", written.bucket, written.upload);
    }
}

#[test]
fn the_role_may_do_what_uploads_need() {
    let check = check(&Written { bucket: KMS, ..PLAIN }, &built_in());
    let lines: Vec<String> = check
        .privileges
        .allowed
        .iter()
        .filter(|allowed| allowed.actor == Actor::Presigner)
        .map(|Allowed { action, resource, needed_for, .. }| {
            format!("{action} {resource}: {}", needed_for.unwrap())
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    s3:PutObject arn:aws:s3:::acme-uploads/uploads/gatepass-check.png: uploading
    kms:GenerateDataKey arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab: encrypting with the bucket's key
    kms:Decrypt arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab: encrypting with the bucket's key
    ");
    assert!(check.requests > 5000);
}

#[test]
fn what_each_guardrail_keeps_out() {
    insta::assert_snapshot!(openings(&check(&PLAIN, &built_in())), @"
    GatepassDenyInsecureTransport
      the role: s3:PutObject of uploads over plain HTTP
      the role with a wider policy: s3:PutObject of uploads over plain HTTP
      a user with s3:*: 44 actions of uploads over plain HTTP
      a user with s3:*: 44 actions with another extension over plain HTTP
      a user with s3:*: 44 actions outside the prefix over plain HTTP
      a user with s3:*: 62 actions of the bucket over plain HTTP
    GatepassDenyOldSignatures
      the role: s3:PutObject of uploads signed more than 900 s ago
      the role with a wider policy: s3:PutObject of uploads signed more than 900 s ago
      a user with s3:*: 44 actions of uploads signed more than 900 s ago
      a user with s3:*: 44 actions with another extension signed more than 900 s ago
      a user with s3:*: 44 actions outside the prefix signed more than 900 s ago
    GatepassDenyOtherEncryption
      the role: s3:PutObject of uploads encrypted with aws:kms
      the role: s3:PutObject of uploads encrypted with aws:kms:dsse
      the role with a wider policy: s3:PutObject of uploads encrypted with aws:kms
      the role with a wider policy: s3:PutObject of uploads encrypted with aws:kms:dsse
      a user with s3:*: s3:PutObject of uploads encrypted with aws:kms
      a user with s3:*: s3:PutObject with another extension encrypted with aws:kms
      a user with s3:*: s3:PutObject outside the prefix encrypted with aws:kms
      a user with s3:*: s3:PutObject of uploads encrypted with aws:kms:dsse
      a user with s3:*: s3:PutObject with another extension encrypted with aws:kms:dsse
      a user with s3:*: s3:PutObject outside the prefix encrypted with aws:kms:dsse
    GatepassDenySignatureV2
      the role: s3:PutObject of uploads signed with Signature Version 2
      the role with a wider policy: s3:PutObject of uploads signed with Signature Version 2
      a user with s3:*: 44 actions of uploads signed with Signature Version 2
      a user with s3:*: 44 actions with another extension signed with Signature Version 2
      a user with s3:*: 44 actions outside the prefix signed with Signature Version 2
      a user with s3:*: 62 actions of the bucket signed with Signature Version 2
    GatepassDenySseC
      the role: s3:PutObject of uploads encrypted with a key of the client's
      the role with a wider policy: s3:PutObject of uploads encrypted with a key of the client's
      a user with s3:*: s3:PutObject of uploads encrypted with a key of the client's
      a user with s3:*: s3:PutObject with another extension encrypted with a key of the client's
      a user with s3:*: s3:PutObject outside the prefix encrypted with a key of the client's
    GatepassDenyTlsBelow12
      the role: s3:PutObject of uploads over TLS 1.1
      the role: s3:PutObject of uploads over TLS 1.0
      the role with a wider policy: s3:PutObject of uploads over TLS 1.1
      the role with a wider policy: s3:PutObject of uploads over TLS 1.0
      a user with s3:*: 44 actions of uploads over TLS 1.1
      a user with s3:*: 44 actions with another extension over TLS 1.1
      a user with s3:*: 44 actions outside the prefix over TLS 1.1
      a user with s3:*: 62 actions of the bucket over TLS 1.1
      a user with s3:*: 44 actions of uploads over TLS 1.0
      a user with s3:*: 44 actions with another extension over TLS 1.0
      a user with s3:*: 44 actions outside the prefix over TLS 1.0
      a user with s3:*: 62 actions of the bucket over TLS 1.0
    GatepassPresignerOnlyExtensions
      the role: s3:PutObject with another extension as granted
      the role: s3:PutObject with another extension in parts
      the role with a wider policy: s3:PutObject with another extension as granted
      the role with a wider policy: s3:PutObject with another extension in parts
    GatepassPresignerOnlyPrefix
      the role with a wider policy: s3:PutObject outside the prefix as granted
      the role with a wider policy: s3:PutObject outside the prefix in parts
      the role with a wider policy: s3:PutObject outside the prefix without if-none-match
    GatepassPresignerOnlyUploadActions
      the role with a wider policy: 43 actions of uploads as granted
      the role with a wider policy: 43 actions with another extension as granted
    GatepassPresignerWriteOnce
      the role: s3:PutObject of uploads without if-none-match
      the role with a wider policy: s3:PutObject of uploads without if-none-match
    ");
}

#[test]
fn what_is_allowed_beyond_the_features_is_found() {
    let wider =
        r#"{"Effect": "Allow", "Action": ["s3:GetObject", "iam:PassRole"], "Resource": "*"}"#;
    let found = |changes: &[(&str, &str)]| {
        let check = check(&PLAIN, &own_files(changes));
        assert!(!check.holds());
        let lines: Vec<String> = check
            .privileges
            .beyond
            .iter()
            .map(|Allowed { actor, action, resource, .. }| {
                format!("{}: {action} on {resource}", actor.name())
            })
            .collect();
        lines.join("\n")
    };
    // the bucket policy still keeps it from reading in the bucket
    insta::assert_snapshot!(found(&[("role/GatepassRead.json", wider)]), @"
    the role: s3:GetObject on arn:aws:s3:::gatepass-check/uploads/gatepass-check.png
    the role: iam:PassRole on *
    ");
    insta::assert_snapshot!(
        found(&[("role/GatepassRead.json", wider), ("bucket/GatepassPresignerOnlyUploadActions.json", "")])
            .lines()
            .filter(|line| line.starts_with("the role: "))
            .collect::<Vec<_>>()
            .join("\n"),
        @"
    the role: s3:GetObject on arn:aws:s3:::acme-uploads/uploads/gatepass-check.png
    the role: s3:GetObject on arn:aws:s3:::acme-uploads/uploads/gatepass-check.gatepass-check
    the role: s3:GetObject on arn:aws:s3:::gatepass-check/uploads/gatepass-check.png
    the role: iam:PassRole on *
    "
    );
    insta::assert_snapshot!(found(&[("bucket/GatepassPresignerOnlyExtensions.json", "")]), @"
    the role: s3:PutObject on arn:aws:s3:::acme-uploads/uploads/gatepass-check.gatepass-check
    the role with a wider policy: s3:PutObject on arn:aws:s3:::acme-uploads/uploads/gatepass-check.gatepass-check
    ");
    let all_but = r#"{"Effect": "Allow", "NotAction": "iam:*", "Resource": "{{bucket_arn}}"}"#;
    insta::assert_snapshot!(found(&[("role/GatepassMost.json", all_but)]), @"the role: everything but iam:* on arn:aws:s3:::acme-uploads");
}

#[test]
fn reading_is_for_downloads_and_under_the_prefix() {
    let downloads = Written { endpoint: "[download]", ..PLAIN };
    let anywhere =
        r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "{{bucket_arn}}/*"}"#;
    // the bucket policy keeps it to the prefix still
    assert!(check(&downloads, &own_files(&[("role/GatepassDownload.json", anywhere)])).holds());
    let open = check(
        &downloads,
        &own_files(&[
            ("role/GatepassDownload.json", anywhere),
            ("bucket/GatepassPresignerOnlyPrefix.json", ""),
        ]),
    );
    let beyond = open.privileges.beyond.iter().filter(|allowed| allowed.actor == Actor::Presigner);
    let beyond: Vec<String> =
        beyond.map(|allowed| format!("{} {}", allowed.action, allowed.resource)).collect();
    assert_eq!(
        beyond,
        ["s3:GetObject arn:aws:s3:::acme-uploads/gatepass-check/gatepass-check.png"]
    );
    let missing =
        check(&downloads, &own_files(&[("role/GatepassDownload.json", "")])).privileges.missing;
    let missing: Vec<String> = missing
        .iter()
        .map(|missing| format!("{} for {}", missing.action, missing.needed_for))
        .collect();
    assert_eq!(missing, ["s3:GetObject for downloading"]);
}

#[test]
fn a_guardrail_that_is_gone_lets_its_attack_through() {
    for (file, circumstance) in [
        ("bucket/GatepassDenyInsecureTransport.json", "over plain HTTP"),
        ("bucket/GatepassDenyTlsBelow12.json", "over TLS 1.1|over TLS 1.0"),
        ("bucket/GatepassDenySignatureV2.json", "signed with Signature Version 2"),
        ("bucket/GatepassDenyOldSignatures.json", "signed more than 900 s ago"),
        ("bucket/GatepassDenySseC.json", "encrypted with a key of the client's"),
        (
            "bucket/GatepassDenyOtherEncryption.json",
            "encrypted with aws:kms|encrypted with aws:kms:dsse",
        ),
        ("bucket/GatepassPresignerWriteOnce.json", "without if-none-match"),
    ] {
        let check = check(&PLAIN, &own_files(&[(file, "")]));
        let through: Vec<&str> = check
            .privileges
            .let_through
            .iter()
            .map(|through| through.circumstance.as_str())
            .collect();
        assert_eq!(through.join("|"), circumstance);
        assert!(!check.holds());
    }
    let check = check(
        &Written { bucket: KMS, ..PLAIN },
        &own_files(&[("bucket/GatepassDenyOtherKmsKey.json", "")]),
    );
    let through: Vec<&str> =
        check.privileges.let_through.iter().map(|through| through.circumstance.as_str()).collect();
    assert_eq!(
        through,
        ["encrypted with another KMS key", "encrypted with the AWS managed KMS key"]
    );
}

#[test]
fn what_uploads_need_and_is_denied_is_found() {
    let no_parts = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "{{bucket_arn}}/*",
                       "Condition": {"Null": {"s3:if-none-match": "true"}}}"#;
    let check = check(&PLAIN, &own_files(&[("bucket/GatepassMine.json", no_parts)]));
    insta::assert_json_snapshot!(check.privileges.missing, @"[]");
}

#[test]
fn a_statement_that_keeps_nothing_out_is_found() {
    let twice = crate::policy::fixtures::built_in_texts()["bucket/GatepassDenySseC.json"].clone();
    let check = check(&PLAIN, &own_files(&[("bucket/GatepassTwice.json", &twice)]));
    let idle: Vec<&str> = check
        .guardrails
        .iter()
        .filter(|guardrail| guardrail.opens.is_empty())
        .map(|guardrail| guardrail.sid.as_str())
        .collect();
    assert_eq!(idle, ["GatepassDenySseC", "GatepassTwice"]);
    assert!(!check.holds());
}

#[test]
fn a_statement_of_ones_own_is_tried_with_what_it_asks_about() {
    let office = r#"{"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": ["{{bucket_arn}}", "{{bucket_arn}}/*"],
                     "Condition": {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}"#;
    let files = own_files(&[("bucket/GatepassOffice.json", office)]);
    let from_office =
        check_given(&PLAIN, &files, RequestContext::new().with("aws:SourceIp", "203.0.113.7"));
    assert!(from_office.holds(), "{from_office:#?}");
    let office =
        from_office.guardrails.iter().find(|guardrail| guardrail.sid == "GatepassOffice").unwrap();
    assert!(
        office.opens.iter().all(|opening| opening.circumstance == "with aws:SourceIp = 192.0.2.1")
    );
    // without an address every request is denied
    assert!(!check(&PLAIN, &files).privileges.missing.is_empty());
}
