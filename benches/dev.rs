//! `gatepass dev`: how long from the start of the process until everything is ready, beside the same process doing
//! nothing but say its version.
//!
//! `cargo bench --bench dev`

mod harness;

use std::error::Error;
use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Command, Stdio};
use std::time::Instant;

use harness::{Measured, Unit, print_table};

const ROUNDS: usize = 11;
const GATEPASS: &str = env!("CARGO_BIN_EXE_gatepass");

fn main() -> Result<(), Box<dyn Error>> {
    let (mut ready, mut version) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        ready.push(dev()?);
        version.push(said_its_version()?);
    }
    print_table(
        Unit::Milliseconds,
        &[
            Measured::of("gatepass dev, until it is ready", ready),
            Measured::of("gatepass --version", version),
        ],
        &[],
    );
    Ok(())
}

/// From nothing to the line that says where everything is, in nanoseconds.
fn dev() -> Result<f64, Box<dyn Error>> {
    // the demo contract, whatever lies around here; and what dev would remove at its own end goes with it
    let elsewhere = tempfile::tempdir()?;
    let start = Instant::now();
    let mut child = Command::new(GATEPASS)
        .args(["dev", "--json", "--listen", "127.0.0.1:0", "--backend-listen", "127.0.0.1:0"])
        .arg("--dir")
        .arg(elsewhere.path().join("data"))
        .current_dir(&elsewhere)
        .env_remove("GATEPASS_CONFIG")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    if let Some(stdout) = child.stdout.take() {
        BufReader::new(stdout).read_line(&mut line)?;
    }
    let time = start.elapsed().as_secs_f64() * 1e9;
    child.kill()?;
    let mut said = String::new();
    if let Some(mut stderr) = child.stderr.take() {
        stderr.read_to_string(&mut said)?;
    }
    child.wait()?;
    if line.starts_with('{') { Ok(time) } else { Err(format!("dev was not ready: {said}").into()) }
}

fn said_its_version() -> Result<f64, Box<dyn Error>> {
    let start = Instant::now();
    let output = Command::new(GATEPASS).arg("--version").output()?;
    if output.status.success() {
        Ok(start.elapsed().as_secs_f64() * 1e9)
    } else {
        Err("gatepass --version failed".into())
    }
}
