//! Documents that are the same for every request: the files of the endpoint, and what is rendered once for a contract.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use axum::routing::{MethodRouter, get};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

use super::record::Record;

/// How much of the SHA-256 of a document its entity tag has, in bytes.
const TAG_BYTES: usize = 16;

/// A document with its entity tag. Clients keep it, and ask whether it is current.
#[derive(Debug, Clone)]
pub(super) struct File {
    content_type: &'static str,
    body: Bytes,
    etag: HeaderValue,
}

impl File {
    pub(super) fn new(content_type: &'static str, body: impl Into<Bytes>) -> Self {
        let body = body.into();
        let tag = URL_SAFE_NO_PAD.encode(&Sha256::digest(&body)[..TAG_BYTES]);
        // letters, digits, hyphens and underscores
        let etag =
            HeaderValue::try_from(format!("\"{tag}\"")).unwrap_or(HeaderValue::from_static("\"\""));
        Self { content_type, body, etag }
    }

    /// Answers a request with these headers: 200, or 304 where the client has the document.
    pub(super) fn answer(&self, headers: &HeaderMap) -> Response {
        let mut response = if self.is_known(headers) {
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            response
        } else {
            text(self.content_type, self.body.clone())
        };
        response.headers_mut().insert(header::ETAG, self.etag.clone());
        response.headers_mut().insert(header::CACHE_CONTROL, NO_CACHE);
        response.extensions_mut().insert(Record::Quiet);
        response
    }

    /// Whether `If-None-Match` names the document. See <https://www.rfc-editor.org/rfc/rfc9110#section-13.1.2>.
    fn is_known(&self, headers: &HeaderMap) -> bool {
        let own = self.etag.as_bytes();
        let is_own =
            |tag: &str| tag == "*" || tag.strip_prefix("W/").unwrap_or(tag).as_bytes() == own;
        let values =
            headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        values.flat_map(|value| value.split(',')).any(|tag| is_own(tag.trim()))
    }
}

/// Serves one document.
pub(super) fn route<S: Clone + Send + Sync + 'static>(
    content_type: &'static str,
    body: &'static str,
) -> MethodRouter<S> {
    let file = Arc::new(File::new(content_type, body));
    get(async move |headers: HeaderMap| file.answer(&headers))
}

const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");

/// Answers with a text.
pub(super) fn text(content_type: &'static str, text: impl Into<Body>) -> Response {
    let mut response = Response::new(text.into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, NO_CACHE);
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response.extensions_mut().insert(Record::Quiet);
    response
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_tag_that_is_named_makes_304() {
        let file = File::new("text/plain", "text");
        let own = file.etag.to_str().unwrap();
        let status = |values: &[&str]| {
            let headers = values
                .iter()
                .map(|value| (header::IF_NONE_MATCH, HeaderValue::from_str(value).unwrap()))
                .collect();
            file.answer(&headers).status().as_u16()
        };
        assert_eq!(status(&[]), 200);
        assert_eq!(status(&["\"other\"", "W/\"other\", \"\""]), 200);
        assert_eq!(status(&[own]), 304);
        assert_eq!(status(&["\"other\"", &format!("\"a\" , W/{own}")]), 304);
        assert_eq!(status(&["*"]), 304);
        assert_ne!(file.etag, File::new("text/plain", "texT").etag);
    }
}
