//! Where LocalStack comes from: an endpoint given by environment; else a container, where a Docker engine answers; else
//! a pinned install from PyPI under `target/`.

use std::sync::OnceLock;

use super::{container, process};

/// An endpoint of LocalStack 4.14.0 that already runs, started with `S3_SKIP_SIGNATURE_VALIDATION=0`.
const URL_VARIABLE: &str = "GATEPASS_TEST_LOCALSTACK_URL";

/// The endpoint of this process's LocalStack, started by whoever asks first.
///
/// # Panics
/// If there is none to be had: the tests that need it fail and say how to get one.
pub(super) fn endpoint() -> &'static str {
    static ENDPOINT: OnceLock<Result<String, String>> = OnceLock::new();
    match ENDPOINT.get_or_init(start) {
        Ok(endpoint) => endpoint,
        Err(why) => panic!("{why}"),
    }
}

fn start() -> Result<String, String> {
    if let Ok(url) = std::env::var(URL_VARIABLE)
        && !url.is_empty()
    {
        return Ok(url.trim_end_matches('/').to_owned());
    }
    let no_container = match container::start() {
        Ok(endpoint) => return Ok(endpoint),
        Err(why) => why,
    };
    process::start().map_err(|no_process| {
        format!(
            "no LocalStack to test against\n\
             \x20 container: {no_container}\n\
             \x20 process: {no_process}\n\
             \x20 hint: run tests/all; or start a Docker engine; or install Python 3.13 or newer with its venv module;\n\
             \x20       or start one yourself (see localstack/) and set {URL_VARIABLE}=http://127.0.0.1:4566"
        )
    })
}
