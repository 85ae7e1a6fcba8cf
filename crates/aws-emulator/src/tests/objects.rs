//! Objects, by the AWS SDK.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::*;

use super::*;

async fn put(s3: &aws_sdk_s3::Client, key: &str, text: &'static str) -> String {
    let put = s3
        .put_object()
        .bucket("bucket-1")
        .key(key)
        .body(ByteStream::from_static(text.as_bytes()))
        .send();
    put.await.unwrap().version_id().unwrap_or("null").to_owned()
}

async fn get(s3: &aws_sdk_s3::Client, key: &str) -> String {
    let got = s3.get_object().bucket("bucket-1").key(key).send().await.unwrap();
    String::from_utf8(got.body.collect().await.unwrap().to_vec()).unwrap()
}

#[tokio::test]
async fn an_object_comes_back_as_it_was_put_and_after_a_restart() {
    let running = Running::with_bucket("bucket-1").await;
    let key = "uploads/ü b/../c+d%20.txt";
    let put = running
        .s3()
        .put_object()
        .bucket("bucket-1")
        .key(key)
        .content_type("text/plain; charset=utf-8")
        .content_disposition("attachment")
        .cache_control("no-store")
        .metadata("who", "me")
        .tagging("a=1&b=2")
        .checksum_algorithm(ChecksumAlgorithm::Sha256)
        .body(ByteStream::from_static(b"hello"))
        .send()
        .await
        .unwrap();
    assert_eq!(put.e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""));
    assert_eq!(put.checksum_sha256(), Some("LPJNul+wow4m6DsqxbninhsWHlwfp0JecwQzYpOLmCQ="));
    assert_eq!(put.server_side_encryption(), Some(&ServerSideEncryption::Aes256));
    let Running { backend, dir } = running;
    backend.shutdown().await;
    let running = Running { backend: Backend::start(options(dir.path())).await.unwrap(), dir };
    let s3 = running.s3();
    let got = s3
        .get_object()
        .bucket("bucket-1")
        .key(key)
        .checksum_mode(ChecksumMode::Enabled)
        .send()
        .await
        .unwrap();
    assert_eq!(got.content_type(), Some("text/plain; charset=utf-8"));
    assert_eq!(
        (got.content_disposition(), got.cache_control()),
        (Some("attachment"), Some("no-store"))
    );
    assert_eq!(got.metadata().unwrap()["who"], "me");
    assert_eq!(got.tag_count(), Some(2));
    assert_eq!(got.checksum_sha256(), put.checksum_sha256());
    assert_eq!(got.body.collect().await.unwrap().into_bytes().as_ref(), b"hello");
    let head = s3.head_object().bucket("bucket-1").key(key).send().await.unwrap();
    assert_eq!((head.content_length(), head.checksum_sha256()), (Some(5), None));
    let file = running.backend.object_file("bucket-1", key).unwrap();
    assert_eq!(std::fs::read(file).unwrap(), b"hello");
}

#[tokio::test]
async fn a_bucket_with_an_object_stays() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    put(&s3, "k", "hello").await;
    assert_eq!(
        code(&s3.delete_bucket().bucket("bucket-1").send().await.unwrap_err()),
        "BucketNotEmpty"
    );
    assert_eq!(get(&s3, "k").await, "hello");
    s3.delete_object().bucket("bucket-1").key("k").send().await.unwrap();
    s3.create_multipart_upload().bucket("bucket-1").key("open").send().await.unwrap();
    s3.delete_bucket().bucket("bucket-1").send().await.unwrap();
    assert_eq!(
        code(&s3.get_object().bucket("bucket-1").key("k").send().await.unwrap_err()),
        "NoSuchBucket"
    );
    create_bucket(&s3, "bucket-1").await.unwrap();
    assert!(
        s3.list_multipart_uploads().bucket("bucket-1").send().await.unwrap().uploads().is_empty()
    );
}

#[tokio::test]
async fn a_part_is_given_and_conditions_hold() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    put(&s3, "k", "0123456789").await;
    let get = || s3.get_object().bucket("bucket-1").key("k");
    let part = get().range("bytes=2-4").send().await.unwrap();
    assert_eq!((part.content_range(), part.content_length()), (Some("bytes 2-4/10"), Some(3)));
    assert_eq!(part.body.collect().await.unwrap().into_bytes().as_ref(), b"234");
    assert_eq!(
        get().range("bytes=-3").send().await.unwrap().body.collect().await.unwrap().to_vec(),
        b"789"
    );
    assert_eq!(code(&get().range("bytes=10-").send().await.unwrap_err()), "InvalidRange");
    let etag = get().send().await.unwrap().e_tag().unwrap().to_owned();
    let unchanged = get().if_none_match(&etag).send().await.unwrap_err();
    assert_eq!(unchanged.raw_response().unwrap().status().as_u16(), 304);
    assert_eq!(code(&get().if_match("\"other\"").send().await.unwrap_err()), "PreconditionFailed");
    get().if_match(&etag).send().await.unwrap();
    let put = || s3.put_object().bucket("bucket-1").key("k").body(ByteStream::from_static(b"x"));
    assert_eq!(code(&put().if_none_match("*").send().await.unwrap_err()), "PreconditionFailed");
    assert_eq!(code(&put().if_match("\"other\"").send().await.unwrap_err()), "PreconditionFailed");
    put().if_match(&etag).send().await.unwrap();
    assert_eq!(
        code(&s3.get_object().bucket("bucket-1").key("none").send().await.unwrap_err()),
        "NoSuchKey"
    );
}

#[tokio::test]
async fn what_does_not_match_its_checksum_is_not_kept() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let put =
        || s3.put_object().bucket("bucket-1").key("k").body(ByteStream::from_static(b"hello"));
    let wrong = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
    assert_eq!(code(&put().checksum_sha256(wrong).send().await.unwrap_err()), "BadDigest");
    assert_eq!(
        code(&put().content_md5("AAAAAAAAAAAAAAAAAAAAAA==").send().await.unwrap_err()),
        "BadDigest"
    );
    assert_eq!(code(&put().content_md5("nonsense").send().await.unwrap_err()), "InvalidDigest");
    assert_eq!(
        code(&put().acl(ObjectCannedAcl::PublicRead).send().await.unwrap_err()),
        "AccessControlListNotSupported"
    );
    assert_eq!(
        code(&put().storage_class(StorageClass::from("NONE")).send().await.unwrap_err()),
        "InvalidStorageClass"
    );
    assert!(s3.list_objects_v2().bucket("bucket-1").send().await.unwrap().contents().is_empty());
}

#[tokio::test]
async fn keys_are_listed_in_pages() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    for key in ["a/1", "a/2", "b", "c d", "e&<f"] {
        put(&s3, key, "x").await;
    }
    let mut keys = Vec::new();
    let mut pages = s3.list_objects_v2().bucket("bucket-1").into_paginator().page_size(2).send();
    while let Some(page) = pages.next().await {
        keys.extend(page.unwrap().contents().iter().map(|object| object.key().unwrap().to_owned()));
    }
    assert_eq!(keys, ["a/1", "a/2", "b", "c d", "e&<f"]);
    let page = s3.list_objects_v2().bucket("bucket-1").delimiter("/").send().await.unwrap();
    assert_eq!(page.common_prefixes()[0].prefix(), Some("a/"));
    assert_eq!((page.key_count(), page.contents().len()), (Some(4), 3));
    let page = s3
        .list_objects()
        .bucket("bucket-1")
        .prefix("a/")
        .encoding_type(EncodingType::Url)
        .send()
        .await
        .unwrap();
    assert_eq!(page.contents().len(), 2);
    let head = s3.head_object().bucket("bucket-1").key("a/1").send().await.unwrap();
    assert_eq!(page.contents()[0].last_modified(), head.last_modified());
    let page = s3
        .list_objects_v2()
        .bucket("bucket-1")
        .prefix("c")
        .encoding_type(EncodingType::Url)
        .send()
        .await
        .unwrap();
    assert_eq!(page.contents()[0].key(), Some("c+d"));
}

#[tokio::test]
async fn versions_are_kept_where_the_bucket_keeps_them() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let versioning =
        VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    s3.put_bucket_versioning()
        .bucket("bucket-1")
        .versioning_configuration(versioning)
        .send()
        .await
        .unwrap();
    let one = put(&s3, "k", "one").await;
    put(&s3, "k", "two").await;
    let deleted = s3.delete_object().bucket("bucket-1").key("k").send().await.unwrap();
    assert_eq!(deleted.delete_marker(), Some(true));
    let error = s3.get_object().bucket("bucket-1").key("k").send().await.unwrap_err();
    assert_eq!(error.raw_response().unwrap().headers().get("x-amz-delete-marker"), Some("true"));
    let old = s3.get_object().bucket("bucket-1").key("k").version_id(&one).send().await.unwrap();
    assert_eq!(old.body.collect().await.unwrap().to_vec(), b"one");
    let listed = s3.list_object_versions().bucket("bucket-1").send().await.unwrap();
    assert_eq!((listed.versions().len(), listed.delete_markers().len()), (2, 1));
    assert_eq!(listed.versions()[0].checksum_algorithm(), [ChecksumAlgorithm::Crc32]);
    assert_eq!(listed.delete_markers()[0].is_latest(), Some(true));
    assert_eq!(
        code(&s3.delete_bucket().bucket("bucket-1").send().await.unwrap_err()),
        "BucketNotEmpty"
    );
    let objects = listed.versions().iter().map(|version| (version.key(), version.version_id()));
    let objects = objects
        .chain(listed.delete_markers().iter().map(|marker| (marker.key(), marker.version_id())));
    let objects = objects.map(|(key, id)| {
        ObjectIdentifier::builder().key(key.unwrap()).version_id(id.unwrap()).build().unwrap()
    });
    let delete = Delete::builder().set_objects(Some(objects.collect())).build().unwrap();
    let deleted = s3.delete_objects().bucket("bucket-1").delete(delete).send().await.unwrap();
    assert_eq!((deleted.deleted().len(), deleted.errors().len()), (3, 0));
    s3.delete_bucket().bucket("bucket-1").send().await.unwrap();
}

#[tokio::test]
async fn a_copy_takes_the_metadata_along_and_tags_can_be_changed() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    s3.put_object()
        .bucket("bucket-1")
        .key("from")
        .metadata("a", "b")
        .body(ByteStream::from_static(b"hello"))
        .send()
        .await
        .unwrap();
    s3.copy_object()
        .bucket("bucket-1")
        .key("to")
        .copy_source("bucket-1/from")
        .send()
        .await
        .unwrap();
    let head = s3.head_object().bucket("bucket-1").key("to").send().await.unwrap();
    assert_eq!(head.metadata().unwrap()["a"], "b");
    assert_eq!(get(&s3, "to").await, "hello");
    let tagging = Tagging::builder()
        .tag_set(Tag::builder().key("k").value("v").build().unwrap())
        .build()
        .unwrap();
    s3.put_object_tagging().bucket("bucket-1").key("to").tagging(tagging).send().await.unwrap();
    let tags = s3.get_object_tagging().bucket("bucket-1").key("to").send().await.unwrap();
    assert_eq!((tags.tag_set()[0].key(), tags.tag_set()[0].value()), ("k", "v"));
}

#[tokio::test]
async fn content_that_is_not_what_was_stated_never_replaces_an_object() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let put = |body: &'static [u8]| {
        s3.put_object().bucket("bucket-1").key("k").body(ByteStream::from_static(body))
    };
    put(b"first").send().await.unwrap();
    let other_sha256 = "n4bQgYhMfWWaL+qgxVrQFaO/TxsrC4Is0V1sFbDwCgg=";
    let other_md5 = "CY9rzUYh03PK3k6DJie09g==";
    assert_eq!(
        code(&put(b"second").checksum_sha256(other_sha256).send().await.unwrap_err()),
        "BadDigest"
    );
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
            Err(error) => assert!(
                ["ConditionalRequestConflict", "PreconditionFailed"]
                    .contains(&code(&error).as_str()),
                "{error:?}"
            ),
        }
    }
    assert_eq!(stored, 1);
    // a write that was cut off or refused does not block the key
    s3.delete_object().bucket("bucket-1").key("k").send().await.unwrap();
    s3.put_object().bucket("bucket-1").key("k").if_none_match("*").send().await.unwrap();
}
