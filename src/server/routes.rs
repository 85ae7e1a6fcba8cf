//! Which request goes where, and which origins' pages may read the answer.

use std::convert::Infallible;
use std::future::ready;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::response::Response;
use axum::routing::{get, post};
use tower::{Layer as _, Service as _, service_fn};
use tower_http::cors::{AllowHeaders, AllowOrigin, Cors, CorsLayer};

use gatepass_core::contract::Dialect;

use super::endpoint::Endpoint;
use super::error::ApiError;
use super::{
    confirm, contract, dialects, download_url, form, health, module, multipart, openapi, page,
    request_id, route, upload_url, upload_urls,
};

/// The path that gives out grants.
pub(super) const UPLOAD_URL: &str = "/api/upload-url";

/// How long a browser may keep a preflight's answer.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(3600);

/// An endpoint and the routes that lead to it.
#[derive(Clone)]
pub(super) struct App {
    pub(super) endpoint: Arc<Endpoint>,
    /// CORS stands around the router, not in it, where each request would copy it twice.
    routes: Cors<Router>,
    cors: CorsLayer,
}

impl App {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        let endpoint = Arc::new(endpoint);
        let cors = cors(Arc::clone(&endpoint));
        Self { routes: cors.layer(routes(Arc::clone(&endpoint))), cors, endpoint }
    }

    /// Answers a request.
    pub(super) async fn answer(&self, request: Request, client: Option<IpAddr>) -> Response {
        let mut response = self.answer_with_cors(request, client).await;
        hide_from_other_origins(&mut response);
        response
    }

    async fn answer_with_cors(&self, request: Request, client: Option<IpAddr>) -> Response {
        if let Err(error) =
            self.count(request.uri().path(), client).and_then(|()| self.check_host(&request))
        {
            let refusal = dialects::refusal(route::known(request.uri().path()), error);
            // with the headers by which a page may read it
            let Ok(readable) = self
                .cors
                .layer(service_fn(|_: Request| ready(Ok::<_, Infallible>(Response::default()))))
                .call(request)
                .await;
            return with_cors_of(&readable, refusal);
        }
        let Ok(response) = self.routes.clone().call(request).await;
        response
    }

    /// Rejects a request that names a host which is not this endpoint's: every one, whatever its path and method, but health checks.
    fn check_host(&self, request: &Request) -> Result<(), ApiError> {
        match self.endpoint.hosts() {
            Some(hosts) if ![health::HEALTHZ, health::READYZ].contains(&request.uri().path()) => {
                hosts.check(request.uri(), request.headers())
            }
            _ => Ok(()),
        }
    }

    /// Counts a request against the limit of the client's address: every one, whatever its path and method, but health checks.
    fn count(&self, path: &str, client: Option<IpAddr>) -> Result<(), ApiError> {
        match (&self.endpoint.limits().per_address, client) {
            (Some(limit), Some(client)) if ![health::HEALTHZ, health::READYZ].contains(&path) => {
                limit.check(&client.into(), "address")
            }
            _ => Ok(()),
        }
    }
}

/// Leaves what CORS allows out of an answer that no page may read.
fn hide_from_other_origins(response: &mut Response) {
    if !response.headers().contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
        let names =
            response.headers().keys().filter(|name| name.as_str().starts_with("access-control-"));
        for name in names.cloned().collect::<Vec<_>>() {
            response.headers_mut().remove(name);
        }
    }
}

/// Another response that the same page may read.
pub(super) fn with_cors_of(response: &Response, mut other: Response) -> Response {
    for (name, value) in response.headers() {
        if *name == header::VARY || name.as_str().starts_with("access-control-") {
            other.headers_mut().append(name.clone(), value.clone());
        }
    }
    other
}

/// Every route of the endpoint.
fn routes(endpoint: Arc<Endpoint>) -> Router {
    let mut router = Router::new()
        .route(UPLOAD_URL, post(upload_url::post))
        .route("/api/upload-urls", post(upload_urls::post))
        .route("/api/upload-form", post(form::post))
        .route("/api/download-url", post(download_url::post))
        .merge(multipart::routes())
        .route("/api/confirm", post(confirm::post))
        .route("/api/contract", get(contract::get))
        .route(openapi::PATH, get(openapi::get))
        .route(health::HEALTHZ, get(health::healthz))
        .route(health::READYZ, get(health::readyz))
        .merge(module::routes())
        .merge(dialects::routes(endpoint.dialects()));
    if endpoint.page().is_some() {
        router = router.merge(page::routes());
    }
    router.fallback(not_found).method_not_allowed_fallback(method_not_allowed).with_state(endpoint)
}

async fn not_found(request: Request) -> ApiError {
    ApiError::new(
        StatusCode::NOT_FOUND,
        "not_found",
        format!("there is nothing at {:?}", route::told(request.uri().path())),
    )
    .hint(format!("grants are given at POST {UPLOAD_URL}"))
}

async fn method_not_allowed(request: Request) -> ApiError {
    let message =
        format!("{} is not a method of {:?}", request.method(), route::told(request.uri().path()));
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message)
        .hint("the header `Allow` names the methods that are")
}

fn cors(endpoint: Arc<Endpoint>) -> CorsLayer {
    let mut methods = vec![Method::GET, Method::POST];
    if endpoint
        .dialects()
        .iter()
        .any(|dialect| *dialect == Dialect::UppyCompanion || dialect.has_links())
    {
        methods.push(Method::DELETE);
    }
    let allow_credentials = endpoint.contract().serve.allow_credentials;
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| endpoint.admits_origin(origin)))
        .allow_methods(methods)
        // whatever a page of an allowed origin sends beside its request: tracing, tokens of what stands in front
        .allow_headers(AllowHeaders::mirror_request())
        .allow_credentials(allow_credentials)
        .expose_headers([request_id::HEADER, header::RETRY_AFTER, header::WWW_AUTHENTICATE])
        .max_age(PREFLIGHT_MAX_AGE)
}
