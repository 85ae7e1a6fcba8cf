//! One connection and the requests that come by it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use tokio::net::TcpStream;
use tower::Service as _;

use super::record::{self, Record};
use super::request_id::{self, RequestId};
use super::routes::App;
use super::stream::{Busy, TimedStream};

/// The most bytes that a request's head may have; above that hyper answers 431.
const MAX_HEAD: usize = 16 * 1024;

/// Serves one connection until either side ends it.
pub(super) async fn serve(stream: TcpStream, peer: SocketAddr, app: App, timeout: Duration, watcher: Watcher) {
    let busy = Busy::default();
    let io = TokioIo::new(TimedStream::new(stream, busy.clone(), timeout));
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (busy, app) = (busy.start(), app.clone());
        async move {
            let response = answer(app, request, peer).await;
            drop(busy);
            Ok::<_, Infallible>(response)
        }
    });
    let connection =
        http1::Builder::new().timer(TokioTimer::new()).header_read_timeout(None).max_buf_size(MAX_HEAD).serve_connection(io, service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%peer, error = &error as &dyn std::error::Error, "connection ended");
    }
}

async fn answer(app: App, mut request: hyper::Request<Incoming>, peer: SocketAddr) -> Response {
    let start = Instant::now();
    let id = RequestId::of(request.headers());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let App { endpoint, mut routes } = app;
    let learned = endpoint.learns(peer, request.headers());
    if let Some(learned) = &learned {
        request.extensions_mut().insert(Arc::clone(learned));
    }
    let Ok(mut response) = routes.call(request.map(Body::new)).await;
    let status = response.status();
    let record: Option<Record> = response.extensions_mut().remove();
    let client = learned.as_ref().map(|learned| learned.client()).filter(|client| *client != peer.ip());
    let identity = learned.as_ref().and_then(|learned| learned.identity());
    record::Request { id: &id, peer, client, identity, method: &method, path: uri.path(), status, duration: start.elapsed() }
        .log(record.as_ref());
    response.headers_mut().insert(request_id::HEADER, id.into_header());
    response
}
