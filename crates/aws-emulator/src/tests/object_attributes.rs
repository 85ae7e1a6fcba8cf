//! GetObjectAttributes, by the AWS SDK and with headers as other clients send them.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::*;
use reqwest::Method;

use super::signing::{Answer, ByHand};
use super::*;

/// Asks with these lists, each in a header of its own.
async fn asked(running: &Running, lists: &[&str]) -> Answer {
    let mut request = ByHand::new(Method::GET, "/bucket-1/k?attributes=", b"");
    // one header with commas and several are signed alike
    request.signed = vec![("x-amz-object-attributes", lists.join(","))];
    let (mut headers, _) = request.sign(running);
    headers.retain(|(name, _)| *name != "x-amz-object-attributes");
    headers.extend(lists.iter().map(|list| ("x-amz-object-attributes", (*list).to_owned())));
    request.send_with(running, headers, Vec::new()).await
}

#[tokio::test]
async fn attributes_come_in_one_header_or_in_several() {
    let running = Running::with_bucket("bucket-1").await;
    running
        .s3()
        .put_object()
        .bucket("bucket-1")
        .key("k")
        .body(ByteStream::from_static(b"hello"))
        .send()
        .await
        .unwrap();
    let one = asked(&running, &["ETag,ObjectSize,StorageClass"]).await;
    insta::assert_snapshot!(one.text, @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <GetObjectAttributesResponse xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><ETag>5d41402abc4b2a76b9719d911017c592</ETag><StorageClass>STANDARD</StorageClass><ObjectSize>5</ObjectSize></GetObjectAttributesResponse>
    "#);
    assert!(!one.header("last-modified").is_empty());
    assert_eq!(asked(&running, &["ETag", "ObjectSize", "StorageClass"]).await.text, one.text);
    assert_eq!(asked(&running, &["ETag, ObjectSize", "StorageClass"]).await.text, one.text);
    let unknown = asked(&running, &["ETag,Colour"]).await;
    assert_eq!(unknown.told(), "400 InvalidArgument");
    assert!(unknown.text.contains(
        "<ArgumentName>x-amz-object-attributes</ArgumentName><ArgumentValue>Colour</ArgumentValue>"
    ));
    assert_eq!(asked(&running, &[""]).await.told(), "400 InvalidRequest");
    let attributes = running.s3().get_object_attributes().bucket("bucket-1").key("k");
    let all = attributes
        .object_attributes(ObjectAttributes::Etag)
        .object_attributes(ObjectAttributes::Checksum)
        .send()
        .await
        .unwrap();
    assert_eq!(all.e_tag(), Some("5d41402abc4b2a76b9719d911017c592"));
    let checksum = all.checksum().unwrap();
    assert_eq!(
        (checksum.checksum_crc32().is_some(), checksum.checksum_type()),
        (true, Some(&ChecksumType::FullObject))
    );
}

#[tokio::test]
async fn who_may_not_read_the_object_gets_no_attributes() {
    let running = Running::with_bucket("bucket-1").await;
    running.s3().put_object().bucket("bucket-1").key("k").send().await.unwrap();
    let may = |actions: &str| {
        format!(
            r#"{{"Statement":{{"Effect":"Allow","Action":{actions},"Resource":"arn:aws:s3:::bucket-1/*"}}}}"#
        )
    };
    for (role, actions, is_allowed) in [
        ("both", r#"["s3:GetObject","s3:GetObjectAttributes"]"#, true),
        ("one", r#""s3:GetObjectAttributes""#, false),
        ("other", r#""s3:GetObject""#, false),
    ] {
        let s3 = s3_client(&running.config(session_of(&running, role, &may(actions), None).await));
        let got = s3
            .get_object_attributes()
            .bucket("bucket-1")
            .key("k")
            .object_attributes(ObjectAttributes::Etag)
            .send()
            .await;
        assert_eq!(
            got.map_err(|error| code(&error)).err(),
            (!is_allowed).then(|| "AccessDenied".to_owned()),
            "{role}"
        );
    }
}

#[tokio::test]
async fn parts_are_told_where_they_have_checksums() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let created = s3
        .create_multipart_upload()
        .bucket("bucket-1")
        .key("k")
        .checksum_algorithm(ChecksumAlgorithm::Sha256)
        .send();
    let id = created.await.unwrap().upload_id.unwrap();
    let mut parts = Vec::new();
    for (number, size) in [(1, 5 << 20), (2, 7)] {
        let part = s3
            .upload_part()
            .bucket("bucket-1")
            .key("k")
            .upload_id(&id)
            .part_number(number)
            .checksum_algorithm(ChecksumAlgorithm::Sha256);
        let part = part.body(ByteStream::from(vec![0; size])).send().await.unwrap();
        let checksum = part.checksum_sha256().unwrap();
        parts.push(
            CompletedPart::builder()
                .part_number(number)
                .e_tag(part.e_tag().unwrap())
                .checksum_sha256(checksum)
                .build(),
        );
    }
    let complete = |parts: Vec<CompletedPart>| {
        let upload = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        s3.complete_multipart_upload()
            .bucket("bucket-1")
            .key("k")
            .upload_id(&id)
            .multipart_upload(upload)
            .send()
    };
    let without = parts.iter().cloned().map(|mut part| {
        part.checksum_sha256 = None;
        part
    });
    assert_eq!(code(&complete(without.collect()).await.unwrap_err()), "InvalidRequest");
    complete(parts.clone()).await.unwrap();
    let asked = s3
        .get_object_attributes()
        .bucket("bucket-1")
        .key("k")
        .object_attributes(ObjectAttributes::ObjectParts)
        .max_parts(1);
    let first = asked.clone().send().await.unwrap().object_parts.unwrap();
    assert_eq!(
        (first.total_parts_count(), first.is_truncated(), first.next_part_number_marker()),
        (Some(2), Some(true), Some("1"))
    );
    assert_eq!(
        (first.parts()[0].size(), first.parts()[0].checksum_sha256()),
        (Some(5 << 20), parts[0].checksum_sha256())
    );
    let last = asked.part_number_marker("1").send().await.unwrap().object_parts.unwrap();
    assert_eq!(
        (last.is_truncated(), last.parts()[0].part_number(), last.parts()[0].size()),
        (Some(false), Some(2), Some(7))
    );
}
