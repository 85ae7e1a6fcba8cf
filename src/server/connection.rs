//! One connection and the requests that come by it.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::Watcher;
use tokio::net::TcpStream;
use tower::Service as _;
use tower_http::cors::Cors;

use super::record::{self, Record};
use super::request_id::{self, RequestId};
use super::stream::{Busy, TimedStream};

/// The most bytes that a request's head may have; above that hyper answers 431.
const MAX_HEAD: usize = 16 * 1024;

/// Serves one connection until either side ends it.
pub(super) async fn serve(stream: TcpStream, peer: SocketAddr, routes: Cors<Router>, timeout: Duration, watcher: Watcher) {
    let busy = Busy::default();
    let io = TokioIo::new(TimedStream::new(stream, busy.clone(), timeout));
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let (busy, routes) = (busy.start(), routes.clone());
        async move {
            let response = answer(routes, request, peer).await;
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

async fn answer(mut routes: Cors<Router>, request: hyper::Request<Incoming>, peer: SocketAddr) -> Response {
    let start = Instant::now();
    let id = RequestId::of(request.headers());
    let (method, uri) = (request.method().clone(), request.uri().clone());
    let Ok(mut response) = routes.call(request.map(Body::new)).await;
    let status = response.status();
    let record: Option<Record> = response.extensions_mut().remove();
    record::Request { id: &id, peer, method: &method, path: uri.path(), status, duration: start.elapsed() }.log(record.as_ref());
    response.headers_mut().insert(request_id::HEADER, id.into_header());
    response
}
