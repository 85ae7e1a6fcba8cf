//! A thread that owns a blocking resource, such as a file or a pipe, and a bounded queue of jobs for it.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::time::Duration;

use tokio::sync::{oneshot, watch};

type Job<W> = Box<dyn FnOnce(&mut W) + Send>;

/// A thread that owns a `W`. It ends after its last job once this is dropped; nothing waits for a job that blocks.
#[derive(Debug)]
pub(crate) struct Worker<W> {
    jobs: SyncSender<Job<W>>,
    queued: AtomicU64,
    done: watch::Receiver<u64>,
}

impl<W: Send + 'static> Worker<W> {
    /// Starts the thread with a queue of at most `max_jobs`.
    pub(crate) fn start(name: &str, max_jobs: usize, mut owned: W) -> io::Result<Self> {
        let (jobs, queue) = sync_channel::<Job<W>>(max_jobs);
        let (count, done) = watch::channel(0);
        std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            for job in queue {
                job(&mut owned);
                count.send_modify(|done| *done += 1);
            }
        })?;
        Ok(Self { jobs, queued: AtomicU64::new(0), done })
    }

    /// Queues a job. Returns `false` if the queue is full.
    pub(crate) fn queue(&self, job: impl FnOnce(&mut W) + Send + 'static) -> bool {
        let is_queued = self.jobs.try_send(Box::new(job)).is_ok();
        if is_queued {
            self.queued.fetch_add(1, Ordering::Relaxed);
        }
        is_queued
    }

    /// Queues a job and returns its result, or `None` if the queue is full or the result takes longer than `timeout`. The job
    /// stays queued in the latter case.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        timeout: Duration,
        job: impl FnOnce(&mut W) -> T + Send + 'static,
    ) -> Option<T> {
        let (result, received) = oneshot::channel();
        let is_queued = self.queue(move |owned| {
            // the receiver has timed out
            let _ = result.send(job(owned));
        });
        if !is_queued {
            return None;
        }
        tokio::time::timeout(timeout, received).await.ok()?.ok()
    }

    /// Waits until the jobs that are queued now are done, for `timeout` at most. Returns whether they are.
    pub(crate) async fn flush(&self, timeout: Duration) -> bool {
        let queued = self.queued.load(Ordering::Relaxed);
        let mut done = self.done.clone();
        let is_done = tokio::time::timeout(timeout, done.wait_for(|done| *done >= queued)).await;
        matches!(is_done, Ok(Ok(_)))
    }
}
