//! The OpenAPI document holds: every operation's requests and answers are as it says.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::backend::{Backend, run};
use crate::upload::http;
use crate::workspace::{Serving, Workspace, free_address};

/// An endpoint, its document, and the operations that were tried with success.
struct Documented {
    endpoint: Serving,
    document: Value,
    tried: BTreeSet<String>,
    _workspace: Workspace,
}

impl Documented {
    async fn start(backend: &Backend, upload: &str) -> Self {
        let address = free_address().await;
        let text = format!(
            r#"
            [bucket]
            name = "{bucket}"
            region = "{region}"
            [upload]
            content_types = ["image/*", "application/pdf"]
            max_size = "10 MiB"
            allowed_origins = []
            metadata = ["title"]
            tags = ["project"]
            content_disposition = true
            cache_control = true
            confirm = true
            {upload}
            [[role.trust]]
            principal = "account"
            [serve]
            url = "http://{address}"
            dialects = ["uppy-companion", "uppy-sign-request", "better-upload"]
            [endpoint]
            url = "{endpoint}"
            "#,
            bucket = backend.unique_bucket("openapi"),
            region = backend.region,
            endpoint = backend.endpoint,
        );
        let workspace = Workspace::new(backend, &text);
        workspace.run(&["apply", "--yes"]).await.exits(0);
        let endpoint = workspace.serve_on(&address, &[]).await;
        let document = http()
            .get(format!("{}/openapi.json", endpoint.url))
            .send()
            .await
            .unwrap()
            .json()
            .await
            .unwrap();
        Self { endpoint, document, tried: BTreeSet::new(), _workspace: workspace }
    }

    /// What does not fit into a schema of the document's.
    fn misfits(&self, schema: &Value, value: &Value) -> Vec<String> {
        let mut schema = schema.clone();
        assert!(schema.is_object(), "{schema}");
        schema["components"] = self.document["components"].clone();
        let validator = jsonschema::validator_for(&schema).unwrap();
        validator
            .iter_errors(value)
            .map(|error| format!("{error} at {}", error.instance_path()))
            .collect()
    }

    /// Sends a request and holds it and its answer against the document. A request is as the document says exactly when it is
    /// not refused for what its body says.
    async fn ask(&mut self, method: &str, path: &str, body: Option<Value>, expected: u16) -> Value {
        self.ask_at(path, method, path, body, expected).await
    }

    /// The same where the document has another path than the request: with names in it, or without a query.
    async fn ask_at(
        &mut self,
        documented: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
        expected: u16,
    ) -> Value {
        let mut request = http().request(
            method.to_uppercase().parse().unwrap(),
            format!("{}{path}", self.endpoint.url),
        );
        if let Some(body) = &body {
            request = request.json(body);
        }
        let response = request.send().await.unwrap();
        let status = response.status().as_u16();
        let answer: Value = response.json().await.unwrap();
        assert_eq!(status, expected, "{path} {body:?}: {answer}");

        let operation = &self.document["paths"][documented][method];
        let schema =
            &operation["responses"][status.to_string()]["content"]["application/json"]["schema"];
        assert_eq!(self.misfits(schema, &answer), [] as [&str; 0], "{path} {body:?}: {answer}");
        if let Some(body) = &body {
            let misfits = self
                .misfits(&operation["requestBody"]["content"]["application/json"]["schema"], body);
            assert_eq!(
                misfits.is_empty(),
                !matches!(status, 400 | 413 | 415),
                "{path} {body}: {status}, {misfits:?}"
            );
        }
        if status == 200 {
            self.tried.insert(format!("{method} {documented}"));
        }
        answer
    }

    /// Sends a request to a link and holds its answer against the document: by their names, the elements of XML.
    async fn follow(&mut self, method: &str, url: &Value, body: &str, expected: u16) -> String {
        let url = url.as_str().unwrap();
        let response = http()
            .request(method.to_uppercase().parse().unwrap(), url)
            .body(body.to_owned())
            .send()
            .await
            .unwrap();
        let status = response.status().as_u16();
        let answer = response.text().await.unwrap();
        assert_eq!(status, expected, "{method} {url} {body}: {answer}");
        let path = url::Url::parse(url).unwrap().path().to_owned();
        let declared = &self.document["paths"][&path][method]["responses"][status.to_string()];
        assert!(declared.is_object(), "{method} {path} answers {status}");
        let schema = &declared["content"]["application/xml"]["schema"];
        let one_of = schema["oneOf"].as_array().cloned().unwrap_or_else(|| vec![schema.clone()]);
        let fits = |schema: &Value| {
            let has = |name: &Value| answer.contains(&format!("<{}>", name.as_str().unwrap()));
            has(&schema["xml"]["name"]) && schema["required"].as_array().unwrap().iter().all(has)
        };
        assert!(
            if schema.is_null() { answer.is_empty() } else { one_of.iter().any(fits) },
            "{method} {path}: {answer}"
        );
        if let Some(codes) = schema["properties"]["Code"]["enum"].as_array() {
            assert!(
                codes.iter().any(
                    |code| answer.contains(&format!("<Code>{}</Code>", code.as_str().unwrap()))
                ),
                "{answer}"
            );
        }
        if status < 300 {
            self.tried.insert(format!("{method} {path}"));
        }
        answer
    }

    async fn post(&mut self, path: &str, body: Value) -> Value {
        self.ask("post", path, Some(body), 200).await
    }

    /// What every contract has.
    async fn common(&mut self) {
        for path in ["/api/contract", "/healthz", "/readyz", "/openapi.json"] {
            self.ask("get", path, None, 200).await;
        }
        let extras = json!({
            "content_type": "image/png", "size": 3, "filename": "a.png", "metadata": {"title": "A title"}, "tags": {"project": "Zürich 1"},
            "content_disposition": "attachment; filename=\"a b.png\"", "cache_control": "no-store",
        });
        self.post("/api/upload-url", extras.clone()).await;
        let refused = json!({"content_type": "text/html"});
        let several = self.post("/api/upload-urls", json!({"files": [extras, refused, {}]})).await;
        assert_eq!(several["grants"].as_array().unwrap().len(), 3);
        for files in [json!([]), json!([null]), json!({})] {
            self.ask("post", "/api/upload-urls", Some(json!({ "files": files })), 400).await;
        }

        let with = |name: &str, value: Value| {
            let mut body = json!({"content_type": "image/png", "size": 3});
            body[name] = value;
            Some(body)
        };
        for (name, value, status) in [
            ("content_type", json!("image/"), 400),
            ("content_type", json!("image/x+"), 400),
            ("content_type", json!("text/html"), 415),
            ("content_type", json!(1), 400),
            ("size", json!(0), 400),
            ("size", json!("3"), 400),
            ("size", json!(10_485_761), 413),
            ("filename", json!("n".repeat(1025)), 400),
            ("checksum_sha256", json!("abc="), 400),
            ("metadata", json!({"other": "x"}), 400),
            ("metadata", json!({"title": "ü"}), 400),
            ("metadata", json!({"title": " x"}), 400),
            ("tags", json!({"project": "a?b"}), 400),
            ("tags", json!(["project"]), 400),
            ("content_disposition", json!("form-data"), 400),
            ("cache_control", json!("a\nb"), 400),
        ] {
            self.ask("post", "/api/upload-url", with(name, value), status).await;
        }
        for (request, status) in [
            (json!({"method": "PUT", "key": "x", "contentType": "image/png", "size": 3}), 200),
            (
                json!({"method": "PUT", "key": "x", "contentType": "image/png", "size": 3, "uploadId": null, "tags": {"project": "x"}}),
                200,
            ),
            (json!({"method": "PUT", "key": "x", "contentType": "text/html", "size": 3}), 415),
            (json!({"method": "PUT", "key": "x", "size": 3}), 400),
            (
                json!({"method": "PUT", "key": "x", "contentType": "image/png", "size": 3, "uploadId": "x"}),
                400,
            ),
            (
                json!({"method": "PUT", "key": "x", "contentType": "image/png", "size": 3, "partNumber": 1}),
                400,
            ),
            (json!({"method": "HEAD", "key": "x"}), 400),
            (json!({"method": "GET", "key": "x"}), 400),
            (json!({"key": "x"}), 400),
        ] {
            self.ask("post", "/s3/sign-request", Some(request), status).await;
        }
        self.ask("post", "/api/confirm", Some(json!({})), 400).await;
        self.ask("post", "/api/confirm", Some(json!({"ticket": "gp1.e30.AAAA"})), 403).await;
        // the metadata of two names together is more than a schema can say
        self.ask(
            "post",
            "/api/upload-url",
            with("metadata", json!({"title": "x".repeat(2049)})),
            400,
        )
        .await;
    }

    /// An upload as Uppy has its requests signed.
    async fn links(&mut self) {
        let sign = "/s3/sign-request";
        let image = json!({"method": "POST", "key": "x", "contentType": "image/png", "size": 3});
        let mut checked = image.clone();
        checked["checksum_sha256"] = json!("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
        self.ask("post", sign, Some(checked), 400).await;
        let begun = self.post(sign, image.clone()).await;
        let told = self.follow("post", &begun["url"], "", 200).await;
        let id = told.split_once("<UploadId>").unwrap().1.split_once('<').unwrap().0;
        self.ask(
            "post",
            sign,
            Some(json!({"method": "PUT", "key": "x", "uploadId": id, "partNumber": 10_001})),
            409,
        )
        .await;
        let part = self
            .post(sign, json!({"method": "PUT", "key": "x", "uploadId": id, "partNumber": 1}))
            .await;
        let etag = put(&part["url"], &json!({}), b"abc").await;
        let of = |method: &str| json!({"method": method, "key": "x", "uploadId": id});
        let list = self.post(sign, of("GET")).await;
        self.follow("get", &list["url"], "", 200).await;
        self.follow("delete", &list["url"], "", 403).await;
        let complete = self.post(sign, of("POST")).await;
        self.follow("post", &complete["url"], "<CompleteMultipartUpload/>", 409).await;
        self.follow("post", &complete["url"], "<Part></Part>", 400).await;
        self.follow(
            "post",
            &complete["url"],
            &format!("<Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>"),
            200,
        )
        .await;
        self.ask(
            "post",
            sign,
            Some(json!({"method": "GET", "key": "x", "uploadId": "gp1.e30.AAAA"})),
            403,
        )
        .await;
        let abort = self.post(sign, of("DELETE")).await;
        self.follow("delete", &abort["url"], "", 204).await;
    }

    /// What Companion's clients ask for one file, and better-upload's.
    async fn other_clients(&mut self) {
        let params = "/s3/params";
        for (query, status) in [
            ("filename=a.png&type=image%2Fpng&metadata%5Bsize%5D=3", 200),
            ("type=text%2Fhtml&metadata%5Bsize%5D=3", 415),
            ("type=image%2Fpng&metadata%5Bsize%5D=x", 400),
            ("metadata%5Bsize%5D=3", 400),
        ] {
            self.ask_at(params, "get", &format!("{params}?{query}"), None, status).await;
        }
        let file = |size: Value| json!({ "name": "a.png", "size": size, "type": "image/png" });
        self.post(
            "/better-upload",
            json!({ "route": "any", "files": [file(json!(3)), file(json!(4.0))] }),
        )
        .await;
        for (files, status) in [
            (json!([file(json!(0))]), 400),
            (json!([file(json!("3"))]), 400),
            (json!([file(json!(10_485_761))]), 413),
            (json!([{ "name": "a.html", "size": 3, "type": "text/html" }]), 415),
            (json!([{ "name": "a.png" }]), 400),
            (json!({}), 400),
        ] {
            self.ask("post", "/better-upload", Some(json!({ "files": files })), status).await;
        }
    }

    /// An upload in parts as these clients do it.
    async fn other_clients_in_parts(&mut self) {
        let large = json!({ "name": "a.png", "size": 9_000_000, "type": "image/png" });
        let granted = self
            .post(
                "/better-upload",
                json!({ "files": [large, { "name": "b.png", "size": 3, "type": "image/png" }] }),
            )
            .await;
        assert_eq!(
            granted["multipart"]["files"][0]["parts"].as_array().unwrap().len(),
            2,
            "{granted}"
        );

        let begin = "/s3/multipart";
        for (body, status) in [
            (json!({ "type": "image/png", "metadata": { "size": "3" } }), 200),
            (json!({ "type": "image/png", "filename": null, "metadata": { "size": 3.0 } }), 200),
            (json!({ "type": "image/png" }), 400),
            (json!({ "type": "image/png", "metadata": { "size": "many" } }), 400),
            (json!({ "type": "image/png", "metadata": [] }), 400),
            (json!({ "metadata": { "size": 3 } }), 400),
            (json!({ "type": "text/html", "metadata": { "size": 3 } }), 415),
            (json!({ "type": "image/png", "metadata": { "size": 10_485_761 } }), 413),
        ] {
            self.ask("post", begin, Some(body), status).await;
        }
        let begun =
            self.post(begin, json!({ "type": "image/png", "metadata": { "size": 3 } })).await;
        let ticket = "/s3/multipart/{ticket}";
        let at =
            |rest: &str| format!("{begin}/{}{rest}?key=x", begun["uploadId"].as_str().unwrap());
        let batch = format!("{}&partNumbers=1,2", at("/batch"));
        self.ask_at(&format!("{ticket}/batch"), "get", &batch, None, 200).await;
        self.ask_at(&format!("{ticket}/batch"), "get", &at("/batch"), None, 400).await;
        for (number, status) in [("x", 400), ("10001", 409)] {
            self.ask_at(
                &format!("{ticket}/{{number}}"),
                "get",
                &at(&format!("/{number}")),
                None,
                status,
            )
            .await;
        }
        let part = self.ask_at(&format!("{ticket}/{{number}}"), "get", &at("/1"), None, 200).await;
        let etag = put(&part["url"], &json!({}), b"abc").await;
        let listed = self.ask_at(ticket, "get", &at(""), None, 200).await;
        assert_eq!(
            listed,
            json!([{ "PartNumber": 1, "Size": 3, "ETag": format!("\"{}\"", etag.trim_matches('"')) }])
        );
        // no ticket that was ever given: a path that is no text, too
        for path in ["/s3/multipart/gp1.e30.AAAA", "/s3/multipart/%FF"] {
            self.ask_at(ticket, "get", path, None, 403).await;
        }
        let complete = format!("{ticket}/complete");
        let parts = |etag: &str| Some(json!({ "parts": [{ "PartNumber": 1.0, "ETag": etag }] }));
        self.ask_at(&complete, "post", &at("/complete"), Some(json!({ "parts": [{}] })), 400).await;
        self.ask_at(&complete, "post", &at("/complete"), parts("other"), 409).await;
        self.ask_at(&complete, "post", &at("/complete"), parts(&etag), 200).await;
        self.ask_at(ticket, "delete", &at(""), None, 200).await;
    }

    fn all_tried(&self) {
        let paths = self.document["paths"].as_object().unwrap();
        let operations = paths.iter().flat_map(|(path, methods)| {
            methods.as_object().unwrap().keys().map(move |method| format!("{method} {path}"))
        });
        assert_eq!(operations.collect::<BTreeSet<_>>(), self.tried);
    }
}

#[test]
fn strict_with_parts() {
    run(async {
        let backend = Backend::embedded().await;
        let mut documented = Documented::start(
            &backend,
            "multipart = true\npart_size = \"5 MiB\"\n[download]\ninline = [\"image/*\"]",
        )
        .await;
        documented.common().await;
        documented
            .ask("post", "/api/upload-url", Some(json!({"content_type": "image/png"})), 400)
            .await;

        let granted = documented
            .post("/api/upload-url", json!({"content_type": "image/png", "size": 3}))
            .await;
        let ticket = json!({"ticket": granted["ticket"]});
        documented.ask("post", "/api/confirm", Some(ticket.clone()), 404).await;
        put(&granted["upload_url"], &granted["headers"], b"abc").await;
        documented.post("/api/confirm", ticket).await;

        let image = json!({"content_type": "image/png", "size": 3, "part_checksums": false});
        let begun = documented.post("/api/multipart", image.clone()).await;
        let mut too_large = image.clone();
        too_large["size"] = json!(10_485_761);
        documented.ask("post", "/api/multipart", Some(too_large), 413).await;
        let ticket = begun["ticket"].clone();
        let signed = documented
            .post("/api/multipart/parts", json!({"ticket": ticket, "part_numbers": [1.0]}))
            .await;
        documented
            .ask(
                "post",
                "/api/multipart/parts",
                Some(json!({"ticket": ticket, "part_numbers": []})),
                400,
            )
            .await;
        let part = &signed["parts"][0];
        let etag = put(&part["url"], &part["headers"], b"abc").await;
        documented.post("/api/multipart/list", json!({"ticket": ticket})).await;
        documented
            .ask(
                "post",
                "/api/multipart/complete",
                Some(json!({"ticket": ticket, "parts": []})),
                409,
            )
            .await;
        let parts = json!([{"part_number": 1, "etag": etag}]);
        documented.post("/api/multipart/complete", json!({"ticket": ticket, "parts": parts})).await;

        documented.links().await;
        documented.other_clients().await;
        documented.other_clients_in_parts().await;
        let key = granted["key"].clone();
        documented
            .post(
                "/api/download-url",
                json!({"key": key, "filename": "é.png", "disposition": null, "content_type": null}),
            )
            .await;
        documented
            .post("/api/download-url", json!({"key": key, "content_type": "application/pdf"}))
            .await;
        documented
            .post(
                "/api/download-url",
                json!({"key": key, "disposition": "inline", "content_type": "image/png"}),
            )
            .await;
        for (body, status) in [
            (json!({}), 400),
            (json!({"key": ""}), 400),
            (json!({"key": "k".repeat(1025)}), 400),
            (json!({"key": "uploads/x"}), 403),
            (json!({"key": key, "filename": "n".repeat(256)}), 400),
            (json!({"key": key, "disposition": "shown"}), 400),
            (json!({"key": key, "disposition": "inline"}), 400),
            (json!({"key": key, "disposition": "inline", "content_type": "application/pdf"}), 415),
            (json!({"key": key, "disposition": "inline", "content_type": "image/svg+xml"}), 415),
            (json!({"key": key, "content_type": "text/html"}), 415),
            (json!({"key": key, "content_type": "image"}), 400),
        ] {
            documented.ask("post", "/api/download-url", Some(body), status).await;
        }

        let other = documented.post("/api/multipart", image).await;
        documented.post("/api/multipart/abort", json!({"ticket": other["ticket"]})).await;
        documented.all_tried();
    });
}

#[test]
fn compatible_with_forms() {
    run(async {
        let backend = Backend::embedded().await;
        let mut documented = Documented::start(
            &backend,
            "mode = \"compatible\"\nform = true\nkey = \"uploads/{uuid}\"",
        )
        .await;
        documented.common().await;
        documented.post("/api/upload-url", json!({"content_type": "image/png"})).await;
        documented
            .post("/api/upload-form", json!({"content_type": "image/png", "size": null}))
            .await;
        documented
            .post("/api/upload-form", json!({"content_type": "image/*", "tags": {"project": "x"}}))
            .await;
        documented
            .ask("post", "/api/upload-form", Some(json!({"content_type": "text/*"})), 415)
            .await;
        documented.other_clients().await;
        documented
            .ask_at(
                "/s3/params",
                "get",
                "/s3/params?type=image%2Fpng&metadata%5Bsize%5D=undefined",
                None,
                200,
            )
            .await;

        let granted =
            documented.post("/api/upload-url", json!({"content_type": "image/png"})).await;
        put(&granted["upload_url"], &granted["headers"], b"abc").await;
        documented.post("/api/confirm", json!({"ticket": granted["ticket"]})).await;
        documented.all_tried();
    });
}

/// Sends bytes as granted and gives the ETag.
async fn put(url: &Value, headers: &Value, body: &'static [u8]) -> String {
    let mut request = http().put(url.as_str().unwrap()).body(body);
    for (name, value) in headers.as_object().unwrap() {
        request = request.header(name, value.as_str().unwrap());
    }
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), 200);
    answer.headers()["etag"].to_str().unwrap().to_owned()
}
