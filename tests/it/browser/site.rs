//! A provisioned bucket, an endpoint with its page, and an app on an origin of its own.

use std::path::PathBuf;

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::response::Html;
use axum::routing::get;
use tokio::net::TcpListener;

use super::line::Line;
use crate::backend::Backend;
use crate::workspace::{Serving, Workspace, free_address};

/// What a test's browser is pointed at.
pub(crate) struct Site {
    pub(crate) workspace: Workspace,
    pub(crate) endpoint: Serving,
    pub(crate) bucket: String,
    /// Where the app is: a page that loads `/gatepass.js` from the endpoint, and has it as `gatepass`.
    pub(crate) app: String,
    /// What the browser reaches S3 through.
    pub(crate) line: Line,
    s3: aws_sdk_s3::Client,
}

impl Site {
    /// A site whose app has no packages.
    pub(crate) async fn start(backend: &Backend, upload: &str) -> Self {
        Self::start_with(backend, upload, &[]).await
    }

    /// Applies a contract that allows the endpoint's own page and the app, with these lines in `[upload]` and below, where `ENDPOINT`
    /// stands for the endpoint's URL. The app has these bundles at `/packages/NAME`.
    pub(crate) async fn start_with(
        backend: &Backend,
        upload: &str,
        packages: &[(&str, PathBuf)],
    ) -> Self {
        let (bucket, address) = (backend.unique_bucket("browser"), free_address().await);
        let app = app(&format!("http://{address}"), packages).await;
        let line = Line::to(backend.endpoint.trim_start_matches("http://")).await;
        let contract = format!(
            r#"
            [bucket]
            name = "{bucket}"
            region = "{region}"
            [[role.trust]]
            principal = "account"
            [endpoint]
            url = "{endpoint}"
            public_url = "http://{line}"
            [upload]
            content_types = ["image/*", "text/plain"]
            allowed_origins = ["http://{address}", "{app}"]
            {upload}
            "#,
            upload = upload.replace("ENDPOINT", &format!("http://{address}")),
            region = backend.region,
            endpoint = backend.endpoint,
            line = line.address,
        );
        let workspace = Workspace::new(backend, &contract);
        workspace.run(&["apply", "--yes"]).await.exits(0);
        let endpoint = workspace.serve_on(&address, &["--page"]).await;
        Self { workspace, endpoint, bucket, app, line, s3: backend.s3() }
    }

    /// The object's type and content.
    pub(crate) async fn object(&self, key: &str) -> (String, Vec<u8>) {
        let object = self.s3.get_object().bucket(&self.bucket).key(key).send().await.unwrap();
        let content_type = object.content_type().unwrap_or_default().to_owned();
        (content_type, object.body.collect().await.unwrap().to_vec())
    }

    /// Removes an object.
    pub(crate) async fn remove(&self, key: &str) {
        self.s3.delete_object().bucket(&self.bucket).key(key).send().await.unwrap();
    }

    /// The keys of all objects.
    pub(crate) async fn keys(&self) -> Vec<String> {
        let listed = self.s3.list_objects_v2().bucket(&self.bucket).send().await.unwrap();
        listed.contents().iter().map(|object| object.key().unwrap().to_owned()).collect()
    }
}

/// Serves an app's page; gives its origin.
async fn app(endpoint: &str, packages: &[(&str, PathBuf)]) -> String {
    let page = format!(
        r#"<!doctype html><title>An app</title><link rel="icon" href="data:,"><body>
        <script type="module">globalThis.gatepass = await import("{endpoint}/gatepass.js")</script>"#
    );
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let mut router = Router::new().route("/", get(async || Html(page)));
    for (name, bundle) in packages {
        let script = std::fs::read_to_string(bundle).unwrap();
        let script = get(async || ([(CONTENT_TYPE, "text/javascript; charset=utf-8")], script));
        router = router.route(&format!("/packages/{name}"), script);
    }
    tokio::spawn(async move { axum::serve(listener, router).await });
    origin
}
