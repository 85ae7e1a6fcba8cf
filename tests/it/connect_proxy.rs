//! Through a proxy that the environment names, with certificates of one's own.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use crate::backend::{Backend, run};
use crate::workspace::Workspace;

/// A proxy for HTTPS: it connects to every host but AWS's, and keeps what it was asked for.
pub(crate) struct ConnectProxy {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
    serving: tokio::task::JoinHandle<()>,
}

struct Asked {
    host: String,
    authorization: Option<String>,
}

impl ConnectProxy {
    /// Starts one; its URL carries these credentials.
    pub(crate) async fn start(credentials: Option<&str>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let url = credentials.map_or_else(
            || format!("http://{address}"),
            |credentials| format!("http://{credentials}@{address}"),
        );
        let asked = Arc::<Mutex<Vec<Asked>>>::default();
        let keep = Arc::clone(&asked);
        let serving = tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                tokio::spawn(serve(client, Arc::clone(&keep)));
            }
        });
        Self { url, asked, serving }
    }

    /// The hosts that it was asked to connect to since the last time.
    pub(crate) fn connected(&self) -> Vec<String> {
        self.asked.lock().unwrap().drain(..).map(|asked| asked.host).collect()
    }
}

impl Drop for ConnectProxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn serve(client: TcpStream, keep: Arc<Mutex<Vec<Asked>>>) {
    let mut client = BufReader::new(client);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if client.read_line(&mut line).await.unwrap_or_default() == 0 {
            return;
        }
        if line == "\r\n" {
            break;
        }
        lines.push(line.trim_end().to_owned());
    }
    let host = lines[0]
        .strip_prefix("CONNECT ")
        .and_then(|rest| rest.split(' ').next())
        .unwrap_or(&lines[0])
        .to_owned();
    let authorization = lines.iter().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("proxy-authorization").then(|| value.to_owned())
    });
    let is_of_aws = host.contains("amazonaws.com");
    keep.lock().unwrap().push(Asked { host: host.clone(), authorization });
    if is_of_aws {
        let _ = client.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n").await;
        return;
    }
    let mut server = TcpStream::connect(host).await.unwrap();
    client.write_all(b"HTTP/1.1 200 Connected\r\n\r\n").await.unwrap();
    let _ = copy_bidirectional(&mut client, &mut server).await;
}

fn contract(backend: &Backend, bucket: &str) -> String {
    format!(
        r#"
        [bucket]
        name = "{bucket}"
        region = "{region}"
        [upload]
        content_types = ["image/*"]
        max_size = "1 MiB"
        allowed_origins = ["https://app.example.com"]
        [[role.trust]]
        principal = "account"
        [serve]
        sign_as_role = true
        [endpoint]
        url = "{endpoint}"
        ca_certificate = {ca:?}
        "#,
        region = backend.region,
        endpoint = backend.endpoint.replace("http://", "https://"),
        ca = backend.ca_certificate().unwrap(),
    )
}

#[test]
fn every_command_reaches_s3_through_the_proxy_of_the_environment() {
    run(async {
        let backend = Backend::embedded().await;
        let proxy = ConnectProxy::start(Some("ops:pa55%20word")).await;
        let mut workspace =
            Workspace::new(&backend, &contract(&backend, &backend.unique_bucket("proxied")));
        workspace.write("a.png", "abc");
        workspace.set("HTTPS_PROXY", &proxy.url);
        let address = backend.endpoint.strip_prefix("http://").unwrap();
        let went_through = |what: &str| {
            let asked: Vec<Asked> = proxy.asked.lock().unwrap().drain(..).collect();
            assert!(!asked.is_empty(), "{what} went past the proxy");
            for Asked { host, authorization } in asked {
                assert_eq!(host, address, "{what}");
                assert_eq!(authorization.as_deref(), Some("Basic b3BzOnBhNTUgd29yZA=="), "{what}");
            }
        };
        for (arguments, code) in [(&["plan"][..], 2), (&["apply", "--yes"], 0), (&["verify"], 0)] {
            let finished = workspace.run(arguments).await.exits(code);
            assert!(
                !format!("{}{}", finished.stdout, finished.stderr).contains("pa55"),
                "{finished:?}"
            );
            went_through(arguments[0]);
        }
        let endpoint = workspace.serve().await;
        went_through("serve");
        // it reads no contract
        workspace.set("AWS_CA_BUNDLE", &backend.ca_certificate().unwrap().display().to_string());
        workspace.run(&["upload", "a.png", "--endpoint", &endpoint.url]).await.exits(0);
        went_through("upload");

        workspace.set("NO_PROXY", "127.0.0.1");
        workspace.run(&["plan"]).await.exits(0);
        assert!(proxy.connected().is_empty());
    });
}

/// All of `dev` is on this machine.
#[test]
fn dev_uses_no_proxy() {
    run(async {
        let mut workspace = Workspace::empty();
        workspace.write("a.png", "abc");
        for variable in ["HTTP_PROXY", "HTTPS_PROXY"] {
            workspace.set(variable, "http://127.0.0.1:9");
        }
        let ports = ["--listen", "127.0.0.1:0", "--backend-listen", "127.0.0.1:0"];
        workspace
            .run(&[&["dev", "--upload", "a.png", "--once"], &ports[..]].concat())
            .await
            .exits(0);
    });
}

/// The container's metadata service is reached without the proxy, also where other authorities are trusted.
#[test]
fn metadata_services_are_reached_without_a_proxy() {
    run(async {
        let backend = Backend::embedded().await;
        let service = axum::Router::new().route(
            "/credentials",
            axum::routing::get(async || {
                r#"{"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"secret","Token":"token","Expiration":"2199-12-25T21:30:00Z"}"#
            }),
        );
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let uri = format!("http://{}/credentials", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
        let mut workspace = Workspace::empty();
        workspace.write(
            "gatepass.toml",
            contract(&backend, "acme-uploads").replace("sign_as_role = true", ""),
        );
        workspace.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", &uri);
        workspace.set("HTTP_PROXY", "http://127.0.0.1:9");
        let presigned = workspace
            .run(&["presign", "put", "--content-type", "image/png", "--size", "3"])
            .await
            .exits(0);
        assert!(presigned.stdout.contains("ASIAIOSFODNN7EXAMPLE"), "{}", presigned.stdout);
        serving.abort();
    });
}
