//! The one HTTP listener: who a request is for, and what every answer gets.

use std::sync::Arc;

use bytes::Bytes;
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Method, Request, Response, header};
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::server::graceful::GracefulShutdown;
use s3s::Body;
use s3s::service::S3Service;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::account::Account;
use super::authorize::Connection;
use super::body::SharedBody;
use super::query::{self, Service};
use super::s3::{self, Asked, Cors, Refusal};
use super::sigv4::{Claim, Place};

/// How long running requests may take once the backend is told to stop.
const GRACE: std::time::Duration = std::time::Duration::from_secs(5);

/// The services behind the listener.
#[derive(Clone)]
pub(super) struct Services {
    pub(super) account: Arc<Account>,
    pub(super) s3: S3Service,
}

/// Serves connections until `stop` is heard, and then what is running.
pub(super) async fn serve(listener: TcpListener, services: Services, mut stop: oneshot::Receiver<()>) {
    let graceful = GracefulShutdown::new();
    loop {
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    continue;
                }
            },
            _ = &mut stop => break,
        };
        let services = services.clone();
        let arrived = Connection { peer: peer.ip(), tls_version: None };
        let service = hyper::service::service_fn(move |mut request| {
            let services = services.clone();
            request.extensions_mut().insert(arrived);
            async move { Ok::<_, std::convert::Infallible>(services.respond(request).await) }
        });
        let builder = auto::Builder::new(TokioExecutor::new()).http1_only();
        let connection = graceful.watch(builder.serve_connection(TokioIo::new(stream), service).into_owned());
        tokio::spawn(async move {
            if let Err(error) = connection.await {
                tracing::debug!(error, "a connection ended early");
            }
        });
    }
    if tokio::time::timeout(GRACE, graceful.shutdown()).await.is_err() {
        tracing::warn!(seconds = GRACE.as_secs(), "requests were still running when the backend stopped");
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
        let asked = Asked::of(&parts);
        let cors = Cors::of(&self.account, &parts, asked.bucket.as_deref(), asked.key.is_some());
        if parts.method == Method::OPTIONS {
            let response = cors.preflight().unwrap_or_else(Refusal::into_response);
            return s3::complete(response, &asked).await;
        }
        let body = SharedBody::new(body, &parts.headers);
        let response = match self.admit(&mut parts, &asked, Body::http_body(body.clone())).await {
            Ok(body) => self.call_s3(Request::from_parts(parts, body)).await,
            Err(refusal) => refusal.into_response(),
        };
        let mut response = s3::complete(response, &asked).await;
        cors.decorate(response.headers_mut());
        if response.status().is_client_error() {
            body.drain().await;
        }
        response
    }

    /// Lets a request through to S3, with what is known of its caller; not yet its signature.
    async fn admit(&self, parts: &mut Parts, asked: &Asked, body: Body) -> Result<Body, Refusal> {
        if let Some(caller) = s3::admit(&self.account, parts)? {
            if caller.place == Place::Query {
                s3::add_query_headers(parts);
            }
            parts.extensions.insert(caller);
        }
        let body = s3::check_payload(parts, body).await?;
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

/// IAM and STS take forms posted to the root; whose a form is, its credential scope tells.
fn query_service(parts: &Parts) -> Option<Service> {
    let is_form =
        parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/x-www-form-urlencoded"));
    if parts.method != Method::POST || parts.uri.path() != "/" || !is_form {
        return None;
    }
    match Claim::read(parts) {
        Ok(Some(claim)) => Service::of_scope(&claim.scope.service),
        // without a readable signature neither would answer anything but that
        _ => Some(Service::Sts),
    }
}
