//! The endpoint over real connections.

mod auth;
mod downloads;
mod grants;
mod limits;
mod log;
mod openapi;
mod origins;
mod page;
mod readiness;
mod stopping;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use reqwest::{Method, Response};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use gatepass_core::contract::{Contract, Mode, Overrides};
use gatepass_core::grant::SigningCredentials;

use super::{CredentialSource, Server, ServerError, ServerOptions};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLETOKEN";
const ORIGIN: &str = "https://app.example.com";

/// A strict contract that listens on any free port.
fn contract() -> Contract {
    let text = r#"
        [bucket]
        name = "acme-uploads"
        region = "eu-central-1"
        [upload]
        content_types = ["image/*", "application/pdf"]
        max_size = "10 MiB"
        allowed_origins = ["https://app.example.com"]
        [[role.trust]]
        service = "ec2.amazonaws.com"
        [serve]
        listen = "127.0.0.1:0"
    "#;
    Contract::parse(text, "gatepass.toml", &Overrides::default()).unwrap()
}

fn compatible() -> Contract {
    let mut contract = contract();
    contract.upload.mode = Mode::Compatible;
    contract
}

fn credentials() -> Arc<SigningCredentials> {
    Arc::new(SigningCredentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE".to_owned(),
        secret_access_key: SECRET.into(),
        session_token: Some(TOKEN.into()),
        expires_at: None,
    })
}

/// An endpoint that runs until it is told to stop.
struct Running {
    address: SocketAddr,
    /// Where metrics are, if the contract has them.
    metrics: Option<SocketAddr>,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Running {
    async fn start(contract: &Contract) -> Self {
        Self::start_with(contract, credentials(), ServerOptions::default()).await.unwrap()
    }

    async fn start_with(
        contract: &Contract,
        source: impl CredentialSource,
        options: ServerOptions,
    ) -> Result<Self, ServerError> {
        Ok(Self::of(Server::bind(contract, source, options).await?))
    }

    fn of(server: Server<impl CredentialSource>) -> Self {
        let (address, metrics) = (server.address(), server.metrics_address());
        let (stop, stopped) = oneshot::channel();
        let task = tokio::spawn(server.run(async {
            stopped.await.unwrap();
        }));
        Self { address, metrics, stop, task }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        let mut request = reqwest::Client::new()
            .request(method, format!("http://{}{path}", self.address))
            .body(body.to_owned());
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send().await.unwrap()
    }

    async fn get(&self, path: &str) -> Response {
        self.send(Method::GET, path, &[], "").await
    }

    /// Asks for a grant.
    async fn ask(&self, body: &str) -> Response {
        self.send(Method::POST, "/api/upload-url", &[("content-type", "application/json")], body)
            .await
    }

    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }
}

/// Status, code, message and hint of an error, a line each.
async fn error(response: Response) -> String {
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    let text = |name: &str| body["error"][name].as_str().unwrap_or("-").to_owned();
    format!("{status} {}\n{}\n{}", text("code"), text("message"), text("hint"))
}

fn header<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    response.headers().get(name).map(|value| value.to_str().unwrap())
}

/// Everything that comes until the other side closes.
async fn read_to_end(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    match stream.read_to_end(&mut text).await {
        Ok(_) => {}
        // closed while bytes of ours were unread
        Err(error) if error.kind() == io::ErrorKind::ConnectionReset => {}
        Err(error) => panic!("{error}"),
    }
    String::from_utf8(text).unwrap()
}

/// The head of one answer, to its empty line.
async fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

async fn write(stream: &mut TcpStream, text: &str) {
    stream.write_all(text.as_bytes()).await.unwrap();
}
