//! The real binary, run as a user would.

use std::path::PathBuf;
use std::process::Stdio;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::net::TcpListener;
use tokio::process::{Child, Command};

use crate::backend::Backend;
use crate::upload::GrantAnswer;

/// A directory to run `gatepass` in, with an environment that holds nothing but what a test puts there.
pub(crate) struct Workspace {
    directory: TempDir,
    environment: Vec<(&'static str, String)>,
}

impl Workspace {
    /// An empty directory and no credentials.
    pub(crate) fn empty() -> Self {
        Self { directory: TempDir::new().unwrap(), environment: Vec::new() }
    }

    /// A directory with a contract, and the credentials of the backend's administrator.
    pub(crate) fn new(backend: &Backend, contract: &str) -> Self {
        let mut workspace = Self::empty();
        workspace.environment.push(("AWS_ACCESS_KEY_ID", backend.access_key_id.clone()));
        workspace.environment.push(("AWS_SECRET_ACCESS_KEY", backend.secret_access_key.clone()));
        workspace.write("gatepass.toml", contract);
        workspace
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.directory.path().join(name), content).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.directory.path().join(name)).unwrap()
    }

    pub(crate) fn set(&mut self, variable: &'static str, value: &str) {
        self.environment.push((variable, value.to_owned()));
    }

    /// The command, with nothing to read and its output caught.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_gatepass"));
        command
            .args(arguments)
            .current_dir(self.directory.path())
            .env_clear()
            .env("HOME", self.directory.path())
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            // a test must never ask the machine it runs on for credentials
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    /// Runs the command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Finished {
        let output = self.command(arguments).output().await.unwrap();
        Finished {
            command: arguments.join(" "),
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts the endpoint on a free port.
    pub(crate) async fn serve(&self) -> Serving {
        self.serve_on("127.0.0.1:0", &[]).await
    }

    /// Starts the endpoint on this address, with these flags too.
    pub(crate) async fn serve_on(&self, address: &str, flags: &[&str]) -> Serving {
        let arguments = [&["serve", "--listen", address, "--log-format", "json"], flags].concat();
        let mut child = self.command(&arguments).spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap()).lines();
        let said = Arc::<Mutex<String>>::default();
        let say = |line: &str| {
            let mut said = said.lock().unwrap();
            said.push_str(line);
            said.push('\n');
        };
        let port = loop {
            let Some(line) = log.next_line().await.unwrap() else {
                panic!("gatepass serve ended and said:\n{}", said.lock().unwrap())
            };
            say(&line);
            let line: Value = serde_json::from_str(&line).unwrap_or_default();
            if line["message"] == "listening" {
                break line["address"].as_str().unwrap().rsplit(':').next().unwrap().to_owned();
            }
        };
        // its log goes on: unread, it would fill the pipe and stop the endpoint
        let follower = tokio::spawn({
            let said = Arc::clone(&said);
            async move {
                while let Ok(Some(line)) = log.next_line().await {
                    let mut said = said.lock().unwrap();
                    said.push_str(&line);
                    said.push('\n');
                }
            }
        });
        Serving { child, url: format!("http://127.0.0.1:{port}"), said, follower }
    }
}

/// What a command that has ended said.
#[derive(Debug)]
pub(crate) struct Finished {
    command: String,
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Finished {
    /// Fails with everything it said unless it ended with this exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Self {
        assert_eq!(
            self.code,
            Some(code),
            "gatepass {}\nstdout:\n{}\nstderr:\n{}",
            self.command,
            self.stdout,
            self.stderr
        );
        self
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("gatepass {}: {error}:\n{}", self.command, self.stdout))
    }
}

/// A running endpoint. It is killed when dropped.
pub(crate) struct Serving {
    child: Child,
    pub(crate) url: String,
    said: Arc<Mutex<String>>,
    follower: tokio::task::JoinHandle<()>,
}

impl Serving {
    /// `POST /api/upload-url`
    pub(crate) async fn ask(&self, request: &Value) -> reqwest::Response {
        crate::upload::http()
            .post(format!("{}/api/upload-url", self.url))
            .json(request)
            .send()
            .await
            .unwrap()
    }

    /// The same with an access key or a token.
    pub(crate) async fn ask_as(&self, token: &str, request: &Value) -> reqwest::Response {
        crate::upload::http()
            .post(format!("{}/api/upload-url", self.url))
            .bearer_auth(token)
            .json(request)
            .send()
            .await
            .unwrap()
    }

    /// The same where a grant is expected.
    pub(crate) async fn grant(&self, request: &Value) -> GrantAnswer {
        let response = self.ask(request).await;
        let status = response.status();
        let body = response.text().await.unwrap();
        assert_eq!(status, 200, "{request}: {body}");
        serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error}: {body}"))
    }

    /// Its log so far.
    pub(crate) fn log(&self) -> String {
        self.said.lock().unwrap().clone()
    }

    /// Asks it to look at its files again.
    pub(crate) async fn hang_up(&self) {
        let id = self.child.id().expect("the endpoint still runs").to_string();
        signal("-HUP", &id).await;
    }

    /// Asks it to stop as an orchestrator does, and gives its exit code and its log.
    pub(crate) async fn terminate(mut self) -> (Option<i32>, String) {
        let id = self.child.id().expect("the endpoint still runs").to_string();
        signal("-TERM", &id).await;
        let code = self.child.wait().await.unwrap().code();
        self.follower.await.unwrap();
        let log = self.said.lock().unwrap().clone();
        (code, log)
    }
}

/// An address of the loopback on which nothing listens: for a contract that names it before it is listened on. Its port is none that
/// the system gives to whoever asks for any, and so is not taken meanwhile.
pub(crate) async fn free_address() -> String {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        // another process of tests begins elsewhere
        let place =
            std::process::id().wrapping_mul(97).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let address = format!("127.0.0.1:{}", 10_000 + place % 20_000);
        if TcpListener::bind(&address).await.is_ok() {
            return address;
        }
    }
}

/// Sends a signal, such as `-TERM`. A shell has a `kill` of its own where the command is not installed.
pub(crate) async fn signal(name: &str, process: &str) {
    let status =
        Command::new("sh").args(["-c", "kill \"$1\" \"$2\"", "sh", name, process]).status().await;
    assert!(status.unwrap().success(), "{name} to {process}");
}
