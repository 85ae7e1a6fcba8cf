//! Sub-resources: each is the operation that it is in S3, or 501, and never another.

use iam_policy::{S3Resource, S3SubResource, s3_sub_resources};
use reqwest::Method;

use super::signing::ByHand;
use super::*;
use crate::s3::sub_resources::{has_operation, implemented};

const METHODS: [Method; 5] = [Method::GET, Method::HEAD, Method::PUT, Method::POST, Method::DELETE];

/// A bucket with one object in it.
async fn with_object() -> Running {
    let running = Running::with_bucket("bucket-1").await;
    let body = aws_sdk_s3::primitives::ByteStream::from_static(b"kept");
    running.s3().put_object().bucket("bucket-1").key("k").body(body).send().await.unwrap();
    running
}

/// What the object holds.
async fn content(running: &Running) -> Vec<u8> {
    running
        .s3()
        .get_object()
        .bucket("bucket-1")
        .key("k")
        .send()
        .await
        .unwrap()
        .body
        .collect()
        .await
        .unwrap()
        .to_vec()
}

/// A request with this path and query, which live as long as the test.
fn ask(method: &Method, path: String, body: &[u8]) -> ByHand {
    ByHand::new(method.clone(), path.leak(), body)
}

#[test]
fn what_is_implemented_is_an_operation_of_s3() {
    let known: Vec<S3SubResource> = s3_sub_resources().collect();
    for (name, of, methods) in implemented() {
        let sub_resource = known
            .iter()
            .find(|known| known.name == name && known.of == of)
            .unwrap_or_else(|| panic!("{name}"));
        for method in methods {
            assert!(has_operation(sub_resource, method), "{method} {name}");
        }
    }
}

/// Of every sub-resource by every method, asked of objects, of buckets and of the service.
#[tokio::test]
async fn a_sub_resource_is_its_own_operation_or_501() {
    let running = with_object().await;
    let mut names: Vec<&str> = s3_sub_resources().map(|known| known.name).collect();
    names.sort_unstable();
    names.dedup();
    for (path, of) in [
        ("/bucket-1/k", Some(S3Resource::Object)),
        ("/bucket-1", Some(S3Resource::Bucket)),
        ("/", None),
    ] {
        for name in &names {
            for method in &METHODS {
                let is_implemented = implemented().any(|(known, own, methods)| {
                    known == *name && Some(own) == of && methods.contains(method)
                });
                let told = ask(method, format!("{path}?{name}="), b"x").send(&running).await;
                let what = format!("{method} {path}?{name}: {}", told.text);
                assert_eq!(
                    told.status == 501
                        && (told.text.contains("sub-resource") || *method == Method::HEAD),
                    !is_implemented,
                    "{what}"
                );
                if !is_implemented {
                    continue;
                }
                // what answers is the operation: its body is no object's, and a body that is nothing to it is refused
                let is_written = [Method::PUT, Method::POST].contains(method);
                assert!(
                    !is_written
                        || told.status != 200
                        || (*name == "uploads" && *method == Method::POST),
                    "{what}"
                );
                assert_ne!(told.text, "kept", "{what}");
            }
        }
        assert_eq!(content(&running).await, b"kept", "{path}");
    }
    assert_eq!(
        running.s3().list_objects_v2().bucket("bucket-1").send().await.unwrap().key_count(),
        Some(1)
    );
}

/// In every way that a sub-resource can be written.
#[tokio::test]
async fn however_it_is_written() {
    let running = with_object().await;
    for query in [
        "annotation=a",
        "%61nnotation=",
        "annotation=&annotation=b",
        "acl=&annotation=",
        "annotation=&tagging=",
        "renameObject=",
        "annotation=&annotationName=a",
        "torrent=&uploadId=a",
    ] {
        for method in [Method::PUT, Method::DELETE] {
            let mut request = ask(&method, format!("/bucket-1/k?{query}"), b"x");
            // what is signed is the query's canonical form
            let is_canonical = !query.contains('%');
            if !is_canonical {
                request.path = "/bucket-1/k?annotation=";
            }
            let (headers, _) = request.sign(&running);
            request.path = format!("/bucket-1/k?{query}").leak();
            let told = request.send_with(&running, headers, b"x".to_vec()).await;
            assert_eq!(told.told(), "501 NotImplemented", "{method} {query}");
        }
    }
    // virtual-hosted
    let url = format!("http://127.0.0.1:{}/k?annotation", running.backend.address().port());
    let host = format!("bucket-1.localhost:{}", running.backend.address().port());
    for method in [Method::PUT, Method::DELETE] {
        let response = reqwest::Client::new()
            .request(method, &url)
            .header("host", &host)
            .body("x")
            .send()
            .await
            .unwrap();
        assert_eq!(response.status().as_u16(), 501);
    }
    assert_eq!(content(&running).await, b"kept");
}

#[tokio::test]
async fn other_parameters_are_ignored() {
    let running = with_object().await;
    for query in ["ACL=", "Annotation=", "other=1", "x-id=PutObject", "annotations=", "prefix=a"] {
        assert_eq!(
            ask(&Method::PUT, format!("/bucket-1/k?{query}"), b"new").send(&running).await.status,
            200,
            "{query}"
        );
        assert_eq!(content(&running).await, b"new", "{query}");
        assert_eq!(
            ask(&Method::DELETE, format!("/bucket-1/k?{query}"), b"").send(&running).await.status,
            204,
            "{query}"
        );
    }
}

#[tokio::test]
async fn whoever_may_only_put_objects_gets_501_and_no_operation() {
    let running = with_object().await;
    let may = r#"{"Statement":{"Effect":"Allow","Action":["s3:PutObject","s3:DeleteObject"],"Resource":"*"}}"#;
    let session = session_of(&running, "app", may, None).await;
    for method in [Method::PUT, Method::DELETE] {
        let mut request = ask(&method, "/bucket-1/k?annotation=".to_owned(), b"x");
        request.credentials = session.clone();
        assert_eq!(request.send(&running).await.told(), "501 NotImplemented");
        // and whoever may nothing is told so by the signature first
        request.credentials = Credentials::new(KEY, "wrong", None, None, "test");
        assert_eq!(request.send(&running).await.told(), "403 SignatureDoesNotMatch");
    }
    assert_eq!(content(&running).await, b"kept");
}

#[tokio::test]
async fn a_header_or_parameter_that_makes_another_operation_makes_none_here() {
    let running = with_object().await;
    for (method, path, header, value, told) in [
        (Method::PUT, "/bucket-1/k", "x-amz-write-offset-bytes", "4", "501 NotImplemented"),
        (
            Method::PUT,
            "/bucket-1/k",
            "x-amz-rename-source",
            "/bucket-1/other",
            "501 NotImplemented",
        ),
        (Method::DELETE, "/bucket-1/k", "x-amz-if-match-size", "1", "501 NotImplemented"),
        (
            Method::DELETE,
            "/bucket-1/k",
            "x-amz-if-match-last-modified-time",
            "x",
            "501 NotImplemented",
        ),
        (Method::PUT, "/bucket-1/k?uploadId=a", "x-amz-meta-a", "b", "400 InvalidArgument"),
        (Method::PUT, "/bucket-1/k?partNumber=1", "x-amz-meta-a", "b", "400 InvalidArgument"),
        (Method::PUT, "/bucket-1/k?versionId=null", "x-amz-meta-a", "b", "400 InvalidArgument"),
        (
            Method::PUT,
            "/bucket-1/k?partNumber=1&uploadId=a",
            "x-amz-copy-source",
            "bucket-1/k",
            "404 NoSuchUpload",
        ),
        (Method::POST, "/bucket-1", "x-amz-request-route", "a", "412 PreconditionFailed"),
    ] {
        let mut request = ask(&method, path.to_owned(), b"x");
        request.signed = vec![(header, value.to_owned())];
        assert_eq!(request.send(&running).await.told(), told, "{method} {path} {header}");
    }
    assert_eq!(content(&running).await, b"kept");
}

/// A form is a form only without a sub-resource, and with other parameters it still is one.
#[tokio::test]
async fn a_form_with_a_query() {
    let running = with_object().await;
    let form = "--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\nk\r\n--b\r\n\
                Content-Disposition: form-data; name=\"file\"; filename=\"f\"\r\n\r\nx\r\n--b--\r\n";
    for (query, told) in
        [("delete", 501), ("acl", 501), ("annotation=a", 501), ("uploads", 501), ("other=1", 403)]
    {
        let url = format!("{}/bucket-1?{query}", running.url());
        let request = reqwest::Client::new()
            .post(url)
            .header("content-type", "multipart/form-data; boundary=b");
        assert_eq!(request.body(form).send().await.unwrap().status().as_u16(), told, "{query}");
    }
    assert_eq!(content(&running).await, b"kept");
}
