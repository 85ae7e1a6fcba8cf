//! Grants to read, used with plain HTTP.

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::auth::new_key_of;
use crate::backend::{Backend, Kind, on_every_backend};
use crate::upload::{GrantAnswer, http};
use crate::workspace::{Serving, Workspace};

on_every_backend!(what_was_uploaded_comes_back, nobody_elses_comes_back, a_page_may_get_it);

const CONTENT: &[u8] = b"not really a picture";

/// An endpoint that signs as the presigner role, and asks two access keys who they are.
struct Site {
    endpoint: Serving,
    workspace: Workspace,
    ann: String,
    bob: String,
}

impl Site {
    async fn new(backend: &Backend) -> Self {
        let bucket = backend.unique_bucket("downloads");
        let ((ann, key_of_ann), (bob, key_of_bob)) =
            (new_key_of("ann", "acme/ann").await, new_key_of("bob", "acme/bob").await);
        let contract = format!(
            r#"
            [bucket]
            name = "{bucket}"
            region = "{region}"
            [upload]
            content_types = ["image/*"]
            max_size = "10 MiB"
            key = "uploads/{{subject}}/{{uuid}}/{{filename}}"
            allowed_origins = ["https://app.example.com"]
            [download]
            inline = ["image/png"]
            [[role.trust]]
            principal = "account"
            [serve]
            sign_as_role = true
            audit = "audit.jsonl"
            [endpoint]
            url = "{endpoint}"
            {key_of_ann}
            {key_of_bob}
            "#,
            region = backend.region,
            endpoint = backend.endpoint,
        );
        let workspace = Workspace::new(backend, &contract);
        workspace.run(&["apply", "--yes"]).await.exits(0);
        workspace.run(&["policy", "check"]).await.exits(0);
        Self { endpoint: workspace.serve().await, workspace, ann, bob }
    }

    async fn uploaded_by_ann(&self) -> String {
        let request =
            json!({ "content_type": "image/png", "size": CONTENT.len(), "filename": "a (1).png" });
        let grant: GrantAnswer =
            self.endpoint.ask_as(&self.ann, &request).await.json().await.unwrap();
        grant.put(CONTENT).await.is_ok();
        grant.key
    }

    async fn ask_as(&self, token: &str, request: &Value) -> (u16, Value) {
        let url = format!("{}/api/download-url", self.endpoint.url);
        let response = http().post(url).bearer_auth(token).json(request).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// The URL of a grant for Ann.
    async fn granted(&self, request: &Value) -> String {
        let (status, grant) = self.ask_as(&self.ann, request).await;
        assert_eq!(status, 200, "{grant}");
        assert_eq!((&grant["method"], &grant["expires_in"]), (&json!("GET"), &json!(300)));
        grant["download_url"].as_str().unwrap().to_owned()
    }
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

async fn what_was_uploaded_comes_back(backend: &Backend) {
    let site = Site::new(backend).await;
    let key = site.uploaded_by_ann().await;

    let plain = http().get(site.granted(&json!({ "key": key })).await).send().await.unwrap();
    assert_eq!(
        (header(&plain, "content-type"), header(&plain, "content-disposition")),
        (Some("image/png"), Some("attachment"))
    );
    assert_eq!(plain.bytes().await.unwrap(), CONTENT);

    let named = site.granted(&json!({ "key": key, "filename": "größe 100%.png" })).await;
    let saved = http().get(&named).send().await.unwrap();
    let disposition =
        "attachment; filename=\"gr__e 100_.png\"; filename*=UTF-8''gr%C3%B6%C3%9Fe%20100%25.png";
    assert_eq!(header(&saved, "content-disposition"), Some(disposition));
    // it goes on where it was cut off
    let rest = http().get(&named).header("range", "bytes=4-").send().await.unwrap();
    assert_eq!(
        (rest.status(), header(&rest, "content-range")),
        (StatusCode::PARTIAL_CONTENT, Some("bytes 4-19/20"))
    );
    assert_eq!(rest.bytes().await.unwrap(), &CONTENT[4..]);

    let shown = json!({ "key": key, "disposition": "inline", "content_type": "image/png; v=2", "filename": "a.png" });
    let shown = http().get(site.granted(&shown).await).send().await.unwrap();
    assert_eq!(header(&shown, "content-disposition"), Some("inline; filename=\"a.png\""));
    assert_eq!(header(&shown, "content-type"), Some("image/png; v=2"));
    assert_eq!(shown.bytes().await.unwrap(), CONTENT);

    // what is signed cannot be changed, and is good for nothing else
    for tampered in [
        named.replace("=attachment", "=inline"),
        named.replace("/a-1.png?", "/b-1.png?"),
        format!("{named}&versionId=null"),
    ] {
        assert_ne!(tampered, named);
        assert_eq!(http().get(tampered).send().await.unwrap().status(), StatusCode::FORBIDDEN);
    }
    for method in [Method::PUT, Method::DELETE] {
        assert_eq!(
            http().request(method, &named).send().await.unwrap().status(),
            StatusCode::FORBIDDEN
        );
    }

    // the same from the command line
    let presigned = site
        .workspace
        .run(&["presign", "get", &key, "--subject", "api-key:acme/ann", "--json"])
        .await
        .exits(0)
        .json();
    let back = http().get(presigned["download_url"].as_str().unwrap()).send().await.unwrap();
    assert_eq!(back.bytes().await.unwrap(), CONTENT);

    let audit = site.workspace.read("audit.jsonl");
    let rights: Vec<Value> =
        audit.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let kinds: Vec<&str> = rights.iter().map(|right| right["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["put", "download", "download", "download"]);
    assert_eq!(
        (&rights[3]["key"], &rights[3]["subject"]),
        (&json!(key), &json!("api-key:acme/ann"))
    );
    let (_, log) = site.endpoint.terminate().await;
    assert!(log.contains("\"kind\":\"download\"") && !log.contains("X-Amz-Signature"), "{log}");
}

async fn nobody_elses_comes_back(backend: &Backend) {
    let site = Site::new(backend).await;
    let key = site.uploaded_by_ann().await;
    let (status, refused) = site.ask_as(&site.bob, &json!({ "key": key })).await;
    assert_eq!((status, refused["error"]["code"].as_str()), (403, Some("key_not_permitted")));
    let refused = site
        .workspace
        .run(&["presign", "get", &key, "--subject", "api-key:acme/bob"])
        .await
        .exits(1);
    assert!(
        refused.stderr.starts_with("error: `key` is not that of an upload of yours here\n"),
        "{refused:?}"
    );

    // a key that looks right and is not there
    let absent = site.granted(&json!({ "key": key.replace("a-1.png", "b-1.png") })).await;
    let status = http().get(absent).send().await.unwrap().status();
    // where roles are enforced, one that may not list is not told what is there
    assert_eq!(
        status,
        if backend.kind == Kind::Embedded { StatusCode::FORBIDDEN } else { StatusCode::NOT_FOUND }
    );
}

async fn a_page_may_get_it(backend: &Backend) {
    let site = Site::new(backend).await;
    let url = site.granted(&json!({ "key": site.uploaded_by_ann().await })).await;
    let preflight = http()
        .request(Method::OPTIONS, &url)
        .header("origin", "https://app.example.com")
        .header("access-control-request-method", "GET")
        .header("access-control-request-headers", "range")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status(), StatusCode::OK);
    let answer = http().get(&url).header("origin", "https://app.example.com").send().await.unwrap();
    let exposed = header(&answer, "access-control-expose-headers").unwrap().to_ascii_lowercase();
    assert_eq!(
        exposed.split(',').map(str::trim).collect::<Vec<_>>(),
        ["content-disposition", "content-range", "etag"]
    );
}
