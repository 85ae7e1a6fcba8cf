//! Uploads by a form, what uploads carry beside their type, and several files in one request.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use crate::backend::{Backend, Kind, on_every_backend};
use crate::upload::{http, send_form};
use crate::workspace::{Serving, Workspace};

on_every_backend!(
    a_form_uploads_what_its_policy_says,
    a_form_for_any_image,
    what_an_upload_carries,
    several_files_in_one_request
);

const APP: &str = "https://app.example.com";

fn contract(backend: &Backend, bucket: &str, upload: &str) -> String {
    format!(
        r#"
        [bucket]
        name = "{bucket}"
        region = "{region}"

        [upload]
        content_types = ["image/*"]
        max_size = "1 KiB"
        allowed_origins = ["{APP}"]
        {upload}

        [[role.trust]]
        principal = "account"

        [serve]
        sign_as_role = false

        [endpoint]
        url = "{endpoint}"
        "#,
        region = backend.region,
        endpoint = backend.endpoint,
    )
}

/// The same contract, served by an endpoint that signs as the role.
async fn served_as_role(workspace: &Workspace) -> Serving {
    let contract = workspace.read("gatepass.toml");
    workspace
        .write("gatepass.toml", contract.replace("sign_as_role = false", "sign_as_role = true"));
    workspace.serve().await
}

async fn served(backend: &Backend, what: &str, upload: &str) -> (String, Serving, Workspace) {
    let bucket = backend.unique_bucket(what);
    let workspace = Workspace::new(backend, &contract(backend, &bucket, upload));
    workspace.run(&["apply", "--yes"]).await.exits(0);
    workspace.run(&["policy", "check"]).await.exits(0);
    (bucket, workspace.serve().await, workspace)
}

async fn ask(endpoint: &Serving, route: &str, body: &Value) -> (u16, Value) {
    let response =
        http().post(format!("{}/api/{route}", endpoint.url)).json(body).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn granted(endpoint: &Serving, route: &str, body: &Value) -> Value {
    let (status, answer) = ask(endpoint, route, body).await;
    assert_eq!(status, 200, "{route} {body}: {answer}");
    answer
}

async fn assert_empty(backend: &Backend, bucket: &str) {
    let objects = backend.s3().list_objects_v2().bucket(bucket).send().await.unwrap();
    assert!(objects.contents().is_empty(), "{:?}", objects.contents());
}

async fn a_form_uploads_what_its_policy_says(backend: &Backend) {
    let (bucket, endpoint, _workspace) =
        served(backend, "form", "mode = \"compatible\"\nform = true").await;
    let form = granted(&endpoint, "upload-form", &json!({ "content_type": "image/png" })).await;
    assert_eq!(
        (&form["method"], &form["max_size"], &form["expires_in"]),
        (&json!("POST"), &json!(1024), &json!(300))
    );
    let key = form["key"].as_str().unwrap();
    assert!(key.starts_with("uploads/") && key.ends_with(".png"), "{key}");

    send_form(&form, APP, &[], &[b'x'; 1025]).await.is_refused(400, "EntityTooLarge");
    send_form(&form, APP, &[], b"").await.is_refused(400, "EntityTooSmall");
    for change in [
        ("Content-Type", "text/html"),
        ("key", "uploads/other.png"),
        ("x-amz-meta-more", "x"),
        ("success_action_status", "200"),
    ] {
        let refused = send_form(&form, APP, &[change], b"abc").await;
        // LocalStack takes fields that the policy says nothing of
        if backend.kind == Kind::Embedded || change.0 != "x-amz-meta-more" {
            refused.is_refused(403, "AccessDenied");
        }
    }
    if backend.kind == Kind::Embedded {
        let signature = form["fields"]["x-amz-signature"].as_str().unwrap();
        let other = if signature.starts_with('0') {
            signature.replacen('0', "1", 1)
        } else {
            format!("0{}", &signature[1..])
        };
        send_form(&form, APP, &[("x-amz-signature", &other)], b"abc")
            .await
            .is_refused(403, "SignatureDoesNotMatch");
        let policy =
            String::from_utf8(STANDARD.decode(form["fields"]["policy"].as_str().unwrap()).unwrap())
                .unwrap();
        let wider = STANDARD.encode(policy.replace("1,1024", "1,9999"));
        send_form(&form, APP, &[("policy", &wider)], b"abc")
            .await
            .is_refused(403, "SignatureDoesNotMatch");
        assert_empty(backend, &bucket).await;
    }

    let accepted = send_form(&form, APP, &[], b"abc").await;
    assert_eq!(accepted.status, 201, "{}", accepted.body);
    assert_eq!(accepted.header("access-control-allow-origin"), Some(APP));
    let object = backend.s3().get_object().bucket(&bucket).key(key).send().await.unwrap();
    assert_eq!(object.content_type(), Some("image/png"));
    assert_eq!(object.body.collect().await.unwrap().to_vec(), b"abc");

    // a declared size is the exact one
    let sized =
        granted(&endpoint, "upload-form", &json!({ "content_type": "image/png", "size": 4 })).await;
    send_form(&sized, APP, &[], b"abc").await.is_refused(400, "EntityTooSmall");
    send_form(&sized, APP, &[], b"abcde").await.is_refused(400, "EntityTooLarge");
    assert_eq!(send_form(&sized, APP, &[], b"abcd").await.status, 201);

    for (body, status, code) in [
        (json!({ "content_type": "text/html" }), 415, "content_type_not_allowed"),
        (json!({ "content_type": "image/*" }), 400, "content_type_range"),
        (json!({ "content_type": "image/png", "size": 1025 }), 413, "too_large"),
    ] {
        let (answered, answer) = ask(&endpoint, "upload-form", &body).await;
        assert_eq!((answered, answer["error"]["code"].as_str()), (status, Some(code)), "{body}");
    }
}

/// The client fills in the type that the file turns out to have.
async fn a_form_for_any_image(backend: &Backend) {
    let upload = "mode = \"compatible\"\nform = true\nkey = \"in/{uuid}\"";
    let (bucket, endpoint, _workspace) = served(backend, "any-image", upload).await;
    let form = granted(&endpoint, "upload-form", &json!({ "content_type": "image/*" })).await;
    send_form(&form, APP, &[("Content-Type", "text/html")], b"abc")
        .await
        .is_refused(403, "AccessDenied");
    assert_empty(backend, &bucket).await;
    assert_eq!(send_form(&form, APP, &[("Content-Type", "image/webp")], b"abc").await.status, 201);
    let head = backend
        .s3()
        .head_object()
        .bucket(&bucket)
        .key(form["key"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(head.content_type(), Some("image/webp"));
}

/// By PUT, in parts and by a form.
async fn what_an_upload_carries(backend: &Backend) {
    let extras = "metadata = [\"title\"]\ntags = [\"project\"]\ncontent_disposition = true\ncache_control = true";
    let upload = format!("mode = \"compatible\"\nform = true\nmultipart = true\n{extras}");
    let (bucket, own, workspace) = served(backend, "extras", &upload).await;
    // the role has to be allowed to tag
    let endpoint = served_as_role(&workspace).await;
    let asked = json!({
        "content_type": "image/png", "size": 3,
        "metadata": { "title": "A \"title\", 1/2" }, "tags": { "project": "a/b + c" },
        "content_disposition": "attachment; filename=\"a.png\"", "cache_control": "private, max-age=60",
    });

    let grant = endpoint.grant(&asked).await;
    assert_eq!(grant.headers["x-amz-tagging"], "project=a%2Fb%20%2B%20c");
    grant
        .put_with(&grant.headers_with("x-amz-meta-title", "Another"), b"abc")
        .await
        .is_refused(403, "SignatureDoesNotMatch");
    grant
        .put_with(&grant.headers_with("x-amz-tagging", "project=other"), b"abc")
        .await
        .is_refused(403, "SignatureDoesNotMatch");
    assert_empty(backend, &bucket).await;
    grant.put(b"abc").await.is_ok();
    let preflight = grant.preflight(APP).await;
    preflight.is_ok();

    let form = granted(&own, "upload-form", &asked).await;
    let sent = send_form(&form, APP, &[], b"abc").await;
    assert_eq!(sent.status, 201, "{}", sent.body);

    let begun = granted(&endpoint, "multipart", &asked).await;
    let parts = granted(
        &endpoint,
        "multipart/parts",
        &json!({ "ticket": begun["ticket"], "part_numbers": [1] }),
    )
    .await;
    let sent =
        http().put(parts["parts"][0]["url"].as_str().unwrap()).body("abc").send().await.unwrap();
    let part = json!({ "part_number": 1, "etag": sent.headers()["etag"].to_str().unwrap() });
    granted(
        &endpoint,
        "multipart/complete",
        &json!({ "ticket": begun["ticket"], "parts": [part] }),
    )
    .await;

    for key in [grant.key.as_str(), form["key"].as_str().unwrap(), begun["key"].as_str().unwrap()] {
        let object = backend.s3().get_object().bucket(&bucket).key(key).send().await.unwrap();
        assert_eq!(
            object.metadata().and_then(|metadata| metadata.get("title")).map(String::as_str),
            Some("A \"title\", 1/2"),
            "{key}"
        );
        assert_eq!(object.content_disposition(), Some("attachment; filename=\"a.png\""));
        assert_eq!(object.cache_control(), Some("private, max-age=60"));
        let tags = backend.s3().get_object_tagging().bucket(&bucket).key(key).send().await.unwrap();
        let tags: Vec<(&str, &str)> =
            tags.tag_set().iter().map(|tag| (tag.key(), tag.value())).collect();
        assert_eq!(tags, [("project", "a/b + c")], "{key}");
    }

    for (change, code) in [
        (json!({ "metadata": { "owner": "x" } }), "extra_not_allowed"),
        (json!({ "metadata": { "title": "x\r\nx-amz-acl: public-read" } }), "extra_malformed"),
        (json!({ "metadata": { "title": "x".repeat(2048) } }), "metadata_too_large"),
        (json!({ "metadata": { "title": 5 } }), "body_malformed"),
        (json!({ "tags": { "other": "x" } }), "extra_not_allowed"),
        (json!({ "tags": ["project"] }), "body_malformed"),
        (json!({ "content_disposition": "inline\u{0}" }), "extra_malformed"),
    ] {
        let mut body = json!({ "content_type": "image/png", "size": 3 });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        for route in ["upload-url", "upload-form", "multipart"] {
            let (status, answer) = ask(&endpoint, route, &body).await;
            assert_eq!(
                (status, answer["error"]["code"].as_str()),
                (400, Some(code)),
                "{route} {body}"
            );
        }
    }
}

async fn several_files_in_one_request(backend: &Backend) {
    let (bucket, endpoint, _workspace) = served(backend, "several", "").await;
    let files = json!({ "files": [
        { "content_type": "image/png", "size": 3 },
        { "content_type": "text/html", "size": 3 },
        { "content_type": "image/gif", "size": 3 },
        { "content_type": 5 },
    ] });
    let answer = granted(&endpoint, "upload-urls", &files).await;
    let grants = answer["grants"].as_array().unwrap();
    assert_eq!(grants.len(), 4);
    assert_eq!(grants[1]["error"]["code"], "content_type_not_allowed");
    assert_eq!(grants[3]["error"]["code"], "body_malformed");
    for index in [0, 2] {
        let grant: crate::upload::GrantAnswer =
            serde_json::from_value(grants[index].clone()).unwrap();
        grant.put(b"abc").await.is_ok();
    }
    let stored = backend.s3().list_objects_v2().bucket(&bucket).send().await.unwrap();
    assert_eq!(stored.contents().len(), 2);
    let most =
        vec![json!({ "content_type": "image/png", "size": 3, "filename": "n".repeat(900) }); 100];
    assert_eq!(
        granted(&endpoint, "upload-urls", &json!({ "files": most })).await["grants"]
            .as_array()
            .unwrap()
            .len(),
        100
    );
    // what is no file at all is nobody's to have a grant beside
    let (none, many) = (json!([]), json!(vec![json!({}); 101]));
    for (files, code) in [
        (none, "files_count"),
        (many, "files_count"),
        (json!(["image/png"]), "body_malformed"),
        (json!("x"), "body_malformed"),
    ] {
        let (status, answer) = ask(&endpoint, "upload-urls", &json!({ "files": files })).await;
        assert_eq!((status, answer["error"]["code"].as_str()), (400, Some(code)));
    }
    let (status, answer) =
        ask(&endpoint, "upload-form", &json!({ "content_type": "image/png" })).await;
    assert_eq!((status, answer["error"]["code"].as_str()), (404, Some("form_off")));
    let told: Value = http()
        .get(format!("{}/api/contract", endpoint.url))
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(
        (&told["form"], &told["multipart"], &told["max_put_size"]),
        (&json!(false), &json!(false), &json!(1024))
    );
}

/// Some stores answer 501 to every form.
#[tokio::test]
async fn a_store_without_forms_is_found_out_at_the_start() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let store = format!("http://{}", listener.local_addr().unwrap());
    let answering = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let length = stream.read(&mut request).await.unwrap();
        stream
            .write_all(
                b"HTTP/1.1 501 Not Implemented\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
            )
            .await
            .unwrap();
        String::from_utf8_lossy(&request[..length]).into_owned()
    });
    let mut workspace = Workspace::empty();
    workspace.set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    workspace.set("AWS_SECRET_ACCESS_KEY", "secret");
    let text = "[bucket]\nname = \"acme-uploads\"\nregion = \"eu-central-1\"\n[upload]\nmode = \"compatible\"\nform = true\n\
                content_types = [\"image/*\"]\nmax_size = \"1 KiB\"\nallowed_origins = []\n[[role.trust]]\nprincipal = \"account\"\n";
    workspace.write("gatepass.toml", format!("{text}[endpoint]\nurl = \"{store}\"\n"));
    let refused = workspace.run(&["serve", "--listen", "127.0.0.1:0"]).await.exits(1);
    assert!(answering.await.unwrap().starts_with("POST /acme-uploads HTTP/1.1\r\n"));
    insta::assert_snapshot!(refused.stderr.replace(&store, "URL"), @"
    error: upload.form = true, and URL takes no uploads by a form: it answered 501 Not Implemented
      hint: leave out `form`; clients upload by PUT or in parts
    ");
}
