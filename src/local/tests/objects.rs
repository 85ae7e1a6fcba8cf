//! Objects.

use aws_sdk_s3::primitives::ByteStream;

use super::*;

#[tokio::test]
async fn an_object_comes_back_with_its_type_and_metadata() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    s3.put_object()
        .bucket("bucket-1")
        .key("uploads/ü b/c.txt")
        .content_type("text/plain")
        .metadata("who", "me")
        .body(ByteStream::from_static(b"hello"))
        .send()
        .await
        .unwrap();
    let got = s3.get_object().bucket("bucket-1").key("uploads/ü b/c.txt").send().await.unwrap();
    assert_eq!(got.content_type(), Some("text/plain"));
    assert_eq!(got.metadata().unwrap()["who"], "me");
    assert_eq!(got.body.collect().await.unwrap().into_bytes().as_ref(), b"hello");
    let error = s3.delete_bucket().bucket("bucket-1").send().await.unwrap_err();
    assert_eq!(code(&error), "BucketNotEmpty");
    s3.delete_object().bucket("bucket-1").key("uploads/ü b/c.txt").send().await.unwrap();
    s3.delete_bucket().bucket("bucket-1").send().await.unwrap();
    assert_eq!(code(&s3.get_bucket_location().bucket("bucket-1").send().await.unwrap_err()), "NoSuchBucket");
}
