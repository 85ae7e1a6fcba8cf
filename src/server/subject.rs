//! Who asks.

use axum::http::request::Parts;

/// The subject that a request comes from; none where nobody is asked who they are.
pub(super) fn of(_: &Parts) -> Option<String> {
    None
}
