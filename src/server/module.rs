//! `GET /gatepass.js`: the client for browsers, and `GET /gatepass.d.ts`, its types.

use std::sync::Arc;

use axum::Router;

use super::endpoint::Endpoint;
use super::file;

const MODULE: &str = include_str!("module/gatepass.js");
const TYPES: &str = include_str!("module/gatepass.d.ts");

pub(super) fn routes() -> Router<Arc<Endpoint>> {
    Router::new()
        .route("/gatepass.js", file::route("text/javascript; charset=utf-8", MODULE))
        .route("/gatepass.d.ts", file::route("application/typescript; charset=utf-8", TYPES))
}
