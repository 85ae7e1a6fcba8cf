//! Requests of Uppy's that an app has signed, and the endpoint in the place of S3.

use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::Method;
use serde_json::{Value, json};

use crate::auth::new_key_of;
use crate::backend::{Backend, on_every_backend, run};
use crate::operate::until;
use crate::upload::{Answer, http};
use crate::workspace::{Serving, Workspace, free_address};

on_every_backend!(
    an_upload_goes_on_by_links,
    what_is_not_the_whole_is_not_completed,
    better_upload_completes_by_a_link,
    better_upload_infers_the_type
);

const APP: &str = "https://app.example.com";
const SIZE: usize = (5 << 20) + 1;

/// An endpoint that knows two apps by their keys.
struct Signing {
    endpoint: Serving,
    keys: [String; 2],
    workspace: Workspace,
}

impl Signing {
    async fn start(backend: &Backend, upload: &str) -> Self {
        let (bucket, address) = (backend.unique_bucket("links"), free_address().await);
        let (first, lines) = new_key_of("first", "user-1").await;
        let (second, more_lines) = new_key_of("second", "user-2").await;
        let contract = format!(
            r#"
            [bucket]
            name = "{bucket}"
            region = "{region}"
            [upload]
            content_types = ["image/*"]
            max_size = "10 MiB"
            allowed_origins = ["{APP}"]
            multipart = true
            {upload}
            [[role.trust]]
            principal = "account"
            [serve]
            url = "http://{address}"
            dialects = ["uppy-sign-request", "better-upload"]
            audit = "audit.jsonl"
            [endpoint]
            url = "{endpoint}"
            {lines}
            {more_lines}
            "#,
            region = backend.region,
            endpoint = backend.endpoint,
        );
        let mut workspace = Workspace::new(backend, &contract);
        workspace.set("GATEPASS_TICKET_SECRETS", "0123456789abcdef0123456789abcdef");
        workspace.run(&["apply", "--yes"]).await.exits(0);
        let endpoint = workspace.serve_on(&address, &[]).await;
        Self { endpoint, keys: [first, second], workspace }
    }

    async fn ask_as(&self, key: &str, request: &Value) -> (u16, Value) {
        let asked = http()
            .post(format!("{}/s3/sign-request", self.endpoint.url))
            .bearer_auth(key)
            .json(request);
        let response = asked.send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap())
    }

    /// Has a request signed for the first app.
    async fn sign(&self, request: Value) -> Value {
        let (status, signed) = self.ask_as(&self.keys[0], &request).await;
        assert_eq!(status, 200, "{request}: {signed}");
        signed
    }

    /// Where the first app's request goes.
    async fn url(&self, request: Value) -> String {
        self.sign(request).await["url"].as_str().unwrap().to_owned()
    }

    /// Has an upload begun: the link that tells its id, and its key.
    async fn begin(&self) -> (String, String) {
        let signed = self
            .sign(json!({ "method": "POST", "key": "x", "contentType": "image/png", "size": SIZE }))
            .await;
        (signed["url"].as_str().unwrap().to_owned(), signed["key"].as_str().unwrap().to_owned())
    }

    /// Uploads the parts of a file, and gives what S3 is told to complete the upload.
    async fn put_parts(&self, id: &str, file: &[u8]) -> String {
        let mut xml = String::new();
        for (index, part) in file.chunks(5 << 20).enumerate() {
            let url = self
                .url(
                    json!({ "method": "PUT", "key": "x", "uploadId": id, "partNumber": index + 1 }),
                )
                .await;
            let answer =
                Answer::of(http().put(url).body(part.to_vec()).send().await.unwrap()).await;
            answer.is_ok();
            let etag = answer.header("etag").unwrap().trim_matches('"').to_owned();
            xml.push_str(&format!(
                "<Part><PartNumber>{}</PartNumber><ETag>{etag}</ETag></Part>",
                index + 1
            ));
        }
        format!("<CompleteMultipartUpload>{xml}</CompleteMultipartUpload>")
    }
}

/// What a page of the app gets there.
async fn send(method: Method, url: &str, body: &str) -> Answer {
    send_from(APP, method, url, body).await
}

async fn send_from(origin: &str, method: Method, url: &str, body: &str) -> Answer {
    let request = http()
        .request(method, url)
        .header("Origin", origin)
        .header("Content-Type", "application/xml")
        .body(body.to_owned());
    Answer::of(request.send().await.unwrap()).await
}

fn text<'a>(answer: &'a Answer, name: &str) -> &'a str {
    let rest = answer.body.split_once(&format!("<{name}>")).map(|(_, rest)| rest);
    rest.and_then(|rest| rest.split_once(&format!("</{name}>")))
        .unwrap_or_else(|| panic!("no {name}: {}", answer.body))
        .0
}

fn file() -> Vec<u8> {
    (0..SIZE).map(|index| (index / 7 % 251) as u8).collect()
}

async fn an_upload_goes_on_by_links(backend: &Backend) {
    let signing = Signing::start(backend, "confirm = true").await;
    let signed = signing
        .sign(json!({ "method": "POST", "key": "x", "contentType": "image/png", "size": SIZE }))
        .await;
    let told = |name: &str| signed[name].as_str().unwrap().to_owned();
    let (link, key, ticket) = (told("url"), told("key"), told("ticket"));
    let begun = send(Method::POST, &link, "").await;
    begun.is_ok();
    assert_eq!(
        (begun.header("content-type"), begun.header("access-control-allow-origin")),
        (Some("application/xml"), Some(APP))
    );
    assert_eq!(text(&begun, "Key"), key);
    let id = text(&begun, "UploadId").to_owned();
    // asked again, as after an answer that was lost, it begins nothing anew
    assert_eq!(send(Method::POST, &link, "").await.body, begun.body);

    let complete = signing.put_parts(&id, &file()).await;
    let list = signing.url(json!({ "method": "GET", "key": key, "uploadId": id })).await;
    let listed = send(Method::GET, &list, "").await;
    listed.is_ok();
    assert_eq!(listed.body.matches("<Part>").count(), 2);
    let uploads =
        backend.s3().list_multipart_uploads().bucket(signing.bucket()).send().await.unwrap();
    assert_eq!(
        Some(text(&listed, "UploadId")),
        uploads.uploads()[0].upload_id(),
        "S3's own id, which is no right"
    );
    assert!(listed.body.contains("&quot;</ETag><Size>5242880</Size></Part>"), "{}", listed.body);

    let url = signing.url(json!({ "method": "POST", "key": key, "uploadId": id })).await;
    let completed = send(Method::POST, &url, &complete).await;
    completed.is_ok();
    assert_eq!(text(&completed, "Key"), key);
    assert!(text(&completed, "Location").ends_with(&key), "{}", completed.body);

    // the app has its receipt by the ticket, which is not the id
    let confirm = async |ticket: &str| {
        let confirm = http()
            .post(format!("{}/api/confirm", signing.endpoint.url))
            .bearer_auth(&signing.keys[0]);
        confirm
            .json(&json!({ "ticket": ticket }))
            .send()
            .await
            .unwrap()
            .json::<Value>()
            .await
            .unwrap()
    };
    assert_eq!(confirm(&id).await["error"]["code"], "ticket_invalid");
    let confirmed = confirm(&ticket).await;
    assert_eq!(
        (&confirmed["key"], &confirmed["size"], &confirmed["sub"]),
        (&json!(key), &json!(SIZE), &json!("api-key:user-1")),
        "{confirmed}"
    );

    // one request, and its ticket
    let put = signing
        .sign(json!({ "method": "PUT", "key": "x", "contentType": "image/png", "size": 3 }))
        .await;
    assert_eq!(put["headers"], json!({ "Content-Type": "image/png", "If-None-Match": "*" }));
    let sent = http()
        .put(put["url"].as_str().unwrap())
        .header("Content-Type", "image/png")
        .header("If-None-Match", "*")
        .body("abc");
    Answer::of(sent.send().await.unwrap()).await.is_ok();
    assert_eq!(confirm(put["ticket"].as_str().unwrap()).await["key"], put["key"]);

    // every right is written down as any other, and the log says who came by a link
    let audit = signing.workspace.read("audit.jsonl");
    let lines: Vec<Value> = audit.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<_> = lines
        .iter()
        .map(|line| (line["kind"].as_str().unwrap(), line["subject"].as_str().unwrap()))
        .collect();
    let kinds = [
        "multipart",
        "create",
        "create",
        "parts",
        "parts",
        "list_link",
        "list",
        "complete_link",
        "complete",
        "confirm",
        "put",
        "confirm",
    ];
    assert_eq!(told, kinds.map(|kind| (kind, "api-key:user-1")));
    assert!(lines.iter().all(|line| line["kind"] == "confirm" && line["key"] == put["key"]
        || line["kind"] == "put"
        || line["key"] == key));
    let log = signing.endpoint.log();
    let completed = log.lines().find(|line| line.contains("upload completed")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(completed).unwrap()["subject"], "api-key:user-1");
    assert!(!log.contains("gl1.") && !audit.contains("gl1."), "a link is a right");
}

async fn what_is_not_the_whole_is_not_completed(backend: &Backend) {
    let signing = Signing::start(backend, "").await;
    let (link, key) = signing.begin().await;
    let id = text(&send(Method::POST, &link, "").await, "UploadId").to_owned();
    let url = signing.url(json!({ "method": "POST", "key": key, "uploadId": id })).await;
    for body in ["", "<CompleteMultipartUpload/>"] {
        send(Method::POST, &url, body).await.is_refused(409, "parts_missing");
    }
    for body in [
        "<Part></Part>",
        "<Part><PartNumber>x</PartNumber><ETag>a</ETag></Part>",
        "<Part><PartNumber>1</PartNumber></Part>",
    ] {
        send(Method::POST, &url, body).await.is_refused(400, "body_malformed");
    }
    send(Method::POST, &url, &"&".repeat(16 * 1024)).await.is_refused(400, "body_malformed");
    // two parts, which is what the file can have, need less than the smallest limit
    send(Method::POST, &url, &"&".repeat(16 * 1024 + 1)).await.is_refused(413, "body_too_large");
    let mut larger = file();
    larger.push(0);
    let complete = signing.put_parts(&id, &larger).await;
    send(Method::POST, &url, &complete).await.is_refused(409, "parts_wrong_total");
    let complete = signing.put_parts(&id, &file()).await;
    let other = complete.replacen("<ETag>", "<ETag>0", 1);
    send(Method::POST, &url, &other).await.is_refused(409, "parts_wrong_etag");
    // whatever S3 itself would take: there is an object already
    let there = backend
        .s3()
        .put_object()
        .bucket(signing.bucket())
        .key(&key)
        .body(b"x".to_vec().into())
        .send()
        .await;
    there.unwrap();
    send(Method::POST, &url, &complete).await.is_refused(412, "object_exists");

    let abort = signing.url(json!({ "method": "DELETE", "key": key, "uploadId": id })).await;
    for _ in 0..2 {
        let aborted = send(Method::DELETE, &abort, "").await;
        assert_eq!((aborted.status, aborted.body.as_str()), (204, ""));
    }
    send(Method::POST, &url, &complete).await.is_refused(404, "upload_not_found");
}

/// Its client sends an empty `Content-Type` with a PUT of such a file, so the file goes in parts, whose type the endpoint states.
async fn better_upload_infers_the_type(backend: &Backend) {
    let signing = Signing::start(backend, "").await;
    let ask = async |name: &str| {
        let files = json!({ "route": "any", "files": [{ "name": name, "size": 3, "type": "" }] });
        http()
            .post(format!("{}/better-upload", signing.endpoint.url))
            .bearer_auth(&signing.keys[0])
            .json(&files)
            .send()
            .await
            .unwrap()
    };
    let answer: Value = ask("IMG_1.HEIC").await.json().await.unwrap();
    let file = &answer["multipart"]["files"][0];
    assert_eq!(file["file"]["type"], "", "{answer}");
    assert!(file["file"]["objectInfo"]["key"].as_str().unwrap().ends_with(".heic"), "{answer}");
    let [part] = file["parts"].as_array().unwrap().as_slice() else { panic!("{answer}") };
    Answer::of(http().put(part["signedUrl"].as_str().unwrap()).body("abc").send().await.unwrap())
        .await
        .is_ok();
    let refused = ask("notes.gatepass").await;
    assert_eq!(refused.status(), 400);
    assert_eq!(refused.json::<Value>().await.unwrap()["error"]["code"], "content_type_missing");
}

async fn better_upload_completes_by_a_link(backend: &Backend) {
    let signing = Signing::start(
        backend,
        "confirm = true\npart_size = \"5 MiB\"\nticket_expires_in = \"1h\"",
    )
    .await;
    let files = json!({ "route": "any", "files": [
        { "name": "a.png", "size": 3, "type": "image/png" }, { "name": "b.png", "size": SIZE, "type": "image/png" },
    ] });
    let asked = http()
        .post(format!("{}/better-upload", signing.endpoint.url))
        .bearer_auth(&signing.keys[0])
        .json(&files);
    let answer: Value = asked.send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["multipart"]["partSize"], 5 << 20, "{answer}");
    let [small, large] = answer["multipart"]["files"].as_array().unwrap().as_slice() else {
        panic!("{answer}")
    };
    assert!(small["signedUrl"].is_string() && small["parts"].is_null(), "{small}");
    let parts = large["parts"].as_array().unwrap();
    let told: Vec<_> = parts
        .iter()
        .map(|part| (part["partNumber"].as_u64().unwrap(), part["size"].as_u64().unwrap()))
        .collect();
    assert_eq!(told, [(1, 5 << 20), (2, 1)]);

    // a link of this client's is good for as long as its parts may take
    let until = |link: &Value| {
        let payload = link.as_str().unwrap().split('.').rev().nth(1).unwrap().to_owned();
        serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()["until"]
            .as_u64()
            .unwrap()
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    for link in [&large["completeSignedUrl"], &large["abortSignedUrl"]] {
        assert!((now + 3500..=now + 3600).contains(&until(link)), "{link}");
    }

    let (mut xml, file) = (String::new(), file());
    for (part, bytes) in parts.iter().zip(file.chunks(5 << 20)) {
        let url = part["signedUrl"].as_str().unwrap();
        // the length is signed
        let short =
            Answer::of(http().put(url).body(bytes[1..].to_vec()).send().await.unwrap()).await;
        short.is_refused(403, "SignatureDoesNotMatch");
        let sent = Answer::of(http().put(url).body(bytes.to_vec()).send().await.unwrap()).await;
        sent.is_ok();
        let etag = sent.header("etag").unwrap().trim_matches('"');
        xml.push_str(&format!(
            "<Part>\n    <ETag>{etag}</ETag>\n    <PartNumber>{}</PartNumber>\n  </Part>",
            part["partNumber"]
        ));
    }
    let xml = format!("\n<CompleteMultipartUpload>\n  {xml}\n</CompleteMultipartUpload>\n  ");
    let completed = send(Method::POST, large["completeSignedUrl"].as_str().unwrap(), &xml).await;
    completed.is_ok();
    let key = &large["file"]["objectInfo"]["key"];
    assert_eq!(text(&completed, "Key"), key.as_str().unwrap());
    // this client aborts what it saw no answer of, and the object stays
    assert_eq!(
        send(Method::DELETE, large["abortSignedUrl"].as_str().unwrap(), "").await.status,
        204
    );
    let confirm =
        http().post(format!("{}/api/confirm", signing.endpoint.url)).bearer_auth(&signing.keys[0]);
    let confirmed = confirm
        .json(&json!({ "ticket": large["file"]["ticket"] }))
        .send()
        .await
        .unwrap()
        .json::<Value>()
        .await
        .unwrap();
    assert_eq!((&confirmed["key"], &confirmed["size"]), (key, &json!(SIZE)), "{confirmed}");

    let told: Vec<_> = signing
        .workspace
        .read("audit.jsonl")
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let time = |name: &str| humantime::parse_rfc3339(line[name].as_str().unwrap()).unwrap();
            // a use has no end
            let lifetime = if line["expires_at"].is_null() {
                0
            } else {
                time("expires_at").duration_since(time("time")).unwrap().as_secs()
            };
            (line["kind"].as_str().unwrap().to_owned(), line["size"].as_u64(), lifetime)
        })
        .collect();
    let line = |kind: &str, size, lifetime| (kind.to_owned(), size, lifetime);
    let used = |kind: &str| line(kind, Some(SIZE as u64), 0);
    let given = [
        line("multipart", Some(SIZE as u64), 3600),
        line("parts", None, 300),
        line("put", Some(3), 300),
    ];
    assert_eq!(
        told,
        [given.as_slice(), &[used("complete"), used("abort"), used("confirm")]].concat()
    );
}

impl Signing {
    fn bucket(&self) -> String {
        let contract = self.workspace.read("gatepass.toml");
        contract
            .split_once("name = \"")
            .and_then(|(_, rest)| rest.split_once('"'))
            .unwrap()
            .0
            .to_owned()
    }
}

#[test]
fn a_link_is_good_for_one_thing() {
    run(async {
        let backend = Backend::embedded().await;
        let signing = Signing::start(&backend, "expires_in = \"3s\"").await;
        let (create, key) = signing.begin().await;
        let id = text(&send(Method::POST, &create, "").await, "UploadId").to_owned();
        let of = |method: &str| json!({ "method": method, "key": key, "uploadId": id });
        let (base, _) = create.split_once('?').unwrap();

        // a ticket is no link, and a link no ticket
        send(Method::POST, &format!("{base}?link={id}"), "").await.is_refused(403, "link_invalid");
        send(Method::POST, base, "").await.is_refused(403, "link_invalid");
        let (_, link) = create.split_once("link=").unwrap();
        let mut forged = of("GET");
        forged["uploadId"] = json!(link);
        let (status, refused) = signing.ask_as(&signing.keys[0], &forged).await;
        assert_eq!((status, &refused["error"]["code"]), (403, &json!("ticket_invalid")));
        let confirm = http()
            .post(format!("{}/api/multipart/list", signing.endpoint.url))
            .bearer_auth(&signing.keys[0]);
        assert_eq!(confirm.json(&json!({ "ticket": link })).send().await.unwrap().status(), 403);

        // each link is for one method
        for (asked, methods) in [
            ("GET", ["POST", "DELETE", "HEAD"]),
            ("POST", ["GET", "DELETE", "HEAD"]),
            ("DELETE", ["GET", "POST", "HEAD"]),
        ] {
            let url = signing.url(of(asked)).await;
            for method in methods {
                let answer = send(method.parse().unwrap(), &url, "").await;
                assert_eq!(answer.status, 403, "{method} by a link for {asked}");
                if method != "HEAD" {
                    assert_eq!(text(&answer, "Code"), "link_of_another_method");
                }
            }
            assert_eq!(send(Method::PUT, &url, "").await.status, 405);
        }
        // and creating is not completing
        let complete = signing.put_parts(&id, &file()).await;
        let begun = send(Method::POST, &signing.begin().await.0, &complete).await;
        assert!(begun.body.starts_with("<InitiateMultipartUploadResult>"), "{}", begun.body);

        // a foreign page gets nothing, with a good link either
        let list = signing.url(of("GET")).await;
        let foreign = send_from("https://evil.example", Method::GET, &list, "").await;
        foreign.is_refused(403, "origin_not_allowed");
        assert_eq!(foreign.header("access-control-allow-origin"), None);
        // changed in its last byte but one, which is of the seal
        let mut tampered = list.clone().into_bytes();
        let place = tampered.len() - 2;
        tampered[place] = if tampered[place] == b'A' { b'B' } else { b'A' };
        send(Method::GET, &String::from_utf8(tampered).unwrap(), "")
            .await
            .is_refused(403, "link_invalid");

        // somebody else gets none
        let (status, refused) = signing.ask_as(&signing.keys[1], &of("POST")).await;
        assert_eq!((status, &refused["error"]["code"]), (403, &json!("ticket_of_another")));
        let (status, refused) = signing.ask_as("gpk_wrong", &of("POST")).await;
        assert_eq!((status, &refused["error"]["code"]), (401, &json!("token_invalid")));

        // and it ends, where its upload goes on
        until("over", || async { send(Method::GET, &list, "").await.status != 200 }).await;
        send(Method::GET, &list, "").await.is_refused(410, "link_expired");
        send(Method::GET, &signing.url(of("GET")).await, "").await.is_ok();
    });
}

#[test]
fn a_link_is_somebodys_for_as_long_as_the_contract_asks() {
    run(async {
        let backend = Backend::embedded().await;
        let signing = Signing::start(&backend, "").await;
        let (create, _) = signing.begin().await;
        send(Method::POST, &create, "").await.is_ok();
        let contract = signing.workspace.read("gatepass.toml");
        signing.workspace.write("gatepass.toml", contract.split_once("[[auth.keys]]").unwrap().0);
        signing.endpoint.hang_up().await;
        let image = json!({ "method": "PUT", "key": "x", "contentType": "image/png", "size": 3 });
        until("open to all", || async { signing.ask_as("nobody's", &image).await.0 == 200 }).await;
        send(Method::POST, &create, "").await.is_refused(403, "link_invalid");
    });
}

#[test]
fn what_comes_by_links_counts() {
    run(async {
        let backend = Backend::embedded().await;
        let signing = Signing::start(&backend, "[limits]\nper_subject = \"4/h\"").await;
        let (create, _) = signing.begin().await;
        for _ in 0..3 {
            send(Method::POST, &create, "").await.is_ok();
        }
        let refused = send(Method::POST, &create, "").await;
        refused.is_refused(429, "rate_limited");
        assert!(
            refused.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok()),
            "{:?}",
            refused.headers
        );
        // which is nothing to somebody else
        let image = json!({ "method": "PUT", "key": "x", "contentType": "image/png", "size": 3 });
        assert_eq!(signing.ask_as(&signing.keys[1], &image).await.0, 200);
    });
}

#[test]
fn other_requests_are_not_signed() {
    run(async {
        let backend = Backend::embedded().await;
        let signing = Signing::start(&backend, "").await;
        let image = |method: &str| json!({ "method": method, "key": "x", "contentType": "image/png", "size": 3 });
        let with = |mut request: Value, name: &str, value: Value| {
            request[name] = value;
            request
        };
        for (request, status, code) in [
            (image("GET"), 400, "request_unknown"),
            (image("DELETE"), 400, "request_unknown"),
            (image("put"), 400, "request_unknown"),
            (with(image("PUT"), "uploadId", json!("x")), 400, "request_unknown"),
            (with(image("PUT"), "partNumber", json!(1)), 400, "request_unknown"),
            (json!({ "key": "x" }), 400, "body_malformed"),
            (json!([]), 400, "body_malformed"),
            (json!({ "method": "PUT", "key": "x", "size": 3 }), 400, "content_type_missing"),
            (
                json!({ "method": "POST", "key": "x", "contentType": "image/png" }),
                400,
                "size_missing",
            ),
            (
                with(image("PUT"), "contentType", json!("text/html")),
                415,
                "content_type_not_allowed",
            ),
            (with(image("POST"), "size", json!(10_485_761)), 413, "too_large"),
            (with(image("POST"), "size", json!("3")), 400, "body_malformed"),
        ] {
            let (is, refused) = signing.ask_as(&signing.keys[0], &request).await;
            assert_eq!(
                (is, &refused["error"]["code"]),
                (status, &json!(code)),
                "{request}: {refused}"
            );
        }
        let required = Signing::start(&backend, "checksum = \"required\"").await;
        let (status, refused) = required.ask_as(&required.keys[0], &image("POST")).await;
        assert_eq!((status, &refused["error"]["code"]), (409, &json!("part_checksum_missing")));
        let checked = with(
            image("PUT"),
            "checksum_sha256",
            json!("ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="),
        );
        assert!(required.sign(checked).await["headers"]["x-amz-checksum-sha256"].is_string());
    });
}
