//! Clients that disconnect before their response.

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::auth::new_key;
use crate::backend::{Backend, run};
use crate::operate::until;
use crate::proxy::Proxy;
use crate::workspace::{Serving, Workspace, free_address};

const MIB: usize = 1 << 20;

/// An endpoint whose S3 can be held up.
struct Site {
    endpoint: Serving,
    address: String,
    proxy: Proxy,
    key: String,
    bucket: String,
    workspace: Workspace,
}

impl Site {
    async fn start(backend: &Backend) -> Self {
        let (key, lines) = new_key("app").await;
        let (proxy, bucket, address) =
            (Proxy::to(backend).await, backend.unique_bucket("gone"), free_address().await);
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
            audit = "audit.jsonl"
            [limits]
            outstanding_bytes = "60 MiB"
            [endpoint]
            url = "{endpoint}"
            {lines}
            "#,
            region = backend.region,
            endpoint = proxy.url,
        );
        let workspace = Workspace::new(backend, &contract);
        workspace.run(&["apply", "--yes"]).await.exits(0);
        let endpoint = workspace.serve_on(&address, &[]).await;
        Self { endpoint, address, proxy, key, bucket, workspace }
    }

    /// Sends a request, and gives the connection.
    async fn send(&self, version: &str, path: &str, body: &Value) -> TcpStream {
        let body = body.to_string();
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        let head = format!(
            "POST {path} {version}\r\nhost: x\r\nauthorization: Bearer {}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            self.key,
            body.len()
        );
        stream.write_all(format!("{head}{body}").as_bytes()).await.unwrap();
        stream
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

    fn disconnects(&self) -> usize {
        self.endpoint
            .log()
            .lines()
            .filter(|line| line.contains("\"client_disconnected\"") && line.contains("499"))
            .count()
    }
}

#[test]
fn what_was_begun_for_a_client_that_disconnects_is_undone() {
    run(async {
        let backend = Backend::embedded().await;
        let site = Site::start(&backend).await;
        let file = json!({ "content_type": "image/png", "size": 10 * MIB });
        let files = json!({ "files": vec![json!({ "name": "a", "type": "image/png", "size": 10 * MIB }); 6] });
        let requests = [
            ("/api/multipart", file),
            ("/s3/multipart", json!({ "type": "image/png", "metadata": { "size": 10 * MIB } })),
            (
                "/s3/sign-request",
                json!({ "method": "POST", "key": "x", "contentType": "image/png", "size": 10 * MIB }),
            ),
            ("/better-upload", files.clone()),
        ];
        for version in ["HTTP/1.1", "HTTP/1.0"] {
            for (path, body) in &requests {
                let before = site.disconnects();
                site.proxy.writes();
                site.proxy.hold_at("?uploads");
                let stream = site.send(version, path, body).await;
                site.proxy.held().await;
                assert_eq!(site.open_uploads(&backend).await, 1, "{path}");
                drop(stream);
                // the endpoint has to see it before S3 answers
                tokio::time::sleep(std::time::Duration::from_millis(300)).await;
                site.proxy.release();
                until("undone", || async { site.disconnects() == before + 1 }).await;
                assert_eq!(site.open_uploads(&backend).await, 0, "{path}");
                // of several uploads, none is begun after that
                assert_eq!(
                    site.proxy.writes().iter().filter(|write| write.contains("?uploads")).count(),
                    1,
                    "{path}"
                );
            }
        }
        assert_eq!(site.workspace.read("audit.jsonl"), "");
        // all that may be outstanding is free
        let mut stream = site.send("HTTP/1.0", "/better-upload", &files).await;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.contains(" 200 OK"), "{answer}");
        assert_eq!(site.open_uploads(&backend).await, 6);
    });
}

#[test]
fn a_client_that_closes_its_sending_side_only_gets_its_response() {
    run(async {
        let backend = Backend::embedded().await;
        let site = Site::start(&backend).await;
        site.proxy.hold_at("?uploads");
        let mut stream = site
            .send(
                "HTTP/1.1",
                "/api/multipart",
                &json!({ "content_type": "image/png", "size": 10 * MIB }),
            )
            .await;
        site.proxy.held().await;
        stream.shutdown().await.unwrap();
        let mut probe = [0; 25];
        stream.read_exact(&mut probe).await.unwrap();
        assert_eq!(&probe, b"HTTP/1.1 100 Continue\r\n\r\n");
        site.proxy.release();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK") && answer.contains("\"ticket\""), "{answer}");
        assert_eq!((site.open_uploads(&backend).await, site.disconnects()), (1, 0));
    });
}

#[test]
fn stopping_waits_for_what_is_undone() {
    run(async {
        let backend = Backend::embedded().await;
        let site = Site::start(&backend).await;
        site.proxy.hold_at("?uploads");
        let stream = site
            .send(
                "HTTP/1.0",
                "/api/multipart",
                &json!({ "content_type": "image/png", "size": 10 * MIB }),
            )
            .await;
        site.proxy.held().await;
        drop(stream);
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let Site { endpoint, proxy, bucket, .. } = site;
        let (stopped, ()) = tokio::join!(endpoint.terminate(), async {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            proxy.release();
        });
        assert_eq!(stopped.0, Some(0), "{}", stopped.1);
        assert!(stopped.1.contains("client_disconnected"), "{}", stopped.1);
        assert_eq!(
            backend
                .s3()
                .list_multipart_uploads()
                .bucket(&bucket)
                .send()
                .await
                .unwrap()
                .uploads()
                .len(),
            0
        );
    });
}
