//! Requests exactly as an attacker would send them: nothing is added, followed or tried again.

use std::error::Error;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::HeaderMap;
use reqwest::{Method, redirect};

use crate::ca_certificates::CaCertificates;
use crate::client::S3Error;
use crate::http_body::{self, BodyError};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
const TIMEOUT: Duration = Duration::from_secs(30);

/// One request. Has no `Debug`, for its URL is a right.
#[derive(Clone)]
pub(super) struct Raw {
    pub(super) method: Method,
    pub(super) url: String,
    /// All but `Host` and `Content-Length`, which HTTP itself sends.
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Bytes,
}

/// What was answered.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Why there is no answer.
#[derive(Debug, Clone)]
pub(super) struct NoAnswer {
    pub(super) is_timeout: bool,
    pub(super) cause: String,
}

/// Sends requests.
#[derive(Debug, Clone)]
pub(super) struct Http(reqwest::Client);

impl Http {
    pub(super) fn new(ca_certificates: &CaCertificates) -> Result<Self, reqwest::Error> {
        let client = ca_certificates
            .http_client()
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TIMEOUT);
        Ok(Self(client.build()?))
    }

    pub(super) async fn send(&self, raw: &Raw) -> Result<Answer, NoAnswer> {
        let mut request = self.0.request(raw.method.clone(), &raw.url).body(raw.body.clone());
        for (name, value) in &raw.headers {
            request = request.header(name, value);
        }
        let response = request.send().await.map_err(|error| NoAnswer::of(&error))?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let body =
            http_body::read(response, http_body::MAX_ANSWER).await.map_err(
                |error| match error {
                    BodyError::Http(error) => NoAnswer::of(&error),
                    error @ BodyError::TooLarge { .. } => {
                        NoAnswer { is_timeout: false, cause: error.to_string() }
                    }
                },
            )?;
        Ok(Answer { status, headers, body: body.into() })
    }
}

impl NoAnswer {
    /// The innermost cause: the layers above it have the URL in their words.
    fn of(error: &reqwest::Error) -> Self {
        let innermost = std::iter::successors(error.source(), |&error| error.source()).last();
        let cause =
            innermost.map_or_else(|| "the connection failed".to_owned(), ToString::to_string);
        Self { is_timeout: error.is_timeout(), cause }
    }
}

impl Raw {
    /// The value of a header, which stands there once.
    pub(super) fn set(&mut self, name: &str, value: &str) {
        self.unset(name);
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    pub(super) fn unset(&mut self, name: &str) {
        self.headers.retain(|(other, _)| !other.eq_ignore_ascii_case(name));
    }
}

impl Answer {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// S3's error code, or that of the presign endpoint.
    pub(super) fn code(&self) -> Option<String> {
        let body = String::from_utf8_lossy(&self.body);
        let of_endpoint = || {
            Some(
                serde_json::from_str::<serde_json::Value>(&body)
                    .ok()?
                    .pointer("/error/code")?
                    .as_str()?
                    .to_owned(),
            )
        };
        S3Error::parse(self.status, &body).code.or_else(of_endpoint)
    }

    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// "403 AccessDenied"
    pub(super) fn told(&self) -> String {
        match self.code() {
            Some(code) => format!("{} {code}", self.status),
            None => self.status.to_string(),
        }
    }
}
