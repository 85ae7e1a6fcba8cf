//! Requests whose client disconnects before the response.
//!
//! hyper drops the future of such a request. Whatever it has begun must still be finished or undone, so the rest of the work goes on
//! as a task of its own. A request whose client stays costs no task.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio_util::task::TaskTracker;

use super::slots::Slots;

/// Upper bound of the time that the work goes on: above what S3 may take for the call that is running, and for undoing it.
const TIMEOUT: Duration = Duration::from_secs(120);

tokio::task_local! {
    static GONE: ();
}

/// Whether the client of the request that is being worked on has disconnected.
pub(super) fn client_is_gone() -> bool {
    GONE.try_with(|()| ()).is_ok()
}

/// The work of one request. It survives being dropped, and then takes a slot of the connections: so much of it is bounded, too.
pub(super) struct Work<F: Future<Output: Send> + Send + 'static> {
    work: Option<Pin<Box<F>>>,
    unfinished: TaskTracker,
    slots: Arc<Slots>,
}

impl<F: Future<Output: Send> + Send + 'static> Work<F> {
    pub(super) fn new(work: F, unfinished: TaskTracker, slots: Arc<Slots>) -> Self {
        Self { work: Some(Box::pin(work)), unfinished, slots }
    }
}

impl<F: Future<Output: Send> + Send + 'static> Future for Work<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        // work that panics is not polled again
        let Some(mut work) = self.work.take() else { return Poll::Pending };
        let polled = work.as_mut().poll(cx);
        if polled.is_pending() {
            self.work = Some(work);
        }
        polled
    }
}

impl<F: Future<Output: Send> + Send + 'static> Drop for Work<F> {
    fn drop(&mut self) {
        let (Some(work), Ok(runtime)) = (self.work.take(), Handle::try_current()) else { return };
        let slot = self.slots.hold();
        let rest = async move {
            if tokio::time::timeout(TIMEOUT, GONE.scope((), work)).await.is_err() {
                tracing::warn!("request of a disconnected client not finished in time");
            }
            drop(slot);
        };
        self.unfinished.spawn_on(rest, &runtime);
    }
}
