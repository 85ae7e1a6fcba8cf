//! Sending the file to S3.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::TryStreamExt as _;
use reqwest::{Body, Method, header};

use tokio::sync::watch;
use tokio::time::timeout;

use crate::http_body::{self, BodyError};

use super::file::OpenFile;
use super::{Client, S3Error, UploadError};

/// How long S3 may take no bytes, and how long it may take to answer once it has all.
const STALL: Duration = Duration::from_secs(120);

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
        let url = reqwest::Url::parse(grant.url)
            .map_err(|error| self.malformed(format!("the URL to send to: {error}")))?;
        let method = Method::from_bytes(grant.method.as_bytes())
            .map_err(|error| self.malformed(format!("`method`: {error}")))?;
        let host = url.host_str().unwrap_or_default().to_owned();
        let unreachable = |error: reqwest::Error| UploadError::S3Unreachable {
            host: host.clone(),
            source: error.without_url(),
        };

        let mut request =
            self.http.request(method, url).header(header::CONTENT_LENGTH, file.size());
        for (name, value) in grant.headers {
            if !name.eq_ignore_ascii_case("content-length") {
                request = request.header(name, value);
            }
        }
        let mut sent = 0;
        let (moves, moved) = watch::channel(());
        let content = file.into_stream().inspect_ok(move |chunk| {
            sent += chunk.len() as u64;
            moves.send_replace(());
            on_progress(sent);
        });
        let response = tokio::select! {
            response = request.body(Body::wrap_stream(content)).send() => response.map_err(unreachable)?,
            () = stalled(moved) => return Err(UploadError::S3Stalled { host, after: STALL }),
        };
        let status = response.status();
        let etag = response
            .headers()
            .get(header::ETAG)
            .and_then(|etag| etag.to_str().ok())
            .map(ToOwned::to_owned);
        if status.is_success() {
            return Ok(etag);
        }
        let body = match timeout(STALL, http_body::read(response, http_body::MAX_ANSWER)).await {
            Err(_) => return Err(UploadError::S3Stalled { host, after: STALL }),
            Ok(Err(BodyError::Http(error))) => return Err(unreachable(error)),
            Ok(Err(BodyError::TooLarge { host, max })) => {
                return Err(UploadError::AnswerTooLarge { doing: "sending the file", host, max });
            }
            Ok(Ok(body)) => body,
        };
        Err(S3Error::parse(status.as_u16(), &String::from_utf8_lossy(&body)).into())
    }
}

/// Ends once nothing has moved for [`STALL`].
async fn stalled(mut moved: watch::Receiver<()>) {
    loop {
        match timeout(STALL, moved.changed()).await {
            Ok(Ok(())) => {}
            // all is sent, and the answer is what is waited for
            Ok(Err(_)) => return tokio::time::sleep(STALL).await,
            Err(_) => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn only_what_does_not_move_is_stalled() {
        let (moves, moved) = watch::channel(());
        let start = Instant::now();
        let moving = async {
            for _ in 0..10 {
                tokio::time::sleep(STALL / 2).await;
                moves.send_replace(());
            }
            drop(moves);
        };
        tokio::join!(moving, stalled(moved));
        assert_eq!(start.elapsed(), STALL * 6);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_takes_nothing_is_stalled() {
        let (_moves, moved) = watch::channel(());
        let start = Instant::now();
        stalled(moved).await;
        assert_eq!(start.elapsed(), STALL);
    }
}
