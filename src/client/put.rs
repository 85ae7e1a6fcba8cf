//! Sending the file to S3.

use std::collections::BTreeMap;

use futures::TryStreamExt as _;
use reqwest::{Body, Method, header};

use super::file::OpenFile;
use super::{Client, S3Error, UploadError};

/// Where bytes go, and how.
pub(super) struct Sent<'a> {
    pub(super) url: &'a str,
    pub(super) method: &'a str,
    pub(super) headers: &'a BTreeMap<String, String>,
}

impl Client {
    /// Sends exactly what was signed; the answer is the object's `ETag`.
    pub(super) async fn send(
        &self,
        grant: &Sent<'_>,
        file: OpenFile,
        on_progress: impl Fn(u64) + Send + Sync + 'static,
    ) -> Result<Option<String>, UploadError> {
        let url = reqwest::Url::parse(grant.url).map_err(|error| self.malformed(format!("the URL to send to: {error}")))?;
        let method = Method::from_bytes(grant.method.as_bytes()).map_err(|error| self.malformed(format!("`method`: {error}")))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let unreachable = |error: reqwest::Error| UploadError::S3Unreachable { host: host.clone(), source: error.without_url() };

        let mut request = self.http.request(method, url).header(header::CONTENT_LENGTH, file.size());
        for (name, value) in grant.headers {
            if !name.eq_ignore_ascii_case("content-length") {
                request = request.header(name, value);
            }
        }
        let mut sent = 0;
        let content = file.into_stream().inspect_ok(move |chunk| {
            sent += chunk.len() as u64;
            on_progress(sent);
        });
        let response = request.body(Body::wrap_stream(content)).send().await.map_err(unreachable)?;
        let status = response.status();
        let etag = response.headers().get(header::ETAG).and_then(|etag| etag.to_str().ok()).map(ToOwned::to_owned);
        if status.is_success() {
            return Ok(etag);
        }
        let body = response.text().await.map_err(unreachable)?;
        Err(S3Error::parse(status.as_u16(), &body).into())
    }
}
