//! How long a whole proof takes, beside a plan, which reads the same settings and attacks nothing. Both against the embedded
//! backend of one `gatepass dev`, over HTTPS, each as a process of its own.
//!
//! ```text
//! cargo bench --bench verify
//! ```

mod harness;

use std::error::Error;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use harness::{Measured, Unit, print_table};
use serde_json::Value;

const ROUNDS: usize = 11;
const GATEPASS: &str = env!("CARGO_BIN_EXE_gatepass");

const CONTRACT: &str = r#"
[bucket]
name = "acme-uploads"
region = "eu-central-1"
[upload]
content_types = ["image/*", "application/pdf"]
max_size = "1 MiB"
allowed_origins = ["https://app.example.com"]
[[role.trust]]
principal = "account"
"#;

fn main() -> Result<(), Box<dyn Error>> {
    let elsewhere = tempfile::tempdir()?;
    let mut dev = Dev::start(elsewhere.path())?;
    let (mut verify, mut plan) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        verify.push(dev.takes(&["verify", "--endpoint", &dev.endpoint])?);
        plan.push(dev.takes(&["plan"])?);
    }
    print_table(
        Unit::Milliseconds,
        &[Measured::of("gatepass verify", verify), Measured::of("gatepass plan", plan)],
        &[("plan", 1)],
    );
    dev.child.kill()?;
    dev.child.wait()?;
    Ok(())
}

struct Dev {
    child: Child,
    endpoint: String,
    config: PathBuf,
    keys: [(&'static str, String); 2],
}

impl Dev {
    fn start(directory: &Path) -> Result<Self, Box<dyn Error>> {
        std::fs::write(directory.join("gatepass.toml"), CONTRACT)?;
        let mut child = Command::new(GATEPASS)
            .args([
                "dev",
                "--json",
                "--https",
                "--listen",
                "127.0.0.1:0",
                "--backend-listen",
                "127.0.0.1:0",
                "--dir",
                "data",
            ])
            .current_dir(directory)
            .env_remove("GATEPASS_CONFIG")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut line = String::new();
        if let Some(stdout) = child.stdout.take() {
            BufReader::new(stdout).read_line(&mut line)?;
        }
        let ready: Value = serde_json::from_str(&line)?;
        let text = |field: &str| {
            ready[field].as_str().map(str::to_owned).ok_or_else(|| format!("dev said no {field}"))
        };
        Ok(Self {
            child,
            endpoint: text("endpoint")?,
            config: text("config")?.into(),
            keys: [
                ("AWS_ACCESS_KEY_ID", text("access_key_id")?),
                ("AWS_SECRET_ACCESS_KEY", text("secret_access_key")?),
            ],
        })
    }

    /// Nanoseconds.
    fn takes(&self, arguments: &[&str]) -> Result<f64, Box<dyn Error>> {
        let start = Instant::now();
        let output = Command::new(GATEPASS)
            .arg("--config")
            .arg(&self.config)
            .args(arguments)
            .envs(self.keys.clone())
            .output()?;
        let time = start.elapsed().as_secs_f64() * 1e9;
        if output.status.success() {
            Ok(time)
        } else {
            Err(String::from_utf8_lossy(&output.stderr).into_owned().into())
        }
    }
}
