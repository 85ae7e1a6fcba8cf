//! Which request goes where, and which origins' pages may read the answer.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, StatusCode, header};
use axum::routing::{get, post};
use tower::Layer as _;
use tower_http::cors::{AllowOrigin, Cors, CorsLayer};

use crate::contract::Dialect;

use super::endpoint::Endpoint;
use super::error::ApiError;
use super::{
    confirm, contract, dialects, download_url, form, health, module, multipart, openapi, page, request_id, route, upload_url, upload_urls,
};

/// The path that gives out grants.
pub(super) const UPLOAD_URL: &str = "/api/upload-url";

/// How long a browser may keep a preflight's answer.
const PREFLIGHT_MAX_AGE: Duration = Duration::from_secs(3600);

/// An endpoint and the routes that lead to it.
#[derive(Clone)]
pub(super) struct App {
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) routes: Cors<Router>,
}

impl App {
    pub(super) fn new(endpoint: Endpoint) -> Self {
        let endpoint = Arc::new(endpoint);
        Self { routes: routes(Arc::clone(&endpoint)), endpoint }
    }
}

/// Every route of the endpoint. CORS stands around the router, not in it, where each request would copy it twice.
fn routes(endpoint: Arc<Endpoint>) -> Cors<Router> {
    let mut router = Router::new()
        .route(UPLOAD_URL, post(upload_url::post))
        .route("/api/upload-urls", post(upload_urls::post))
        .route("/api/upload-form", post(form::post))
        .route("/api/download-url", post(download_url::post))
        .merge(multipart::routes())
        .route("/api/confirm", post(confirm::post))
        .route("/api/contract", get(contract::get))
        .route(openapi::PATH, get(openapi::get))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .merge(module::routes())
        .merge(dialects::routes(endpoint.dialects()));
    if endpoint.page().is_some() {
        router = router.merge(page::routes());
    }
    let router = router.fallback(not_found).method_not_allowed_fallback(method_not_allowed).with_state(Arc::clone(&endpoint));
    cors(endpoint).layer(router)
}

async fn not_found(request: Request) -> ApiError {
    ApiError::new(StatusCode::NOT_FOUND, "not_found", format!("there is nothing at {:?}", route::told(request.uri().path())))
        .hint(format!("grants are given at POST {UPLOAD_URL}"))
}

async fn method_not_allowed(request: Request) -> ApiError {
    let message = format!("{} is not a method of {:?}", request.method(), route::told(request.uri().path()));
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message).hint("the header `Allow` names the methods that are")
}

fn cors(endpoint: Arc<Endpoint>) -> CorsLayer {
    let mut methods = vec![Method::GET, Method::POST];
    if endpoint.dialects().iter().any(|dialect| *dialect == Dialect::UppyCompanion || dialect.has_links()) {
        methods.push(Method::DELETE);
    }
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| endpoint.allows_origin(origin)))
        .allow_methods(methods)
        .allow_headers([header::CONTENT_TYPE, header::AUTHORIZATION])
        .expose_headers([request_id::HEADER, header::RETRY_AFTER, header::WWW_AUTHENTICATE])
        .max_age(PREFLIGHT_MAX_AGE)
}
