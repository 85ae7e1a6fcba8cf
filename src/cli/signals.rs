//! What asks a running command to stop.

use std::future::Future;

use anyhow::Context as _;
use tokio::sync::oneshot;

/// Runs `work` until SIGINT (Ctrl-C) or SIGTERM, whose arrival ends the future that `work` is given. A second signal
/// does not wait for `work` to end.
///
/// # Errors
/// Signals cannot be listened to, or the second one came.
pub(super) async fn until_stopped<W: Future>(
    work: impl FnOnce(StopRequested) -> W,
) -> anyhow::Result<W::Output> {
    let mut signals = Signals::listen().context("listening to signals")?;
    let (stop, stop_requested) = oneshot::channel();
    let mut stop = Some(stop);
    let mut work = std::pin::pin!(work(StopRequested(stop_requested)));
    loop {
        tokio::select! {
            done = &mut work => return Ok(done),
            signal = signals.next() => match stop.take() {
                Some(stop) => {
                    tracing::info!(signal, "stopping when what is running is finished; a second signal stops at once");
                    // the work may have ended in this moment, and then nobody needs to be told
                    let _ = stop.send(());
                }
                None => anyhow::bail!("stopped at once by a second {signal}; what was running is cut"),
            }
        }
    }
}

/// Ends when a signal has come.
pub(super) struct StopRequested(oneshot::Receiver<()>);

impl StopRequested {
    pub(super) async fn wait(self) {
        // an error means that nobody listens to signals any more, and so that the end has come, too
        let _ = self.0.await;
    }
}

/// SIGHUP, which asks a running command to look at its files again. From [`listen`](Self::listen) on it does not end the process.
pub(super) struct Hangups {
    #[cfg(unix)]
    signal: tokio::signal::unix::Signal,
}

impl Hangups {
    #[cfg_attr(not(unix), expect(clippy::unnecessary_wraps, reason = "the same as on Unix"))]
    pub(super) fn listen() -> std::io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            signal: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup())?,
        })
    }

    /// Ends when one has come; never where there are none.
    pub(super) async fn next(&mut self) {
        #[cfg(unix)]
        if self.signal.recv().await.is_some() {
            return;
        }
        std::future::pending::<()>().await;
    }
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn listen() -> std::io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.interrupt.recv() => "SIGINT",
            _ = self.terminate.recv() => "SIGTERM",
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    #[expect(clippy::unnecessary_wraps, reason = "the same as on Unix")]
    fn listen() -> std::io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) -> &'static str {
        if tokio::signal::ctrl_c().await.is_err() {
            // no signal can come
            std::future::pending::<()>().await;
        }
        "Ctrl-C"
    }
}
