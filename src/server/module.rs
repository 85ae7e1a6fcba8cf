//! `GET /gatepass.js`: the client for browsers, and `GET /gatepass.d.ts`, its types.

use std::sync::Arc;

use axum::Router;
use axum::routing::get;

use super::endpoint::Endpoint;
use super::file;

const MODULE: &str = include_str!("module/gatepass.js");
const TYPES: &str = include_str!("module/gatepass.d.ts");

pub(super) fn routes() -> Router<Arc<Endpoint>> {
    Router::new()
        .route("/gatepass.js", get(async || file::text("text/javascript; charset=utf-8", MODULE)))
        .route("/gatepass.d.ts", get(async || file::text("application/typescript; charset=utf-8", TYPES)))
}
