//! Uploads in parts, as AWS alone answers.

use std::time::{Duration, SystemTime};

use gatepass_core::contract::{ContentType, Contract, Multipart, PartSize};
use gatepass_core::grant::{
    CheckedUpload, GrantMaker, NewMultipartUpload, SigningCredentials, StoredObject, StoredPart,
};

use super::super::{AwsErrorKind, AwsObjects};
use super::{Answer, Replay, contract, s3_error};

const BEGUN: &str =
    "<InitiateMultipartUploadResult><UploadId>an-id</UploadId></InitiateMultipartUploadResult>";

fn objects(replay: &Replay, contract: &Contract) -> AwsObjects {
    replay.connection.objects(contract, replay.connection.signing_credentials(contract))
}

fn upload(contract: &Contract, part_checksums: bool) -> NewMultipartUpload {
    let credentials = SigningCredentials {
        access_key_id: "AKIDEXAMPLE".to_owned(),
        secret_access_key: "secret".into(),
        session_token: None,
        expires_at: None,
    };
    let upload = CheckedUpload {
        size: Some(5),
        part_checksums,
        ..CheckedUpload::new(ContentType::parse("image/png").unwrap())
    };
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_369_353_600);
    GrantMaker::new(contract, credentials)
        .multipart(&upload, Some(Multipart { part_size: PartSize::DEFAULT }), time, [0x11; 16])
        .unwrap()
}

fn part() -> StoredPart {
    StoredPart { number: 1, size: 5, etag: "abc".to_owned(), checksum_sha256: None }
}

/// A default checksum on the upload would make S3 ask for one of each part.
#[tokio::test]
async fn an_upload_is_begun_with_no_more_than_was_asked_for() {
    let contract = contract("eu-central-1", "");
    let replay = Replay::of(&contract, &[Answer(200, &[], BEGUN), Answer(200, &[], BEGUN)]);
    let objects = objects(&replay, &contract);
    assert_eq!(objects.create_multipart_upload(&upload(&contract, false)).await.unwrap(), "an-id");
    assert_eq!(objects.create_multipart_upload(&upload(&contract, true)).await.unwrap(), "an-id");
    insta::assert_snapshot!(replay.requests(), @"
    POST https://acme-uploads.s3.eu-central-1.amazonaws.com/uploads/2013-05-24/11111111-1111-4111-9111-111111111111.png?uploads
    scope: eu-central-1/s3

    POST https://acme-uploads.s3.eu-central-1.amazonaws.com/uploads/2013-05-24/11111111-1111-4111-9111-111111111111.png?uploads
    x-amz-checksum-algorithm: SHA256
    scope: eu-central-1/s3
    ");
}

#[tokio::test]
async fn parts_are_listed_page_by_page() {
    let contract = contract("eu-central-1", "");
    let page = |number: u32, more: &str| {
        format!(
            "<ListPartsResult><Part><PartNumber>{number}</PartNumber><Size>5</Size><ETag>\"e{number}\"</ETag></Part>{more}</ListPartsResult>"
        )
    };
    let first =
        page(1, "<IsTruncated>true</IsTruncated><NextPartNumberMarker>1</NextPartNumberMarker>");
    let replay = Replay::of(
        &contract,
        &[Answer(200, &[], &first), Answer(200, &[], &page(2, "<IsTruncated>false</IsTruncated>"))],
    );
    let listed = objects(&replay, &contract).list_parts("a key", "an-id").await.unwrap();
    assert_eq!(
        listed.iter().map(|part| (part.number, part.size, part.etag.as_str())).collect::<Vec<_>>(),
        [(1, 5, "e1"), (2, 5, "e2")]
    );
}

/// S3 begins to answer before it knows how it will end.
#[tokio::test]
async fn an_error_under_200_is_an_error() {
    let contract = contract("eu-central-1", "");
    let error = format!(
        "<?xml version=\"1.0\"?>\n\n{}",
        s3_error("InvalidPart", "One or more of the specified parts could not be found.")
    );
    let replay = Replay::of(&contract, &[Answer(200, &[], &error)]);
    let error = objects(&replay, &contract)
        .complete_multipart_upload("a key", "an-id", &[part()], true)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("InvalidPart"), "{error}");
}

#[tokio::test]
async fn completing_says_that_there_must_be_no_object() {
    let contract = contract("eu-central-1", "");
    let done =
        "<CompleteMultipartUploadResult><ETag>\"abc-1\"</ETag></CompleteMultipartUploadResult>";
    let conflict = s3_error(
        "ConditionalRequestConflict",
        "The conditional request cannot succeed due to a conflicting operation.",
    );
    let replay = Replay::of(&contract, &[Answer(200, &[], done), Answer(409, &[], &conflict)]);
    let objects = objects(&replay, &contract);
    assert_eq!(
        objects.complete_multipart_upload("a key", "an-id", &[part()], true).await.unwrap(),
        ("abc-1".to_owned(), None)
    );
    let error =
        objects.complete_multipart_upload("a key", "an-id", &[part()], false).await.unwrap_err();
    assert_eq!(
        (error.code(), error.kind()),
        (Some("ConditionalRequestConflict"), &AwsErrorKind::Other)
    );
    insta::assert_snapshot!(replay.requests(), @r#"
    POST https://acme-uploads.s3.eu-central-1.amazonaws.com/a%20key?uploadId=an-id
    if-none-match: *
    scope: eu-central-1/s3
    <CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <Part>
    <ETag>&quot;abc&quot;</ETag>
    <PartNumber>1</PartNumber>
    </Part>
    </CompleteMultipartUpload>

    POST https://acme-uploads.s3.eu-central-1.amazonaws.com/a%20key?uploadId=an-id
    scope: eu-central-1/s3
    <CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <Part>
    <ETag>&quot;abc&quot;</ETag>
    <PartNumber>1</PartNumber>
    </Part>
    </CompleteMultipartUpload>
    "#);
}

#[tokio::test]
async fn one_tag_is_taken_away_and_the_others_stay() {
    let contract = contract("eu-central-1", "");
    let tags = |tags: &[&str]| {
        let tag = |key: &&str| format!("<Tag><Key>{key}</Key><Value>a &amp; b</Value></Tag>");
        format!("<Tagging><TagSet>{}</TagSet></Tagging>", tags.iter().map(tag).collect::<String>())
    };
    let (without, only, both) =
        (tags(&["x"]), tags(&["gatepass:unconfirmed"]), tags(&["gatepass:unconfirmed", "x"]));
    let gone = s3_error("NoSuchKey", "The specified key does not exist.");
    let answers = [
        Answer(200, &[], &without),
        Answer(200, &[], &only),
        Answer(204, &[], ""),
        Answer(200, &[], &both),
        Answer(200, &[], ""),
        Answer(404, &[], &gone),
    ];
    let replay = Replay::of(&contract, &answers);
    let objects = objects(&replay, &contract);
    for _ in 0..3 {
        objects.remove_tag("a key", "gatepass:unconfirmed").await.unwrap();
    }
    let error = objects.remove_tag("a key", "gatepass:unconfirmed").await.unwrap_err();
    assert_eq!(error.code(), Some("NoSuchKey"));
    insta::assert_snapshot!(replay.requests(), @r#"
    GET https://acme-uploads.s3.eu-central-1.amazonaws.com/a%20key?tagging
    scope: eu-central-1/s3

    GET https://acme-uploads.s3.eu-central-1.amazonaws.com/a%20key?tagging
    scope: eu-central-1/s3

    DELETE https://acme-uploads.s3.eu-central-1.amazonaws.com/a%20key?tagging
    scope: eu-central-1/s3

    GET https://acme-uploads.s3.eu-central-1.amazonaws.com/a%20key?tagging
    scope: eu-central-1/s3

    PUT https://acme-uploads.s3.eu-central-1.amazonaws.com/a%20key?tagging
    x-amz-sdk-checksum-algorithm: CRC32
    scope: eu-central-1/s3
    <Tagging xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
    <TagSet>
    <Tag>
    <Key>x</Key>
    <Value>a &amp; b</Value>
    </Tag>
    </TagSet>
    </Tagging>

    GET https://acme-uploads.s3.eu-central-1.amazonaws.com/a%20key?tagging
    scope: eu-central-1/s3
    "#);
}

#[tokio::test]
async fn an_object_is_looked_at_by_head_where_the_role_may_read() {
    let contract = contract("eu-central-1", "[download]");
    let headers = |more: &[(&'static str, &'static str)]| {
        let all = [("etag", "\"abc\""), ("content-type", "image/png")];
        all.iter().chain(more).copied().collect::<Vec<(&str, &str)>>()
    };
    let whole = headers(&[
        ("content-length", "5"),
        ("x-amz-checksum-sha256", "A="),
        ("x-amz-checksum-type", "FULL_OBJECT"),
        ("x-amz-version-id", "v1"),
    ]);
    let parts = headers(&[
        ("content-length", "5"),
        ("x-amz-checksum-sha256", "A=-2"),
        ("x-amz-checksum-type", "COMPOSITE"),
        ("x-amz-version-id", "null"),
    ]);
    let replay = Replay::of(
        &contract,
        &[
            Answer(200, &whole, ""),
            Answer(200, &parts, ""),
            Answer(404, &[], ""),
            Answer(403, &[], ""),
        ],
    );
    let objects = objects(&replay, &contract);
    let seen = StoredObject {
        size: 5,
        etag: "abc".to_owned(),
        version_id: Some("v1".to_owned()),
        content_type: Some("image/png".to_owned()),
        checksum_sha256: Some("A=".to_owned()),
    };
    assert_eq!(objects.find("a key").await.unwrap(), Some(seen.clone()));
    assert_eq!(
        objects.find("a key").await.unwrap(),
        Some(StoredObject { version_id: None, checksum_sha256: None, ..seen })
    );
    assert_eq!(objects.find("a key").await.unwrap(), None);
    // S3 does not say which it is: no object, or no right to it
    assert_eq!(*objects.find("a key").await.unwrap_err().kind(), AwsErrorKind::AccessDenied);
    assert!(
        replay
            .requests()
            .starts_with("HEAD https://acme-uploads.s3.eu-central-1.amazonaws.com/a%20key\n"),
        "{}",
        replay.requests()
    );
}

/// A delete marker is no object, and a longer key is another one.
#[tokio::test]
async fn the_newest_version_is_looked_for_in_a_bucket_with_versions() {
    let mut contract = contract("eu-central-1", "");
    contract.bucket.versioning = true;
    let listed = |inner: &str| {
        format!("<ListVersionsResult><IsTruncated>false</IsTruncated>{inner}</ListVersionsResult>")
    };
    let version = |key: &str, id: &str| {
        listed(&format!(
            "<Version><Key>{key}</Key><VersionId>{id}</VersionId><IsLatest>true</IsLatest><Size>5</Size><ETag>\"abc\"</ETag></Version>"
        ))
    };
    let marker = listed(
        "<DeleteMarker><Key>k</Key><VersionId>v2</VersionId><IsLatest>true</IsLatest></DeleteMarker>",
    );
    let answers =
        [version("k", "v1"), version("k", "null"), version("kk", "v1"), marker, listed("")];
    let replay = Replay::of(&contract, &answers.each_ref().map(|answer| Answer(200, &[], answer)));
    let objects = objects(&replay, &contract);
    let mut found = Vec::new();
    for _ in 0..answers.len() {
        found.push(objects.find("k").await.unwrap().map(|object| (object.size, object.version_id)));
    }
    assert_eq!(found, [Some((5, Some("v1".to_owned()))), Some((5, None)), None, None, None]);
}
