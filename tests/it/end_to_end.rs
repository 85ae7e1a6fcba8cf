//! From an empty account to the first upload, every refusal on the way, and back to an empty account.

use std::time::{Duration, SystemTime};

use aws_sdk_s3::types::ChecksumMode;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use gatepass_core::contract::{Contract, Overrides};
use gatepass_core::grant::{GrantMaker, SigningCredentials, UploadRequest};
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::backend::{Backend, on_every_backend};
use crate::upload::GrantAnswer;
use crate::workspace::Workspace;

on_every_backend!(
    strict_upload,
    compatible_upload,
    declared_checksum,
    signed_as_role,
    expired_grant,
    odd_names,
    content_types_of_browsers
);

const APP: &str = "https://app.example.com";

fn contract(backend: &Backend, bucket: &str, upload: &str) -> String {
    format!(
        r#"
        [bucket]
        name = "{bucket}"
        region = "{region}"
        tags = {{ team = "web" }}

        [upload]
        content_types = ["image/*", "application/pdf"]
        max_size = "1 MiB"
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

async fn strict_upload(backend: &Backend) {
    let bucket = backend.unique_bucket("strict");
    let workspace = Workspace::new(backend, &contract(backend, &bucket, ""));
    workspace.run(&["plan"]).await.exits(2);
    workspace.run(&["apply", "--yes"]).await.exits(0);
    workspace.run(&["plan"]).await.exits(0);

    let endpoint = workspace.serve().await;
    let image: &[u8] = b"not really a PNG, and S3 does not look";
    let request = json!({ "content_type": "image/png", "size": image.len() });
    let grant = endpoint.grant(&request).await;
    assert!(grant.key.starts_with("uploads/") && grant.key.ends_with(".png"), "{}", grant.key);
    assert_expiry(&grant, 300);

    // whatever is tried with the grant before it is used, it leaves nothing behind
    grant
        .put_with(&grant.headers_with("Content-Type", "text/html"), image)
        .await
        .is_refused(403, "SignatureDoesNotMatch");
    grant
        .put_with(&grant.headers_with("Content-Length", "4"), b"more")
        .await
        .is_refused(403, "SignatureDoesNotMatch");
    grant
        .put_with(&grant.headers_with("Content-Length", "1000"), &[b'x'; 1000])
        .await
        .is_refused(403, "SignatureDoesNotMatch");
    grant.tampered().put(image).await.is_refused(403, "SignatureDoesNotMatch");
    grant
        .moved_to(&grant.key.replace("uploads/", "others/"))
        .put(image)
        .await
        .is_refused(403, "SignatureDoesNotMatch");
    let mut overwriting = grant.headers.clone();
    assert_eq!(overwriting.remove("If-None-Match").as_deref(), Some("*"));
    grant.put_with(&overwriting, image).await.is_refused(403, "SignatureDoesNotMatch");
    assert_empty(backend, &bucket).await;

    grant.put(image).await.is_ok();
    assert_stored(backend, &bucket, &grant.key, "image/png", image).await;
    grant.put(image).await.is_refused(412, "PreconditionFailed");

    // bytes after the signed length are not part of the upload
    let second = endpoint.grant(&request).await;
    second.put_raw(&[image, b"and more"].concat()).await.is_ok();
    assert_stored(backend, &bucket, &second.key, "image/png", image).await;

    assert_preflight(&endpoint.grant(&request).await).await;
    for refused in [
        json!({ "content_type": "text/html", "size": 5 }),
        json!({ "content_type": "image/png" }),
        json!({ "content_type": "image/png", "size": 1024 * 1024 + 1 }),
        json!({ "content_type": "image/../../x", "size": 5 }),
    ] {
        let status = endpoint.ask(&refused).await.status();
        assert!(status.is_client_error(), "{refused}: {status}");
    }

    let (code, log) = endpoint.terminate().await;
    assert_eq!(code, Some(0), "{log}");
    assert!(log.contains(&grant.key), "the grant is not in the log:\n{log}");
    assert!(!log.contains(&signature(&grant)), "a signature was logged:\n{log}");

    assert_destroy(backend, &workspace, &bucket).await;
}

async fn compatible_upload(backend: &Backend) {
    let bucket = backend.unique_bucket("compatible");
    let workspace = Workspace::new(backend, &contract(backend, &bucket, r#"mode = "compatible""#));
    let applied = workspace.run(&["apply", "--yes"]).await.exits(0);
    assert!(
        applied.stderr.contains("compatible") || applied.stdout.contains("compatible"),
        "{applied:?}"
    );
    workspace.run(&["plan"]).await.exits(0);

    let endpoint = workspace.serve().await;
    let request = json!({ "content_type": "application/pdf" });
    let grant = endpoint.grant(&request).await;
    assert_eq!(
        Vec::from_iter(&grant.headers),
        [(&"Content-Type".to_owned(), &"application/pdf".to_owned())]
    );
    grant
        .put_with(&grant.headers_with("Content-Type", "text/html"), b"%PDF")
        .await
        .is_refused(403, "SignatureDoesNotMatch");
    grant.tampered().put(b"%PDF").await.is_refused(403, "SignatureDoesNotMatch");
    assert_empty(backend, &bucket).await;
    grant.put(b"%PDF").await.is_ok();
    assert_stored(backend, &bucket, &grant.key, "application/pdf", b"%PDF").await;
    // what this mode gives up: the grant works until it expires
    grant.put(b"%PDF-2").await.is_ok();
    assert_stored(backend, &bucket, &grant.key, "application/pdf", b"%PDF-2").await;
    assert_preflight(&grant).await;
    endpoint.terminate().await;
    assert_destroy(backend, &workspace, &bucket).await;
}

/// A client that declares the SHA-256 of its content is held to it.
async fn declared_checksum(backend: &Backend) {
    let bucket = backend.unique_bucket("checksum");
    let workspace =
        Workspace::new(backend, &contract(backend, &bucket, r#"checksum = "required""#));
    workspace.run(&["apply", "--yes"]).await.exits(0);
    let endpoint = workspace.serve().await;
    let checksum = STANDARD.encode(Sha256::digest(b"the content"));
    let grant = endpoint
        .grant(&json!({ "content_type": "image/gif", "size": 11, "checksum_sha256": checksum }))
        .await;
    assert_eq!(grant.headers.get("x-amz-checksum-sha256"), Some(&checksum));

    let other = STANDARD.encode(Sha256::digest(b"the CONTENT"));
    let headers = grant.headers_with("x-amz-checksum-sha256", &other);
    grant.put_with(&headers, b"the CONTENT").await.is_refused(403, "SignatureDoesNotMatch");
    grant.put(b"the CONTENT").await.is_refused(400, "BadDigest");
    assert_empty(backend, &bucket).await;

    grant.put(b"the content").await.is_ok();
    let object = backend
        .s3()
        .get_object()
        .bucket(&bucket)
        .key(&grant.key)
        .checksum_mode(ChecksumMode::Enabled)
        .send()
        .await
        .unwrap();
    assert_eq!(object.checksum_sha256(), Some(checksum.as_str()));
    assert_eq!(
        endpoint.ask(&json!({ "content_type": "image/gif", "size": 11 })).await.status(),
        400
    );
}

/// With `sign_as_role` the URL carries the role's session, not the credentials of whoever runs the endpoint.
async fn signed_as_role(backend: &Backend) {
    let bucket = backend.unique_bucket("role");
    let contract =
        contract(backend, &bucket, "").replace("sign_as_role = false", "sign_as_role = true");
    let workspace = Workspace::new(backend, &contract);
    workspace.run(&["apply", "--yes"]).await.exits(0);
    let endpoint = workspace.serve().await;
    let grant = endpoint.grant(&json!({ "content_type": "image/png", "size": 3 })).await;
    assert!(grant.upload_url.contains("X-Amz-Security-Token="), "{}", grant.upload_url);
    assert!(
        !grant.upload_url.contains(&format!("X-Amz-Credential={}%2F", backend.access_key_id)),
        "{}",
        grant.upload_url
    );
    grant.tampered().put(b"abc").await.is_refused(403, "SignatureDoesNotMatch");
    grant.put(b"abc").await.is_ok();
    assert_stored(backend, &bucket, &grant.key, "image/png", b"abc").await;
    grant.put(b"abc").await.is_refused(412, "PreconditionFailed");
}

/// A grant that was made an hour ago. Nobody waits for it: time is a parameter of the signer.
async fn expired_grant(backend: &Backend) {
    let bucket = backend.unique_bucket("expired");
    let text = contract(backend, &bucket, "");
    Workspace::new(backend, &text).run(&["apply", "--yes"]).await.exits(0);

    let contract = Contract::parse(&text, "gatepass.toml", &Overrides::default()).unwrap();
    let credentials = SigningCredentials {
        access_key_id: backend.access_key_id.clone(),
        secret_access_key: backend.secret_access_key.clone().into(),
        session_token: None,
        expires_at: None,
    };
    let maker = GrantMaker::new(&contract, credentials);
    let request = UploadRequest {
        content_type: "image/png".to_owned(),
        size: Some(3),
        ..UploadRequest::default()
    };
    let upload = request.check(&contract.upload).unwrap();
    let now = SystemTime::now();

    let expired =
        grant_answer(&maker.grant(&upload, now - Duration::from_secs(3600), [1; 16]).unwrap());
    expired.put(b"abc").await.is_refused(403, "AccessDenied");
    assert_empty(backend, &bucket).await;
    // the same with a time that has not passed, so that it was the time that was refused
    grant_answer(&maker.grant(&upload, now, [2; 16]).unwrap()).put(b"abc").await.is_ok();
}

/// A client's file name in the key: made safe, and still signed right.
async fn odd_names(backend: &Backend) {
    let bucket = backend.unique_bucket("names");
    let key = r#"key = "a+b=(c)/{uuid}/{filename}""#;
    let workspace = Workspace::new(backend, &contract(backend, &bucket, key));
    workspace.run(&["apply", "--yes"]).await.exits(0);
    let endpoint = workspace.serve().await;
    for filename in [
        "../../etc/passwd",
        "Grüße & Küsse (1)+2%20.png",
        "日本語 ~'!*.png",
        "a\\b\u{0}\r\nc.png",
        "",
        ".",
    ] {
        let grant = endpoint
            .grant(&json!({ "content_type": "image/png", "size": 3, "filename": filename }))
            .await;
        assert!(
            grant.key.starts_with("a+b=(c)/") && !grant.key.contains(".."),
            "{filename:?}: {}",
            grant.key
        );
        grant.put(b"abc").await.is_ok();
        assert_stored(backend, &bucket, &grant.key, "image/png", b"abc").await;
    }
}

/// What MediaRecorder reports as its type, and files whose type the browser does not know.
async fn content_types_of_browsers(backend: &Backend) {
    let bucket = backend.unique_bucket("types");
    let contract = contract(backend, &bucket, "")
        .replace(r#"["image/*", "application/pdf"]"#, r#"["video/*", "image/*", "text/markdown"]"#);
    let workspace = Workspace::new(backend, &contract);
    workspace.run(&["apply", "--yes"]).await.exits(0);
    let endpoint = workspace.serve().await;
    for content_type in [
        "video/webm;codecs=vp8,opus",
        "video/mp4;codecs=avc1.64001f,mp4a.40.2",
        "video/mp4; codecs=avc1.64001f, mp4a.40.2",
        "video/mp4; codecs=\"avc1.64001f, mp4a.40.2\"",
    ] {
        let grant = endpoint.grant(&json!({ "content_type": content_type, "size": 3 })).await;
        assert_eq!(grant.headers["Content-Type"], content_type);
        grant.put(b"abc").await.is_ok();
        assert_stored(backend, &bucket, &grant.key, content_type, b"abc").await;
    }
    for (filename, content_type, extension) in
        [("IMG_1.HEIC", "image/heic", ".heic"), ("notes.md", "text/markdown", ".md")]
    {
        let grant =
            endpoint.grant(&json!({ "content_type": "", "size": 3, "filename": filename })).await;
        assert_eq!(grant.headers["Content-Type"], content_type);
        assert!(grant.key.ends_with(extension), "{}", grant.key);
        grant.put(b"abc").await.is_ok();
        assert_stored(backend, &bucket, &grant.key, content_type, b"abc").await;
    }
    for refused in [
        json!({ "content_type": "video/webm,video/mp4;codecs=vp8", "size": 3 }),
        json!({ "content_type": "", "size": 3, "filename": "notes.gatepass" }),
        json!({ "size": 3 }),
    ] {
        assert_eq!(endpoint.ask(&refused).await.status(), 400, "{refused}");
    }
}

fn grant_answer(grant: &gatepass_core::grant::Grant) -> GrantAnswer {
    GrantAnswer {
        upload_url: grant.upload_url.expose().to_owned(),
        key: grant.key.as_str().to_owned(),
        method: "PUT".to_owned(),
        headers: grant
            .headers
            .iter()
            .map(|(name, value)| (name.to_string(), value.clone()))
            .collect(),
        expires_at: String::new(),
        expires_in: grant.expires_in,
    }
}

/// `expires_at` is what S3 will go by: the time in the signature and the seconds after it.
fn assert_expiry(grant: &GrantAnswer, seconds: u32) {
    assert_eq!(grant.expires_in, seconds);
    let expires_at = humantime::parse_rfc3339(&grant.expires_at).unwrap();
    let signed_at = expires_at - Duration::from_secs(seconds.into());
    let date: String =
        humantime::format_rfc3339_seconds(signed_at).to_string().replace(['-', ':'], "");
    assert!(
        grant.upload_url.contains(&format!("X-Amz-Date={date}&X-Amz-Expires={seconds}&")),
        "{} {}",
        grant.expires_at,
        grant.upload_url
    );
}

fn signature(grant: &GrantAnswer) -> String {
    let (_, signature) = grant.upload_url.split_once("X-Amz-Signature=").unwrap();
    signature[..64].to_owned()
}

async fn assert_stored(
    backend: &Backend,
    bucket: &str,
    key: &str,
    content_type: &str,
    body: &[u8],
) {
    let object = backend.s3().get_object().bucket(bucket).key(key).send().await.unwrap();
    assert_eq!(object.content_type(), Some(content_type));
    assert_eq!(object.content_length(), Some(i64::try_from(body.len()).unwrap()));
    assert_eq!(object.body.collect().await.unwrap().to_vec(), body);
}

async fn assert_empty(backend: &Backend, bucket: &str) {
    let objects = backend.s3().list_objects_v2().bucket(bucket).send().await.unwrap();
    assert!(objects.contents().is_empty(), "{:?}", objects.contents());
}

async fn assert_preflight(grant: &GrantAnswer) {
    let allowed = grant.preflight(APP).await;
    allowed.is_ok();
    assert_eq!(allowed.header("access-control-allow-origin"), Some(APP));
    assert!(
        allowed
            .header("access-control-allow-methods")
            .is_some_and(|methods| methods.contains("PUT")),
        "{allowed:?}"
    );
    let listed = allowed.header("access-control-allow-headers").unwrap_or_default().to_lowercase();
    for name in
        grant.headers.keys().map(|name| name.to_lowercase()).filter(|name| name != "content-length")
    {
        assert!(listed.contains(&name), "{name} is not allowed: {listed}");
    }
    let refused = grant.preflight("https://evil.example").await;
    assert_eq!(
        (refused.status, refused.header("access-control-allow-origin")),
        (403, None),
        "{}",
        refused.body
    );
}

/// `destroy` refuses a bucket with objects in it and changes nothing; without them it leaves nothing behind.
async fn assert_destroy(backend: &Backend, workspace: &Workspace, bucket: &str) {
    let refused = workspace.run(&["destroy", "--yes"]).await.exits(1);
    assert!(refused.stderr.contains("not empty"), "{}", refused.stderr);
    workspace.run(&["plan"]).await.exits(0);

    let s3 = backend.s3();
    for object in s3.list_objects_v2().bucket(bucket).send().await.unwrap().contents() {
        s3.delete_object().bucket(bucket).key(object.key().unwrap()).send().await.unwrap();
    }
    workspace.run(&["destroy", "--yes"]).await.exits(0);
    let no_bucket = s3.head_bucket().bucket(bucket).send().await.unwrap_err().into_service_error();
    assert!(no_bucket.is_not_found(), "{no_bucket:?}");
    let no_role = backend
        .iam()
        .get_role()
        .role_name(format!("{bucket}-presigner"))
        .send()
        .await
        .unwrap_err()
        .into_service_error();
    assert!(no_role.is_no_such_entity_exception(), "{no_role:?}");
    workspace.run(&["destroy", "--yes"]).await.exits(0);
    workspace.run(&["plan"]).await.exits(2);
}
