//! Packages of npm, as an app bundles them: pinned by their lock files, installed under `target/`.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::process::Command;
use tokio::sync::Mutex;

/// A bundle of one of the directories beside this file, with what an app takes from its packages.
pub(crate) async fn bundle(name: &str, entry: &str) -> PathBuf {
    // tests run side by side, and would install into the same directory
    static INSTALLING: Mutex<()> = Mutex::const_new(());
    let _guard = INSTALLING.lock().await;
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join("packages").join(name);
    let bundle = directory.join("bundle.js");
    let pinned = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/browser/packages").join(name);
    let lock = std::fs::read(pinned.join("package-lock.json")).unwrap();
    let installed = directory.join("installed.json");
    if std::fs::read(&installed).is_ok_and(|installed| installed == lock) && bundle.exists() {
        return bundle;
    }
    std::fs::create_dir_all(&directory).unwrap();
    for file in ["package.json", "package-lock.json"] {
        std::fs::copy(pinned.join(file), directory.join(file)).unwrap();
    }
    std::fs::write(directory.join("entry.js"), entry).unwrap();
    run(&directory, "npm", &["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).await;
    let esbuild = [
        "node_modules/esbuild/bin/esbuild",
        "entry.js",
        "--bundle",
        "--format=esm",
        "--outfile=bundle.js",
        "--log-level=warning",
    ];
    run(&directory, "node", &esbuild).await;
    // what is not whole is made anew
    std::fs::copy(directory.join("package-lock.json"), installed).unwrap();
    bundle
}

async fn run(directory: &Path, program: &str, arguments: &[&str]) {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(directory)
        .stdin(Stdio::null())
        .output()
        .await
        .unwrap_or_else(|error| panic!("{program}: {error}\nhint: run tests/all"));
    let said = || {
        [output.stdout.as_slice(), &output.stderr]
            .map(|text| String::from_utf8_lossy(text).into_owned())
            .concat()
    };
    assert!(output.status.success(), "{program} {}:\n{}", arguments.join(" "), said());
}
