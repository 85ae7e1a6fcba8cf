//! LocalStack in a container, where a Docker engine answers.

use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

use testcontainers::core::{IntoContainerPort as _, WaitFor};
use testcontainers::runners::AsyncRunner as _;
use testcontainers::{ContainerAsync, GenericImage, ImageExt as _};

const PORT: u16 = 4566;

/// The container of this process, and the keeper that removes it. Statics are never dropped, hence the keeper.
static RUNNING: Mutex<Option<(ContainerAsync<GenericImage>, Child)>> = Mutex::new(None);

/// The endpoint of a new container, or why there is none.
pub(super) fn start() -> Result<String, String> {
    // The engine's client lives on its runtime, which must outlive the test that happens to be the first
    let runtime =
        Box::leak(Box::new(tokio::runtime::Runtime::new().map_err(|error| error.to_string())?));
    runtime.block_on(run())
}

async fn run() -> Result<String, String> {
    let docker = testcontainers::core::client::docker_client_instance()
        .await
        .map_err(|error| error.to_string())?;
    docker.ping().await.map_err(|error| format!("no Docker engine answers: {error}"))?;
    let name = format!("gatepass-it-{}", std::process::id());
    let keeper = keeper(&name)?;
    let container = GenericImage::new("localstack/localstack", "4.14.0")
        .with_exposed_port(PORT.tcp())
        .with_wait_for(WaitFor::message_on_stdout("Ready."))
        .with_container_name(&name)
        .with_env_var("SERVICES", "s3,iam,sts")
        .with_env_var("S3_SKIP_SIGNATURE_VALIDATION", "0")
        .with_env_var("DISABLE_EVENTS", "1")
        .with_startup_timeout(Duration::from_secs(180))
        .start()
        .await
        .map_err(|error| format!("starting localstack/localstack:4.14.0: {error}"))?;
    let host = container.get_host().await.map_err(|error| error.to_string())?;
    let port = container.get_host_port_ipv4(PORT).await.map_err(|error| error.to_string())?;
    *RUNNING.lock().map_err(|error| error.to_string())? = Some((container, keeper));
    Ok(format!("http://{host}:{port}"))
}

/// Removes the container when this process ends, in whatever way: its standard input ends then.
fn keeper(name: &str) -> Result<Child, String> {
    Command::new("docker").arg("--version").stdout(Stdio::null()).status().map_err(|error| {
        format!("the `docker` command, which removes the container afterwards: {error}")
    })?;
    Command::new("sh")
        .args([
            "-c",
            "trap '' INT TERM HUP; while read -r _; do :; done; docker rm --force --volumes \"$1\"",
            "sh",
            name,
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("running sh: {error}"))
}
