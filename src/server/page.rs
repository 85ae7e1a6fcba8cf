//! The page at `/` on which one drops a file.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use axum::routing::get;

use crate::contract::{Checksum, Contract, Mode};
use crate::grant::BucketAddress;

use super::endpoint::Endpoint;
use super::record::Record;

const INDEX: &str = include_str!("page/index.html");
const STYLE: &str = include_str!("page/style.css");
const SCRIPT: &str = include_str!("page/script.js");

/// The page for one contract.
pub(super) struct Page {
    index: Bytes,
    content_security_policy: HeaderValue,
}

impl Page {
    pub(super) fn of(contract: &Contract) -> Self {
        let upload = &contract.upload;
        let types: Vec<String> = upload.content_types.iter().map(ToString::to_string).collect();
        let index = INDEX
            .replace("{{content_types}}", &escape(&types.join(",")))
            .replace("{{max_size}}", &upload.max_size.bytes().to_string())
            .replace("{{mode}}", if upload.mode == Mode::Strict { "strict" } else { "compatible" })
            .replace("{{checksum}}", if upload.checksum == Checksum::Required { "required" } else { "optional" })
            .replace("{{bucket}}", &escape(contract.bucket.name.as_str()));
        let BucketAddress { scheme, host, .. } = BucketAddress::of(contract);
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' {scheme}://{host}; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        // a bucket's address is ASCII; if it were not, the page would load nothing rather than anything
        let content_security_policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
        Self { index: index.into(), content_security_policy }
    }
}

pub(super) fn routes() -> Router<Arc<Endpoint>> {
    Router::new()
        .route("/", get(index))
        .route("/style.css", get(async || file("text/css; charset=utf-8", STYLE)))
        .route("/script.js", get(async || file("text/javascript; charset=utf-8", SCRIPT)))
}

async fn index(State(endpoint): State<Arc<Endpoint>>) -> Response {
    let (index, policy) = match endpoint.page() {
        Some(page) => (page.index.clone(), page.content_security_policy.clone()),
        None => (Bytes::new(), HeaderValue::from_static("default-src 'none'")),
    };
    let mut response = file("text/html; charset=utf-8", index);
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response.headers_mut().insert(HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin"));
    response
}

fn file(content_type: &'static str, text: impl Into<Body>) -> Response {
    let mut response = Response::new(text.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response.extensions_mut().insert(Record::Quiet);
    response
}

/// For text and quoted attributes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
