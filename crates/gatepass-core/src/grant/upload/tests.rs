#![allow(clippy::unwrap_used)]

use crate::contract::{ContentType, KeyTemplate};

use super::super::fixtures::{EXAMPLE_TIME, at, contract, contract_with, credentials};
use super::*;

const RANDOM: [u8; 16] = [0x11; 16];
const CHECKSUM: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";

fn png() -> CheckedUpload {
    CheckedUpload {
        size: Some(12_345),
        ..CheckedUpload::new(ContentType::parse("image/png").unwrap())
    }
}

fn grant(contract: &Contract, upload: &CheckedUpload) -> Grant {
    GrantMaker::new(contract, credentials()).grant(upload, at(EXAMPLE_TIME), RANDOM).unwrap()
}

fn json(grant: &Grant) -> String {
    serde_json::to_string_pretty(&grant.expose()).unwrap()
}

#[test]
fn strict() {
    insta::assert_snapshot!(json(&grant(&contract_with(""), &png())), @r#"
        {
          "upload_url": "https://acme-uploads.s3.eu-central-1.amazonaws.com/uploads/2013-05-24/11111111-1111-4111-9111-111111111111.png?x-id=PutObject&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bif-none-match&X-Amz-Signature=778a6975c3dd3692253bd4ed0d37bdc41dc7f579ea59db6de4ece0b0de5fa1c6",
          "key": "uploads/2013-05-24/11111111-1111-4111-9111-111111111111.png",
          "method": "PUT",
          "headers": {
            "Content-Length": "12345",
            "Content-Type": "image/png",
            "If-None-Match": "*"
          },
          "expires_at": "2013-05-24T00:05:00Z",
          "expires_in": 300
        }
        "#);
}

/// Whatever the client's own tags are.
#[test]
fn what_is_removed_unless_it_is_confirmed_says_so() {
    let contract = contract(
        "name = \"acme-uploads\"\nregion = \"eu-central-1\"\n[bucket.lifecycle]\nunconfirmed_expiration = \"1d\"",
        "confirm = true\ntags = [\"project\"]",
        "",
    );
    let mut upload = png();
    let signed = |upload: &CheckedUpload| {
        let grant = grant(&contract, upload);
        assert!(
            grant.upload_url.expose().contains("%3Bx-amz-tagging&"),
            "{}",
            grant.upload_url.expose()
        );
        let header = grant.headers.into_iter().find(|(name, _)| name == "x-amz-tagging").unwrap();
        let parts = GrantMaker::new(&contract, credentials())
            .multipart(upload, None, at(EXAMPLE_TIME), RANDOM)
            .unwrap();
        assert_eq!(parts.extras.tagging().as_ref(), Some(&header.1));
        header.1
    };
    assert_eq!(signed(&upload), "gatepass%3Aunconfirmed=true");
    upload.extras.tags.insert("project".to_owned(), "a".to_owned());
    assert_eq!(signed(&upload), "gatepass%3Aunconfirmed=true&project=a");
}

#[test]
fn strict_with_everything() {
    let contract = contract(
        r#"name = "acme.uploads"
        region = "cn-north-1"
        encryption = "aws:kms"
        kms_key_arn = "arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab""#,
        "checksum = \"required\"\nsign_encryption_headers = true\nexpires_in = \"90s\"",
        "",
    );
    let upload = CheckedUpload { checksum_sha256: Some(CHECKSUM.to_owned()), ..png() };
    insta::assert_snapshot!(json(&grant(&contract, &upload)), @r#"
        {
          "upload_url": "https://s3.cn-north-1.amazonaws.com.cn/acme.uploads/uploads/2013-05-24/11111111-1111-4111-9111-111111111111.png?x-id=PutObject&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fcn-north-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=90&X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost%3Bif-none-match%3Bx-amz-checksum-sha256%3Bx-amz-server-side-encryption%3Bx-amz-server-side-encryption-aws-kms-key-id&X-Amz-Signature=6f831e9a80c77b4b144789447467a029a5f4bf613a8bd7cab0e3a1d1dc5161ee",
          "key": "uploads/2013-05-24/11111111-1111-4111-9111-111111111111.png",
          "method": "PUT",
          "headers": {
            "Content-Length": "12345",
            "Content-Type": "image/png",
            "If-None-Match": "*",
            "x-amz-checksum-sha256": "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=",
            "x-amz-server-side-encryption": "aws:kms",
            "x-amz-server-side-encryption-aws-kms-key-id": "arn:aws-cn:kms:cn-north-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
          },
          "expires_at": "2013-05-24T00:01:30Z",
          "expires_in": 90
        }
        "#);
}

/// What an app that knows nothing of sizes and single use gets: one header, the one it sends anyway.
#[test]
fn compatible() {
    let upload = CheckedUpload { size: None, ..png() };
    insta::assert_snapshot!(json(&grant(&contract_with("mode = \"compatible\""), &upload)), @r#"
        {
          "upload_url": "https://acme-uploads.s3.eu-central-1.amazonaws.com/uploads/2013-05-24/11111111-1111-4111-9111-111111111111.png?x-id=PutObject&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=content-type%3Bhost&X-Amz-Signature=28f460359f870769046ddcfb29aff49963419b8c7bd4d1d9816a0568063f370e",
          "key": "uploads/2013-05-24/11111111-1111-4111-9111-111111111111.png",
          "method": "PUT",
          "headers": {
            "Content-Type": "image/png"
          },
          "expires_at": "2013-05-24T00:05:00Z",
          "expires_in": 300
        }
        "#);
}

#[test]
fn compatible_signs_a_declared_checksum_and_no_size() {
    let upload = CheckedUpload { checksum_sha256: Some(CHECKSUM.to_owned()), ..png() };
    let grant = grant(&contract_with("mode = \"compatible\""), &upload);
    assert_eq!(
        grant.headers,
        [
            ("Content-Type".into(), "image/png".to_owned()),
            ("x-amz-checksum-sha256".into(), CHECKSUM.to_owned())
        ]
    );
    assert!(
        grant
            .upload_url
            .expose()
            .contains("X-Amz-SignedHeaders=content-type%3Bhost%3Bx-amz-checksum-sha256&")
    );
}

#[test]
fn encryption_is_named_where_the_contract_says_so() {
    let named = grant(&contract_with("sign_encryption_headers = true"), &png());
    assert_eq!(
        named.headers.last(),
        Some(&("x-amz-server-side-encryption".into(), "AES256".to_owned()))
    );
    assert!(named.upload_url.expose().contains("%3Bx-amz-server-side-encryption&"));
}

#[test]
fn a_grant_names_the_public_url() {
    let contract = contract(
        "name = \"acme-uploads\"\nregion = \"eu-central-1\"",
        "",
        "[endpoint]\nurl = \"http://s3.internal:9000\"\npublic_url = \"https://s3.example.com\"",
    );
    assert!(
        grant(&contract, &png())
            .upload_url
            .expose()
            .starts_with("https://s3.example.com/acme-uploads/uploads/")
    );
}

#[test]
fn every_header_that_a_client_must_send_is_signed_and_no_other() {
    let strict = grant(
        &contract_with("sign_encryption_headers = true"),
        &CheckedUpload { checksum_sha256: Some(CHECKSUM.to_owned()), ..png() },
    );
    let mut names: Vec<String> =
        strict.headers.iter().map(|(name, _)| name.to_lowercase()).collect();
    names.push("host".to_owned());
    names.sort();
    assert!(
        strict.upload_url.expose().contains(&format!("X-Amz-SignedHeaders={}&", names.join("%3B"))),
        "{names:?}"
    );
}

#[test]
fn a_size_is_never_left_unsigned_in_strict_mode() {
    let maker = GrantMaker::new(&contract_with(""), credentials());
    let refusal =
        maker.grant(&CheckedUpload { size: None, ..png() }, at(EXAMPLE_TIME), RANDOM).unwrap_err();
    assert_eq!(refusal, Refusal::SizeMissing);
}

#[test]
fn a_grant_ends_with_the_credentials_that_signed_it() {
    let contract = contract_with("expires_in = \"5m\"");
    let end = |left: Duration| {
        let credentials =
            SigningCredentials { expires_at: Some(at(EXAMPLE_TIME) + left), ..credentials() };
        let now = at(EXAMPLE_TIME) + Duration::from_millis(900);
        let grant = GrantMaker::new(&contract, credentials).grant(&png(), now, RANDOM)?;
        assert!(
            grant.upload_url.expose().contains(&format!("&X-Amz-Expires={}&", grant.expires_in))
        );
        assert_eq!(
            grant.expires_at,
            at(EXAMPLE_TIME + u64::from(grant.expires_in)),
            "as S3 will count it"
        );
        Ok::<u32, Refusal>(grant.expires_in)
    };
    assert_eq!(end(Duration::from_secs(3600)), Ok(300));
    assert_eq!(end(Duration::from_secs(300)), Ok(300));
    assert_eq!(end(Duration::from_secs(299)), Ok(299));
    assert_eq!(end(Duration::from_millis(1_999)), Ok(1));
    assert_eq!(end(Duration::from_millis(999)), Err(Refusal::CredentialsExpired));
    assert_eq!(end(Duration::ZERO), Err(Refusal::CredentialsExpired));
}

#[test]
fn a_wrong_clock_is_told() {
    let maker = GrantMaker::new(&contract_with(""), credentials());
    let refusal = maker.grant(&png(), at(253_402_300_800), RANDOM).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "nothing can be signed: the time to sign at is before 1970 or after 9999"
    );
}

#[test]
fn a_grant_shows_no_secret() {
    let credentials =
        SigningCredentials { session_token: Some("the-token".into()), ..credentials() };
    let maker = GrantMaker::new(&contract_with(""), credentials);
    let grant = maker.grant(&png(), at(EXAMPLE_TIME), RANDOM).unwrap();
    let shown = format!("{grant:?} {maker:?}");
    let signature = grant
        .upload_url
        .expose()
        .split("X-Amz-Signature=")
        .nth(1)
        .and_then(|rest| rest.split('&').next())
        .unwrap();
    for secret in [signature, "the-token", "wJalrXUtnFEMI"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[test]
fn a_key_that_names_who_asks_needs_to_know() {
    let mut contract = contract_with("");
    contract.upload.key = KeyTemplate::parse("uploads/{subject}/{uuid}").unwrap();
    let maker = GrantMaker::new(&contract, credentials());
    assert_eq!(maker.grant(&png(), at(EXAMPLE_TIME), RANDOM).unwrap_err(), Refusal::SubjectMissing);
}
