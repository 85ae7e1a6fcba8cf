//! Objects by their parts, and uploads as they are told of.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::*;
use reqwest::Method;

use super::signing::{Answer, ByHand};
use super::*;

const PART: usize = 5 << 20;

async fn upload(s3: &aws_sdk_s3::Client) -> (String, CompletedMultipartUpload) {
    let id = s3
        .create_multipart_upload()
        .bucket("bucket-1")
        .key("k")
        .send()
        .await
        .unwrap()
        .upload_id
        .unwrap();
    let mut parts = CompletedMultipartUpload::builder();
    for (number, size) in [(1, PART), (2, 7)] {
        let part = s3.upload_part().bucket("bucket-1").key("k").upload_id(&id).part_number(number);
        let part = part.body(ByteStream::from(vec![0; size])).send().await.unwrap();
        parts = parts.parts(
            CompletedPart::builder().part_number(number).e_tag(part.e_tag().unwrap()).build(),
        );
    }
    (id, parts.build())
}

#[tokio::test]
async fn a_part_is_read_as_a_range() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let (id, parts) = upload(&s3).await;
    s3.complete_multipart_upload()
        .bucket("bucket-1")
        .key("k")
        .upload_id(id)
        .multipart_upload(parts)
        .send()
        .await
        .unwrap();
    let ask = async |method: Method, path: &'static str| {
        ByHand::new(method, path, b"").send(&running).await
    };
    let told = |answer: &Answer| {
        let headers = ["content-range", "content-length", "x-amz-mp-parts-count"]
            .map(|name| answer.header(name).to_owned());
        format!("{} {}", answer.status, headers.join(" "))
    };
    for method in [Method::HEAD, Method::GET] {
        assert_eq!(
            told(&ask(method.clone(), "/bucket-1/k?partNumber=1").await),
            "206 bytes 0-5242879/5242887 5242880 2"
        );
        assert_eq!(
            told(&ask(method.clone(), "/bucket-1/k?partNumber=2").await),
            "206 bytes 5242880-5242886/5242887 7 2"
        );
        assert_eq!(ask(method.clone(), "/bucket-1/k?partNumber=3").await.status, 416);
        assert_eq!(ask(method.clone(), "/bucket-1/k?partNumber=0").await.status, 400);
        assert_eq!(told(&ask(method, "/bucket-1/k").await), "200  5242887 ");
    }
    let beyond = ask(Method::GET, "/bucket-1/k?partNumber=3").await;
    assert!(
        beyond.text.contains(
            "<PartNumberRequested>3</PartNumberRequested><ActualPartCount>2</ActualPartCount>"
        ),
        "{}",
        beyond.text
    );
    let mut ranged = ByHand::new(Method::HEAD, "/bucket-1/k", b"");
    ranged.signed = vec![("range", "bytes=0-9".to_owned())];
    assert_eq!(told(&ranged.send(&running).await), "206 bytes 0-9/5242887 10 ");
}

#[tokio::test]
async fn an_upload_tells_whose_it_is() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = s3_client(&running.config(administrator()));
    let id = s3
        .create_multipart_upload()
        .bucket("bucket-1")
        .key("k")
        .storage_class(StorageClass::StandardIa)
        .send();
    let id = id.await.unwrap().upload_id.unwrap();
    let initiator = Some("arn:aws:iam::111122223333:user/administrator");
    let listed = s3.list_multipart_uploads().bucket("bucket-1").send().await.unwrap();
    let listed = &listed.uploads()[0];
    assert_eq!(listed.initiator().and_then(Initiator::id), initiator);
    assert_eq!(listed.storage_class(), Some(&StorageClass::StandardIa));
    let parts = s3.list_parts().bucket("bucket-1").key("k").upload_id(&id).send().await.unwrap();
    assert_eq!(parts.initiator().and_then(Initiator::id), initiator);
    assert_eq!(parts.storage_class(), Some(&StorageClass::StandardIa));
    assert_eq!(parts.owner().and_then(Owner::id), listed.owner().and_then(Owner::id));
    // the root user is the account
    running.s3().create_multipart_upload().bucket("bucket-1").key("l").send().await.unwrap();
    let listed = s3.list_multipart_uploads().bucket("bucket-1").prefix("l").send().await.unwrap();
    assert_eq!(
        listed.uploads()[0].initiator().and_then(Initiator::id),
        parts.owner().and_then(Owner::id)
    );
}

#[tokio::test]
async fn an_upload_can_be_completed_twice_with_the_same_parts() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let (id, parts) = upload(&s3).await;
    let complete = |parts: &CompletedMultipartUpload| {
        s3.complete_multipart_upload()
            .bucket("bucket-1")
            .key("k")
            .upload_id(&id)
            .multipart_upload(parts.clone())
            .send()
    };
    let first = complete(&parts).await.unwrap();
    assert_eq!(first.location().unwrap(), format!("{}/bucket-1/k", running.url()));
    let again = complete(&parts).await.unwrap();
    assert_eq!(
        (again.e_tag(), again.location(), again.checksum_crc64_nvme()),
        (first.e_tag(), first.location(), first.checksum_crc64_nvme())
    );
    let other = CompletedMultipartUpload::builder().parts(parts.parts()[0].clone()).build();
    assert_eq!(code(&complete(&other).await.unwrap_err()), "NoSuchUpload");
    let part = s3
        .upload_part()
        .bucket("bucket-1")
        .key("k")
        .upload_id(&id)
        .part_number(1)
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&part), "NoSuchUpload");
}

#[tokio::test]
async fn parts_that_do_not_fit_are_named() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let id = s3
        .create_multipart_upload()
        .bucket("bucket-1")
        .key("k")
        .send()
        .await
        .unwrap()
        .upload_id
        .unwrap();
    let mut etags = Vec::new();
    for number in [1, 2] {
        let part = s3
            .upload_part()
            .bucket("bucket-1")
            .key("k")
            .upload_id(&id)
            .part_number(number)
            .body(ByteStream::from_static(b"small"));
        etags.push(part.send().await.unwrap().e_tag.unwrap());
    }
    let complete = async |parts: Vec<(i32, &str)>| {
        let parts = parts
            .into_iter()
            .map(|(number, etag)| CompletedPart::builder().part_number(number).e_tag(etag).build())
            .collect();
        let upload = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete = s3
            .complete_multipart_upload()
            .bucket("bucket-1")
            .key("k")
            .upload_id(&id)
            .multipart_upload(upload)
            .send();
        let refused = complete.await.unwrap_err();
        String::from_utf8(refused.raw_response().unwrap().body().bytes().unwrap().to_vec()).unwrap()
    };
    let bare = etags[0].trim_matches('"');
    let small = complete(vec![(1, &etags[0]), (2, &etags[1])]).await;
    assert!(small.contains(&format!(
        "<ProposedSize>5</ProposedSize><MinSizeAllowed>5242880</MinSizeAllowed><PartNumber>1</PartNumber><ETag>{bare}</ETag>"
    )));
    let other = complete(vec![(2, "\"other\"")]).await;
    assert!(
        other.contains(&format!(
            "<PartNumber>2</PartNumber><ETag>other</ETag><UploadId>{id}</UploadId>"
        )),
        "{other}"
    );
    assert!(
        complete(vec![(2, &etags[1]), (1, &etags[0])])
            .await
            .contains(&format!("<UploadId>{id}</UploadId>"))
    );
}
