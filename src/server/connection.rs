//! One connection and the requests that come by it.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use arc_swap::ArcSwap;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;
use tokio_util::task::TaskTracker;

use crate::log_writer::LogWriter;
use gatepass_core::contract::Upload;

use super::audit::{Audit, Line, Written};
use super::endpoint::Endpoint;
use super::error::ApiError;
use super::learned::Learned;
use super::metrics::Metrics;
use super::multipart;
use super::record::{self, GrantedFile, Record};
use super::request_id::{self, RequestId};
use super::route;
use super::routes::{self, App};
use super::slots::{Slot, Slots};
use super::stream::{Busy, Request as Watched, TimedStream};
use super::trace::{self, Trace};
use super::unfinished::{Work, client_is_gone};

/// The most bytes that a request's head may have; above that hyper answers 431.
const MAX_HEAD: usize = 16 * 1024;

/// What all connections of an endpoint share.
pub(super) struct Shared {
    pub(super) current: Arc<ArcSwap<App>>,
    pub(super) metrics: Option<Arc<Metrics>>,
    /// What goes on for clients that have disconnected.
    pub(super) unfinished: TaskTracker,
    /// The log, where it is to be written before each answer.
    pub(super) flushed_log: Option<Arc<LogWriter>>,
}

/// Upper bound of the time that an answer waits for its log.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(1);

/// Serves one connection until either side ends it, or its slot is to be free.
pub(super) async fn serve<A: Future<Output = Response>>(
    stream: TcpStream,
    slot: Slot,
    timeout: Duration,
    answer: impl Fn(hyper::Request<Watched>) -> A,
) {
    let (busy, closing) = (Busy::default(), slot.closing());
    let io = TokioIo::new(TimedStream::new(stream, slot, busy.clone(), timeout));
    let service = service_fn(|request: hyper::Request<Incoming>| {
        let (request, busy) = Watched::begin(request, &busy);
        let answering = answer(request);
        async move {
            let response = answering.await;
            drop(busy);
            Ok::<_, Infallible>(response)
        }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .max_buf_size(MAX_HEAD)
        .serve_connection(io, service);
    let mut connection = pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = closing.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(error = &error as &dyn std::error::Error, "connection ended");
    }
}

/// Answers one request of the endpoint's. What it has begun is finished or undone where the client disconnects meanwhile.
pub(super) fn answer(
    shared: Arc<Shared>,
    slots: &Arc<Slots>,
    request: hyper::Request<Watched>,
    peer: SocketAddr,
) -> impl Future<Output = Response> + use<> {
    let unfinished = shared.unfinished.clone();
    Work::new(work(shared, request, peer), unfinished, Arc::clone(slots))
}

async fn work(
    shared: Arc<Shared>,
    mut request: hyper::Request<Watched>,
    peer: SocketAddr,
) -> Response {
    let start = Instant::now();
    let id = RequestId::of(request.headers());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let trace = Trace::of(request.headers());
    // one contract from here to the answer, whatever is reloaded meanwhile
    let app = shared.current.load_full();
    let endpoint = &app.endpoint;
    let learned = endpoint.learns(peer, request.headers(), &id);
    if let Some(learned) = &learned {
        request.extensions_mut().insert(Arc::clone(learned));
    }
    let mut response =
        app.answer(request.map(Body::new), learned.as_ref().map(|learned| learned.client())).await;
    let mut record: Option<Record> = response.extensions_mut().remove();
    let client =
        learned.as_ref().map(|learned| learned.client()).filter(|client| *client != peer.ip());
    let identity = learned.as_ref().and_then(|learned| learned.identity());
    let mut written = None;
    if let (Some(audit), Some(learned), Some(given), false) =
        (endpoint.audit(), &learned, &record, client_is_gone())
    {
        match write_down(audit, given, learned, endpoint.upload()).await {
            Ok(lines) => written = lines,
            Err(error) => {
                take_back(endpoint, given).await;
                response =
                    routes::with_cors_of(&response, ApiError::audit_failed(error).into_response());
                record = response.extensions_mut().remove();
            }
        }
    }
    let path = &route::told(uri.path());
    let request = |status| record::Request {
        id: &id,
        trace: trace.as_ref(),
        peer,
        client,
        identity,
        method: &method,
        path,
        status,
        duration: start.elapsed(),
    };
    let count = |record: Option<&Record>| {
        if let Some(metrics) = &shared.metrics {
            metrics.count(route::known(uri.path()), record, start.elapsed());
        }
    };
    if !client_is_gone() {
        #[cfg(test)]
        {
            let code =
                if let Some(Record::Refused { code, .. }) = &record { Some(*code) } else { None };
            super::openapi::expect(
                endpoint.contract(),
                method.as_str(),
                uri.path(),
                response.status().as_u16(),
                code,
            );
        }
        count(record.as_ref());
        request(response.status()).log(record.as_ref());
        if let Some(log) = &shared.flushed_log {
            if let Some(audit) = endpoint.audit() {
                audit.flush().await;
            }
            log.flush(FLUSH_TIMEOUT).await;
        }
    }
    if client_is_gone() {
        if let Some(given) = &record {
            take_back(endpoint, given).await;
        }
        if let Some((audit, written)) = endpoint.audit().zip(written) {
            audit.withdraw(written).await;
        }
        // what was done is logged, and what would have been given is not
        if let Some(
            done @ (Record::Completed { .. } | Record::Confirmed { .. } | Record::Aborted { .. }),
        ) = &record
        {
            request(response.status()).log(Some(done));
        }
        response = ApiError::disconnected().into_response();
        record = response.extensions_mut().remove();
        count(record.as_ref());
        request(response.status()).log(record.as_ref());
    }
    response.headers_mut().insert(request_id::HEADER, id.into_header());
    if let Some(value) = trace.and_then(Trace::into_header) {
        response.headers_mut().insert(trace::TRACERESPONSE, value);
    }
    response
}

/// Writes down every right that an answer gives.
async fn write_down(
    audit: &Audit,
    record: &Record,
    learned: &Learned,
    upload: &Upload,
) -> io::Result<Option<Written>> {
    let mut lines = Vec::new();
    for record in record.each() {
        for right in record.rights() {
            let line =
                Line::new(learned, right.kind, right.key).of_file(right.content_type, right.size);
            lines.push(line.valid_for(record.lifetime_seconds(upload)));
        }
    }
    if lines.is_empty() { Ok(None) } else { audit.write(&lines).await.map(Some) }
}

/// Nobody gets what an answer would have given: it is not begun at S3, and counts as outstanding no more.
async fn take_back(endpoint: &Endpoint, record: &Record) {
    record.each().iter().flat_map(Record::granted_files).for_each(GrantedFile::give_back);
    multipart::abort_untold(endpoint, record.each()).await;
}
