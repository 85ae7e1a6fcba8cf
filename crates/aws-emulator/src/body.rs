//! A request's body that is read to its end after a refusal, too.
//!
//! Whoever is still sending when the connection is closed sees a broken connection instead of the answer, and a page sees no
//! answer at all.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::future::poll_fn;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use hyper::{HeaderMap, header};

/// What is read of a refused body at most; then the connection is closed after all.
const MOST: usize = 1 << 30;

/// A body that two hold: the one who reads it, and the one who sees to its end.
#[derive(Debug, Clone)]
pub(super) struct SharedBody {
    body: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    incoming: Incoming,
    /// Whether the sender waits for a word before it sends anything (`Expect: 100-continue`), and has had none.
    waits: bool,
}

impl SharedBody {
    /// The body of a request with these headers.
    pub(super) fn new(incoming: Incoming, headers: &HeaderMap) -> Self {
        let waits = headers
            .get(header::EXPECT)
            .is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"));
        Self { body: Arc::new(Mutex::new(State { incoming, waits })) }
    }

    /// Reads what nobody has read. Reading is what gives a waiting sender its word, so a body that never began stays where it is.
    pub(super) async fn drain(mut self) {
        let mut read = 0;
        while read < MOST && !self.waits() {
            match poll_fn(|context| Pin::new(&mut self).poll_frame(context)).await {
                Some(Ok(frame)) => read += frame.data_ref().map_or(0, Bytes::len),
                Some(Err(_)) | None => break,
            }
        }
    }

    fn waits(&self) -> bool {
        self.body.lock().unwrap_or_else(PoisonError::into_inner).waits
    }
}

impl Body for SharedBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let mut state = self.body.lock().unwrap_or_else(PoisonError::into_inner);
        state.waits = false;
        Pin::new(&mut state.incoming).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.lock().unwrap_or_else(PoisonError::into_inner).incoming.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.lock().unwrap_or_else(PoisonError::into_inner).incoming.size_hint()
    }
}
