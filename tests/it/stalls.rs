//! Readers of standard output and standard error that stall, and disks that are full.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::io::AsyncReadExt as _;
use tokio::process::Child;

use crate::auth::{new_key, workspace};
use crate::operate::until;
use crate::upload::http;
use crate::workspace::{Workspace, free_address, signal};

/// An endpoint whose output nobody reads.
struct Unread {
    child: Child,
    url: String,
    key: String,
    _workspace: Workspace,
}

impl Unread {
    async fn start(serve: &str, variables: &[(&'static str, &str)]) -> Self {
        let (key, lines) = new_key("app").await;
        let mut workspace = workspace(&format!("[serve]\n{serve}\n{lines}"));
        for (name, value) in variables {
            workspace.set(name, value);
        }
        let address = free_address().await;
        let child = workspace
            .command(&["serve", "--listen", &address, "--log-format", "json"])
            .spawn()
            .unwrap();
        let unread = Self { child, url: format!("http://{address}"), key, _workspace: workspace };
        until("listening", || async {
            http().get(format!("{}/healthz", unread.url)).send().await.is_ok()
        })
        .await;
        unread
    }

    /// Status of the answer to a request for a grant, and how long it took.
    async fn ask(&self, http: &reqwest::Client, size: u64) -> (u16, Duration) {
        let start = Instant::now();
        let body = json!({ "content_type": "image/png", "size": size });
        let asked =
            http.post(format!("{}/api/upload-url", self.url)).bearer_auth(&self.key).json(&body);
        let status = asked.send().await.unwrap().status().as_u16();
        (status, start.elapsed())
    }

    /// Asks until an answer is like this.
    async fn ask_until(&self, size: u64, is_meant: impl Fn(u16, Duration) -> bool) {
        let http = http();
        for _ in 0..5000 {
            let (status, took) = self.ask(&http, size).await;
            if is_meant(status, took) {
                return;
            }
        }
        panic!("no such answer");
    }

    /// Asks it to stop, and gives its exit code.
    async fn stops(&mut self) -> Option<i32> {
        signal("-TERM", &self.child.id().unwrap().to_string()).await;
        tokio::time::timeout(Duration::from_secs(20), self.child.wait())
            .await
            .expect("it does not stop")
            .unwrap()
            .code()
    }
}

#[tokio::test]
async fn a_stalled_audit_and_log_block_no_request_and_no_stop() {
    let mut unread = Unread::start("audit = \"stdout\"", &[("GATEPASS_LOG", "trace")]).await;
    unread.ask_until(3, |status, took| status == 503 && took >= Duration::from_secs(2)).await;
    // and standard error is full, too, after more lines than its pipe holds
    let http = http();
    for _ in 0..1000 {
        assert_eq!(unread.ask(&http, 0).await.0, 400);
    }
    let start = Instant::now();
    assert_eq!(http.get(format!("{}/healthz", unread.url)).send().await.unwrap().status(), 200);
    assert!(start.elapsed() < Duration::from_secs(1));
    assert_eq!(unread.ask(&http, 3).await.0, 503);
    assert_eq!(unread.stops().await, Some(0));
}

#[tokio::test]
async fn what_was_not_given_after_all_is_withdrawn() {
    let mut unread = Unread::start("audit = \"stdout\"", &[("GATEPASS_LOG", "off")]).await;
    let http = http();
    let (mut given, mut refused) = (0, 0);
    while refused < 2 {
        match unread.ask(&http, 3).await.0 {
            200 => given += 1,
            503 => refused += 1,
            status => panic!("{status}"),
        }
    }
    // the reader comes back
    let mut output = unread.child.stdout.take().unwrap();
    let mut audit = Vec::new();
    while !String::from_utf8_lossy(&audit).contains("withdrawn") {
        assert_ne!(output.read_buf(&mut audit).await.unwrap(), 0);
    }
    assert_eq!(unread.ask(&http, 4).await.0, 200);
    assert_eq!(unread.stops().await, Some(0));
    output.read_to_end(&mut audit).await.unwrap();
    let lines: Vec<Value> = audit
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    assert_eq!(
        lines.len(),
        audit.iter().filter(|byte| **byte == b'\n').count(),
        "each line is JSON"
    );
    let (withdrawn, puts): (Vec<_>, Vec<_>) =
        lines.iter().partition(|line| line["kind"] == "withdrawn");
    assert_eq!(puts.len() - withdrawn.len(), given + 1);
    let first = puts.iter().find(|put| put["key"] == withdrawn[0]["key"]).unwrap();
    assert_eq!(
        (&withdrawn[0]["withdrawn_kind"], &withdrawn[0]["withdrawn_time"]),
        (&json!("put"), &first["time"])
    );
}

#[tokio::test]
async fn lambda_gets_its_log_before_the_answer() {
    // a log that cannot be written holds each answer up for a second, and no longer
    let mut unread =
        Unread::start("", &[("GATEPASS_LOG", "info"), ("AWS_LAMBDA_FUNCTION_NAME", "gatepass")])
            .await;
    let held_up = Duration::from_secs(1)..Duration::from_secs(5);
    unread.ask_until(3, |status, took| status == 200 && held_up.contains(&took)).await;
    assert_eq!(unread.stops().await, Some(0));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_leaves_no_part_of_a_record_and_no_record_of_what_was_not_given() {
    let (key, lines) = new_key("app").await;
    let workspace = workspace(&format!("[serve]\naudit = \"audit.jsonl\"\n{lines}"));
    let address = free_address().await;
    // files may have so many blocks of 512 bytes
    let script = "trap '' XFSZ; ulimit -f 4; exec \"$@\"";
    let served = workspace.command(&["serve", "--listen", &address]);
    let mut command = tokio::process::Command::new("sh");
    command
        .args(["-c", script, "sh"])
        .arg(served.as_std().get_program())
        .args(served.as_std().get_args())
        .env_clear();
    for (name, value) in served.as_std().get_envs() {
        if let Some(value) = value {
            command.env(name, value);
        }
    }
    command
        .current_dir(workspace.path(""))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    let _child = command.spawn().unwrap();
    let url = format!("http://{address}");
    until("listening", || async { http().get(format!("{url}/healthz")).send().await.is_ok() })
        .await;
    let ask = async |files: usize| {
        let files = vec![json!({ "content_type": "image/png", "size": 3 }); files];
        let asked = http()
            .post(format!("{url}/api/upload-urls"))
            .bearer_auth(&key)
            .json(&json!({ "files": files }));
        let answer = asked.send().await.unwrap();
        let (status, answer) = (answer.status().as_u16(), answer.json::<Value>().await.unwrap());
        let grants = answer["grants"].as_array().cloned().unwrap_or_default();
        (
            status,
            grants
                .iter()
                .map(|grant| grant["key"].as_str().unwrap().to_owned())
                .collect::<Vec<_>>(),
        )
    };
    let mut given = ask(3).await.1;
    let (status, none) = ask(20).await;
    assert_eq!((status, none.len(), given.len()), (503, 0, 3));
    loop {
        let (status, keys) = ask(1).await;
        given.extend(keys);
        if status == 503 {
            break;
        }
    }
    let audit = workspace.read("audit.jsonl");
    let recorded: Vec<String> = audit
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["key"].as_str().unwrap().to_owned()
        })
        .collect();
    assert!(audit.ends_with('\n') && given.len() > 3, "{audit}");
    assert_eq!(recorded, given);
}
