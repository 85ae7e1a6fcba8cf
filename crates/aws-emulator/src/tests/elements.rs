//! What errors have beside their code and message, and the headers that come with them.

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::*;
use reqwest::Method;

use super::signing::{Answer, ByHand};
use super::*;
use crate::xml;

/// The elements of an error, without what every one has: that these are there is seen to here.
fn elements(answer: &Answer) -> String {
    let mut elements = xml::elements(&answer.text).unwrap_or_else(|| panic!("{}", answer.text));
    elements.pop().filter(|root| root.path == ["Error"]).unwrap();
    assert_eq!(answer.header("content-type"), "application/xml");
    let mut rest = Vec::new();
    let mut common = Vec::new();
    for element in elements {
        let name = element.path[1].clone();
        match name.as_str() {
            "RequestId" => assert_eq!(element.text, answer.header("x-amz-request-id")),
            "HostId" => assert_eq!(element.text, answer.header("x-amz-id-2")),
            "Message" | "Resource" => assert!(!element.text.is_empty(), "{name}"),
            _ => rest.push(format!("{name}={}", element.text)),
        }
        common.push(name);
    }
    for name in ["Code", "Message", "Resource", "RequestId", "HostId"] {
        assert_eq!(
            common.iter().filter(|own| *own == name).count(),
            1,
            "{name} of {}",
            answer.text
        );
    }
    format!("{} {}", answer.status, rest.join(" "))
}

async fn versioned() -> Running {
    let running = Running::with_bucket("bucket-1").await;
    let versioning =
        VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled).build();
    running
        .s3()
        .put_bucket_versioning()
        .bucket("bucket-1")
        .versioning_configuration(versioning)
        .send()
        .await
        .unwrap();
    running
}

fn request(method: Method, path: &'static str, headers: &[(&'static str, &str)]) -> ByHand {
    let mut request = ByHand::new(method, path, b"");
    request.signed = headers.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
    request
}

#[tokio::test]
async fn errors_say_what_they_are_about() {
    let running = versioned().await;
    let s3 = running.s3();
    s3.put_object()
        .bucket("bucket-1")
        .key("k")
        .body(ByteStream::from_static(b"0123456789"))
        .send()
        .await
        .unwrap();
    s3.put_object().bucket("bucket-1").key("gone").send().await.unwrap();
    s3.delete_object().bucket("bucket-1").key("gone").send().await.unwrap();
    let mut again = request(Method::PUT, "/bucket-1", &[]);
    again.body = format!("<CreateBucketConfiguration><LocationConstraint>{REGION}</LocationConstraint></CreateBucketConfiguration>").into();
    let cases: Vec<(&str, ByHand)> = vec![
        ("no key", request(Method::GET, "/bucket-1/none", &[])),
        ("a deleted key", request(Method::GET, "/bucket-1/gone", &[])),
        ("no bucket", request(Method::GET, "/bucket-2/k", &[])),
        ("no bucket by this name", request(Method::GET, "/b_2/k", &[])),
        ("a bucket once more", again),
        ("a bucket with something in it", request(Method::DELETE, "/bucket-1", &[])),
        ("a setting that is not made", request(Method::GET, "/bucket-1?cors=", &[])),
        (
            "no version",
            request(Method::GET, "/bucket-1/k?versionId=AAAABBBBCCCCDDDDAAAABBBBCCCCDDDD", &[]),
        ),
        ("no version id", request(Method::GET, "/bucket-1/k?versionId=v1", &[])),
        ("an empty version id", request(Method::GET, "/bucket-1/k?versionId=", &[])),
        ("another ETag", request(Method::GET, "/bucket-1/k", &[("if-match", "\"other\"")])),
        (
            "changed since",
            request(
                Method::GET,
                "/bucket-1/k",
                &[("if-unmodified-since", "Sun, 06 Nov 1994 08:49:37 GMT")],
            ),
        ),
        ("a range behind the end", request(Method::GET, "/bucket-1/k", &[("range", "bytes=10-")])),
        ("a part behind the last", request(Method::GET, "/bucket-1/k?partNumber=2", &[])),
        ("a part that none is", request(Method::GET, "/bucket-1/k?partNumber=0", &[])),
        ("a part that is no number", request(Method::GET, "/bucket-1/k?partNumber=one", &[])),
        ("there already", request(Method::PUT, "/bucket-1/k", &[("if-none-match", "*")])),
        ("not there", request(Method::PUT, "/bucket-1/none", &[("if-match", "\"other\"")])),
        ("any one there", request(Method::PUT, "/bucket-1/k", &[("if-match", "*")])),
        (
            "two conditions",
            request(Method::PUT, "/bucket-1/k", &[("if-match", "\"a\""), ("if-none-match", "*")]),
        ),
        ("no upload", request(Method::GET, "/bucket-1/k?uploadId=nope", &[])),
        ("no page size", request(Method::GET, "/bucket-1?list-type=2&max-keys=-1", &[])),
        (
            "a page size that is no number",
            request(Method::GET, "/bucket-1?list-type=2&max-keys=x", &[]),
        ),
        (
            "no continuation token",
            request(Method::GET, "/bucket-1?continuation-token=%21&list-type=2", &[]),
        ),
        (
            "an empty continuation token",
            request(Method::GET, "/bucket-1?continuation-token=&list-type=2", &[]),
        ),
        (
            "no upload to go on from",
            request(Method::GET, "/bucket-1?key-marker=k&upload-id-marker=nope&uploads=", &[]),
        ),
        ("no such listing", request(Method::GET, "/bucket-1?list-type=3", &[])),
        ("no such encoding", request(Method::GET, "/bucket-1?encoding-type=x", &[])),
        (
            "a version without its key",
            request(Method::GET, "/bucket-1?version-id-marker=x&versions=", &[]),
        ),
        (
            "no storage class",
            request(Method::PUT, "/bucket-1/k", &[("x-amz-storage-class", "COLD")]),
        ),
        (
            "no redirect",
            request(
                Method::PUT,
                "/bucket-1/k",
                &[("x-amz-website-redirect-location", "example.com")],
            ),
        ),
        ("no MD5", request(Method::PUT, "/bucket-1/k", &[("content-md5", "nonsense")])),
        (
            "another MD5",
            request(Method::PUT, "/bucket-1/k", &[("content-md5", "CY9rzUYh03PK3k6DJie09g==")]),
        ),
        ("a tag twice", request(Method::PUT, "/bucket-1/k", &[("x-amz-tagging", "a=1&a=2")])),
        ("a tag of AWS's", request(Method::PUT, "/bucket-1/k", &[("x-amz-tagging", "aws:a=1")])),
        (
            "a tag with other letters",
            request(Method::PUT, "/bucket-1/k", &[("x-amz-tagging", "a=%21")]),
        ),
        ("no operation by this method", request(Method::POST, "/bucket-1/k", &[])),
        ("no such method", request(Method::PATCH, "/bucket-1/k", &[])),
        ("nothing to put", request(Method::PUT, "/", &[])),
    ];
    let mut told = Vec::new();
    for (name, request) in cases {
        told.push(format!("{name} → {}", elements(&request.send(&running).await)));
    }
    insta::assert_snapshot!(told.join("\n"), @"
    no key → 404 Code=NoSuchKey Key=none
    a deleted key → 404 Code=NoSuchKey Key=gone
    no bucket → 404 Code=NoSuchBucket BucketName=bucket-2
    no bucket by this name → 400 Code=InvalidBucketName BucketName=b_2
    a bucket once more → 409 Code=BucketAlreadyOwnedByYou BucketName=bucket-1
    a bucket with something in it → 409 Code=BucketNotEmpty BucketName=bucket-1
    a setting that is not made → 404 Code=NoSuchCORSConfiguration BucketName=bucket-1
    no version → 404 Code=NoSuchVersion Key=k VersionId=AAAABBBBCCCCDDDDAAAABBBBCCCCDDDD
    no version id → 400 Code=InvalidArgument ArgumentName=versionId ArgumentValue=v1
    an empty version id → 400 Code=InvalidArgument ArgumentName=versionId ArgumentValue=
    another ETag → 412 Code=PreconditionFailed Condition=If-Match
    changed since → 412 Code=PreconditionFailed Condition=If-Unmodified-Since
    a range behind the end → 416 Code=InvalidRange ActualObjectSize=10 RangeRequested=bytes=10-
    a part behind the last → 416 Code=InvalidPartNumber PartNumberRequested=2 ActualPartCount=1
    a part that none is → 400 Code=InvalidArgument ArgumentName=partNumber ArgumentValue=0
    a part that is no number → 400 Code=InvalidArgument ArgumentName=partNumber ArgumentValue=one
    there already → 412 Code=PreconditionFailed Condition=If-None-Match
    not there → 404 Code=NoSuchKey Key=none
    any one there → 501 Code=NotImplemented Header=If-Match additionalMessage=We don't accept the provided value of If-Match header for this API
    two conditions → 501 Code=NotImplemented Header=If-Match,If-None-Match additionalMessage=Multiple conditional request headers present in the request
    no upload → 404 Code=NoSuchUpload UploadId=nope
    no page size → 400 Code=InvalidArgument ArgumentName=maxKeys ArgumentValue=-1
    a page size that is no number → 400 Code=InvalidArgument ArgumentName=max-keys ArgumentValue=x
    no continuation token → 400 Code=InvalidArgument ArgumentName=continuation-token ArgumentValue=!
    an empty continuation token → 400 Code=InvalidArgument ArgumentName=continuation-token ArgumentValue=
    no upload to go on from → 400 Code=InvalidArgument ArgumentName=upload-id-marker ArgumentValue=nope
    no such listing → 400 Code=InvalidArgument ArgumentName=list-type ArgumentValue=3
    no such encoding → 400 Code=InvalidArgument ArgumentName=encoding-type ArgumentValue=x
    a version without its key → 400 Code=InvalidArgument ArgumentName=version-id-marker ArgumentValue=x
    no storage class → 400 Code=InvalidStorageClass StorageClassRequested=COLD
    no redirect → 400 Code=InvalidRedirectLocation
    no MD5 → 400 Code=InvalidDigest Content-MD5=nonsense
    another MD5 → 400 Code=BadDigest ExpectedDigest=CY9rzUYh03PK3k6DJie09g== CalculatedDigest=1B2M2Y8AsgTpgAmY7PhCfg==
    a tag twice → 400 Code=InvalidArgument ArgumentName=x-amz-tagging ArgumentValue=a=1&a=2
    a tag of AWS's → 400 Code=InvalidTag TagKey=aws:a
    a tag with other letters → 400 Code=InvalidTag TagKey=a TagValue=!
    no operation by this method → 405 Code=MethodNotAllowed Method=POST ResourceType=OBJECT
    no such method → 405 Code=MethodNotAllowed Method=PATCH ResourceType=OBJECT
    nothing to put → 405 Code=MethodNotAllowed Method=PUT ResourceType=SERVICE
    ");
}

#[tokio::test]
async fn an_errors_own_headers_come_beside_the_usual_ones() {
    let running = versioned().await;
    let s3 = running.s3();
    s3.put_object().bucket("bucket-1").key("gone").send().await.unwrap();
    let marker =
        s3.delete_object().bucket("bucket-1").key("gone").send().await.unwrap().version_id.unwrap();
    let missing = request(Method::GET, "/bucket-1/gone", &[]).send(&running).await;
    assert_eq!(missing.told(), "404 NoSuchKey");
    let told = ["x-amz-delete-marker", "x-amz-version-id", "content-type"]
        .map(|name| missing.header(name));
    assert_eq!(told, ["true", marker.as_str(), "application/xml"]);
    // the marker itself can only be deleted
    let got = s3
        .get_object()
        .bucket("bucket-1")
        .key("gone")
        .version_id(&marker)
        .send()
        .await
        .unwrap_err();
    let raw = got.raw_response().unwrap();
    assert_eq!((raw.status().as_u16(), raw.headers().get("allow")), (405, Some("DELETE")));
    assert_eq!(raw.headers().get("x-amz-delete-marker"), Some("true"));
    assert!(raw.headers().get("last-modified").is_some());
    let text = std::str::from_utf8(raw.body().bytes().unwrap()).unwrap();
    assert!(
        text.contains("<ResourceType>DeleteMarker</ResourceType>")
            && text.contains("<Method>GET</Method>"),
        "{text}"
    );
    let head = s3
        .head_object()
        .bucket("bucket-1")
        .key("gone")
        .version_id(&marker)
        .send()
        .await
        .unwrap_err();
    assert_eq!(head.raw_response().unwrap().status().as_u16(), 405);
    let tags = s3.get_object_tagging().bucket("bucket-1").key("gone").send().await.unwrap_err();
    assert_eq!(code(&tags), "MethodNotAllowed");
    // a method that there is not tells those that there are
    let posted = request(Method::POST, "/bucket-1/k", &[]).send(&running).await;
    assert_eq!(
        (posted.told().as_str(), posted.header("allow")),
        ("405 MethodNotAllowed", "HEAD, DELETE, GET, PUT")
    );
    let mut form = request(
        Method::POST,
        "/bucket-1/k",
        &[("content-type", "multipart/form-data; boundary=b")],
    );
    form.body = b"--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nx\r\n--b--\r\n".to_vec();
    let posted = form.send(&running).await;
    assert_eq!(
        (posted.told().as_str(), posted.header("allow")),
        ("405 MethodNotAllowed", "HEAD, DELETE, GET, PUT")
    );
    let kept = s3.put_object().bucket("bucket-1").key("k").send().await.unwrap();
    let unchanged =
        request(Method::GET, "/bucket-1/k", &[("if-none-match", kept.e_tag().unwrap())])
            .send(&running)
            .await;
    assert_eq!(
        (unchanged.status, unchanged.text.as_str(), unchanged.header("etag")),
        (304, "", kept.e_tag().unwrap())
    );
    assert!(
        ["last-modified", "x-amz-request-id", "x-amz-id-2"]
            .iter()
            .all(|name| !unchanged.header(name).is_empty())
    );
}

#[tokio::test]
async fn no_header_of_the_backends_own_is_sent() {
    let running = Running::with_bucket("bucket-1").await;
    for path in ["/bucket-1/none", "/bucket-1/none?versionId=v1"] {
        let answer = request(Method::GET, path, &[]).send(&running).await;
        assert!(
            !answer.headers.keys().any(|name| name.as_str().starts_with("x-gatepass")),
            "{:?}",
            answer.headers
        );
    }
}

#[tokio::test]
async fn a_range_that_cannot_be_read_is_none_and_an_etag_needs_no_quotes() {
    let running = Running::with_bucket("bucket-1").await;
    let s3 = running.s3();
    let put = s3
        .put_object()
        .bucket("bucket-1")
        .key("k")
        .body(ByteStream::from_static(b"0123456789"))
        .send()
        .await
        .unwrap();
    let bare = put.e_tag().unwrap().trim_matches('"').to_owned();
    for range in ["bytes=0-1,4-5", "bytes=5-2", "bytes=a-b", "lines=0-1", "nonsense"] {
        let answer = request(Method::GET, "/bucket-1/k", &[("range", range)]).send(&running).await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "0123456789"), "{range}");
        let mut unsigned = request(Method::GET, "/bucket-1/k", &[]);
        unsigned.unsigned = vec![("range", range)];
        assert_eq!(unsigned.send(&running).await.status, 200, "{range}");
    }
    assert_eq!(
        request(Method::GET, "/bucket-1/k", &[("range", "bytes=2-3")]).send(&running).await.text,
        "23"
    );
    // what is changed was signed as it came: another signature stays another one
    let mut forged = request(Method::GET, "/bucket-1/k", &[("range", "nonsense")]);
    forged.credentials = Credentials::new(KEY, "wrong", None, None, "test");
    assert_eq!(forged.send(&running).await.told(), "403 SignatureDoesNotMatch");
    let told = async |method: Method, name: &'static str, etag: &str| {
        request(method, "/bucket-1/k", &[(name, etag)]).send(&running).await.told()
    };
    assert_eq!(told(Method::GET, "if-match", &bare).await, "200");
    assert_eq!(told(Method::GET, "if-match", "other").await, "412 PreconditionFailed");
    assert_eq!(told(Method::GET, "if-none-match", &bare).await, "304");
    assert_eq!(told(Method::PUT, "if-match", "other").await, "412 PreconditionFailed");
    assert_eq!(told(Method::PUT, "if-match", &bare).await, "200");
    let presigned = s3.get_object().bucket("bucket-1").key("k").range("bytes=0-0,2-2");
    let config =
        aws_sdk_s3::presigning::PresigningConfig::expires_in(std::time::Duration::from_secs(60))
            .unwrap();
    let presigned = presigned.presigned(config).await.unwrap();
    let mut get = reqwest::Client::new().get(presigned.uri());
    for (name, value) in presigned.headers() {
        get = get.header(name, value);
    }
    assert_eq!(get.send().await.unwrap().status(), 200);
}
