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

#[tokio::test]
async fn content_that_is_not_what_was_stated_never_replaces_an_object() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let put = |body: &'static [u8]| s3.put_object().bucket("bucket-1").key("k").body(ByteStream::from_static(body));
    put(b"first").send().await.unwrap();
    let other_sha256 = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=";
    let other_md5 = "CY9rzUYh03PK3k6DJie09g==";
    assert_eq!(code(&put(b"second").checksum_sha256(other_sha256).send().await.unwrap_err()), "BadDigest");
    assert_eq!(code(&put(b"second").content_md5(other_md5).send().await.unwrap_err()), "BadDigest");
    let got = s3.get_object().bucket("bucket-1").key("k").send().await.unwrap();
    assert_eq!(got.body.collect().await.unwrap().into_bytes().as_ref(), b"first");
    // both are those of "test"
    put(b"test").checksum_sha256(other_sha256).send().await.unwrap();
    put(b"test").content_md5(other_md5).send().await.unwrap();
}

#[tokio::test]
async fn of_many_conditional_writes_at_once_one_is_stored() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let writes = (0..20).map(|number| {
        let body = ByteStream::from(vec![number; 100_000]);
        s3.put_object().bucket("bucket-1").key("k").if_none_match("*").body(body).send()
    });
    let mut stored = 0;
    for result in futures::future::join_all(writes).await {
        match result {
            Ok(_) => stored += 1,
            Err(error) => assert!(["ConditionalRequestConflict", "PreconditionFailed"].contains(&code(&error).as_str()), "{error:?}"),
        }
    }
    assert_eq!(stored, 1);
    // a write that was cut off or refused does not block the key
    s3.delete_object().bucket("bucket-1").key("k").send().await.unwrap();
    s3.put_object().bucket("bucket-1").key("k").if_none_match("*").send().await.unwrap();
}
