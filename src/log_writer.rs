//! The queue of the log: a reader of standard error that stalls costs log lines, and never blocks a request.
//!
//! `tracing-appender` has such a queue, but cannot wait until it is empty, which AWS Lambda needs before each response.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use prometheus_client::metrics::counter::Counter;

use crate::worker::Worker;

const MAX_LINES: usize = 8192;
const MAX_BYTES: usize = 8 << 20;

/// Writes log lines on a thread of its own. Lines that do not fit into its queue are dropped and counted.
pub struct LogWriter {
    thread: Worker<Output>,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    queued_bytes: AtomicUsize,
    dropped_lines: Counter,
}

struct Output {
    to: Box<dyn Write + Send>,
    /// Number of dropped lines when they were last reported.
    reported: u64,
}

impl LogWriter {
    /// Starts the thread.
    ///
    /// # Errors
    /// The system starts no thread.
    pub fn start(to: impl Write + Send + 'static) -> io::Result<Self> {
        let thread = Worker::start("log", MAX_LINES, Output { to: Box::new(to), reported: 0 })?;
        Ok(Self { thread, shared: Arc::default() })
    }

    /// Number of lines that were dropped.
    pub(crate) fn dropped_lines(&self) -> &Counter {
        &self.shared.dropped_lines
    }

    /// Waits until the lines that are queued now are written, for `timeout` at most.
    pub async fn flush(&self, timeout: Duration) {
        self.thread.flush(timeout).await;
    }

    fn queue(&self, line: &[u8]) {
        let shared = Arc::clone(&self.shared);
        let length = line.len();
        let fits =
            self.shared.queued_bytes.fetch_add(length, Ordering::Relaxed) + length <= MAX_BYTES;
        let line = line.to_vec();
        let is_queued = fits
            && self.thread.queue(move |output| {
                // there is no place left to report that the log cannot be written
                let _ = output.to.write_all(&line);
                shared.queued_bytes.fetch_sub(length, Ordering::Relaxed);
                output.report(shared.dropped_lines.get());
            });
        if !is_queued {
            self.shared.queued_bytes.fetch_sub(length, Ordering::Relaxed);
            self.shared.dropped_lines.inc();
        }
    }
}

impl Output {
    /// Logs that lines were dropped, once lines can be written again.
    fn report(&mut self, dropped_lines: u64) {
        if dropped_lines > self.reported {
            self.reported = dropped_lines;
            tracing::warn!(dropped_lines_total = dropped_lines, "log lines dropped");
        }
    }
}

/// One write is one line.
impl Write for &LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.queue(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for LogWriter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogWriter")
            .field("dropped_lines", &self.shared.dropped_lines.get())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    /// A reader that takes nothing until it is unlocked.
    #[derive(Clone, Default)]
    struct Stalling(Arc<Mutex<Vec<u8>>>);

    impl Write for Stalling {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_stalled_log_drops_lines_and_counts_them() {
        let to = Stalling::default();
        let log = LogWriter::start(to.clone()).unwrap();
        (&log).write_all(b"first\n").unwrap();
        log.flush(PATIENCE).await;
        let stalled = to.0.lock().unwrap();
        for _ in 0..2 * MAX_LINES {
            (&log).write_all(b"a line\n").unwrap();
        }
        // one line may be in the thread's hands
        let dropped = log.dropped_lines().get();
        assert!((MAX_LINES as u64 - 1..=MAX_LINES as u64).contains(&dropped), "{dropped}");
        drop(stalled);
        log.flush(PATIENCE).await;
        let written = String::from_utf8(to.0.lock().unwrap().clone()).unwrap();
        assert_eq!(written.lines().count() as u64, 1 + 2 * MAX_LINES as u64 - dropped);
        // bytes are bounded, too
        let stalled = to.0.lock().unwrap();
        for _ in 0..16 {
            (&log).write_all(&vec![b'x'; 1 << 20]).unwrap();
        }
        assert!(log.dropped_lines().get() - dropped >= 8);
        drop(stalled);
        log.flush(PATIENCE).await;
        assert_eq!(log.shared.queued_bytes.load(Ordering::Relaxed), 0);
    }
}
