//! A connection that does not wait forever.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::{Bytes, HttpBody as Body};
use axum::http::Version;
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep};

use super::slots::Slot;

/// How long an open connection may wait for the next request. Longer than the 60 seconds after which load balancers
/// close an idle connection of theirs, for the side that closes first must be theirs: see
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html>.
pub(super) const IDLE: Duration = Duration::from_secs(75);

const TIMED_OUT: &[u8] =
    b"HTTP/1.1 408 Request Timeout\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: 83\r\n\r\n\
{\"error\":{\"code\":\"request_timeout\",\"message\":\"the request did not arrive in time\"}}";

/// Sent to a client that has closed its sending side while its request is answered. Clients skip interim responses, and 100 is the one
/// that all of them know.
const PROBE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// How often a probed connection is checked.
const PROBE_INTERVAL: Duration = Duration::from_millis(50);

/// No request is being answered.
const IDLE_STATE: u8 = 0;
/// A request is being answered, and may still be read.
const READING: u8 = 1;
/// A request was read to its end, and is being answered.
const ANSWERING: u8 = 2;

/// Whether a request of this connection is being answered. Meanwhile its handler watches the time.
#[derive(Debug, Clone, Default)]
pub(super) struct Busy(Arc<AtomicU8>);

/// Ends the answering when dropped.
pub(super) struct BusyGuard(Busy);

impl Busy {
    pub(super) fn start(&self) -> BusyGuard {
        self.0.store(READING, Ordering::Relaxed);
        BusyGuard(self.clone())
    }

    fn is_busy(&self) -> bool {
        self.0.load(Ordering::Relaxed) != IDLE_STATE
    }

    fn is_answering(&self) -> bool {
        self.0.load(Ordering::Relaxed) == ANSWERING
    }
}

impl Drop for BusyGuard {
    fn drop(&mut self) {
        self.0.0.store(IDLE_STATE, Ordering::Relaxed);
    }
}

/// The body of a request, which notes when it has been read to its end.
pub(super) struct Request {
    body: Incoming,
    busy: Busy,
    /// HTTP/1.0 has no interim responses, so its clients are not probed: one that closes its sending side is taken as gone.
    is_probed: bool,
}

impl Request {
    /// Begins a request.
    pub(super) fn begin(
        request: hyper::Request<Incoming>,
        busy: &Busy,
    ) -> (hyper::Request<Self>, BusyGuard) {
        let guard = busy.start();
        let is_probed = request.version() >= Version::HTTP_11;
        let request = request.map(|body| Self { body, busy: busy.clone(), is_probed });
        request.body().note();
        (request, guard)
    }

    fn note(&self) {
        if self.is_probed && self.body.is_end_stream() {
            self.busy.0.store(ANSWERING, Ordering::Relaxed);
        }
    }
}

impl Body for Request {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let frame = Pin::new(&mut self.body).poll_frame(cx);
        self.note();
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A stream that knows whether its other end has reset it.
pub(super) trait Resettable {
    /// Whether it was reset.
    fn is_reset(&self) -> bool;
}

impl Resettable for TcpStream {
    fn is_reset(&self) -> bool {
        !matches!(self.take_error(), Ok(None))
    }
}

/// Fails a read when a request's head is not there `timeout` after its first byte or when no request begins within
/// [`IDLE`], and a write when the client takes nothing for `timeout`.
///
/// hyper's own timeout for heads counts idle time too. Here no timer is touched while requests flow: a deadline that
/// moves away is only looked at when the timer fires.
///
/// The connection's slot is free once the stream is dropped.
pub(super) struct TimedStream<S> {
    stream: S,
    slot: Slot,
    busy: Busy,
    timeout: Duration,
    /// Whether bytes have come since the last answer.
    began: bool,
    read_deadline: Instant,
    read_timer: Pin<Box<Sleep>>,
    write_timer: Option<Pin<Box<Sleep>>>,
    /// Set once the client has closed its sending side while its request is answered.
    probe_timer: Option<Pin<Box<Sleep>>>,
}

impl<S: AsyncRead + AsyncWrite + Resettable + Unpin> TimedStream<S> {
    pub(super) fn new(stream: S, mut slot: Slot, busy: Busy, timeout: Duration) -> Self {
        slot.idle();
        let read_deadline = Instant::now() + timeout;
        let read_timer = Box::pin(tokio::time::sleep_until(read_deadline));
        Self {
            stream,
            slot,
            busy,
            timeout,
            began: false,
            read_deadline,
            read_timer,
            write_timer: None,
            probe_timer: None,
        }
    }

    fn poll_read_deadline(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        if self.read_timer.deadline() > self.read_deadline {
            self.read_timer.as_mut().reset(self.read_deadline);
        }
        loop {
            ready!(self.read_timer.as_mut().poll(cx));
            if Instant::now() >= self.read_deadline {
                return Poll::Ready(());
            }
            self.read_timer.as_mut().reset(self.read_deadline);
        }
    }

    /// Waits for a request on a connection on which none is answered: ends when it did not come in time.
    fn poll_idle(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        // an answer of which a part is not taken yet is under way
        if !self.began && self.write_timer.is_none() {
            self.slot.idle();
        }
        self.poll_read_deadline(cx)
    }

    /// Fails once the client is known to be gone. One that has only closed its sending side still takes the response, and TCP does not
    /// tell the two apart: the system of a client that is gone resets the connection when something is sent to it.
    fn poll_reset(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.probe_timer.is_none() {
            // bytes of an earlier response that are not sent yet do as well
            if self.write_timer.is_none()
                && let Poll::Ready(Ok(length)) = Pin::new(&mut self.stream).poll_write(cx, PROBE)
                && length < PROBE.len()
            {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.probe_timer = Some(Box::pin(tokio::time::sleep(PROBE_INTERVAL)));
        }
        loop {
            if self.stream.is_reset() {
                return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into()));
            }
            let Some(timer) = &mut self.probe_timer else { return Poll::Pending };
            ready!(timer.as_mut().poll(cx));
            timer.as_mut().reset(Instant::now() + PROBE_INTERVAL);
        }
    }

    /// What becomes of the result of a write.
    fn watch_write<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.write_timer = None;
            self.began = false;
            self.read_deadline = Instant::now() + IDLE;
            return written;
        }
        let timeout = self.timeout;
        let timer = self.write_timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(timeout)));
        timer.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + AsyncWrite + Resettable + Unpin> AsyncRead for TimedStream<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let filled = buffer.filled().len();
        if let Poll::Ready(read) = Pin::new(&mut this.stream).poll_read(cx, buffer) {
            if read.is_ok() && buffer.filled().len() == filled && this.busy.is_answering() {
                return this.poll_reset(cx);
            }
            if !this.began {
                this.began = true;
                this.slot.busy();
                this.read_deadline = Instant::now() + this.timeout;
            }
            return Poll::Ready(read);
        }
        if this.busy.is_busy() {
            return Poll::Pending;
        }
        ready!(this.poll_idle(cx));
        if this.began {
            // a courtesy: whether it arrives does not matter
            let _ = Pin::new(&mut this.stream).poll_write(cx, TIMED_OUT);
        }
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + AsyncWrite + Resettable + Unpin> AsyncWrite for TimedStream<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write(cx, bytes);
        this.watch_write(cx, written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.stream).poll_write_vectored(cx, slices);
        this.watch_write(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        ready!(Pin::new(&mut this.stream).poll_flush(cx))?;
        // after an answer hyper does not read again, if it did while the handler ran, until something wakes it
        if !this.busy.is_busy() && !this.began {
            let _ = this.poll_idle(cx);
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use futures::FutureExt as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio_util::sync::CancellationToken;

    use super::super::slots::Slots;
    use super::*;

    impl Resettable for DuplexStream {
        fn is_reset(&self) -> bool {
            false
        }
    }

    const TIMEOUT: Duration = Duration::from_millis(50);
    const LONG: Duration = Duration::from_millis(200);

    fn stream(buffer: usize) -> (TimedStream<DuplexStream>, Busy, DuplexStream) {
        let (ours, client) = duplex(buffer);
        let busy = Busy::default();
        let slot = Arc::new(Slots::new(1)).take(CancellationToken::new()).now_or_never().unwrap();
        (TimedStream::new(ours, slot, busy.clone(), TIMEOUT), busy, client)
    }

    async fn is_waiting(stream: &mut TimedStream<DuplexStream>) -> bool {
        tokio::time::timeout(LONG, stream.read_u8()).await.is_err()
    }

    #[tokio::test]
    async fn an_answer_that_nobody_takes_is_given_up() {
        let (mut stream, _busy, _client) = stream(4);
        let error = stream.write_all(b"more than four").await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn after_an_answer_the_next_request_may_wait() {
        let (mut stream, _busy, mut client) = stream(64);
        client.write_all(b"a").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'a');
        stream.write_all(b"answer").await.unwrap();
        assert!(is_waiting(&mut stream).await);
        // and once it has begun, it may not
        client.write_all(b"b").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'b');
        assert_eq!(stream.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }

    #[tokio::test]
    async fn only_what_waits_for_a_request_is_idle() {
        let (ours, mut client) = duplex(8);
        let slots = Arc::new(Slots::new(1));
        let slot = slots.take(CancellationToken::new()).await;
        let closing = slot.closing();
        let mut stream = TimedStream::new(ours, slot, Busy::default(), TIMEOUT);
        // whoever wants the slot now gets it once the connection is idle
        let makes_room = || {
            assert!(slots.take(CancellationToken::new()).now_or_never().is_none());
            closing.is_cancelled()
        };
        client.write_all(b"a").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'a');
        assert!(stream.read_u8().now_or_never().is_none());
        assert!(!makes_room(), "a request has begun to arrive");
        assert!(stream.write_all(b"an answer").now_or_never().is_none());
        assert!(stream.read_u8().now_or_never().is_none());
        assert!(!makes_room(), "a part of an answer is not taken");
        let mut taken = [0; 8];
        client.read_exact(&mut taken).await.unwrap();
        stream.write_all(b"r").await.unwrap();
        stream.flush().await.unwrap();
        assert!(makes_room());
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_that_is_kept_ends_although_nobody_reads_after_the_answer() {
        let (mut stream, busy, mut client) = stream(64);
        client.write_all(b"a").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'a');
        let guard = busy.start();
        let answering = async {
            let mut guard = Some(guard);
            std::future::poll_fn(|cx| {
                let mut buffer = [0];
                let read = Pin::new(&mut stream).poll_read(cx, &mut ReadBuf::new(&mut buffer));
                if guard.take().is_some() {
                    assert!(read.is_pending());
                    assert!(Pin::new(&mut stream).poll_write(cx, b"answer").is_ready());
                    assert!(Pin::new(&mut stream).poll_flush(cx).is_ready());
                }
                read
            })
            .await
        };
        let start = Instant::now();
        assert_eq!(answering.await.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(start.elapsed(), IDLE);
    }

    #[tokio::test]
    async fn while_a_request_is_answered_its_handler_watches_the_time() {
        let (mut stream, busy, mut client) = stream(64);
        client.write_all(b"a").await.unwrap();
        assert_eq!(stream.read_u8().await.unwrap(), b'a');
        let guard = busy.start();
        assert!(is_waiting(&mut stream).await);
        drop(guard);
        assert_eq!(stream.read_u8().await.unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
