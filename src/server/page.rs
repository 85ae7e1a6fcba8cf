//! The page at `/` on which one drops a file.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use gatepass_core::contract::{Contract, Mode};
use gatepass_core::grant::BucketAddress;

use super::endpoint::Endpoint;
use super::file::{self, File};
use super::proof::{self, ProofSource};

const INDEX: &str = include_str!("page/index.html");
const STYLE: &str = include_str!("page/style.css");
/// What stands in the page where there is a proof to show.
const PROOF: &str = include_str!("page/proof.html");
const PROOF_SCRIPT: &str = r#"<script type="module" src="/page/proof.js"></script>"#;
/// The page's own modules, beside `/gatepass.js`.
const SCRIPTS: [(&str, &str); 5] = [
    ("/page/format.js", include_str!("page/format.js")),
    ("/page/page.js", include_str!("page/page.js")),
    ("/page/proof.js", include_str!("page/proof.js")),
    ("/page/signed.js", include_str!("page/signed.js")),
    ("/page/upload.js", include_str!("page/upload.js")),
];

/// The page for one contract.
pub(super) struct Page {
    index: File,
    content_security_policy: HeaderValue,
    pub(super) proof: Option<Arc<dyn ProofSource>>,
}

impl Page {
    pub(super) fn of(contract: &Contract, proof: Option<Arc<dyn ProofSource>>) -> Self {
        let upload = &contract.upload;
        let types: Vec<String> = upload.content_types.iter().map(ToString::to_string).collect();
        let index = INDEX
            .replace("{{content_types}}", &escape(&types.join(",")))
            .replace("{{max_size}}", &upload.max_size.bytes().to_string())
            .replace("{{mode}}", if upload.mode == Mode::Strict { "strict" } else { "compatible" })
            .replace("{{expires_in}}", &upload.expires_in.to_string())
            .replace("{{proof}}", if proof.is_some() { PROOF } else { "" })
            .replace("{{proof_script}}", if proof.is_some() { PROOF_SCRIPT } else { "" })
            .replace("{{bucket}}", &escape(contract.bucket.name.as_str()));
        let BucketAddress { scheme, host, .. } = BucketAddress::of(contract);
        let policy = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self' {scheme}://{host}; \
             base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        );
        // a bucket's address is ASCII; if it were not, the page would load nothing rather than anything
        let content_security_policy =
            HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
        Self { index: File::new("text/html; charset=utf-8", index), content_security_policy, proof }
    }
}

pub(super) fn routes() -> Router<Arc<Endpoint>> {
    let routes = Router::new()
        .route("/", get(index))
        .route("/page/style.css", file::route("text/css; charset=utf-8", STYLE))
        .route("/page/proof.json", get(proof::get).post(proof::post));
    SCRIPTS.into_iter().fold(routes, |routes, (path, script)| {
        routes.route(path, file::route("text/javascript; charset=utf-8", script))
    })
}

async fn index(State(endpoint): State<Arc<Endpoint>>, headers: HeaderMap) -> Response {
    // the route is there only where the page is
    let Some(page) = endpoint.page() else { return StatusCode::NOT_FOUND.into_response() };
    let mut response = page.index.answer(&headers);
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, page.content_security_policy.clone());
    response.headers_mut().insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response.headers_mut().insert(
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    );
    response
}

/// For text and quoted attributes.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
