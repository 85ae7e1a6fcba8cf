//! SSE-C: blocked until a bucket's owner unblocks it, by HTTPS only, and only with the same key again.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    BlockedEncryptionTypes, CompletedMultipartUpload, CompletedPart, EncryptionType,
    ServerSideEncryption, ServerSideEncryptionByDefault, ServerSideEncryptionConfiguration,
    ServerSideEncryptionRule,
};

use super::*;

/// A key and the MD5 of it, in base64.
type Key = (&'static str, &'static str);

const KEY: Key = ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "cLyPS3KoaSFGi/joRB3OUQ==");
const OTHER: Key = ("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", "4Funlf7OsLF0HL+vKU+fkg==");

async fn block(s3: &aws_sdk_s3::Client, types: Option<Vec<EncryptionType>>) -> Result<(), String> {
    let by_default = ServerSideEncryptionByDefault::builder()
        .sse_algorithm(ServerSideEncryption::Aes256)
        .build()
        .unwrap();
    let blocked = types
        .map(|types| BlockedEncryptionTypes::builder().set_encryption_type(Some(types)).build());
    let rule = ServerSideEncryptionRule::builder()
        .apply_server_side_encryption_by_default(by_default)
        .set_blocked_encryption_types(blocked);
    let configuration =
        ServerSideEncryptionConfiguration::builder().rules(rule.build()).build().unwrap();
    let put = s3
        .put_bucket_encryption()
        .bucket("bucket-1")
        .server_side_encryption_configuration(configuration);
    put.send().await.map(|_| ()).map_err(|error| code(&error))
}

async fn blocked(s3: &aws_sdk_s3::Client) -> Vec<EncryptionType> {
    let encryption = s3.get_bucket_encryption().bucket("bucket-1").send().await.unwrap();
    let rules = encryption.server_side_encryption_configuration().unwrap().rules();
    assert_eq!(
        rules[0].apply_server_side_encryption_by_default().unwrap().sse_algorithm(),
        &ServerSideEncryption::Aes256
    );
    rules[0].blocked_encryption_types().unwrap().encryption_type().to_vec()
}

async fn put(
    s3: &aws_sdk_s3::Client,
    key: Key,
) -> Result<aws_sdk_s3::operation::put_object::PutObjectOutput, String> {
    let put =
        s3.put_object().bucket("bucket-1").key("secret").body(ByteStream::from_static(b"hello"));
    let put =
        put.sse_customer_algorithm("AES256").sse_customer_key(key.0).sse_customer_key_md5(key.1);
    put.send().await.map_err(|error| code(&error))
}

/// A backend with a bucket that takes customers' keys, called by HTTPS.
async fn unblocked() -> (Running, aws_sdk_s3::Client) {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = s3_client(&running.config_by_https(root()));
    block(&s3, Some(vec![EncryptionType::None])).await.unwrap();
    (running, s3)
}

#[tokio::test]
async fn a_new_bucket_takes_no_key_until_it_is_unblocked() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = s3_client(&running.config_by_https(root()));
    assert_eq!(blocked(&s3).await, [EncryptionType::SseC]);
    assert_eq!(put(&s3, KEY).await.unwrap_err(), "AccessDenied");
    block(&s3, Some(vec![EncryptionType::None])).await.unwrap();
    assert_eq!(blocked(&s3).await, [EncryptionType::None]);
    assert_eq!(put(&running.s3(), KEY).await.unwrap_err(), "InvalidRequest", "by plain HTTP");
    put(&s3, KEY).await.unwrap();
    assert_eq!(
        block(&s3, Some(vec![EncryptionType::None, EncryptionType::SseC])).await.unwrap_err(),
        "MalformedXML"
    );
    block(&s3, None).await.unwrap();
    assert_eq!(blocked(&s3).await, [EncryptionType::SseC]);
    // what is there can still be read
    let get = s3.get_object().bucket("bucket-1").key("secret");
    get.sse_customer_algorithm("AES256")
        .sse_customer_key(KEY.0)
        .sse_customer_key_md5(KEY.1)
        .send()
        .await
        .unwrap();
    block(&s3, Some(vec![EncryptionType::None])).await.unwrap();
    s3.delete_bucket_encryption().bucket("bucket-1").send().await.unwrap();
    assert_eq!(blocked(&s3).await, [EncryptionType::SseC]);
}

#[tokio::test]
async fn the_three_headers_have_to_agree() {
    let (_running, s3) = unblocked().await;
    let told = async |algorithm: Option<&str>, key: Option<&str>, md5: Option<&str>| {
        let put = s3.put_object().bucket("bucket-1").key("secret");
        let put = put
            .set_sse_customer_algorithm(algorithm.map(str::to_owned))
            .set_sse_customer_key(key.map(str::to_owned));
        let refused =
            put.set_sse_customer_key_md5(md5.map(str::to_owned)).send().await.unwrap_err();
        format!("{} {}", code(&refused), refused.message().unwrap_or_default())
    };
    let (key, md5) = (Some(KEY.0), Some(KEY.1));
    let must =
        "Requests specifying Server Side Encryption with Customer provided keys must provide";
    assert_eq!(
        told(None, key, md5).await,
        format!("InvalidArgument {must} a valid encryption algorithm.")
    );
    assert_eq!(
        told(Some("AES256"), None, md5).await,
        format!("InvalidArgument {must} an appropriate secret key.")
    );
    assert_eq!(
        told(Some("AES256"), key, None).await,
        format!("InvalidArgument {must} the client calculated MD5 of the secret key.")
    );
    assert_eq!(
        told(Some("AES128"), key, md5).await,
        "InvalidEncryptionAlgorithmError The encryption request you specified is not valid. The valid value is AES256."
    );
    let short = told(Some("AES256"), Some("c2hvcnQ="), md5).await;
    assert_eq!(short, "InvalidArgument The secret key was invalid for the specified algorithm.");
    let other = told(Some("AES256"), key, Some(OTHER.1)).await;
    assert_eq!(
        other,
        "InvalidArgument The calculated MD5 hash of the key did not match the hash that was provided."
    );
    let both = s3
        .put_object()
        .bucket("bucket-1")
        .key("secret")
        .server_side_encryption(ServerSideEncryption::Aes256);
    let both =
        both.sse_customer_algorithm("AES256").sse_customer_key(KEY.0).sse_customer_key_md5(KEY.1);
    assert_eq!(code(&both.send().await.unwrap_err()), "InvalidArgument");
}

#[tokio::test]
async fn an_object_is_read_with_its_own_key_only() {
    let (running, s3) = unblocked().await;
    let made = put(&s3, KEY).await.unwrap();
    assert_eq!(
        (made.sse_customer_algorithm(), made.sse_customer_key_md5()),
        (Some("AES256"), Some(KEY.1))
    );
    assert_eq!(made.server_side_encryption(), None);
    assert_ne!(made.e_tag(), Some("\"5d41402abc4b2a76b9719d911017c592\""), "the MD5 of the bytes");
    let get = async |name: &str, key: Option<Key>| {
        let get = s3.get_object().bucket("bucket-1").key(name);
        let get = get
            .set_sse_customer_algorithm(key.map(|_| "AES256".to_owned()))
            .set_sse_customer_key(key.map(|key| key.0.to_owned()));
        get.set_sse_customer_key_md5(key.map(|key| key.1.to_owned())).send().await
    };
    let got = get("secret", Some(KEY)).await.unwrap();
    assert_eq!(got.sse_customer_key_md5(), Some(KEY.1));
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"hello");
    let missing = get("secret", None).await.unwrap_err();
    assert_eq!(code(&missing), "InvalidRequest");
    assert_eq!(
        missing.message().unwrap(),
        "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to retrieve the object."
    );
    assert_eq!(code(&get("secret", Some(OTHER)).await.unwrap_err()), "AccessDenied");
    let head = s3.head_object().bucket("bucket-1").key("secret").send().await.unwrap_err();
    assert_eq!(head.raw_response().unwrap().status().as_u16(), 400);
    let head = s3
        .head_object()
        .bucket("bucket-1")
        .key("secret")
        .sse_customer_algorithm("AES256")
        .sse_customer_key(OTHER.0);
    let head = head.sse_customer_key_md5(OTHER.1).send().await.unwrap_err();
    assert_eq!(head.raw_response().unwrap().status().as_u16(), 403);
    // without a key of its own
    running.s3().put_object().bucket("bucket-1").key("plain").send().await.unwrap();
    assert_eq!(code(&get("plain", Some(KEY)).await.unwrap_err()), "InvalidRequest");
}

#[tokio::test]
async fn a_copy_needs_the_sources_key_and_may_have_another() {
    let (_running, s3) = unblocked().await;
    put(&s3, KEY).await.unwrap();
    let copy = || s3.copy_object().bucket("bucket-1").key("copy").copy_source("bucket-1/secret");
    assert_eq!(code(&copy().send().await.unwrap_err()), "InvalidRequest");
    let of_source = |key: Key| {
        let copy =
            copy().copy_source_sse_customer_algorithm("AES256").copy_source_sse_customer_key(key.0);
        copy.copy_source_sse_customer_key_md5(key.1)
    };
    assert_eq!(code(&of_source(OTHER).send().await.unwrap_err()), "AccessDenied");
    let copied = of_source(KEY)
        .sse_customer_algorithm("AES256")
        .sse_customer_key(OTHER.0)
        .sse_customer_key_md5(OTHER.1);
    assert_eq!(copied.send().await.unwrap().sse_customer_key_md5(), Some(OTHER.1));
    let in_the_open = of_source(KEY).send().await.unwrap();
    assert_eq!(in_the_open.server_side_encryption(), Some(&ServerSideEncryption::Aes256));
    s3.get_object().bucket("bucket-1").key("copy").send().await.unwrap();
}

#[tokio::test]
async fn every_part_comes_with_the_key_of_its_upload() {
    let (_running, s3) = unblocked().await;
    let create = s3.create_multipart_upload().bucket("bucket-1").key("parts");
    let upload = create
        .sse_customer_algorithm("AES256")
        .sse_customer_key(KEY.0)
        .sse_customer_key_md5(KEY.1)
        .send()
        .await
        .unwrap();
    assert_eq!(upload.sse_customer_key_md5(), Some(KEY.1));
    let part = || {
        let part = s3
            .upload_part()
            .bucket("bucket-1")
            .key("parts")
            .upload_id(upload.upload_id().unwrap())
            .part_number(1);
        part.body(ByteStream::from_static(b"hello"))
    };
    assert_eq!(code(&part().send().await.unwrap_err()), "InvalidRequest");
    let with = |key: Key| {
        part().sse_customer_algorithm("AES256").sse_customer_key(key.0).sse_customer_key_md5(key.1)
    };
    let other = with(OTHER).send().await.unwrap_err();
    assert_eq!(
        other.message().unwrap(),
        "The provided encryption parameters did not match the ones used originally."
    );
    let part = with(KEY).send().await.unwrap();
    let parts = CompletedPart::builder().part_number(1).e_tag(part.e_tag().unwrap()).build();
    let parts = CompletedMultipartUpload::builder().parts(parts).build();
    let complete = s3
        .complete_multipart_upload()
        .bucket("bucket-1")
        .key("parts")
        .upload_id(upload.upload_id().unwrap());
    complete.multipart_upload(parts).send().await.unwrap();
    assert_eq!(
        code(&s3.get_object().bucket("bucket-1").key("parts").send().await.unwrap_err()),
        "InvalidRequest"
    );
}
