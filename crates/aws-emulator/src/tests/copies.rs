//! Copies: of an object to itself, under conditions, and of what is not there.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::*;

use super::*;

fn copy(
    s3: &aws_sdk_s3::Client,
    to: &str,
) -> aws_sdk_s3::operation::copy_object::builders::CopyObjectFluentBuilder {
    s3.copy_object().bucket("bucket-1").key(to).copy_source("bucket-1/k")
}

async fn with_object() -> (Running, aws_sdk_s3::Client, String) {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let put = s3
        .put_object()
        .bucket("bucket-1")
        .key("k")
        .metadata("a", "b")
        .tagging("t=1")
        .website_redirect_location("/there");
    let etag = put.body(ByteStream::from_static(b"hello")).send().await.unwrap().e_tag.unwrap();
    (running, s3, etag)
}

/// The document that refuses a copy.
async fn refusal<E: std::fmt::Debug, T: std::fmt::Debug>(
    copied: impl Future<Output = Result<T, SdkError<E, aws_smithy_runtime_api::http::Response>>>,
) -> String {
    String::from_utf8(
        copied.await.unwrap_err().raw_response().unwrap().body().bytes().unwrap().to_vec(),
    )
    .unwrap()
}

#[tokio::test]
async fn a_copy_to_itself_has_to_change_something() {
    let (_running, s3, _) = with_object().await;
    let refused = copy(&s3, "k").send().await.unwrap_err();
    assert_eq!(
        (code(&refused).as_str(), refused.raw_response().unwrap().status().as_u16()),
        ("InvalidRequest", 400)
    );
    copy(&s3, "k").storage_class(StorageClass::StandardIa).send().await.unwrap();
    let head = || s3.head_object().bucket("bucket-1").key("k").send();
    let moved = head().await.unwrap();
    assert_eq!(
        (moved.storage_class(), moved.metadata().unwrap()["a"].as_str()),
        (Some(&StorageClass::StandardIa), "b")
    );
    copy(&s3, "k").server_side_encryption(ServerSideEncryption::AwsKms).send().await.unwrap();
    assert_eq!(head().await.unwrap().server_side_encryption(), Some(&ServerSideEncryption::AwsKms));
    copy(&s3, "k").website_redirect_location("https://example.com/").send().await.unwrap();
    assert_eq!(head().await.unwrap().website_redirect_location(), Some("https://example.com/"));
    copy(&s3, "k")
        .metadata_directive(MetadataDirective::Replace)
        .metadata("c", "d")
        .send()
        .await
        .unwrap();
    assert_eq!(head().await.unwrap().metadata().unwrap().keys().collect::<Vec<_>>(), ["c"]);
}

#[tokio::test]
async fn directives_are_copy_or_replace() {
    let (_running, s3, _) = with_object().await;
    let tags_of = async |key: &str| {
        s3.get_object_tagging().bucket("bucket-1").key(key).send().await.unwrap().tag_set[0]
            .key
            .clone()
    };
    for (told, directive) in [
        (
            copy(&s3, "to").metadata_directive(MetadataDirective::from("MERGE")).send().await,
            "x-amz-metadata-directive",
        ),
        (
            copy(&s3, "to").tagging_directive(TaggingDirective::from("MERGE")).send().await,
            "x-amz-tagging-directive",
        ),
    ] {
        let refused = told.unwrap_err();
        assert_eq!(code(&refused), "InvalidArgument");
        let text =
            std::str::from_utf8(refused.raw_response().unwrap().body().bytes().unwrap()).unwrap();
        assert!(
            text.contains(&format!(
                "<ArgumentName>{directive}</ArgumentName><ArgumentValue>MERGE</ArgumentValue>"
            )),
            "{text}"
        );
    }
    copy(&s3, "copied").tagging("u=1").send().await.unwrap();
    assert_eq!(tags_of("copied").await, "t");
    copy(&s3, "replaced")
        .tagging_directive(TaggingDirective::Replace)
        .tagging("u=1")
        .send()
        .await
        .unwrap();
    assert_eq!(tags_of("replaced").await, "u");
    // where a website leads stays with its object
    assert_eq!(
        s3.head_object()
            .bucket("bucket-1")
            .key("copied")
            .send()
            .await
            .unwrap()
            .website_redirect_location(),
        None
    );
}

#[tokio::test]
async fn conditions_are_of_the_source_and_of_the_destination() {
    let (_running, s3, etag) = with_object().await;
    let condition = |text: String| {
        let named = text
            .split_once("<Condition>")
            .and_then(|(_, rest)| rest.split_once("</Condition>"))
            .map(|(name, _)| name.to_owned());
        named.unwrap_or(text)
    };
    copy(&s3, "to").if_none_match("*").send().await.unwrap();
    assert_eq!(
        condition(refusal(copy(&s3, "to").if_none_match("*").send()).await),
        "If-None-Match"
    );
    copy(&s3, "to").if_match(&etag).send().await.unwrap();
    assert_eq!(condition(refusal(copy(&s3, "to").if_match("\"other\"").send()).await), "If-Match");
    assert!(
        condition(refusal(copy(&s3, "none").if_match(&etag).send()).await).contains("NoSuchKey")
    );
    assert_eq!(
        condition(refusal(copy(&s3, "to").copy_source_if_match("\"other\"").send()).await),
        "x-amz-copy-source-If-Match"
    );
    assert_eq!(
        condition(refusal(copy(&s3, "to").copy_source_if_none_match(&etag).send()).await),
        "x-amz-copy-source-If-None-Match"
    );
    let id = s3
        .create_multipart_upload()
        .bucket("bucket-1")
        .key("to")
        .send()
        .await
        .unwrap()
        .upload_id
        .unwrap();
    let part = s3
        .upload_part_copy()
        .bucket("bucket-1")
        .key("to")
        .upload_id(id)
        .part_number(1)
        .copy_source("bucket-1/k");
    assert_eq!(
        code(&part.copy_source_if_match("\"other\"").send().await.unwrap_err()),
        "PreconditionFailed"
    );
}

#[tokio::test]
async fn a_source_that_is_not_there_is_named() {
    let (_running, s3, _) = with_object().await;
    let refused = s3
        .copy_object()
        .bucket("bucket-1")
        .key("to")
        .copy_source("bucket-1/none")
        .send()
        .await
        .unwrap_err();
    let text =
        std::str::from_utf8(refused.raw_response().unwrap().body().bytes().unwrap()).unwrap();
    assert!(text.contains("<Code>NoSuchKey</Code>") && text.contains("<Key>none</Key>"), "{text}");
    let refused = s3
        .copy_object()
        .bucket("bucket-1")
        .key("to")
        .copy_source("bucket-2/k")
        .send()
        .await
        .unwrap_err();
    let text =
        std::str::from_utf8(refused.raw_response().unwrap().body().bytes().unwrap()).unwrap();
    assert!(
        text.contains("<Code>NoSuchBucket</Code>")
            && text.contains("<BucketName>bucket-2</BucketName>"),
        "{text}"
    );
}
