//! The one listener, for HTTP and HTTPS on the same port: who a request is for, and what every answer gets.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, header};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use s3s::Body;
use s3s::service::S3Service;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::account::Account;
use super::body::SharedBody;
use super::connection::{self, Connection};
use super::query::{self, Service};
use super::s3::{self, Asked, Cors, Refusal, Signed, SignedRequests, form};
use super::sigv4::{Claim, Place};

/// How long running requests may take once the backend is told to stop.
const GRACE: Duration = Duration::from_secs(5);
/// How many connections may be ready and not yet served.
const READY: usize = 64;
/// How long a TLS handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// The first byte of a TLS client; no HTTP request begins with it.
const TLS_HANDSHAKE: u8 = 0x16;

/// The services behind the listener.
#[derive(Clone)]
pub(super) struct Services {
    pub(super) account: Arc<Account>,
    pub(super) s3: S3Service,
    /// Recently signed requests, with which refused signatures are compared.
    pub(super) signed: SignedRequests,
}

/// Serves connections until `stop` is heard, and then what is running.
pub(super) async fn serve(
    listener: TcpListener,
    acceptor: TlsAcceptor,
    services: Services,
    mut stop: oneshot::Receiver<()>,
) {
    let graceful = GracefulShutdown::new();
    let (ready, mut opened) = mpsc::channel(READY);
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    let (acceptor, ready) = (acceptor.clone(), ready.clone());
                    tokio::spawn(async move {
                        if let Some(connection) = Opened::open(stream, peer.ip(), &acceptor).await {
                            // nobody is there to take it once the backend stops
                            let _ = ready.send(connection).await;
                        }
                    });
                }
                Err(error) => tracing::warn!(%error, "a connection was not accepted"),
            },
            Some(connection) = opened.recv() => {
                let Opened { stream, arrived } = connection;
                match stream {
                    Stream::Plain(stream) => serve_connection(&graceful, stream, arrived, &services),
                    Stream::Tls(stream) => serve_connection(&graceful, *stream, arrived, &services),
                }
            }
            _ = &mut stop => break,
        }
    }
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!(
            seconds = GRACE.as_secs(),
            "requests were still running when the backend stopped"
        );
    }
}

fn serve_connection<S>(
    graceful: &GracefulShutdown,
    stream: S,
    arrived: Connection,
    services: &Services,
) where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let services = services.clone();
    let service = hyper::service::service_fn(move |mut request: Request<Incoming>| {
        let services = services.clone();
        request.extensions_mut().insert(arrived);
        async move { Ok::<_, std::convert::Infallible>(services.respond(request).await) }
    });
    let builder = auto::Builder::new(TokioExecutor::new()).http1_only();
    let connection =
        graceful.watch(builder.serve_connection(TokioIo::new(stream), service).into_owned());
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(error, "a connection ended early");
        }
    });
}

/// A connection that requests can come by.
struct Opened {
    stream: Stream,
    arrived: Connection,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Opened {
    /// Waits for the first byte, which tells TLS from plain HTTP, and shakes hands where it is TLS.
    async fn open(stream: TcpStream, peer: IpAddr, acceptor: &TlsAcceptor) -> Option<Self> {
        let mut first = [0];
        if stream.peek(&mut first).await.ok()? == 0 {
            return None;
        }
        if first != [TLS_HANDSHAKE] {
            return Some(Self {
                stream: Stream::Plain(stream),
                arrived: Connection { peer, tls_version: None },
            });
        }
        match tokio::time::timeout(HANDSHAKE, acceptor.accept(stream)).await {
            Ok(Ok(stream)) => {
                let tls_version =
                    stream.get_ref().1.protocol_version().and_then(connection::tls_version);
                Some(Self {
                    stream: Stream::Tls(Box::new(stream)),
                    arrived: Connection { peer, tls_version },
                })
            }
            Ok(Err(error)) => {
                tracing::debug!(%error, %peer, "no TLS handshake");
                None
            }
            Err(_) => None,
        }
    }
}

impl Services {
    async fn respond(&self, request: Request<Incoming>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        match query_service(&parts) {
            Some(service) => match Body::from(body).store_all_limited(query::MAX_BODY).await {
                Ok(body) => query::respond(&self.account, service, &parts, &body),
                Err(_) => query::too_large(service),
            },
            None => self.respond_s3(parts, body).await,
        }
    }

    async fn respond_s3(&self, mut parts: Parts, body: Incoming) -> Response<Body> {
        let mut asked = Asked::of(&parts);
        let cors = Cors::of(&self.account, &parts, asked.bucket.as_deref(), asked.key.is_some());
        if parts.method == Method::OPTIONS {
            let response = cors.preflight().unwrap_or_else(Refusal::into_response);
            return s3::complete(response, &asked, &self.signed).await;
        }
        let body = SharedBody::new(body, &parts.headers);
        let response = if form::is_form(&parts, &asked) {
            self.respond_to_form(parts, &mut asked, Body::http_body(body.clone())).await
        } else {
            match self.admit(&mut parts, &asked, Body::http_body(body.clone())).await {
                Ok(body) => self.call_s3(Request::from_parts(parts, body)).await,
                Err(refusal) => refusal.into_response(),
            }
        };
        let mut response = s3::complete(response, &asked, &self.signed).await;
        cors.decorate(response.headers_mut());
        if response.status().is_client_error() {
            body.drain().await;
        }
        response
    }

    async fn respond_to_form(&self, parts: Parts, asked: &mut Asked, body: Body) -> Response<Body> {
        match form::Upload::read(&self.account, parts, asked, body).await {
            Ok(upload) => {
                let (put, answer) = upload.into_parts();
                answer(self.call_s3(put).await)
            }
            Err(refusal) => refusal.into_response(),
        }
    }

    /// Lets a request through to S3, with what is known of its caller; not yet its signature.
    async fn admit(&self, parts: &mut Parts, asked: &Asked, body: Body) -> Result<Body, Refusal> {
        if let Some(caller) = s3::admit(&self.account, parts)? {
            if caller.place == Place::Query && matches!(caller.signed, Signed::V4 { .. }) {
                s3::add_query_headers(parts);
            }
            parts.extensions.insert(caller);
        }
        s3::respell(&self.account, parts);
        let body = s3::check_payload(parts, body).await?;
        let body = s3::check_document(parts, asked, body).await?;
        Ok(s3::take_tags_of_create(parts, asked, body).await)
    }

    async fn call_s3(&self, request: Request<Body>) -> Response<Body> {
        match self.s3.call(request).await {
            Ok(response) => response,
            Err(error) => {
                tracing::error!(?error, "no answer could be made");
                s3s::s3_error!(InternalError).to_http_response().unwrap_or_else(|_| {
                    let mut response = Response::new(Body::from(Bytes::new()));
                    *response.status_mut() = hyper::StatusCode::INTERNAL_SERVER_ERROR;
                    response
                })
            }
        }
    }
}

/// IAM and STS take forms posted to the root, and the same in a query; whose one is, its credential scope tells.
fn query_service(parts: &Parts) -> Option<Service> {
    let is_form = parts
        .headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    let is_in_query = || {
        parts
            .uri
            .query()
            .is_some_and(|query| query.split('&').any(|pair| pair.starts_with("Action=")))
    };
    let is_call = (parts.method == Method::POST && is_form)
        || ([Method::GET, Method::POST].contains(&parts.method) && is_in_query());
    if parts.uri.path() != "/" || !is_call {
        return None;
    }
    match Claim::read(parts) {
        Ok(Some(claim)) => Service::of_scope(&claim.scope.service),
        // without a readable signature neither would answer anything but that
        _ => Some(Service::Sts),
    }
}
