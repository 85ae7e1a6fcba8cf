#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::time::SystemTime;

use super::*;
use gatepass_core::contract::Contract;
use gatepass_core::grant::fixtures::{EXAMPLE_TIME, at, contract, contract_with, credentials};
use gatepass_core::grant::{
    BucketAddress, DownloadRequest, GrantMaker, Method, PresignRequest, Signer, SigningCredentials,
    UploadRequest,
};
use iam_policy::{AccountId, Region};

const SIGNED_AT: u64 = EXAMPLE_TIME;
/// What the client of [`granted`] sends.
const HEADERS: [&str; 3] = ["Content-Type: image/png", "Content-Length: 3", "If-None-Match: *"];

/// A URL as the contract grants it.
fn granted(contract: &Contract) -> String {
    let upload = UploadRequest {
        content_type: "image/png".to_owned(),
        size: Some(3),
        ..UploadRequest::default()
    };
    let grant = GrantMaker::new(contract, credentials())
        .grant(&upload.check(&contract.upload).unwrap(), at(SIGNED_AT), [7; 16])
        .unwrap();
    grant.upload_url.expose().to_owned()
}

fn strict() -> Contract {
    contract_with("")
}

fn with_basis<T>(contract: &Contract, now: SystemTime, body: impl FnOnce(Basis<'_>) -> T) -> T {
    let account = AccountId::parse("111122223333").unwrap();
    let documents =
        Documents::render(contract, &account, &crate::statement_files::built_in().unwrap())
            .unwrap();
    let principal = Principal::presigner(contract, &account);
    body(Basis { contract, account: &account, documents: &documents, principal: &principal, now })
}

fn sent(method: Option<&str>, headers: &[&str]) -> Sent {
    let headers: Vec<String> = headers.iter().map(|header| (*header).to_owned()).collect();
    Sent::new(method, &headers).unwrap()
}

fn lines(findings: &[Finding]) -> impl Iterator<Item = String> {
    findings.iter().map(|Finding { code, refused, text, .. }| {
        format!("{}{code}: {text}", if *refused { "" } else { "note " })
    })
}

/// The verdict on a URL that is used so many seconds after it was signed, with every finding and every Sid that denies it.
fn url(text: &str, seconds: u64, sent: &Sent) -> String {
    url_under(&strict(), text, seconds, sent)
}

fn url_under(contract: &Contract, text: &str, seconds: u64, sent: &Sent) -> String {
    with_basis(contract, at(SIGNED_AT + seconds), |basis| {
        let explanation =
            UrlExplanation::of(&SignedUrl::parse(text).unwrap(), sent, basis).unwrap();
        let serialized = serde_json::to_string(&explanation).unwrap();
        if let Some((_, signature)) = text.split_once("X-Amz-Signature=") {
            let signature = signature.split('&').next().unwrap();
            assert!(
                signature.is_empty() || !serialized.contains(signature),
                "the signature is shown: {serialized}"
            );
        }
        let mut all = vec![if explanation.allowed { "allowed" } else { "refused" }.to_owned()];
        all.extend(lines(&explanation.findings));
        all.extend(
            explanation
                .policies
                .iter()
                .flat_map(|policies| &policies.denied_by)
                .map(|denial| format!("denied by {}", denial.sid)),
        );
        all.extend(
            explanation
                .policies
                .iter()
                .flat_map(|policies| policies.lacking)
                .map(|lacking| format!("not allowed by the {lacking}")),
        );
        all.join("\n")
    })
}

#[test]
fn a_grant_in_its_time_used_as_it_was_given() {
    let granted = granted(&strict());
    assert_eq!(url(&granted, 10, &sent(None, &[])), "allowed");
    assert_eq!(url(&granted, 10, &sent(Some("put"), &HEADERS)), "allowed");
    assert_eq!(url(&format!(" '{granted}'\n"), 10, &sent(None, &[])), "allowed");
}

#[test]
fn a_download() {
    let downloads = contract_with("[download]");
    let request = DownloadRequest {
        key: "uploads/2013-05-24/11111111-1111-4111-9111-111111111111.png".to_owned(),
        ..DownloadRequest::default()
    };
    let checked =
        request.check(downloads.download.as_ref().unwrap(), &downloads.upload, None).unwrap();
    let granted =
        GrantMaker::new(&downloads, credentials()).download(&checked, at(SIGNED_AT)).unwrap();
    let granted = granted.download_url.expose();
    assert_eq!(
        url_under(&downloads, granted, 10, &sent(Some("GET"), &["Range: bytes=4-"])),
        "allowed"
    );
    insta::assert_snapshot!(url_under(&downloads, granted, 301, &sent(Some("PUT"), &[])), @"
    refused
    expired: the URL expired at 2013-05-24T00:05:00Z, 1s ago
    wrong_method: the URL is signed for GET (x-id=GetObject), and PUT is sent
    note header_unsigned: not signed: content-length, content-type, if-none-match; so the URL was not made under this contract, and what these headers keep is open
    denied by GatepassPresignerWriteOnce
    ");
    let elsewhere = granted.replace("/uploads/", "/other/");
    insta::assert_snapshot!(url_under(&downloads, &elsewhere, 10, &sent(None, &[])), @"
    refused
    denied by GatepassPresignerOnlyPrefix
    not allowed by the role's permissions policy
    ");
    insta::assert_snapshot!(url(granted, 10, &sent(None, &[])), @"
    refused
    denied by GatepassPresignerOnlyUploadActions
    not allowed by the role's permissions policy
    ");
}

#[test]
fn time() {
    let granted = granted(&strict());
    insta::assert_snapshot!(url(&granted, 300, &sent(None, &[])), @"allowed");
    insta::assert_snapshot!(url(&granted, 301, &sent(None, &[])), @r#"
    refused
    expired: the URL expired at 2013-05-24T00:05:00Z, 1s ago
    "#);
    insta::assert_snapshot!(url(&granted, 11_820, &sent(None, &[])), @r#"
    refused
    expired: the URL expired at 2013-05-24T00:05:00Z, 3h 12m ago
    denied by GatepassDenyOldSignatures
    "#);
    let with = |from: &str, to: &str| granted.replace(from, to);
    insta::assert_snapshot!(url(&with("X-Amz-Expires=300", "X-Amz-Expires=604801"), 901, &sent(None, &[])), @r#"
    refused
    too_long: X-Amz-Expires is 604801 s, and S3 takes at most 604800 (7 days)
    denied by GatepassDenyOldSignatures
    "#);
    insta::assert_snapshot!(url(&with("X-Amz-Expires=300", "X-Amz-Expires=604800"), 0, &sent(None, &[])), @r#"
    allowed
    note ends_early: X-Amz-Expires is 604800 s, and the bucket policy refuses any signature that is older than upload.max_signature_age, 900 s
    "#);
    insta::assert_snapshot!(url(&with("X-Amz-Expires=300", "X-Amz-Expires=-1"), 0, &sent(None, &[])), @r#"
    refused
    parameter_malformed: X-Amz-Expires is not a number of seconds between 1 and 604800
    "#);
    insta::assert_snapshot!(url(&with("20130524T000000Z", "20130524T010000Z"), 0, &sent(None, &[])), @r#"
    refused
    not_yet_valid: the URL is signed for 2013-05-24T01:00:00Z, which is 1h from now
    "#);
    insta::assert_snapshot!(url(&with("20130524T000000Z", "yesterday"), 0, &sent(None, &[])), @r#"
    refused
    parameter_malformed: the day in X-Amz-Credential is not that of X-Amz-Date
    parameter_malformed: X-Amz-Date is not of the form 20260131T120000Z
    "#);
}

#[test]
fn headers_and_method() {
    let granted = granted(&strict());
    insta::assert_snapshot!(url(&granted, 10, &sent(None, &["Content-Type: text/html"])), @r#"
    refused
    header_missing: the header if-none-match is signed and not sent
    header_differs: the header content-type is "text/html", and the contract signs one that the contract allows (image/*, text/plain, application/pdf)
    denied by GatepassPresignerWriteOnce
    "#);
    insta::assert_snapshot!(url(&granted, 10, &sent(Some("POST"), &HEADERS)), @r#"
    refused
    wrong_method: the URL is signed for PUT (x-id=PutObject), and POST is sent
    "#);
    let others = [
        "content-type:image/jpeg",
        "if-none-match: \"x\"",
        "content-length: 99999999999",
        "x-amz-acl: public-read",
    ];
    insta::assert_snapshot!(url(&granted, 10, &sent(None, &others)), @r#"
    refused
    header_not_signed: the header x-amz-acl is sent and not signed, and S3 takes no x-amz- header that is not
    header_differs: the header content-type is "image/jpeg", and the contract signs the type that the key was made for, and keys of image/jpeg end in .jpg
    header_differs: the header if-none-match is "\"x\"", and the contract signs *
    header_differs: the header content-length is "99999999999", and the contract signs at most upload.max_size, 10485760 bytes
    "#);
    let compatible = contract_with("mode = \"compatible\"");
    insta::assert_snapshot!(url(&self::granted(&compatible), 10, &sent(None, &["Content-Type: image/png"])), @r#"
    refused
    note header_unsigned: not signed: content-length, if-none-match; so the URL was not made under this contract, and what these headers keep is open
    denied by GatepassPresignerWriteOnce
    "#);
    assert_eq!(
        url_under(
            &compatible,
            &self::granted(&compatible),
            10,
            &sent(None, &["Content-Type: image/png"])
        ),
        "allowed"
    );
}

#[test]
fn place() {
    let granted = granted(&strict());
    let with = |from: &str, to: &str| url(&granted.replace(from, to), 10, &sent(None, &[]));
    insta::assert_snapshot!(with("https://acme-uploads.", "https://others."), @r#"
    refused
    wrong_bucket: the URL is for the bucket others, and the contract's is acme-uploads
    "#);
    insta::assert_snapshot!(with("s3.eu-central-1.", "s3.us-west-2."), @r#"
    refused
    wrong_region: the URL goes to S3 in us-west-2, and the contract's bucket is in eu-central-1
    "#);
    insta::assert_snapshot!(with("s3.eu-central-1.", "s3."), @r#"
    allowed
    note global_host: the URL goes to the host without a region, which answers 307 for a bucket outside of us-east-1, and a browser's preflight fails of it
    "#);
    insta::assert_snapshot!(with("acme-uploads.s3.eu-central-1.amazonaws.com/", "s3.eu-central-1.amazonaws.com/acme-uploads/"), @"allowed");
    insta::assert_snapshot!(with("acme-uploads.s3.eu-central-1.amazonaws.com", "minio:9000"), @r#"
    refused
    wrong_host: the URL goes to minio:9000, and the contract's bucket is at acme-uploads.s3.eu-central-1.amazonaws.com
    "#);
    insta::assert_snapshot!(with("https://", "http://"), @r#"
    refused
    note other_scheme: the URL is http, and the contract's bucket is reached by https
    denied by GatepassDenyInsecureTransport
    "#);
    insta::assert_snapshot!(with("/uploads/", "/others/"), @r#"
    refused
    denied by GatepassPresignerOnlyPrefix
    not allowed by the role's permissions policy
    "#);
    insta::assert_snapshot!(with(".png?", ".html?"), @r#"
    refused
    denied by GatepassPresignerOnlyExtensions
    "#);
    insta::assert_snapshot!(with("%2Feu-central-1%2F", "%2Fus-east-1%2F"), @r#"
    refused
    wrong_region: the URL is signed for the region us-east-1, and the contract's bucket is in eu-central-1
    "#);
    let local = contract(
        "name = \"acme-uploads\"\nregion = \"us-east-1\"",
        "",
        "[endpoint]\nurl = \"http://localhost:4566\"",
    );
    assert_eq!(url_under(&local, &self::granted(&local), 10, &sent(None, &[])), "allowed");
}

#[test]
fn parameters() {
    let granted = granted(&strict());
    let with = |from: &str, to: &str| url(&granted.replace(from, to), 10, &sent(None, &[]));
    let (start, _) = granted.split_once("&X-Amz-Signature=").unwrap();
    insta::assert_snapshot!(url(start, 10, &sent(None, &[])), @r#"
    refused
    parameter_missing: the URL lacks X-Amz-Signature
    "#);
    insta::assert_snapshot!(url(&granted[..granted.len() - 5], 10, &sent(None, &[])), @r#"
    refused
    parameter_malformed: X-Amz-Signature is not whole: the URL was cut off
    "#);
    insta::assert_snapshot!(with("&", "&amp;"), @r#"
    refused
    escaped: the URL comes out of HTML or XML: its & are written &amp;
    "#);
    insta::assert_snapshot!(with("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"), @r#"
    refused
    parameter_malformed: X-Amz-Algorithm is not AWS4-HMAC-SHA256
    "#);
    insta::assert_snapshot!(with("%2Fs3%2Faws4_request", "%2Fsts%2Faws4_request"), @r#"
    refused
    wrong_service: the URL is signed for sts/aws4_request, and S3 wants s3/aws4_request
    "#);
    insta::assert_snapshot!(with("AKIA", "ASIA"), @r#"
    refused
    token_missing: the URL is signed with temporary credentials and lacks X-Amz-Security-Token
    "#);
    insta::assert_snapshot!(with("?", "?x-amz-checksum-crc32=AAAAAA%3D%3D&X-Amz-Colour=red&X-Amz-Expires=5&"), @r#"
    refused
    note checksum_of_nothing: the URL states the CRC-32 of an empty body, which the AWS SDK for JavaScript adds when it signs without one; S3 ignores it there, and other stores refuse every other body for it
    note unknown_parameter: the parameter X-Amz-Colour is none of SigV4's; S3 reads it as the header of that name, if it is one
    parameter_twice: X-Amz-Expires stands in it more than once
    expired: the URL expired at 2013-05-24T00:00:05Z, 5s ago
    "#);
    insta::assert_snapshot!(url(granted.split_once('?').unwrap().0, 10, &sent(None, &[])), @r#"
    refused
    not_signed: the URL has no signature, so S3 takes it for a request of nobody
    not allowed by the bucket policy
    "#);
    let version_2 = "https://acme-uploads.s3.eu-central-1.amazonaws.com/uploads/a.png?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Expires=1&Signature=secret";
    insta::assert_snapshot!(url(version_2, 10, &sent(None, &[])), @r#"
    refused
    signature_version_2: the URL is signed with Signature Version 2, whose age S3 does not know
    denied by GatepassDenySignatureV2
    denied by GatepassPresignerWriteOnce
    "#);
    insta::assert_snapshot!(SignedUrl::parse(version_2).unwrap(), @"https://acme-uploads.s3.eu-central-1.amazonaws.com/uploads/a.png?AWSAccessKeyId=****&Expires=1&Signature=****");
}

#[test]
fn other_operations() {
    let contract = strict();
    let address = BucketAddress::of(&contract);
    let signer = Signer::new(credentials(), &Region::parse("eu-central-1").unwrap());
    let presigned =
        |method: Method, key: &str, query: &[(&str, &str)], headers: &[(&str, &str)]| {
            let request =
                PresignRequest { method, address: &address, key, query, headers, expires_in: 300 };
            signer.presign(&request, at(SIGNED_AT)).unwrap().expose().to_owned()
        };
    let get = presigned(Method::Get, "uploads/a.png", &[("x-id", "GetObject")], &[]);
    insta::assert_snapshot!(url(&get, 10, &sent(None, &[])), @r#"
    refused
    denied by GatepassPresignerOnlyUploadActions
    not allowed by the role's permissions policy
    "#);
    let part = presigned(
        Method::Put,
        "uploads/a.png",
        &[("partNumber", "1"), ("uploadId", "x"), ("x-id", "UploadPart")],
        &[],
    );
    insta::assert_snapshot!(url(&part, 10, &sent(None, &[])), @"allowed");
    let abort = presigned(
        Method::Delete,
        "uploads/a.png",
        &[("uploadId", "x"), ("x-id", "AbortMultipartUpload")],
        &[],
    );
    insta::assert_snapshot!(url(&abort, 10, &sent(None, &[])), @r#"
    refused
    denied by GatepassPresignerOnlyUploadActions
    not allowed by the role's permissions policy
    "#);
    let bare = presigned(
        Method::Put,
        "uploads/a.png",
        &[],
        &[("x-amz-server-side-encryption", "aws:kms")],
    );
    insta::assert_snapshot!(url(&bare, 10, &sent(None, &["x-amz-server-side-encryption: aws:kms"])), @r#"
    refused
    header_differs: the header x-amz-server-side-encryption is "aws:kms", and the contract signs AES256
    note header_unsigned: not signed: content-length, content-type, if-none-match; so the URL was not made under this contract, and what these headers keep is open
    denied by GatepassDenyOtherEncryption
    denied by GatepassPresignerWriteOnce
    "#);
    let token = Signer::new(
        SigningCredentials {
            access_key_id: "ASIAEXAMPLE".to_owned(),
            session_token: Some("tok/en".into()),
            ..credentials()
        },
        &contract.bucket.region,
    );
    let request = PresignRequest {
        method: Method::Get,
        address: &address,
        key: "",
        query: &[],
        headers: &[],
        expires_in: 300,
    };
    let listed = token.presign(&request, at(SIGNED_AT)).unwrap();
    insta::assert_snapshot!(url(listed.expose(), 10, &sent(Some("GET"), &[])), @r#"
    refused
    note temporary_credentials: the URL is signed with temporary credentials and ends with them, which can be before X-Amz-Expires says so
    denied by GatepassPresignerOnlyPrefix
    denied by GatepassPresignerOnlyUploadActions
    not allowed by the role's permissions policy
    "#);
    assert!(!format!("{:?}", SignedUrl::parse(listed.expose()).unwrap()).contains("tok"));
}

#[test]
fn what_is_no_url() {
    let wrong = |text: &str| SignedUrl::parse(text).unwrap_err().problem;
    insta::assert_snapshot!(["acme", "ftp://x", "https://a b", "https:///x", "https://u@h/"].map(wrong).join("\n"), @r#"
    has no scheme
    is neither https nor http
    has a space or a line break in it
    has no host that S3 could be at
    has no host that S3 could be at
    "#);
}

/// The answer of S3 to a request with these canonical lines.
fn refused_signature(canonical_request: &str) -> String {
    let escaped = canonical_request.replace('&', "&amp;");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>The request signature we calculated \
         does not match the signature you provided.</Message><CanonicalRequest>{escaped}</CanonicalRequest></Error>"
    )
}

/// What S3 makes of a request with the granted URL.
fn canonical(url: &str, headers: &str) -> String {
    let (address, query) = url.split_once('?').unwrap();
    let path = &address["https://".len()..];
    let (host, path) = path.split_at(path.find('/').unwrap());
    let mut query: Vec<&str> =
        query.split('&').filter(|parameter| !parameter.starts_with("X-Amz-Signature=")).collect();
    query.sort_unstable();
    let headers = headers.replace("HOST", &format!("host:{host}"));
    let names = "content-length;content-type;host;if-none-match";
    format!("PUT\n{path}\n{}\n{headers}\n\n{names}\nUNSIGNED-PAYLOAD", query.join("&"))
}

fn answer(text: &str, url: Option<&str>, sent: &Sent) -> String {
    with_basis(&strict(), at(SIGNED_AT + 10), |basis| {
        let url = url.map(|url| SignedUrl::parse(url).unwrap());
        let explanation =
            AnswerExplanation::of(&S3Answer::parse(text).unwrap(), url.as_ref(), sent, basis)
                .unwrap();
        let mut all: Vec<String> = lines(&explanation.findings).collect();
        for Difference { part, signed, received } in &explanation.differences {
            all.push(format!(
                "{part}: signed {signed}, received {}",
                received.as_deref().unwrap_or("nothing")
            ));
        }
        all.extend(
            explanation
                .policies
                .iter()
                .flat_map(|policies| &policies.denied_by)
                .map(|denial| format!("denied by {}", denial.sid)),
        );
        all.join("\n")
    })
}

#[test]
fn the_first_difference_from_what_was_signed() {
    let granted = granted(&strict());
    let right = "content-length:3\ncontent-type:image/png\nHOST\nif-none-match:*";
    let received = |headers: &str| refused_signature(&canonical(&granted, headers));
    let with_url = |headers: &str| answer(&received(headers), Some(&granted), &sent(None, &[]));
    insta::assert_snapshot!(with_url("content-length:3\ncontent-type:text/html\nHOST\nif-none-match:*"), @"header content-type: signed one that the contract allows (image/*, text/plain, application/pdf), received text/html");
    insta::assert_snapshot!(with_url("content-length:3\ncontent-type:\nHOST\nif-none-match:*"), @"header content-type: signed the value that the grant gave, received nothing");
    insta::assert_snapshot!(with_url("content-length:3\nHOST"), @r#"
    header content-type: signed the value that the grant gave, received nothing
    header if-none-match: signed the value that the grant gave, received nothing
    "#);
    insta::assert_snapshot!(with_url(&right.replace("HOST", "host:proxy.internal")), @"header host: signed acme-uploads.s3.eu-central-1.amazonaws.com, received proxy.internal");
    insta::assert_snapshot!(with_url(&right.replace(":3", ":4")), @"signature: what S3 received is what can be seen to be signed; what cannot are the values of its headers (content-length: 4, content-type: image/png, if-none-match: *)");
    let told = sent(None, &HEADERS);
    insta::assert_snapshot!(answer(&received(&right.replace(":3", ":4")), Some(&granted), &told), @"header content-length: signed 3, received 4");
    insta::assert_snapshot!(answer(&received(right), Some(&granted), &told), @"signature: what S3 received is what can be seen to be signed; what cannot are the values of its headers (content-length: 3, content-type: image/png, if-none-match: *)");
    // the answer alone tells most of it
    insta::assert_snapshot!(answer(&received("content-length:3\ncontent-type:\nhost:x\nif-none-match:*"), None, &sent(None, &[])), @r#"
    header content-type: signed the value that the grant gave, received nothing
    header host: signed acme-uploads.s3.eu-central-1.amazonaws.com, received x
    "#);
}

#[test]
fn every_line_of_the_canonical_request_is_compared() {
    let granted = granted(&strict());
    let right =
        canonical(&granted, "content-length:3\ncontent-type:image/png\nHOST\nif-none-match:*");
    let changed = |from: &str, to: &str| {
        assert!(right.contains(from), "{from}");
        answer(
            &refused_signature(&right.replacen(from, to, 1)),
            Some(&granted),
            &sent(None, &HEADERS),
        )
    };
    insta::assert_snapshot!(changed("PUT", "POST"), @"method: signed PUT, received POST");
    insta::assert_snapshot!(changed("/uploads/", "/uploads/%20"), @"path: signed /uploads/2013-05-24/07070707-0707-4707-8707-070707070707.png, received /uploads/%202013-05-24/07070707-0707-4707-8707-070707070707.png");
    insta::assert_snapshot!(changed("X-Amz-Expires=300", "X-Amz-Expires=3000"), @"query X-Amz-Expires: signed 300, received 3000");
    insta::assert_snapshot!(changed("AKIA", "ASIA"), @"query X-Amz-Credential: signed ****, received another");
    insta::assert_snapshot!(changed("x-id=PutObject", "x-id=PutObject&x-more=1"), @"query x-more: signed nothing, received 1");
    insta::assert_snapshot!(changed("content-length;content-type;host", "content-type;host"), @"signed headers: signed content-length;content-type;host;if-none-match, received content-type;host;if-none-match");
    insta::assert_snapshot!(changed("UNSIGNED-PAYLOAD", "e3b0c442"), @"payload: signed UNSIGNED-PAYLOAD, received e3b0c442");
    let bytes = right.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ");
    let in_bytes = format!(
        "<Error><Code>SignatureDoesNotMatch</Code><CanonicalRequestBytes>{bytes}</CanonicalRequestBytes><SignatureProvided>0</SignatureProvided></Error>"
    );
    insta::assert_snapshot!(answer(&in_bytes.replace("50 55 54", "47 45 54"), Some(&granted), &sent(None, &HEADERS)), @r#"
    other_signature: the signature that S3 received is not that of the URL: the URL was changed, or this is the answer to another request
    method: signed PUT, received GET
    "#);
    insta::assert_snapshot!(answer("<Error><Code>SignatureDoesNotMatch</Code></Error>", None, &sent(None, &[])), @"signature: what was sent is not what was signed; the answer does not tell what S3 received (it has no CanonicalRequest)");
}

fn denied(user: &str, action: &str, resource: &str, why: &str) -> String {
    answer(
        &format!(
            "<Error><Code>AccessDenied</Code><Message>User: {user} is not authorized to perform: {action} on resource: \
             &quot;{resource}&quot; {why}</Message></Error>"
        ),
        None,
        &sent(None, &[]),
    )
}

#[test]
fn whose_policy_denies_it() {
    let role = "arn:aws:sts::111122223333:assumed-role/acme-uploads-presigner/gatepass";
    let object = "arn:aws:s3:::acme-uploads/uploads/a.png";
    insta::assert_snapshot!(denied(role, "s3:GetObject", object, "with an explicit deny in a resource-based policy"), @r#"
    denied_by_bucket_policy: GatepassPresignerOnlyUploadActions of the bucket policy denies it
    denied by GatepassPresignerOnlyUploadActions
    "#);
    insta::assert_snapshot!(denied(role, "s3:PutObject", object, "with an explicit deny in a resource-based policy"), @"denied_by_bucket_policy: the bucket policy denies it, by one of GatepassDenyInsecureTransport, GatepassDenyOldSignatures, GatepassDenyOtherEncryption, GatepassDenySignatureV2, GatepassDenySseC, GatepassDenyTlsBelow12, GatepassPresignerWriteOnce");
    insta::assert_snapshot!(denied(role, "s3:PutObject", object, "because no identity-based policy allows the s3:PutObject action"), @"not_allowed: nothing attached to the role allows it, and GatepassUpload of the contract does: the role is not as the contract states");
    insta::assert_snapshot!(denied(role, "s3:GetObject", object, "because no identity-based policy allows the s3:GetObject action"), @r#"
    not_allowed: the role's permissions policy allows no such thing, nor should it by the contract
    denied by GatepassPresignerOnlyUploadActions
    "#);
    let user = "arn:aws:iam::111122223333:user/ann";
    insta::assert_snapshot!(denied(user, "s3:PutObject", object, "because no identity-based policy allows the s3:PutObject action"), @"not_allowed: no policy of the caller allows it; it asked as arn:aws:iam::111122223333:user/ann, which is not the presigner role");
    insta::assert_snapshot!(denied("arn:aws:iam::444455556666:user/eve", "s3:PutObject", object, "because no resource-based policy allows the s3:PutObject action"), @"not_allowed: the bucket policy does not let in somebody of another account; it asked as arn:aws:iam::444455556666:user/eve, which is not the presigner role");
    for other in [
        "permissions boundary",
        "session policy",
        "service control policy",
        "resource control policy",
        "VPC endpoint policy",
        "identity-based policy",
    ] {
        assert_ne!(
            denied(role, "s3:PutObject", object, &format!("with an explicit deny in a {other}")),
            "",
            "{other}"
        );
    }
}

#[test]
fn other_codes() {
    let of = |code: &str, message: &str| {
        answer(
            &format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>"),
            None,
            &sent(None, &[]),
        )
    };
    let all = [
        of("AccessDenied", "Request has expired"),
        of("AccessDenied", "There were headers present in the request which were not signed"),
        of("AccessDenied", "Access Denied"),
        of("PreconditionFailed", "At least one of the pre-conditions you specified did not hold"),
        of(
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
        ),
        of("ExpiredToken", "The provided token has expired."),
        of(
            "AuthorizationQueryParametersError",
            "Error parsing the X-Amz-Credential parameter; the region 'us-east-1' is wrong",
        ),
        of(
            "AuthorizationQueryParametersError",
            "X-Amz-Expires must be less than a week (in seconds)",
        ),
        of("EntityTooLarge", "Your proposed upload exceeds the maximum allowed size"),
        of(
            "MalformedPOSTRequest",
            "The body of your POST request is not well-formed multipart/form-data.",
        ),
        of("Teapot", ""),
    ];
    insta::assert_snapshot!(all.join("\n"), @r#"
    meaning: the URL had expired when the request came
    meaning: an x-amz- header was sent that is not signed
    denied: a policy denies the request, or nothing allows it, and S3 does not say which
    meaning: an object with this key is there already: a grant of a strict contract is good for one upload
    meaning: the signer's clock and S3's are more than 15 minutes apart
    meaning: the temporary credentials that signed have ended
    meaning: the URL is signed for another region than the bucket's
    meaning: X-Amz-Expires is above 7 days
    meaning: the file is larger than the grant allows
    meaning: the form is not well-formed multipart/form-data
    code_unknown: Teapot is not a code that says something about uploads
    "#);
    let unsigned = "<Error><Code>AccessDenied</Code><Message>There were headers present in the request which were not signed</Message><HeadersNotSigned>x-amz-acl</HeadersNotSigned></Error>";
    insta::assert_snapshot!(answer(unsigned, None, &sent(None, &[])), @"meaning: an x-amz- header was sent that is not signed: x-amz-acl");
    assert!(S3Answer::parse("<html>502</html>").is_err());
    assert!(S3Answer::parse("<Error></Error>").is_err());
}

#[test]
fn with_the_url_plain_words_are_explained_by_its_circumstances() {
    let granted = granted(&strict());
    let text = "<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>";
    insta::assert_snapshot!(answer(text, Some(&granted.replace("/uploads/", "/others/")), &sent(None, &[])), @r#"
    denied: a policy denies the request, and S3 does not say which; this is what the contract's say to the URL
    denied by GatepassPresignerOnlyPrefix
    "#);
}

#[test]
fn a_url_is_never_shown_whole() {
    let text = granted(&strict());
    let signature = text.split_once("X-Amz-Signature=").unwrap().1;
    let shown = format!("{0} {0:?}", SignedUrl::parse(&text).unwrap());
    assert!(!shown.contains(signature) && !shown.contains("AKIA"), "{shown}");
}

/// Whatever becomes of a URL is named, and the URL before it explained.
#[test]
fn a_mangled_url_is_explained_as_what_it_was() {
    let granted = granted(&strict());
    let encoded = |text: &str| {
        percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
    };
    let (address, query) = granted.split_once('?').unwrap();
    let middle = granted.len() - 30;
    for (mangled, code) in [
        (granted.replace('&', "\\u0026"), "escaped_as_json"),
        (granted.replace('&', "\\\\u0026").replace('=', "\\\\u003d"), "escaped_as_json"),
        (granted.replace('/', "\\/"), "escaped_as_json"),
        (granted.replace('&', "&#38;"), "escaped"),
        (granted.replace('&', "&amp;amp;"), "escaped"),
        (granted.replace('&', "\\&").replace('?', "\\?"), "escaped_for_shell"),
        (granted.replace('&', "%26"), "encoded_twice"),
        (granted.replace('&', "%26").replace('=', "%3D"), "encoded_twice"),
        (granted.replace('%', "%25"), "encoded_twice"),
        (granted.replace('?', "%3F").replace('&', "%26").replace('=', "%3D"), "encoded_twice"),
        (encoded(&granted), "encoded_twice"),
        (encoded(&encoded(&granted)), "encoded_twice"),
        (format!("{address}?{}", encoded(query)), "encoded_twice"),
        (format!("{}\n  {}", &granted[..middle], &granted[middle..]), "line_break"),
        (format!("{}\u{200b}{}", &granted[..middle], &granted[middle..]), "invisible_characters"),
    ] {
        assert!(SignedUrl::is_meant(&mangled), "{mangled}");
        let told = url(&mangled, 10, &sent(None, &[]));
        assert!(
            told.starts_with(&format!("refused\n{code}: ")) && told.lines().count() == 2,
            "{code} {mangled}:\n{told}"
        );
    }
    for around in [
        format!("curl -X PUT '{granted}' -H 'Content-Type: image/png'"),
        format!("curl {granted} -H 'If-None-Match: *'"),
        format!("[the grant]({granted})"),
        format!("<{granted}>"),
        format!("{{\"method\":\"PUT\",\"upload_url\":\"{granted}\",\"headers\":{{}}}}"),
    ] {
        assert_eq!(url(&around, 10, &sent(None, &[])), "allowed", "{around}");
    }
}

#[test]
fn a_sub_resource_is_what_the_policies_are_asked_about() {
    let granted = granted(&strict());
    for (sub_resource, action) in [
        ("annotation=a", "PutObjectAnnotation"),
        ("acl", "PutObjectAcl"),
        ("encryption", "UpdateObjectEncryption"),
    ] {
        let mangled = granted.replacen('?', &format!("?{sub_resource}&"), 1);
        with_basis(&strict(), at(SIGNED_AT + 10), |basis| {
            let explanation =
                UrlExplanation::of(&SignedUrl::parse(&mangled).unwrap(), &sent(None, &[]), basis)
                    .unwrap();
            let policies = explanation.policies.unwrap();
            assert_eq!(
                (explanation.allowed, policies.action.as_str()),
                (false, format!("s3:{action}").as_str())
            );
        });
    }
}
