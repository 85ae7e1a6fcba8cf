//! The backend behind `gatepass dev`, in this process: one per test.

use aws_emulator::{AdministratorKey, BackendOptions};
use iam_policy::{AccountId, Region};
use tempfile::TempDir;

/// Ends, and its directory with it, when dropped.
#[derive(Debug)]
pub(super) struct Embedded {
    pub(super) backend: aws_emulator::Backend,
    options: BackendOptions,
    _directory: TempDir,
}

pub(super) async fn start(
    account_id: &str,
    region: &str,
    access_key_id: &str,
    secret_access_key: &str,
) -> Embedded {
    let directory = TempDir::new().unwrap();
    let options = BackendOptions {
        listen: ([127, 0, 0, 1], 0).into(),
        dir: directory.path().to_owned(),
        account_id: AccountId::parse(account_id).unwrap(),
        region: Region::parse(region).unwrap(),
        root_access_key_id: aws_emulator::new_access_key_id(),
        root_secret_access_key: aws_emulator::new_secret_access_key().into(),
        administrator: Some(AdministratorKey {
            access_key_id: access_key_id.to_owned(),
            secret_access_key: secret_access_key.to_owned().into(),
        }),
    };
    Embedded {
        backend: aws_emulator::Backend::start(options.clone()).await.unwrap(),
        options,
        _directory: directory,
    }
}

impl Embedded {
    /// Stops, changes what is kept, and starts on the same port again.
    pub(super) async fn with_state(self, change: impl FnOnce(&mut serde_json::Value)) -> Self {
        let Self { backend, options, _directory } = self;
        let listen = backend.address();
        backend.shutdown().await;
        let path = options.dir.join("state.json");
        let mut state = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        change(&mut state);
        std::fs::write(&path, state.to_string()).unwrap();
        let options = BackendOptions { listen, ..options };
        Self {
            backend: aws_emulator::Backend::start(options.clone()).await.unwrap(),
            options,
            _directory,
        }
    }
}
