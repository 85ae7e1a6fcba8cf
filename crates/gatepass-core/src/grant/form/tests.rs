#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, BTreeSet};

use crate::contract::{ContentType, Contract, ObjectSize};
use iam_policy::Region;

use super::super::fixtures::{EXAMPLE_TIME, at, contract, contract_with, credentials};
use super::super::{CheckedUpload, Signer, SigningCredentials, UploadRequest};
use super::*;

const BOTO3_POLICY: &str = "eyJleHBpcmF0aW9uIjogIjIwMTMtMDUtMjRUMDA6MDU6MDBaIiwgImNvbmRpdGlvbnMiOiBbeyJDb250ZW50LVR5cGUiOiAiaW1hZ2UvcG5nIn0sIHsic3VjY2Vzc19hY3Rpb25fc3RhdHVzIjogIjIwMSJ9LCBbImNvbnRlbnQtbGVuZ3RoLXJhbmdlIiwgMSwgMTA0ODU3NjBdLCB7ImJ1Y2tldCI6ICJhY21lLXVwbG9hZHMifSwgeyJrZXkiOiAidXBsb2Fkcy8yMDEzLTA1LTI0LzExMTExMTExLTExMTEtNDExMS05MTExLTExMTExMTExMTExMS5wbmcifSwgeyJ4LWFtei1hbGdvcml0aG0iOiAiQVdTNC1ITUFDLVNIQTI1NiJ9LCB7IngtYW16LWNyZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxMzA1MjQvZXUtY2VudHJhbC0xL3MzL2F3czRfcmVxdWVzdCJ9LCB7IngtYW16LWRhdGUiOiAiMjAxMzA1MjRUMDAwMDAwWiJ9LCB7IngtYW16LXNlY3VyaXR5LXRva2VuIjogInRoZS90b2tlbis9In1dfQ==";

/// The policy of AWS's published example, as it stands there: with its line breaks.
const EXAMPLE: &str = r#"{ "expiration": "2015-12-30T12:00:00.000Z",
  "conditions": [
    {"bucket": "sigv4examplebucket"},
    ["starts-with", "$key", "user/user1/"],
    {"acl": "public-read"},
    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},
    ["starts-with", "$Content-Type", "image/"],
    {"x-amz-meta-uuid": "14365123651274"},
    {"x-amz-server-side-encryption": "AES256"},
    ["starts-with", "$x-amz-meta-tag", ""],

    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},
    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},
    {"x-amz-date": "20151229T000000Z" }
  ]
}"#;

/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html>
#[test]
fn the_published_example() {
    let signer = Signer::new(credentials(), &Region::parse("us-east-1").unwrap());
    let policy = STANDARD.encode(EXAMPLE.replace('\n', "\r\n"));
    // 2015-12-29
    let signature = signer.sign_policy(&policy, at(1_451_347_200)).unwrap();
    assert_eq!(signature, "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e");
}

fn form(contract: &Contract, credentials: SigningCredentials, request: UploadRequest) -> FormGrant {
    let checked = request.check_form(&contract.upload).unwrap();
    GrantMaker::new(contract, credentials).form(&checked, at(EXAMPLE_TIME), [0x11; 16]).unwrap()
}

fn png() -> UploadRequest {
    UploadRequest { content_type: "image/png".to_owned(), ..UploadRequest::default() }
}

const FORMS: &str = "mode = \"compatible\"\nform = true";

fn fields(form: &FormGrant) -> BTreeMap<String, String> {
    let fields: BTreeMap<_, _> = form
        .expose_fields()
        .iter()
        .map(|(name, value)| (name.to_string(), value.clone()))
        .collect();
    assert_eq!(fields.len(), form.expose_fields().len(), "a field stands twice");
    fields
}

fn policy(base64: &str) -> Value {
    serde_json::from_slice(&STANDARD.decode(base64).unwrap()).unwrap()
}

fn conditions(policy: &Value) -> BTreeSet<String> {
    policy["conditions"].as_array().unwrap().iter().map(ToString::to_string).collect()
}

/// What boto3 1.43's `generate_presigned_post` gives for the same key, conditions, credentials and time.
#[test]
fn the_form_is_boto3s() {
    let credentials =
        SigningCredentials { session_token: Some("the/token+=".into()), ..credentials() };
    let form = form(&contract_with(FORMS), credentials.clone(), png());
    assert_eq!(form.url, "https://acme-uploads.s3.eu-central-1.amazonaws.com/");
    let mut ours = fields(&form);
    let (ours_policy, ours_signature) =
        (ours.remove("policy").unwrap(), ours.remove("x-amz-signature").unwrap());
    let boto3 = [
        ("Content-Type", "image/png"),
        ("success_action_status", "201"),
        ("key", "uploads/2013-05-24/11111111-1111-4111-9111-111111111111.png"),
        ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
        ("x-amz-credential", "AKIAIOSFODNN7EXAMPLE/20130524/eu-central-1/s3/aws4_request"),
        ("x-amz-date", "20130524T000000Z"),
        ("x-amz-security-token", "the/token+="),
    ];
    assert_eq!(ours, boto3.map(|(name, value)| (name.to_owned(), value.to_owned())).into());
    assert_eq!(policy(&ours_policy)["expiration"], policy(BOTO3_POLICY)["expiration"]);
    assert_eq!(conditions(&policy(&ours_policy)), conditions(&policy(BOTO3_POLICY)));

    let signer = Signer::new(credentials, &Region::parse("eu-central-1").unwrap());
    let signature = |policy| signer.sign_policy(policy, at(EXAMPLE_TIME)).unwrap();
    assert_eq!(
        signature(BOTO3_POLICY),
        "0ebb615034701c237008cb00be92c23703a6e0ff163c589d0a39f55819946504"
    );
    assert_eq!(signature(&ours_policy), ours_signature);
}

/// S3 refuses a form with a field that its policy says nothing of.
#[test]
fn every_field_is_held_by_the_policy() {
    let contract = contract_with(&format!(
        "{FORMS}\nmetadata = [\"title\"]\ntags = [\"project\"]\ncontent_disposition = true"
    ));
    let pair = |name: &str, value: &str| Some([(name.to_owned(), value.to_owned())].into());
    let request = UploadRequest {
        size: Some(5),
        metadata: pair("title", "a \"b\" \\ </x>"),
        tags: pair("project", "a b"),
        content_disposition: Some("attachment".to_owned()),
        ..png()
    };
    let form = form(&contract, credentials(), request);
    let mut fields = fields(&form);
    let policy = policy(&fields.remove("policy").unwrap());
    fields.remove("x-amz-signature").unwrap();
    let mut held: BTreeSet<String> =
        fields.iter().map(|(name, value)| json!({ name: value }).to_string()).collect();
    held.insert(json!({ "bucket": "acme-uploads" }).to_string());
    held.insert(json!(["content-length-range", 5, 5]).to_string());
    assert_eq!(conditions(&policy), held);
    assert_eq!(
        fields["tagging"],
        "<Tagging><TagSet><Tag><Key>project</Key><Value>a b</Value></Tag></TagSet></Tagging>"
    );
}

#[test]
fn a_form_for_types_that_are_not_known_yet() {
    let contract = contract_with(&format!("{FORMS}\nkey = \"uploads/{{uuid}}\""));
    let form = form(
        &contract,
        credentials(),
        UploadRequest { content_type: "image/*".to_owned(), ..png() },
    );
    let fields = fields(&form);
    assert!(!fields.contains_key("Content-Type"));
    assert!(
        conditions(&policy(&fields["policy"]))
            .contains(r#"["starts-with","$Content-Type","image/"]"#)
    );

    let refused = |contract: &Contract, content_type: &str| {
        UploadRequest { content_type: content_type.to_owned(), ..png() }
            .check_form(&contract.upload)
            .unwrap_err()
            .code()
    };
    assert_eq!(refused(&contract, "*/*"), "content_type_not_allowed");
    assert_eq!(refused(&contract, "text/*"), "content_type_not_allowed");
    assert_eq!(refused(&contract_with(FORMS), "image/*"), "content_type_range");
}

#[test]
fn sizes() {
    let contract = contract_with(FORMS);
    let checked = |size| {
        UploadRequest { size, ..png() }
            .check_form(&contract.upload)
            .map_err(|refusal| refusal.code())
    };
    assert_eq!(checked(Some(0)), Err("size_zero"));
    assert_eq!(checked(Some(10_485_761)), Err("too_large"));
    let checksum = UploadRequest { checksum_sha256: Some(STANDARD.encode([0; 32])), ..png() };
    assert_eq!(checksum.check_form(&contract.upload).unwrap_err().code(), "checksum_of_form");
    assert_eq!(form(&contract, credentials(), png()).sizes, (1, 10_485_760));
    assert_eq!(
        form(&contract, credentials(), UploadRequest { size: Some(7), ..png() }).sizes,
        (7, 7)
    );
    let large = contract_with(&format!("{FORMS}\nmultipart = true")).upload;
    let mut contract = contract_with(FORMS);
    contract.upload = large;
    contract.upload.max_size = ObjectSize::from_bytes(ObjectSize::MAX).unwrap();
    assert_eq!(form(&contract, credentials(), png()).sizes, (1, ObjectSize::MAX_PUT));
}

#[test]
fn a_form_ends_with_the_credentials_that_signed_it_and_shows_no_secret() {
    let credentials = SigningCredentials {
        session_token: Some("the-token".into()),
        expires_at: Some(at(EXAMPLE_TIME + 100)),
        ..credentials()
    };
    let form = form(&contract_with(FORMS), credentials, png());
    assert_eq!((form.expires_in, form.expires_at), (100, at(EXAMPLE_TIME + 100)));
    assert_eq!(policy(&fields(&form)["policy"])["expiration"], "2013-05-24T00:01:40Z");
    insta::assert_snapshot!(format!("{form:?}"), @r#"FormGrant { url: "https://acme-uploads.s3.eu-central-1.amazonaws.com/", key: ObjectKey("uploads/2013-05-24/11111111-1111-4111-9111-111111111111.png"), sizes: (1, 10485760), .. }"#);
}

#[test]
fn another_endpoint() {
    let endpoint = "[endpoint]\nurl = \"http://localhost:4566\"";
    let contract = contract("name = \"acme-uploads\"\nregion = \"eu-central-1\"", FORMS, endpoint);
    assert_eq!(form(&contract, credentials(), png()).url, "http://localhost:4566/acme-uploads");
}

#[test]
fn extras_of_a_put_are_signed_headers() {
    let contract = contract_with(
        "metadata = [\"title\"]\ntags = [\"b\", \"a\"]\ncontent_disposition = true\ncache_control = true",
    );
    let pairs = |pairs: &[(&str, &str)]| {
        Some(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    };
    let request = UploadRequest {
        size: Some(5),
        metadata: pairs(&[("title", "A title")]),
        tags: pairs(&[("a", "1 2"), ("b", "x&y".replace('&', "-").as_str())]),
        content_disposition: Some("attachment; filename=\"a.png\"".to_owned()),
        cache_control: Some("no-store".to_owned()),
        ..png()
    };
    let checked: CheckedUpload = request.check(&contract.upload).unwrap();
    assert_eq!(checked.content_type, ContentType::parse("image/png").unwrap());
    let grant = GrantMaker::new(&contract, credentials())
        .grant(&checked, at(EXAMPLE_TIME), [0x11; 16])
        .unwrap();
    insta::assert_json_snapshot!(grant.expose(), @r#"
    {
      "upload_url": "https://acme-uploads.s3.eu-central-1.amazonaws.com/uploads/2013-05-24/11111111-1111-4111-9111-111111111111.png?x-id=PutObject&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Feu-central-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=300&X-Amz-SignedHeaders=cache-control%3Bcontent-disposition%3Bcontent-length%3Bcontent-type%3Bhost%3Bif-none-match%3Bx-amz-meta-title%3Bx-amz-tagging&X-Amz-Signature=b243538072d20cebd213082e51cf08bc49d0122d4e8d9d8186ff0833941634f7",
      "key": "uploads/2013-05-24/11111111-1111-4111-9111-111111111111.png",
      "method": "PUT",
      "headers": {
        "Content-Length": "5",
        "Content-Type": "image/png",
        "If-None-Match": "*",
        "Cache-Control": "no-store",
        "Content-Disposition": "attachment; filename=\"a.png\"",
        "x-amz-meta-title": "A title",
        "x-amz-tagging": "a=1%202&b=x-y"
      },
      "expires_at": "2013-05-24T00:05:00Z",
      "expires_in": 300
    }
    "#);
}
