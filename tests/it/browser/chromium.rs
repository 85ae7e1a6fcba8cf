//! Starting the machine's Chromium.

use std::process::{Child, Command, Stdio};

use serde_json::json;
use tempfile::TempDir;

use super::connection::Connection;
use super::tab::Tab;

/// Where it is not the first of these in the path: `GATEPASS_TEST_CHROMIUM`.
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];
const VARIABLE: &str = "GATEPASS_TEST_CHROMIUM";

/// Nothing that looks beyond the pages of a test, or that differs from one machine to the next.
const FLAGS: [&str; 13] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-sync",
    "--hide-scrollbars",
    "--lang=en-US",
    "--remote-debugging-pipe",
];

/// A browser with an empty profile. It ends when this is dropped, and with this process however that ends.
pub(crate) struct Browser {
    process: Child,
    connection: Connection,
    _profile: TempDir,
}

impl Browser {
    /// Starts one.
    pub(crate) async fn start() -> Self {
        let profile = TempDir::with_prefix_in("chromium-", env!("CARGO_TARGET_TMPDIR")).unwrap();
        // the browser reads commands from descriptor 3 and answers on 4, and stops when its commands end
        let mut process = Command::new("sh")
            .args(["-c", r#"exec "$0" "$@" 3<&0 4>&1 </dev/null >/dev/null 2>&1"#])
            .arg(program())
            .args(FLAGS)
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .arg("about:blank")
            .env("TZ", "UTC")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (commands, answers) =
            (process.stdin.take().unwrap().into(), process.stdout.take().unwrap().into());
        let browser =
            Self { process, connection: Connection::over(commands, answers), _profile: profile };
        browser.connection.call(None, "Browser.getVersion", json!({})).await.unwrap();
        browser
    }

    /// Opens an address in a new tab that shares nothing with others, and waits until it is loaded.
    pub(crate) async fn open(&self, url: &str) -> Tab {
        Tab::open(self.connection.clone(), url).await
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // its profile is removed next; neither can fail in a way that matters to a test
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn program() -> String {
    let named = std::env::var(VARIABLE).ok();
    let is_there = |name: &&str| {
        Command::new(*name)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok()
    };
    named
        .or_else(|| NAMES.iter().find(|name| is_there(name)).map(|name| (*name).to_owned()))
        .unwrap_or_else(|| panic!("no Chromium\nhint: run tests/all, or name one by {VARIABLE}"))
}
