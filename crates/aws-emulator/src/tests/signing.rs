//! Signing by hand, so that anything about a signature can be wrong.

use reqwest::Method;
use time::OffsetDateTime;
use time::macros::format_description;

use super::*;
use crate::sigv4::{payload_hash, sign};

/// A request that is signed in its `Authorization` header.
pub(super) struct ByHand {
    pub(super) method: Method,
    pub(super) path: &'static str,
    pub(super) body: Vec<u8>,
    pub(super) credentials: Credentials,
    pub(super) region: &'static str,
    pub(super) service: &'static str,
    pub(super) signed_at: OffsetDateTime,
    /// The body's hash unless stated.
    pub(super) payload_hash: Option<String>,
    /// Signed headers beside the usual ones, in lower case.
    pub(super) signed: Vec<(&'static str, String)>,
    /// Added after signing.
    pub(super) unsigned: Vec<(&'static str, &'static str)>,
}

/// A signature and what it was made with: the start of a chain of chunks.
pub(super) struct Seed {
    pub(super) date: String,
    pub(super) scope: String,
    pub(super) signature: String,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: reqwest::header::HeaderMap,
    pub(super) text: String,
}

impl Answer {
    pub(super) async fn of(response: reqwest::Response) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            text: response.text().await.unwrap(),
        }
    }

    /// A header's value; nothing where there is none.
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The status and the error code; of no error, the status.
    pub(super) fn told(&self) -> String {
        let code = self.text.split_once("<Code>").and_then(|(_, rest)| rest.split_once("</Code>"));
        code.map_or_else(|| self.status.to_string(), |(code, _)| format!("{} {code}", self.status))
    }
}

impl ByHand {
    pub(super) fn new(method: Method, path: &'static str, body: &[u8]) -> Self {
        Self {
            method,
            path,
            body: body.to_vec(),
            credentials: root(),
            region: REGION,
            service: "s3",
            signed_at: OffsetDateTime::now_utc(),
            payload_hash: None,
            signed: Vec::new(),
            unsigned: Vec::new(),
        }
    }

    /// The headers of the signed request.
    pub(super) fn sign(&self, running: &Running) -> (Vec<(&'static str, String)>, Seed) {
        let date = self
            .signed_at
            .format(format_description!("[year][month][day]T[hour][minute][second]Z"))
            .unwrap();
        let hash = self.payload_hash.clone().unwrap_or_else(|| payload_hash(&self.body));
        let mut headers = self.signed.clone();
        headers.extend([
            ("host", running.backend.address().to_string()),
            ("x-amz-content-sha256", hash.clone()),
            ("x-amz-date", date.clone()),
        ]);
        if let Some(token) = self.credentials.session_token() {
            headers.push(("x-amz-security-token", token.to_owned()));
        }
        headers.sort();
        let names = headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let lines: String =
            headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
        let (path, query) = self.path.split_once('?').unwrap_or((self.path, ""));
        let canonical = format!("{}\n{path}\n{query}\n{lines}\n{names}\n{hash}", self.method);
        let scope = format!("{}/{}/{}/aws4_request", &date[..8], self.region, self.service);
        let to_sign =
            format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", payload_hash(canonical.as_bytes()));
        let signature = sign(
            self.credentials.secret_access_key(),
            &date[..8],
            self.region,
            self.service,
            &to_sign,
        );
        let key = self.credentials.access_key_id();
        headers.push(("authorization", format!("AWS4-HMAC-SHA256 Credential={key}/{scope}, SignedHeaders={names}, Signature={signature}")));
        (headers, Seed { date, scope, signature })
    }

    pub(super) async fn send(&self, running: &Running) -> Answer {
        let (headers, _) = self.sign(running);
        self.send_with(running, headers, self.body.clone()).await
    }

    pub(super) async fn send_with(
        &self,
        running: &Running,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    ) -> Answer {
        let mut request = reqwest::Client::new()
            .request(self.method.clone(), format!("{}{}", running.url(), self.path));
        for (name, value) in headers {
            request = request.header(name, value);
        }
        for (name, value) in &self.unsigned {
            request = request.header(*name, *value);
        }
        Answer::of(request.body(body).send().await.unwrap()).await
    }
}
