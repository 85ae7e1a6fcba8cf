//! Multipart uploads, by the AWS SDK.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::*;

use super::*;

const PART: usize = 5 << 20;

struct Uploading {
    s3: aws_sdk_s3::Client,
    id: String,
    algorithm: Option<ChecksumAlgorithm>,
}

impl Uploading {
    async fn start(s3: aws_sdk_s3::Client, algorithm: Option<ChecksumAlgorithm>) -> Self {
        let created = s3
            .create_multipart_upload()
            .bucket("bucket-1")
            .key("k")
            .content_type("text/plain")
            .set_checksum_algorithm(algorithm.clone());
        let id = created.send().await.unwrap().upload_id().unwrap().to_owned();
        Self { s3, id, algorithm }
    }

    async fn part(&self, number: i32, size: usize) -> CompletedPart {
        let body = ByteStream::from(vec![u8::try_from(number).unwrap(); size]);
        let part = self
            .s3
            .upload_part()
            .bucket("bucket-1")
            .key("k")
            .upload_id(&self.id)
            .part_number(number)
            .body(body);
        let part = part.set_checksum_algorithm(self.algorithm.clone());
        let part = part.send().await.unwrap();
        CompletedPart::builder()
            .part_number(number)
            .e_tag(part.e_tag().unwrap())
            .set_checksum_sha256(part.checksum_sha256.clone())
            .build()
    }

    fn complete(
        &self,
        parts: &[&CompletedPart],
    ) -> aws_sdk_s3::operation::complete_multipart_upload::builders::CompleteMultipartUploadFluentBuilder{
        let parts = parts.iter().map(|part| (*part).clone()).collect();
        let upload = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        self.s3
            .complete_multipart_upload()
            .bucket("bucket-1")
            .key("k")
            .upload_id(&self.id)
            .multipart_upload(upload)
    }
}

#[tokio::test]
async fn parts_become_an_object_and_after_a_restart() {
    let running = Running::with_bucket("bucket-1").await;
    let uploading = Uploading::start(running.s3(), None).await;
    let first = uploading.part(1, PART).await;
    let Running { backend, dir } = running;
    backend.shutdown().await;
    let running = Running { backend: Backend::start(options(dir.path())).await.unwrap(), dir };
    let uploading = Uploading { s3: running.s3(), ..uploading };
    let last = uploading.part(3, 7).await;
    let parts = running
        .s3()
        .list_parts()
        .bucket("bucket-1")
        .key("k")
        .upload_id(&uploading.id)
        .send()
        .await
        .unwrap();
    assert_eq!(
        parts.parts().iter().map(|part| (part.part_number(), part.size())).collect::<Vec<_>>(),
        [(Some(1), Some(i64::try_from(PART).unwrap())), (Some(3), Some(7))]
    );
    let open = running.s3().list_multipart_uploads().bucket("bucket-1").send().await.unwrap();
    assert_eq!(open.uploads()[0].upload_id(), Some(uploading.id.as_str()));
    let completed = uploading.complete(&[&first, &last]).send().await.unwrap();
    assert!(completed.e_tag().unwrap().ends_with("-2\""));
    let head =
        running.s3().head_object().bucket("bucket-1").key("k").part_number(2).send().await.unwrap();
    assert_eq!(
        (head.parts_count(), head.content_length(), head.content_type()),
        (Some(2), Some(7), Some("text/plain"))
    );
    assert!(
        running
            .s3()
            .list_multipart_uploads()
            .bucket("bucket-1")
            .send()
            .await
            .unwrap()
            .uploads()
            .is_empty()
    );
}

#[tokio::test]
async fn parts_that_do_not_fit_are_refused() {
    let running = Running::with_bucket("bucket-1").await;
    let uploading = Uploading::start(running.s3(), None).await;
    let (small, large) = (uploading.part(1, 7).await, uploading.part(2, PART).await);
    let refused =
        async |parts: &[&CompletedPart]| code(&uploading.complete(parts).send().await.unwrap_err());
    assert_eq!(refused(&[&small, &large]).await, "EntityTooSmall");
    assert_eq!(refused(&[&large, &small]).await, "InvalidPartOrder");
    let other = CompletedPart::builder().part_number(2).e_tag("\"other\"").build();
    assert_eq!(refused(&[&other]).await, "InvalidPart");
    assert_eq!(refused(&[]).await, "MalformedXML");
    let foreign = running
        .s3()
        .list_parts()
        .bucket("bucket-1")
        .key("another")
        .upload_id(&uploading.id)
        .send()
        .await
        .unwrap_err();
    assert_eq!(code(&foreign), "NoSuchUpload");
    running
        .s3()
        .put_object()
        .bucket("bucket-1")
        .key("k")
        .body(ByteStream::from_static(b"x"))
        .send()
        .await
        .unwrap();
    let taken = uploading.complete(&[&large]).if_none_match("*").send().await.unwrap_err();
    assert_eq!(code(&taken), "PreconditionFailed");
    running
        .s3()
        .abort_multipart_upload()
        .bucket("bucket-1")
        .key("k")
        .upload_id(&uploading.id)
        .send()
        .await
        .unwrap();
    assert_eq!(refused(&[&large]).await, "NoSuchUpload");
}

#[tokio::test]
async fn the_parts_checksums_make_the_objects() {
    let running = Running::with_bucket("bucket-1").await;
    let uploading = Uploading::start(running.s3(), Some(ChecksumAlgorithm::Sha256)).await;
    let part = uploading.part(1, 7).await;
    assert!(part.checksum_sha256().is_some());
    let completed = uploading.complete(&[&part]).send().await.unwrap();
    assert_eq!(completed.checksum_type(), Some(&ChecksumType::Composite));
    assert!(completed.checksum_sha256().unwrap().ends_with("-1"));
}
