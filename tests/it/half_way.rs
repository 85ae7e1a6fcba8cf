//! Requests that are refused after something was begun or counted for them: nobody is told of it, and nothing of it stays.

use serde_json::{Value, json};

use crate::auth::Issuer;
use crate::backend::{Backend, on_every_backend};
use crate::upload::http;
use crate::workspace::{Serving, Workspace, free_address};

on_every_backend!(ignore = "needs LocalStack and Node.js: run tests/all", "needs Node.js: run tests/all"; what_is_refused_half_way_leaves_nothing, what_cannot_be_written_down_is_not_begun);

const MIB: usize = 1 << 20;

/// An endpoint under which one subject may have 14 MiB outstanding.
struct Counting {
    endpoint: Serving,
    issuer: Issuer,
    bucket: String,
    _workspace: Workspace,
}

impl Counting {
    async fn start(backend: &Backend, serve: &str) -> Self {
        let (bucket, address, issuer) =
            (backend.unique_bucket("half-way"), free_address().await, Issuer::start().await);
        let contract = format!(
            r#"
            [bucket]
            name = "{bucket}"
            region = "{region}"
            [upload]
            content_types = ["image/*"]
            max_size = "10 MiB"
            allowed_origins = []
            multipart = true
            part_size = "5 MiB"
            [[role.trust]]
            principal = "account"
            [serve]
            url = "http://{address}"
            dialects = ["uppy-companion", "uppy-sign-request", "better-upload"]
            {serve}
            [limits]
            outstanding_bytes = "14 MiB"
            [endpoint]
            url = "{endpoint}"
            {auth}
            "#,
            region = backend.region,
            endpoint = backend.endpoint,
            auth = issuer.contract(),
        );
        let workspace = Workspace::new(backend, &contract);
        workspace.run(&["apply", "--yes"]).await.exits(0);
        let endpoint = workspace.serve_on(&address, &[]).await;
        Self { endpoint, issuer, bucket, _workspace: workspace }
    }

    /// Status and code of what somebody with these claims is answered.
    async fn ask(&self, claims: Value, path: &str, body: &Value) -> (u16, String) {
        let token = self.issuer.token(&json!({ "signer": "ed", "claims": claims })).await;
        let asked =
            http().post(format!("{}{path}", self.endpoint.url)).bearer_auth(token).json(body);
        let response = asked.send().await.unwrap();
        let status = response.status().as_u16();
        let answer: Value = response.json().await.unwrap();
        (status, answer["error"]["code"].as_str().unwrap_or_default().to_owned())
    }

    async fn open_uploads(&self, backend: &Backend) -> usize {
        backend
            .s3()
            .list_multipart_uploads()
            .bucket(&self.bucket)
            .send()
            .await
            .unwrap()
            .uploads()
            .len()
    }
}

fn files(files: &[(&str, usize)]) -> Value {
    let file = |(kind, size): &(&str, usize)| json!({ "name": "a", "type": kind, "size": size });
    json!({ "files": files.iter().map(file).collect::<Vec<_>>() })
}

async fn what_is_refused_half_way_leaves_nothing(backend: &Backend) {
    let counting = Counting::start(backend, "").await;
    let ask =
        async |claims: Value, body: Value| counting.ask(claims, "/better-upload", &body).await;
    // the first of them would fit
    let too_many = files(&[("image/png", 9 * MIB), ("image/png", 9 * MIB)]);
    assert_eq!(ask(json!({}), too_many).await, (429, "quota_exceeded".to_owned()));
    let narrow = json!({ "upload_types": ["image/png"] });
    let one_not_permitted = files(&[("image/png", 6 * MIB), ("image/gif", 6 * MIB)]);
    assert_eq!(ask(narrow, one_not_permitted).await, (403, "not_permitted".to_owned()));
    assert_eq!(counting.open_uploads(backend).await, 0);
    // and counts for nothing
    assert_eq!(
        ask(json!({}), files(&[("image/png", 9 * MIB), ("image/png", 5 * MIB)])).await.0,
        200
    );
    assert_eq!(counting.open_uploads(backend).await, 1);
    assert_eq!(
        ask(json!({}), files(&[("image/png", 1)])).await,
        (429, "quota_exceeded".to_owned())
    );
}

async fn what_cannot_be_written_down_is_not_begun(backend: &Backend) {
    let counting = Counting::start(backend, "audit = \"/dev/full\"").await;
    let file = json!({ "content_type": "image/png", "size": 9 * MIB });
    for (path, body) in [
        ("/api/upload-url", file.clone()),
        ("/api/multipart", file),
        ("/s3/multipart", json!({ "type": "image/png", "metadata": { "size": 9 * MIB } })),
        (
            "/s3/sign-request",
            json!({ "method": "POST", "key": "x", "contentType": "image/png", "size": 9 * MIB }),
        ),
        ("/better-upload", files(&[("image/png", 9 * MIB), ("image/png", 1)])),
    ] {
        // the second time it would be too much, if the first still counted
        for _ in 0..2 {
            assert_eq!(
                counting.ask(json!({}), path, &body).await,
                (503, "audit_failed".to_owned()),
                "{path}"
            );
        }
        assert_eq!(counting.open_uploads(backend).await, 0, "{path}");
    }
}
