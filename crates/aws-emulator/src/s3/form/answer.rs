//! What a form is answered with.

use hyper::header::{self, HeaderName, HeaderValue};
use hyper::http::request::Parts;
use hyper::{Response, StatusCode};
use s3s::Body;
use url::Url;

use crate::s3::Refusal;
use crate::virtual_host;
use crate::xml::Xml;

use super::fields::Fields;

/// The answer that a form asks for.
#[derive(Debug)]
pub(super) struct Answer {
    bucket: String,
    key: String,
    location: String,
    /// `success_action_redirect`
    redirect: Option<Url>,
    /// `success_action_status`: 200, 201, or 204 for anything else.
    status: StatusCode,
}

impl Answer {
    pub(super) fn of(
        fields: &Fields,
        parts: &Parts,
        bucket: &str,
        key: &str,
    ) -> Result<Self, Refusal> {
        let redirect = fields.get("success_action_redirect").or_else(|| fields.get("redirect"));
        // S3 takes one that it cannot read for none
        let redirect = redirect
            .and_then(|text| Url::parse(text).ok())
            .filter(|url| ["http", "https"].contains(&url.scheme()));
        let status = match fields.get("success_action_status") {
            Some("200") => StatusCode::OK,
            Some("201") => StatusCode::CREATED,
            _ => StatusCode::NO_CONTENT,
        };
        let location = virtual_host::url(
            &parts.headers,
            &parts.extensions,
            super::object_uri(parts, key)?.path(),
        );
        Ok(Self { bucket: bucket.to_owned(), key: key.to_owned(), location, redirect, status })
    }

    /// The answer, with what the PUT's has to say.
    pub(super) fn into_response(self, put: &Response<Body>) -> Response<Body> {
        let etag = put
            .headers()
            .get(header::ETAG)
            .and_then(|etag| etag.to_str().ok())
            .unwrap_or_default()
            .to_owned();
        let mut response = Response::new(Body::empty());
        for (name, value) in put.headers() {
            if name == header::ETAG || name.as_str().starts_with("x-amz-") {
                response.headers_mut().insert(name.clone(), value.clone());
            }
        }
        let mut set = |name: HeaderName, value: &str| {
            if let Ok(value) = HeaderValue::from_str(value) {
                response.headers_mut().insert(name, value);
            }
        };
        if let Some(mut url) = self.redirect {
            url.query_pairs_mut()
                .append_pair("bucket", &self.bucket)
                .append_pair("key", &self.key)
                .append_pair("etag", &etag);
            set(header::LOCATION, url.as_str());
            *response.status_mut() = StatusCode::SEE_OTHER;
            return response;
        }
        set(header::LOCATION, &self.location);
        *response.status_mut() = self.status;
        if self.status == StatusCode::CREATED {
            let mut xml = Xml::document();
            xml.element("PostResponse", |xml| {
                xml.text("Location", &self.location);
                xml.text("Bucket", &self.bucket);
                xml.text("Key", &self.key);
                xml.text("ETag", &etag);
            });
            response
                .headers_mut()
                .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
            *response.body_mut() = Body::from(xml.into_string());
        }
        response
    }
}
