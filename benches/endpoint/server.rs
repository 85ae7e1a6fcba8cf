//! The servers under load, each a process of its own on the one core.

use std::error::Error;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::json;
use tempfile::TempDir;

use crate::SERVER_CORE;

const ACCESS_KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET_ACCESS_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

const CONTRACT: &str = r#"
[bucket]
name = "acme-uploads"
region = "eu-central-1"
[upload]
content_types = ["image/*", "application/pdf"]
max_size = "10 MiB"
allowed_origins = ["https://app.example.com"]
[[role.trust]]
principal = "account"
"#;
const START: Duration = Duration::from_secs(10);

/// A server, ended when dropped.
pub(crate) struct Server {
    name: &'static str,
    headers: String,
    address: SocketAddr,
    process: Child,
    _directory: TempDir,
}

/// Who asks.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Asks {
    Anybody,
    /// Whoever has the one access key.
    AccessKey,
    /// Whoever has a token, signed with ES256.
    Token,
}

impl Asks {
    /// What a contract says of it, and what a request shows.
    fn arranged(self, directory: &Path) -> Result<(String, Option<String>), Box<dyn Error>> {
        match self {
            Self::Anybody => Ok((String::new(), None)),
            Self::AccessKey => {
                let made =
                    Command::new(env!("CARGO_BIN_EXE_gatepass")).args(["key", "new"]).output()?;
                let (key, told) =
                    (String::from_utf8(made.stdout)?, String::from_utf8(made.stderr)?);
                let (_, table) = told
                    .split_once("\n\n")
                    .ok_or("`gatepass key new` says nothing for the contract")?;
                Ok((table.to_owned(), Some(key.trim_end().to_owned())))
            }
            Self::Token => {
                let pair = EcdsaKeyPair::generate_pkcs8(
                    &ECDSA_P256_SHA256_FIXED_SIGNING,
                    &SystemRandom::new(),
                )?;
                let key = EncodingKey::from_ec_der(pair.as_ref());
                let keys = directory.join("keys.json");
                std::fs::write(
                    &keys,
                    json!({ "keys": [Jwk::from_encoding_key(&key, Algorithm::ES256)?] })
                        .to_string(),
                )?;
                let until =
                    SystemTime::now().duration_since(UNIX_EPOCH)? + Duration::from_secs(3600);
                let claims = json!({ "iss": "https://login.example.com/", "aud": "uploads", "sub": "ada", "exp": until.as_secs() });
                let table = format!(
                    "[auth.jwt]\nissuer = \"https://login.example.com/\"\naudience = \"uploads\"\nalgorithms = [\"ES256\"]\njwks_file = {keys:?}\n"
                );
                Ok((
                    table,
                    Some(jsonwebtoken::encode(&Header::new(Algorithm::ES256), &claims, &key)?),
                ))
            }
        }
    }
}

/// In megabytes of 10⁶ bytes.
pub(crate) struct Memory {
    pub(crate) resident_mb: f64,
    pub(crate) peak_mb: f64,
}

impl Server {
    /// `gatepass serve` as it is shipped, its log to nowhere.
    pub(crate) fn gatepass(name: &'static str, asks: Asks) -> Result<Self, Box<dyn Error>> {
        let directory = tempfile::tempdir()?;
        let contract = directory.path().join("gatepass.toml");
        let (tables, bearer) = asks.arranged(directory.path())?;
        std::fs::write(&contract, format!("{CONTRACT}{tables}"))?;
        let program = Path::new(env!("CARGO_BIN_EXE_gatepass"));
        let mut server = Self::start(name, program, directory, |command, address| {
            command
                .arg("serve")
                .arg("--config")
                .arg(&contract)
                .arg("--listen")
                .arg(address.to_string());
        })?;
        if let Some(bearer) = bearer {
            server.headers = format!("authorization: Bearer {bearer}\r\n");
        }
        Ok(server)
    }

    /// This program again, as a peer.
    pub(crate) fn peer(name: &'static str, peer: &str) -> Result<Self, Box<dyn Error>> {
        let program = std::env::current_exe()?;
        Self::start(name, &program, tempfile::tempdir()?, |command, address| {
            command.arg(peer).arg(address.to_string());
        })
    }

    fn start(
        name: &'static str,
        program: &Path,
        directory: TempDir,
        arguments: impl FnOnce(&mut Command, SocketAddr),
    ) -> Result<Self, Box<dyn Error>> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new("taskset");
        command.arg("-c").arg(SERVER_CORE.to_string()).arg(program);
        arguments(&mut command, address);
        // nothing of this machine's settings
        command
            .env_clear()
            .env("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY);
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        let process = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(explained)?;
        let mut server =
            Self { name, headers: String::new(), address, process, _directory: directory };
        server.wait_until_it_listens()?;
        Ok(server)
    }

    fn wait_until_it_listens(&mut self) -> Result<(), Box<dyn Error>> {
        let start = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            if let Some(status) = self.process.try_wait()? {
                return Err(format!("{} ended at its start: {status}", self.name).into());
            }
            if start.elapsed() > START {
                return Err(format!("{} does not listen after {START:?}", self.name).into());
            }
            std::thread::yield_now();
        }
        Ok(())
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name
    }

    /// What a request has to say beside what it asks, each line with its end.
    pub(crate) fn headers(&self) -> &str {
        &self.headers
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the server has had of its core since its start: see proc_pid_stat(5).
    pub(crate) fn cpu_time(&self) -> Result<Duration, Box<dyn Error>> {
        const TICKS_PER_SECOND: f64 = 100.0;
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
        // the program's name, in parentheses, may hold spaces; utime and stime are the 12th and 13th field after it
        let (_, fields) = stat.rsplit_once(')').ok_or("no name in /proc/PID/stat")?;
        let ticks = fields
            .split_whitespace()
            .skip(11)
            .take(2)
            .map(str::parse::<f64>)
            .sum::<Result<f64, _>>()?;
        Ok(Duration::from_secs_f64(ticks / TICKS_PER_SECOND))
    }

    /// See proc_pid_status(5).
    pub(crate) fn memory(&self) -> Result<Memory, Box<dyn Error>> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let megabytes = |name: &str| -> Result<f64, Box<dyn Error>> {
            let value = status
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .ok_or("a field is missing in /proc/PID/status")?;
            Ok(value.trim().trim_end_matches(" kB").parse::<f64>()? * 1024.0 / 1e6)
        };
        Ok(Memory { resident_mb: megabytes("VmRSS:")?, peak_mb: megabytes("VmHWM:")? })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // it may have ended by itself
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// From now on this process runs on this core only.
pub(crate) fn pin_this_process(core: usize) -> Result<(), Box<dyn Error>> {
    let mut command = Command::new("taskset");
    command.arg("-cp").arg(core.to_string()).arg(std::process::id().to_string());
    let pinned = command.stdout(Stdio::null()).status().map_err(explained)?;
    if pinned.success() {
        Ok(())
    } else {
        Err(format!("this machine has no core {core} to put the load on").into())
    }
}

fn explained(error: std::io::Error) -> Box<dyn Error> {
    match error.kind() {
        ErrorKind::NotFound => {
            "taskset (of util-linux) is needed to give each side a core of its own".into()
        }
        _ => error.into(),
    }
}
