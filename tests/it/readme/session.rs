//! One shell, as a reader of the README has it open.

use std::collections::VecDeque;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::process::Stdio;
use std::time::Duration;

use gatepass_core::contract::{Contract, Overrides};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::unix::pipe;
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use super::blocks::Block;
use super::output::Bindings;
use super::python;
use crate::backend::Backend;
use crate::workspace::free_address;

/// How long a command may print nothing; far more than any does.
const LIMIT: Duration = Duration::from_secs(60);
/// Comes after the output of each command, with its exit code.
const MARK: &str = "@@ exit code";

pub(super) struct Session {
    directory: TempDir,
    shell: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
    bindings: Bindings,
    endpoint: String,
    /// Keep running what writes to them.
    background: Vec<Lines<BufReader<pipe::Receiver>>>,
}

impl Session {
    /// A shell in a directory with this checkout's README, where `gatepass` and `cargo run --` are the binary under test.
    /// A session whose name begins with `localstack` has LocalStack where the README says, `localhost:4566`.
    pub(super) async fn start(name: &str) -> Self {
        let directory = TempDir::with_prefix("readme-").unwrap();
        let (endpoint, backend) = (free_address().await, free_address().await);
        symlink(
            concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"),
            directory.path().join("README.md"),
        )
        .unwrap();
        let bin = directory.path().join(".bin");
        std::fs::create_dir(&bin).unwrap();
        let gatepass = env!("CARGO_BIN_EXE_gatepass");
        script(
            &bin.join("gatepass"),
            &format!(
                "[ \"$1\" = dev ] && shift && set -- dev --backend-listen {backend} \"$@\"\nexec {gatepass} \"$@\"\n"
            ),
        );
        script(
            &bin.join("cargo"),
            "[ \"$1 $2\" = 'run --' ] || { echo \"cargo $1 is not tested\"; exit 1; }\nshift 2\nexec gatepass \"$@\"\n",
        );
        if name.starts_with("localstack") {
            let python = tokio::task::spawn_blocking(python::directory).await.unwrap();
            for program in ["aws", "python3"] {
                script(
                    &bin.join(program),
                    &format!("exec {} \"$@\"\n", python.join(program).display()),
                );
            }
        }
        let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
        let mut shell = Command::new("bash")
            .args(["--noprofile", "--norc", "-s"])
            .current_dir(directory.path())
            .env_clear()
            .env("PATH", path)
            .env("HOME", directory.path())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("GATEPASS_LISTEN", &endpoint)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let (input, output) =
            (shell.stdin.take().unwrap(), BufReader::new(shell.stdout.take().unwrap()).lines());
        let mut bindings = Bindings::default();
        for host in ["127.0.0.1", "localhost"] {
            bindings.bind(&format!("{host}:8080"), &endpoint);
            bindings.bind(&format!("{host}:9444"), &backend);
        }
        if name.starts_with("localstack") {
            let localstack = tokio::task::spawn_blocking(Backend::localstack).await.unwrap();
            if name == "localstack" {
                remove_leftovers(&localstack).await;
            }
            bindings.bind("http://localhost:4566", &localstack.endpoint);
        }
        let mut session =
            Self { directory, shell, input, output, bindings, endpoint, background: Vec::new() };
        // the shell ends with its input, which is at the latest when this process ends, and takes along what still runs
        session.send("exec 2>&1; trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT").await;
        session
    }

    pub(super) async fn run(&mut self, block: &Block) {
        match block.language {
            "console" if block.background => self.begin(block).await,
            "console" => self.console(block).await,
            "sh" => self.succeed(block, &block.text).await,
            "toml" => self.file(block),
            "js" => self.client(block).await,
            "python" => {
                std::fs::write(
                    self.directory.path().join("client.py"),
                    self.bindings.apply(&block.text),
                )
                .unwrap();
                self.succeed(block, "python3 client.py").await;
            }
            other => panic!("README.md:{}: blocks of {other} cannot be tested", block.line),
        }
    }

    /// Closes the shell.
    pub(super) async fn end(self) {
        let Self { mut shell, input, output, directory, background, .. } = self;
        drop((input, output, background));
        shell.wait().await.unwrap();
        directory.close().unwrap();
    }

    async fn console(&mut self, block: &Block) {
        let commands = commands(block);
        let last = commands.len() - 1;
        for (index, (command, shown)) in commands.into_iter().enumerate() {
            let (came, code) = self.call(&command).await;
            if let Err(difference) = self.bindings.compare(&shown, &came) {
                panic!("README.md:{}: $ {command}\n{difference}", block.line);
            }
            let expected = if index == last { block.exit } else { 0 };
            assert_eq!(
                code,
                expected,
                "README.md:{}: $ {command}\n{}",
                block.line,
                came.join("\n")
            );
        }
    }

    /// Starts a command that goes on, and waits until it has printed what is shown.
    async fn begin(&mut self, block: &Block) {
        let mut commands = commands(block);
        let Some((command, shown)) = commands.pop_front() else {
            panic!("README.md:{}: no command", block.line)
        };
        assert!(
            commands.is_empty(),
            "README.md:{}: one command is as much as can go on",
            block.line
        );
        let fifo = self.directory.path().join(format!(".background-{}", self.background.len()));
        assert!(Command::new("mkfifo").arg(&fifo).status().await.unwrap().success());
        let reader = pipe::OpenOptions::new().open_receiver(&fifo).unwrap();
        let command = self.bindings.apply(&command);
        self.send(&format!("{command} >{} 2>&1 </dev/null &", fifo.display())).await;
        let mut lines = BufReader::new(reader).lines();
        let mut came = Vec::new();
        while let Err(difference) = self.bindings.compare(&shown, &came) {
            match timeout(LIMIT, lines.next_line()).await {
                Ok(line) => came.extend(line.unwrap()),
                Err(_) => panic!("README.md:{}: $ {command}\n{difference}", block.line),
            }
        }
        self.background.push(lines);
    }

    async fn succeed(&mut self, block: &Block, script: &str) {
        // a shell of its own, so that a failing line fails the block
        let script = self.bindings.apply(script);
        let (came, code) = self.call(&format!("( set -euo pipefail\n{script}\n)")).await;
        assert_eq!(code, 0, "README.md:{}: {}", block.line, came.join("\n"));
    }

    fn file(&mut self, block: &Block) {
        let name = block.file.unwrap_or("gatepass.toml");
        let text = self.bindings.apply(&block.text);
        if block.file.is_none() {
            Contract::parse(&text, name, &Overrides::default())
                .unwrap_or_else(|errors| panic!("README.md:{}: {errors}", block.line));
        }
        std::fs::write(self.directory.path().join(name), text).unwrap();
    }

    async fn client(&mut self, block: &Block) {
        let client =
            block.text.replace("https://uploads.example.com", &format!("http://{}", self.endpoint));
        let call = r#"const { File } = await import("node:buffer"); console.log(await upload(new File(["hello"], "photo.png", { type: "image/png" })));"#;
        std::fs::write(self.directory.path().join("client.mjs"), format!("{client}\n{call}\n"))
            .unwrap();
        self.succeed(block, "node client.mjs | grep -x 'uploads/.*[.]png'").await;
    }

    /// Runs a command in the shell itself, so that what it exports stays; gives its lines and its exit code.
    async fn call(&mut self, command: &str) -> (Vec<String>, i32) {
        let command = self.bindings.apply(command);
        self.send(&format!("{{ {command}\n}} </dev/null; printf '\\n{MARK} %s\\n' $?")).await;
        let mut lines = Vec::new();
        loop {
            let Ok(Some(line)) = timeout(LIMIT, self.output.next_line()).await.map(Result::unwrap)
            else {
                panic!("$ {command}\ndid not end after:\n{}", lines.join("\n"))
            };
            if let Some(code) = line.strip_prefix(MARK) {
                // the mark begins a line of its own, which leaves an empty one where the output ended in a line
                if lines.last().is_some_and(String::is_empty) {
                    lines.pop();
                }
                return (lines, code.trim().parse().unwrap());
            }
            lines.push(line);
        }
    }

    async fn send(&mut self, line: &str) {
        self.input.write_all(line.as_bytes()).await.unwrap();
        self.input.write_all(b"\n").await.unwrap();
    }
}

/// A LocalStack that goes on after the tests still has what an earlier run of this session made there.
async fn remove_leftovers(localstack: &Backend) {
    const BUCKET: &str = "acme-uploads";
    let (s3, iam, role) = (localstack.s3(), localstack.iam(), format!("{BUCKET}-presigner"));
    if let Ok(listed) = s3.list_objects_v2().bucket(BUCKET).send().await {
        for object in listed.contents() {
            s3.delete_object().bucket(BUCKET).key(object.key().unwrap()).send().await.unwrap();
        }
        s3.delete_bucket().bucket(BUCKET).send().await.unwrap();
    }
    if let Ok(listed) = iam.list_role_policies().role_name(&role).send().await {
        for policy in listed.policy_names() {
            iam.delete_role_policy().role_name(&role).policy_name(policy).send().await.unwrap();
        }
        iam.delete_role().role_name(&role).send().await.unwrap();
    }
}

/// The block's commands, each with the lines that are shown after it. A line that begins with `> ` continues a command.
fn commands(block: &Block) -> VecDeque<(String, Vec<&str>)> {
    let mut commands = VecDeque::new();
    for line in block.text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            commands.push_back((command.to_owned(), Vec::new()));
            continue;
        }
        let Some((command, shown)) = commands.back_mut() else {
            panic!("README.md:{}: it does not begin with a command", block.line)
        };
        match line.strip_prefix("> ") {
            Some(more) if shown.is_empty() => *command = format!("{command}\n{more}"),
            _ => shown.push(line),
        }
    }
    commands
}

fn script(path: &std::path::Path, body: &str) {
    std::fs::write(path, format!("#!/bin/sh\n{body}")).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}
