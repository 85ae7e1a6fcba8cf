//! `gatepass dev` as a process: everything on one machine.

use std::process::Stdio;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use crate::workspace;
use crate::workspace::Workspace;

const ANY_PORT: [&str; 4] = ["--listen", "127.0.0.1:0", "--backend-listen", "127.0.0.1:0"];

/// A running `dev`. It is killed when dropped.
pub(crate) struct Dev {
    child: Child,
    stdout: Lines<BufReader<ChildStdout>>,
}

impl Dev {
    pub(crate) fn start(workspace: &Workspace, arguments: &[&str]) -> Self {
        Self::with_log(workspace, arguments, Stdio::null())
    }

    /// The same with its log.
    fn with_log(workspace: &Workspace, arguments: &[&str], log: Stdio) -> Self {
        let mut child = workspace
            .command(&[&["dev"], &ANY_PORT[..], arguments].concat())
            .stderr(log)
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, stdout }
    }

    async fn line(&mut self) -> String {
        self.stdout.next_line().await.unwrap().expect("dev ended early")
    }

    /// The one line of JSON.
    pub(crate) async fn json(&mut self) -> Value {
        serde_json::from_str(&self.line().await).unwrap()
    }

    /// The text up to its last line.
    async fn text(&mut self) -> String {
        let mut text = String::new();
        while !text.contains("Ctrl-C") {
            text += &self.line().await;
            text.push('\n');
        }
        text
    }

    /// Stops it; tells the exit code and what else came on standard output.
    pub(crate) async fn stop(mut self, signal: &str) -> (Option<i32>, String) {
        let id = self.child.id().unwrap().to_string();
        workspace::signal(signal, &id).await;
        let mut rest = String::new();
        self.stdout.into_inner().read_to_string(&mut rest).await.unwrap();
        (self.child.wait().await.unwrap().code(), rest)
    }
}

pub(crate) fn text_of<'a>(ready: &'a Value, field: &str) -> &'a str {
    ready[field].as_str().unwrap_or_else(|| panic!("no {field}: {ready}"))
}

fn s3(ready: &Value) -> aws_sdk_s3::Client {
    let key = Credentials::new(
        text_of(ready, "access_key_id"),
        text_of(ready, "secret_access_key"),
        None,
        None,
        "test",
    );
    let config = aws_sdk_s3::Config::builder()
        .behavior_version_latest()
        .region(aws_sdk_s3::config::Region::new(text_of(ready, "region").to_owned()))
        .credentials_provider(SharedCredentialsProvider::new(key))
        .endpoint_url(text_of(ready, "backend"))
        .force_path_style(true)
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_keeps_everything_and_every_command_works_on_it() {
    let mut workspace = Workspace::empty();
    workspace.write("a.txt", "hello");
    let mut dev = Dev::start(&workspace, &["--json", "--dir", "data"]);
    let ready = dev.json().await;
    let fields: Vec<&str> = ready.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(
        fields,
        [
            "endpoint",
            "backend",
            "backend_https",
            "ca_certificate",
            "bucket",
            "region",
            "access_key_id",
            "secret_access_key",
            "config"
        ]
    );
    for (variable, field) in
        [("AWS_ACCESS_KEY_ID", "access_key_id"), ("AWS_SECRET_ACCESS_KEY", "secret_access_key")]
    {
        workspace.set(variable, text_of(&ready, field));
    }
    let plan = ["--config", text_of(&ready, "config"), "plan"];
    workspace.run(&plan).await.exits(0);
    let uploaded = workspace
        .run(&["upload", "a.txt", "--endpoint", text_of(&ready, "endpoint")])
        .await
        .exits(0);
    let key = uploaded.stdout.trim_end().to_owned();
    let page = reqwest::get(text_of(&ready, "endpoint")).await.unwrap();
    assert!(page.text().await.unwrap().contains("<!doctype html>"));

    let second = workspace.run(&[&["dev", "--dir", "data"], &ANY_PORT[..]].concat()).await.exits(1);
    assert!(
        second.stderr.contains("data/backend is in use by another running backend\n  hint: stop the other `gatepass dev`"),
        "{}",
        second.stderr
    );
    assert_eq!(dev.stop("-TERM").await, (Some(0), String::new()));

    let mut dev = Dev::start(&workspace, &["--json", "--dir", "data"]);
    let again = dev.json().await;
    for field in ["bucket", "region", "access_key_id", "secret_access_key", "config"] {
        assert_eq!(again[field], ready[field], "{field}");
    }
    workspace.run(&plan).await.exits(0);
    let object =
        s3(&again).get_object().bucket(text_of(&again, "bucket")).key(key).send().await.unwrap();
    assert_eq!(object.content_type(), Some("text/plain"));
    assert_eq!(object.body.collect().await.unwrap().to_vec(), b"hello");
    assert_eq!(dev.stop("-INT").await.0, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_backend_is_worked_with_by_https() {
    let mut workspace = Workspace::empty();
    workspace.write("a.txt", "hello");
    let mut dev = Dev::start(&workspace, &["--json", "--dir", "data", "--https"]);
    let ready = dev.json().await;
    for (variable, field) in
        [("AWS_ACCESS_KEY_ID", "access_key_id"), ("AWS_SECRET_ACCESS_KEY", "secret_access_key")]
    {
        workspace.set(variable, text_of(&ready, field));
    }
    let config = ["--config", text_of(&ready, "config")];
    let with = |arguments: &[&'static str]| [&config[..], arguments].concat();
    workspace.run(&with(&["plan"])).await.exits(0);
    let policy = workspace.run(&with(&["policy", "show", "bucket"])).await.exits(0).stdout;
    assert!(
        policy.contains("GatepassDenyInsecureTransport")
            && policy.contains("GatepassDenyTlsBelow12"),
        "{policy}"
    );

    // the browser's way: whoever does not know the authority cannot talk to S3
    let upload = ["upload", "a.txt", "--endpoint", text_of(&ready, "endpoint")];
    let refused = workspace.run(&upload).await.exits(1);
    assert!(refused.stderr.contains("error: sending the file to 127.0.0.1"), "{}", refused.stderr);
    workspace.set("AWS_CA_BUNDLE", text_of(&ready, "ca_certificate"));
    workspace.run(&upload).await.exits(0);

    // a contract that says nothing of the backend
    let shortest = include_str!("../../src/cli/dev/demo.toml");
    workspace.write("gatepass.toml", shortest);
    let elsewhere = |url: &str| {
        ["--account-id", "111122223333", "--endpoint-url", url, "plan"].map(str::to_owned)
    };
    for host in ["127.0.0.1", "localhost"] {
        let url = text_of(&ready, "backend_https").replace("127.0.0.1", host);
        let arguments = elsewhere(&url);
        let plan = workspace.run(&arguments.each_ref().map(String::as_str)).await;
        assert!(plan.stdout.contains("CORS"), "{} {}", plan.stdout, plan.stderr);
    }
    workspace.set("AWS_CA_BUNDLE", "");
    let arguments = elsewhere(text_of(&ready, "backend_https"));
    let stranger = workspace.run(&arguments.each_ref().map(String::as_str)).await.exits(1);
    assert!(
        stranger.stderr.contains(
            "hint: name a file with the certificate's authority by endpoint.ca_certificate"
        ),
        "{}",
        stranger.stderr
    );
    workspace.set("AWS_CA_BUNDLE", "missing.pem");
    let missing = workspace.run(&arguments.each_ref().map(String::as_str)).await.exits(1);
    assert!(
        missing.stderr.starts_with("error: environment variable AWS_CA_BUNDLE: reading the certificates in missing.pem: No such file"),
        "{}",
        missing.stderr
    );
    assert_eq!(dev.stop("-TERM").await.0, Some(0));
}

/// The lines of the text that call curl.
fn curl_lines(text: &str) -> String {
    let lines: Vec<&str> =
        text.lines().map(str::trim).filter(|line| line.contains("curl -sS")).collect();
    assert_eq!(lines.len(), 2, "{text}");
    lines.join("\n")
}

/// Pastes lines into a shell; gives what they print.
async fn pasted(lines: &str) -> String {
    let output = Command::new("sh").args(["-c", lines]).output().await.unwrap();
    assert!(output.status.success(), "{lines}\n{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl: run tests/all"]
async fn the_printed_curl_lines_upload_under_the_demo_contract() {
    let workspace = Workspace::empty();
    let mut dev = Dev::start(&workspace, &[]);
    let text = dev.text().await;
    assert!(pasted(&curl_lines(&text)).await.starts_with("HTTP/1.1 200 OK\r\n"));
    let data = text.lines().find_map(|line| line.trim().strip_prefix("data ")).unwrap();
    let data = data.trim().split_once("  ").unwrap().0;
    assert!(std::path::Path::new(data).join("gatepass.toml").exists(), "{data}");
    assert_eq!(dev.stop("-TERM").await.0, Some(0));
    assert!(!std::path::Path::new(data).exists(), "{data} is still there");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs curl: run tests/all"]
async fn a_contract_of_ones_own_is_used_with_everything_it_asks_for() {
    let workspace = Workspace::empty();
    let own = r#"
[bucket]
name = "acme-uploads"
region = "eu-central-1"
encryption = "aws:kms"
kms_key_arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"
[upload]
content_types = ["image/*"]
max_size = "1 MiB"
checksum = "required"
sign_encryption_headers = true
allowed_origins = ["https://app.example.com"]
[[role.trust]]
principal = "account"
"#;
    workspace.write("gatepass.toml", own);
    let mut dev = Dev::start(&workspace, &["--dir", "data"]);
    let text = dev.text().await;
    assert!(text.contains("bucket acme-uploads, region eu-central-1"), "{text}");
    let lines = curl_lines(&text);
    let answer = pasted(&lines).await;
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n")
            && answer.contains("x-amz-server-side-encryption: aws:kms"),
        "{answer}"
    );
    // single use: the second PUT with the same URL finds the object there
    let put = lines.lines().nth(1).unwrap();
    let twice = pasted(&format!("{lines}\n{put}")).await;
    assert!(twice.contains("HTTP/1.1 412 Precondition Failed"), "{twice}");
    assert_eq!(workspace.read("gatepass.toml"), own);
    assert_eq!(dev.stop("-TERM").await.0, Some(0));
    let clash = workspace.run(&[&["dev", "--dir", "."], &ANY_PORT[..]].concat()).await.exits(1);
    assert_eq!(
        clash.stderr,
        "error: gatepass.toml is your contract, and `dev` would write its own there\n  hint: choose another directory with --dir\n"
    );
    assert_eq!(workspace.read("gatepass.toml"), own);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_uploaded_and_that_is_all() {
    let workspace = Workspace::empty();
    workspace.write("photo.jpg", "hello");
    let arguments =
        [&["dev", "--dir", "data", "--upload", "photo.jpg", "--once"], &ANY_PORT[..]].concat();
    let said = workspace.run(&arguments).await.exits(0);
    let file =
        said.stdout.lines().find_map(|line| line.trim().strip_prefix("bytes ")).unwrap().trim();
    assert_eq!(std::fs::read(file).unwrap(), b"hello");
    let json = workspace.run(&[&arguments[..], &["--json"]].concat()).await.exits(0);
    assert!(json.json().is_object());
    let unknown = workspace.run(&["dev", "--upload", "photo", "--once"]).await.exits(1);
    assert!(unknown.stderr.contains("hint: say it with --content-type"), "{}", unknown.stderr);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_taken_says_which_flag_chooses_another() {
    let workspace = Workspace::empty();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let endpoint = workspace
        .run(&["dev", "--listen", &address, "--backend-listen", "127.0.0.1:0"])
        .await
        .exits(1);
    assert_eq!(
        endpoint.stderr,
        format!(
            "error: listening on {address} for the endpoint: Address already in use (os error 98)\n  hint: another process listens there, \
             maybe another `gatepass dev`; choose another port, e.g. --listen 127.0.0.1:0 for any free one\n"
        )
    );
    let backend = workspace
        .run(&["dev", "--listen", "127.0.0.1:0", "--backend-listen", &address])
        .await
        .exits(1);
    assert_eq!(
        backend.stderr,
        format!(
            "error: starting the embedded backend: listening on {address}: Address already in use (os error 98)\n  hint: another process \
             listens there, maybe another `gatepass dev`; choose another port, e.g. --backend-listen 127.0.0.1:0 for any free one\n"
        )
    );
    let open = workspace
        .run(&["dev", "--listen", "127.0.0.1:0", "--backend-listen", "0.0.0.0:0"])
        .await
        .exits(1);
    assert!(open.stderr.contains("0.0.0.0:0 is not a loopback address"), "{}", open.stderr);
}

/// Why its S3 refuses an upload stands in the log, with what was signed and received, and without any secret.
#[tokio::test(flavor = "multi_thread")]
async fn the_log_says_why_s3_refused_an_upload() {
    let workspace = Workspace::empty();
    let log = workspace.path("log.txt");
    let demo = include_str!("../../src/cli/dev/demo.toml")
        .replace("mode = \"compatible\"", "mode = \"strict\"");
    workspace.write("gatepass.toml", &demo);
    let mut dev =
        Dev::with_log(&workspace, &["--json"], std::fs::File::create(&log).unwrap().into());
    let ready = dev.json().await;
    let grant = async || -> Value {
        let request =
            reqwest::Client::new().post(format!("{}/api/upload-url", text_of(&ready, "endpoint")));
        let answer = request
            .json(&serde_json::json!({ "content_type": "text/plain", "size": 5 }))
            .send()
            .await
            .unwrap();
        answer.json().await.unwrap()
    };
    let put = async |url: &str, headers: &[(&str, &str)]| {
        let mut request = reqwest::Client::new().put(url).body("hello");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap().status().as_u16()
    };
    let right = [("content-type", "text/plain"), ("if-none-match", "*")];
    let first = grant().await;
    let url = text_of(&first, "upload_url");
    assert_eq!(put(url, &[("content-type", "text/html"), ("if-none-match", "*")]).await, 403);
    assert_eq!(put(url, &[("content-type", "text/plain")]).await, 403);
    assert_eq!(put(&url.replace("X-Amz-Expires=", "X-Amz-Expires=9"), &right).await, 403);
    assert_eq!(put(url, &[right[0], right[1], ("x-amz-acl", "private")]).await, 403);
    assert_eq!(put(url, &right).await, 200);
    assert_eq!(put(url, &right).await, 412);
    // a request of nobody
    assert_eq!(put(url.split_once('?').unwrap().0, &right).await, 403);
    dev.stop("-TERM").await;
    let log = std::fs::read_to_string(&log).unwrap();
    for part in [
        "differs=\"header content-type\" signed=\"text/plain\" received=\"text/html\"",
        "differs=\"header if-none-match\" signed=\"*\" received=\"nothing\"",
        "differs=\"query X-Amz-Expires\"",
        "HeadersNotSigned=x-amz-acl",
        "code=\"PreconditionFailed\"",
        "Condition=If-None-Match",
        "action=s3:PutObject",
    ] {
        assert!(log.contains(part), "{part}:\n{log}");
    }
    for name in ["X-Amz-Signature=", "X-Amz-Security-Token=", "X-Amz-Credential="] {
        let secret = url.split_once(name).unwrap().1.split(['&', '%']).next().unwrap();
        assert!(!log.contains(secret), "{name}:\n{log}");
    }
}
