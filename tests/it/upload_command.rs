//! `gatepass upload` through a real endpoint to a real S3.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use crate::backend::{Backend, on_every_backend};
use crate::browser::Line;
use crate::proxy::Proxy;
use crate::workspace::Workspace;

on_every_backend!(
    a_file_arrives,
    large_files_go_on_after_a_cut,
    what_arrived_is_confirmed,
    what_is_gone_is_not_confirmed
);

/// More than one chunk, and not a whole number of them.
const SIZE: usize = 700_001;

fn contract(backend: &Backend, bucket: &str, upload: &str, endpoint: &str) -> String {
    format!(
        r#"
        [bucket]
        name = "{bucket}"
        region = "{}"
        [upload]
        content_types = ["image/*"]
        allowed_origins = []
        {upload}
        [[role.trust]]
        principal = "account"
        [endpoint]
        url = "{}"
        {endpoint}
        "#,
        backend.region, backend.endpoint
    )
}

async fn a_file_arrives(backend: &Backend) {
    let bucket = backend.unique_bucket("command");
    let upload = "max_size = \"1 MiB\"\nkey = \"uploads/{uuid}/{filename}\"";
    let contract = contract(backend, &bucket, upload, "");
    let workspace = Workspace::new(backend, &contract);
    workspace.run(&["apply", "--yes"]).await.exits(0);
    let endpoint = workspace.serve().await;
    let content: Vec<u8> = (0..SIZE).map(|place| (place % 251) as u8).collect();
    workspace.write("photo.JPG", &content);
    let s3 = backend.s3();

    let said = workspace.run(&["upload", "photo.JPG", "--endpoint", &endpoint.url]).await.exits(0);
    let key = said.stdout.trim_end();
    assert!(key.starts_with("uploads/") && key.ends_with("/photo.JPG"), "{key}");
    assert!(
        said.stderr.contains("uploaded photo.JPG (683.6 KiB, image/jpeg) in "),
        "{}",
        said.stderr
    );
    let object = s3.get_object().bucket(&bucket).key(key).send().await.unwrap();
    assert_eq!(object.content_type(), Some("image/jpeg"));
    assert!(object.body.collect().await.unwrap().to_vec() == content, "other bytes arrived");

    let arguments = [
        "upload",
        "photo.JPG",
        "--endpoint",
        &endpoint.url,
        "--checksum",
        "--json",
        "--filename",
        "other.png",
        "--content-type",
        "image/png",
    ];
    let uploaded = workspace.run(&arguments).await.exits(0).json();
    assert_eq!(uploaded["size"], SIZE);
    assert_eq!(uploaded["content_type"], "image/png");
    assert_eq!(uploaded["checksum_sha256"], STANDARD.encode(Sha256::digest(&content)));
    let key = uploaded["key"].as_str().unwrap();
    assert!(key.ends_with("/other.png"), "{key}");
    let object = s3.head_object().bucket(&bucket).key(key).send().await.unwrap();
    assert_eq!(object.e_tag(), uploaded["etag"].as_str());

    let refused = workspace
        .run(&["upload", "photo.JPG", "--endpoint", &endpoint.url, "--content-type", "text/html"])
        .await
        .exits(1);
    assert_eq!(refused.stdout, "");
    insta::allow_duplicates! {
        insta::assert_snapshot!(refused.stderr, @r#"
        error: the endpoint refused (415 content_type_not_allowed): uploads of type "text/html" are not allowed here
          hint: allowed are image/*
        "#);
    }

    s3.delete_bucket_policy().bucket(&bucket).send().await.unwrap();
    for object in s3.list_objects_v2().bucket(&bucket).send().await.unwrap().contents() {
        s3.delete_object().bucket(&bucket).key(object.key().unwrap()).send().await.unwrap();
    }
    s3.delete_bucket().bucket(&bucket).send().await.unwrap();
    let lost = workspace.run(&["upload", "photo.JPG", "--endpoint", &endpoint.url]).await.exits(1);
    assert!(lost.stderr.contains("S3 answered 404 NoSuchBucket: "), "{}", lost.stderr);
    assert!(lost.stderr.contains("hint: make the bucket with `gatepass apply`"), "{}", lost.stderr);
    assert!(!lost.stderr.contains("X-Amz-Signature"), "{}", lost.stderr);
}

const LARGE: usize = 24_000_001;

async fn large_files_go_on_after_a_cut(backend: &Backend) {
    let bucket = backend.unique_bucket("command");
    let line = Line::to(backend.endpoint.trim_start_matches("http://")).await;
    let upload = "max_size = \"32 MiB\"\nmultipart = true\npart_size = \"5 MiB\"";
    let contract =
        contract(backend, &bucket, upload, &format!("public_url = \"http://{}\"", line.address));
    let mut workspace = Workspace::new(backend, &contract);
    // tickets have to outlive nothing here, but a secret of one's own is what a user has
    workspace.set("GATEPASS_TICKET_SECRETS", "0123456789abcdef0123456789abcdef");
    workspace.run(&["apply", "--yes"]).await.exits(0);
    let endpoint = workspace.serve().await;
    let content: Vec<u8> = (0..LARGE).map(|place| (place % 251) as u8).collect();
    workspace.write("large.png", &content);
    let s3 = backend.s3();

    // two parts and a piece of the others arrive, and then the line is dead
    line.die_after(14_000_000);
    let arguments =
        ["upload", "large.png", "--endpoint", &endpoint.url, "--parts-from", "5 MiB", "--json"];
    let mut cut = workspace.command(&arguments).spawn().unwrap();
    line.is_dead().await;
    let begun = s3.list_multipart_uploads().bucket(&bucket).send().await.unwrap();
    let [begun] = begun.uploads() else { panic!("{begun:?}") };
    cut.kill().await.unwrap();
    line.cut(0, 0);
    let uploaded = workspace.run(&arguments).await.exits(0);
    assert_eq!(uploaded.json()["key"].as_str(), begun.key(), "it was begun anew");
    let object = s3.get_object().bucket(&bucket).key(begun.key().unwrap()).send().await.unwrap();
    assert!(object.body.collect().await.unwrap().to_vec() == content, "other bytes arrived");
    let kept = std::fs::read_dir(workspace.path(".cache/gatepass/uploads")).unwrap().count();
    assert_eq!(kept, 0, "what is over is remembered");

    // several at a time, told in their order; what fails does not stop the others
    workspace.write("small.png", "small");
    workspace.write("page.html", "<p>");
    let several = [
        "upload",
        "large.png",
        "page.html",
        "small.png",
        "--endpoint",
        &endpoint.url,
        "--parts-from",
        "5 MiB",
        "--checksum",
        "--json",
    ];
    let ended = workspace.run(&several).await.exits(1);
    let uploaded: Vec<serde_json::Value> =
        ended.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(
        uploaded.iter().map(|uploaded| uploaded["size"].as_u64().unwrap()).collect::<Vec<_>>(),
        [LARGE as u64, 5]
    );
    assert!(
        ended
            .stderr
            .contains("error: page.html: the endpoint refused (415 content_type_not_allowed)"),
        "{}",
        ended.stderr
    );
    assert!(ended.stderr.contains("error: 1 of 3 files were not uploaded"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("X-Amz-Signature"), "{}", ended.stderr);
}

async fn what_arrived_is_confirmed(backend: &Backend) {
    let bucket = backend.unique_bucket("receipts");
    let contract =
        contract(backend, &bucket, "max_size = \"1 MiB\"\nmultipart = true\nconfirm = true", "");
    let mut workspace = Workspace::new(backend, &contract);
    workspace.set("GATEPASS_RECEIPT_SECRETS", "a-secret-of-at-least-thirty-two-characters");
    workspace.run(&["apply", "--yes"]).await.exits(0);
    let endpoint = workspace.serve().await;
    workspace.write("photo.png", "abc");
    // by one request, and in parts
    for parts_from in ["1 MiB", "1 B"] {
        let arguments = [
            "upload",
            "photo.png",
            "--endpoint",
            &endpoint.url,
            "--json",
            "--parts-from",
            parts_from,
        ];
        let uploaded = workspace.run(&arguments).await.exits(0).json();
        let receipt =
            uploaded["receipt"].as_str().unwrap_or_else(|| panic!("no receipt: {uploaded}"));
        let checked = workspace.run(&["receipt", "check", receipt]).await.exits(0).json();
        assert_eq!((&checked["key"], &checked["size"]), (&uploaded["key"], &3.into()), "{checked}");
    }
}

async fn what_is_gone_is_not_confirmed(backend: &Backend) {
    let (bucket, proxy) = (backend.unique_bucket("gone"), Proxy::to(backend).await);
    let contract = contract(backend, &bucket, "max_size = \"1 MiB\"\nconfirm = true", "");
    let workspace = Workspace::new(backend, &proxy.takes_place_of(backend, &contract));
    workspace.run(&["apply", "--yes"]).await.exits(0);
    let endpoint = workspace.serve().await;
    workspace.write("photo.png", "abc");
    proxy.hold_at("/uploads/");
    let remove = async {
        proxy.held().await;
        let listed = backend.s3().list_objects_v2().bucket(&bucket).send().await.unwrap();
        let key = listed.contents()[0].key().unwrap().to_owned();
        backend.s3().delete_object().bucket(&bucket).key(&key).send().await.unwrap();
        proxy.release();
        key
    };
    let arguments = ["upload", "photo.png", "--endpoint", &endpoint.url];
    let (ended, key) = tokio::join!(workspace.run(&arguments), remove);
    let ended = ended.exits(1);
    assert_eq!(ended.stdout, "");
    let told = format!(
        "error: the file was sent to {key}, and is not confirmed: \
         the endpoint refused (404 object_not_found): nothing was uploaded yet\n  hint: upload, then confirm\n"
    );
    assert_eq!(ended.stderr, told);
}
