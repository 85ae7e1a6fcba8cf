//! What a test body runs against.
//!
//! ```ignore
//! async fn bucket_is_made(backend: &Backend) { … }
//! on_every_backend!(bucket_is_made);
//! ```
//! makes the tests `localstack::bucket_is_made` and `embedded::bucket_is_made`.

mod container;
mod embedded;
mod localstack;
mod process;

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

/// A running S3, IAM and STS, and the credentials of an administrator on it.
#[derive(Debug)]
pub(crate) struct Backend {
    pub(crate) kind: Kind,
    /// `http://…`, without a slash at the end.
    pub(crate) endpoint: String,
    pub(crate) region: &'static str,
    pub(crate) account_id: &'static str,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    /// Kept for as long as the test runs.
    embedded: Option<embedded::Embedded>,
}

/// For what only one of them does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    LocalStack,
    Embedded,
}

impl Backend {
    /// The one LocalStack of this process: real, with signature checks. It keeps bucket policies and roles, and enforces neither.
    pub(crate) fn localstack() -> Self {
        Self {
            kind: Kind::LocalStack,
            endpoint: localstack::endpoint().to_owned(),
            region: "eu-central-1",
            account_id: "000000000000",
            access_key_id: "test".to_owned(),
            secret_access_key: "test".to_owned(),
            embedded: None,
        }
    }

    /// A new one of the backend behind `gatepass dev`, with nothing in it.
    pub(crate) async fn embedded() -> Self {
        Self::embedded_in("eu-central-1").await
    }

    /// The same of a region.
    pub(crate) async fn embedded_in(region: &'static str) -> Self {
        let account_id = "111122223333";
        let (access_key_id, secret_access_key) =
            (aws_emulator::new_access_key_id(), aws_emulator::new_secret_access_key());
        let embedded =
            embedded::start(account_id, region, &access_key_id, &secret_access_key).await;
        Self {
            kind: Kind::Embedded,
            endpoint: format!("http://{}", embedded.backend.address()),
            region,
            account_id,
            access_key_id,
            secret_access_key,
            embedded: Some(embedded),
        }
    }

    /// Makes a bucket one of before SigV2 came to its end.
    pub(crate) async fn with_old_bucket(mut self, bucket: &str) -> Self {
        let embedded = self.embedded.take().expect("only the embedded backend can be changed so");
        const JANUARY_2020: i64 = 1_577_836_800;
        let change = |state: &mut serde_json::Value| {
            state["buckets"][bucket]["created"] = JANUARY_2020.into()
        };
        self.embedded = Some(embedded.with_state(change).await);
        self
    }

    /// The certificate authority of its HTTPS, which is on the same port as its HTTP; LocalStack's is not used.
    pub(crate) fn ca_certificate(&self) -> Option<&Path> {
        self.embedded.as_ref().map(|embedded| embedded.backend.ca_certificate())
    }

    /// A bucket name that no other test uses, on this machine or on a LocalStack that others share.
    pub(crate) fn unique_bucket(&self, what: &str) -> String {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        let count = COUNTER.fetch_add(1, Ordering::Relaxed);
        let started = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
        format!("gatepass-{what}-{:x}-{:x}-{count}", started.as_millis(), std::process::id())
    }
}

/// Runs a test's body with the stack of a process: a debug build of the AWS SDK needs more than the 2 MiB of a test's thread.
pub(crate) fn run(body: impl Future<Output = ()> + Send) {
    const STACK_BYTES: usize = 8 << 20;
    let run =
        || tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(body);
    let name = std::thread::current().name().map(str::to_owned).unwrap_or_default();
    std::thread::scope(|scope| {
        let body = std::thread::Builder::new()
            .name(name)
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, run)
            .unwrap();
        if let Err(panic) = body.join() {
            std::panic::resume_unwind(panic);
        }
    });
}

/// Makes one test per backend of each body: `async fn(&Backend)`. Those on LocalStack are ignored by `cargo test`. Where a body needs
/// another tool too, the reasons on LocalStack and on the embedded backend come first: `ignore = "needs …", "needs …";`.
macro_rules! on_every_backend {
    (ignore = $on_localstack:literal, $on_embedded:literal; $($body:ident),+ $(,)?) => {
        mod localstack {
            $(
                #[test]
                #[ignore = $on_localstack]
                fn $body() {
                    let backend = $crate::backend::Backend::localstack();
                    $crate::backend::run(super::$body(&backend));
                }
            )+
        }

        mod embedded {
            $(
                #[test]
                #[ignore = $on_embedded]
                fn $body() {
                    $crate::backend::run(async { super::$body(&$crate::backend::Backend::embedded().await).await });
                }
            )+
        }
    };
    ($($body:ident),+ $(,)?) => {
        mod localstack {
            $(
                #[test]
                #[ignore = "needs LocalStack: run tests/all"]
                fn $body() {
                    let backend = $crate::backend::Backend::localstack();
                    $crate::backend::run(super::$body(&backend));
                }
            )+
        }

        mod embedded {
            $(
                #[test]
                fn $body() {
                    $crate::backend::run(async { super::$body(&$crate::backend::Backend::embedded().await).await });
                }
            )+
        }
    };
}
pub(crate) use on_every_backend;
