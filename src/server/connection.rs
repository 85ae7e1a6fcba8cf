//! One connection and the requests that come by it.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use arc_swap::ArcSwap;
use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpStream;

use gatepass_core::contract::{ContentType, KeyId, Upload};

use super::audit::{self, Audit};
use super::auth::Identity;
use super::endpoint::Endpoint;
use super::error::ApiError;
use super::metrics::Metrics;
use super::multipart;
use super::record::{self, GrantedFile, Record};
use super::request_id::{self, RequestId};
use super::route;
use super::routes::{self, App};
use super::slots::Slot;
use super::stream::{Busy, TimedStream};
use super::trace::{self, Trace};

/// The most bytes that a request's head may have; above that hyper answers 431.
const MAX_HEAD: usize = 16 * 1024;

/// What all connections of an endpoint share.
pub(super) struct Shared {
    pub(super) current: Arc<ArcSwap<App>>,
    pub(super) metrics: Option<Arc<Metrics>>,
}

/// Serves one connection until either side ends it, or its slot is to be free.
pub(super) async fn serve<A: Future<Output = Response>>(
    stream: TcpStream,
    slot: Slot,
    timeout: Duration,
    answer: impl Fn(hyper::Request<Incoming>) -> A,
) {
    let (busy, closing) = (Busy::default(), slot.closing());
    let io = TokioIo::new(TimedStream::new(stream, slot, busy.clone(), timeout));
    let service = service_fn(|request| {
        let (busy, answering) = (busy.start(), answer(request));
        async move {
            let response = answering.await;
            drop(busy);
            Ok::<_, Infallible>(response)
        }
    });
    let connection =
        http1::Builder::new().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(MAX_HEAD).serve_connection(io, service);
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

/// Answers one request of the endpoint's.
pub(super) async fn answer(shared: Arc<Shared>, mut request: hyper::Request<Incoming>, peer: SocketAddr) -> Response {
    let start = Instant::now();
    let id = RequestId::of(request.headers());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let trace = Trace::of(request.headers());
    // one contract from here to the answer, whatever is reloaded meanwhile
    let app = shared.current.load_full();
    let endpoint = &app.endpoint;
    let learned = endpoint.learns(peer, request.headers());
    if let Some(learned) = &learned {
        request.extensions_mut().insert(Arc::clone(learned));
    }
    let mut response = app.answer(request.map(Body::new), learned.as_ref().map(|learned| learned.client())).await;
    let mut record: Option<Record> = response.extensions_mut().remove();
    let client = learned.as_ref().map(|learned| learned.client()).filter(|client| *client != peer.ip());
    let identity = learned.as_ref().and_then(|learned| learned.identity());
    if let (Some(audit), Some(given)) = (endpoint.audit(), &record) {
        let who = Who { id: &id, identity, client: client.unwrap_or(peer.ip()) };
        if let Err(error) = write_down(audit, given, &who, endpoint.upload()) {
            take_back(endpoint, given).await;
            response = routes::with_cors_of(&response, ApiError::audit_failed(error).into_response());
            record = response.extensions_mut().remove();
        }
    }
    #[cfg(test)]
    {
        let code = if let Some(Record::Refused { code, .. }) = &record { Some(*code) } else { None };
        super::openapi::expect(endpoint.contract(), method.as_str(), uri.path(), response.status().as_u16(), code);
    }
    let (status, duration) = (response.status(), start.elapsed());
    if let Some(metrics) = &shared.metrics {
        metrics.count(route::known(uri.path()), record.as_ref(), duration);
    }
    let path = &route::told(uri.path());
    record::Request { id: &id, trace: trace.as_ref(), peer, client, identity, method: &method, path, status, duration }
        .log(record.as_ref());
    response.headers_mut().insert(request_id::HEADER, id.into_header());
    if let Some(value) = trace.and_then(Trace::into_header) {
        response.headers_mut().insert(trace::TRACERESPONSE, value);
    }
    response
}

/// Whose request it is.
struct Who<'a> {
    id: &'a RequestId,
    identity: Option<&'a Identity>,
    client: IpAddr,
}

/// Writes down every right that an answer gives.
fn write_down(audit: &Audit, record: &Record, who: &Who<'_>, upload: &Upload) -> io::Result<()> {
    let now = SystemTime::now();
    for (record, right) in record.each().iter().flat_map(|record| record.rights().into_iter().map(move |right| (record, right))) {
        let expires_at = audit::told(now + Duration::from_secs(record.lifetime_seconds(upload).into()));
        audit.write(&audit::Line {
            time: audit::told(now),
            request_id: who.id.as_str(),
            kind: right.kind,
            subject: who.identity.map(|identity| identity.subject().as_str()),
            access_key: who.identity.and_then(Identity::key_id).map(KeyId::as_str),
            client: who.client.to_string(),
            key: right.key.as_str(),
            content_type: right.content_type.map(ContentType::as_str),
            size: right.size,
            expires_at,
        })?;
    }
    Ok(())
}

/// Nobody gets what an answer would have given: it is not begun at S3, and counts as outstanding no more.
async fn take_back(endpoint: &Endpoint, record: &Record) {
    record.each().iter().flat_map(Record::granted_files).for_each(GrantedFile::give_back);
    multipart::abort_untold(endpoint, record.each()).await;
}
