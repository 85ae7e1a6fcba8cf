//! LocalStack without Docker: `localstack/start`, as a person would run it.

use std::fs::File;
use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Sender, channel};

/// The script of this process. It stops when its standard input ends, which is when this process ends in whatever way.
static RUNNING: Mutex<Option<Child>> = Mutex::new(None);

/// The endpoint of a new LocalStack, or why there is none.
pub(super) fn start() -> Result<String, String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().ok_or("no target directory")?;
    let log_path = target.join("localstack.log");
    let log = File::options()
        .create(true)
        .append(true)
        .open(&log_path)
        .map_err(|error| format!("{}: {error}", log_path.display()))?;
    log.set_len(0).map_err(|error| format!("{}: {error}", log_path.display()))?;
    let port = free_port().map_err(|error| format!("finding a free port: {error}"))?;
    let mut child = Command::new(concat!(env!("CARGO_MANIFEST_DIR"), "/localstack/start"))
        .args(["--port", &port.to_string(), "--until-stdin-ends", "--dir"])
        .arg(target.join("localstack-4.14.0"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(log.try_clone().map_err(|error| error.to_string())?)
        .spawn()
        .map_err(|error| format!("running localstack/start: {error}"))?;
    let output =
        child.stdout.take().map(BufReader::new).ok_or("localstack/start has no standard output")?;
    *RUNNING.lock().map_err(|error| error.to_string())? = Some(child);

    let (ready, is_ready) = channel();
    std::thread::spawn(move || copy_to_log(output, log, ready));
    if is_ready.recv().is_err() {
        let said = std::fs::read_to_string(&log_path).unwrap_or_default();
        return Err(format!("localstack/start ended and said:\n{}", said.trim_end()));
    }
    Ok(format!("http://127.0.0.1:{port}"))
}

/// Tells when LocalStack says that every service listens; hangs up when it ends.
fn copy_to_log(output: impl BufRead, mut log: File, ready: Sender<()>) {
    for line in output.lines().map_while(Result::ok) {
        if line == "Ready." && ready.send(()).is_err() || writeln!(log, "{line}").is_err() {
            return;
        }
    }
}

fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}
