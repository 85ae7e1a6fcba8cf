//! The log: standard error, fields rather than sentences.

use std::io::{IsTerminal as _, stderr};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::Context as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::Directive;

use crate::log_writer::LogWriter;

use super::{env, print};

/// How a line of the log looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged unless `GATEPASS_LOG` says otherwise. `s3s` calls every refusal of the embedded backend an error.
const DEFAULT: &str = "error,gatepass=info,aws_emulator=info,s3s=off";

/// Libraries that show signatures and canonical requests in their own log below this level, whatever is asked for.
const QUIET: [&str; 4] = [
    "aws_sigv4=info",
    "aws_runtime=info",
    "aws_smithy_runtime=info",
    "aws_smithy_runtime_api=info",
];

/// Upper bound of the time that the end of the process waits for a reader of its output.
pub(super) const PATIENCE: Duration = Duration::from_secs(1);

static LOG: OnceLock<Arc<LogWriter>> = OnceLock::new();

/// Starts the log of this process.
pub(super) fn start(format: LogFormat) -> anyhow::Result<Arc<LogWriter>> {
    let text = std::env::var(env::LOG).unwrap_or_default();
    let filter = if text.is_empty() { DEFAULT } else { &text };
    let mut filter = EnvFilter::builder().parse(filter).map_err(|error| {
        let error = anyhow::Error::from(error)
            .context(format!("environment variable {}: {text:?} is not a log filter", env::LOG));
        print::hinted(error, "write e.g. \"debug\", or \"error,gatepass=debug\"")
    })?;
    for directive in QUIET {
        filter = filter
            .add_directive(directive.parse::<Directive>().context("a built-in log directive")?);
    }
    let writer = Arc::new(LogWriter::start(stderr()).context("starting the log")?);
    let is_coloured = stderr().is_terminal()
        && anstream::AutoStream::choice(&stderr()) != anstream::ColorChoice::Never;
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(Arc::clone(&writer))
        .with_ansi(is_coloured);
    let started = match format {
        LogFormat::Text => log.with_target(false).try_init(),
        LogFormat::Json => {
            log.json().flatten_event(true).with_current_span(false).with_span_list(false).try_init()
        }
    };
    started.map_err(|error| anyhow::anyhow!("starting the log: {error}"))?;
    Ok(Arc::clone(LOG.get_or_init(|| writer)))
}

/// Whether this process has a log.
pub(super) fn is_started() -> bool {
    LOG.get().is_some()
}

/// Waits until the log is written, for [`PATIENCE`] at most.
pub(super) async fn flush() {
    if let Some(log) = LOG.get() {
        log.flush(PATIENCE).await;
    }
}
