//! The aws CLI and boto3, as somebody who works with S3 has them: pinned, from PyPI, under `target/`.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

const PINNED: &str = include_str!("requirements.txt");

/// The directory with `aws` and a `python3` that has boto3.
pub(super) fn directory() -> &'static Path {
    static INSTALLED: OnceLock<PathBuf> = OnceLock::new();
    INSTALLED.get_or_init(install)
}

fn install() -> PathBuf {
    let venv = Path::new(env!("CARGO_TARGET_TMPDIR")).join("python-clients");
    let (requirements, bin) = (venv.join("installed.txt"), venv.join("bin"));
    if std::fs::read_to_string(&requirements).is_ok_and(|installed| installed == PINNED) {
        return bin;
    }
    let path = venv.to_str().unwrap();
    run(Command::new("python3").args(["-m", "venv", "--clear", path]));
    let wanted = venv.join("requirements.txt");
    std::fs::write(&wanted, PINNED).unwrap();
    run(Command::new(bin.join("pip"))
        .args(["install", "--quiet", "--no-deps", "--requirement"])
        .arg(wanted));
    // what is not whole is made anew
    std::fs::write(requirements, PINNED).unwrap();
    bin
}

fn run(command: &mut Command) {
    let hint = "run tests/all, which installs Python, and let it reach PyPI";
    let output = command
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{command:?}: {error}\nhint: {hint}"));
    assert!(
        output.status.success(),
        "{command:?}:\n{}\nhint: {hint}",
        String::from_utf8_lossy(&output.stderr)
    );
}
