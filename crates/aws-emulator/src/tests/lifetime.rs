//! Starting and stopping.

use super::*;

#[tokio::test]
async fn only_loopback_is_listened_on() {
    let dir = tempfile::tempdir().unwrap();
    let options = BackendOptions { listen: "0.0.0.0:0".parse().unwrap(), ..options(dir.path()) };
    let error = Backend::start(options).await.unwrap_err();
    insta::assert_snapshot!(error, @"0.0.0.0:0 is not a loopback address: the embedded backend listens on 127.0.0.1 or [::1] only");
}

#[tokio::test]
async fn a_directory_serves_one_backend_at_a_time() {
    let running = Running::start().await;
    let error = Backend::start(options(running.dir.path())).await.unwrap_err();
    assert!(matches!(error, BackendError::InUse(_)), "{error}");
    let Running { backend, dir } = running;
    backend.shutdown().await;
    Backend::start(options(dir.path())).await.unwrap();
}

#[tokio::test]
async fn a_port_that_is_taken_is_named() {
    let running = Running::start().await;
    let dir = tempfile::tempdir().unwrap();
    let taken = BackendOptions { listen: running.backend.address(), ..options(dir.path()) };
    let error = Backend::start(taken).await.unwrap_err();
    assert_eq!(error.to_string(), format!("listening on {}", running.backend.address()));
}
