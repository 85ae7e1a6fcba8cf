//! The client's side of an upload: what a browser does, and what somebody hostile tries instead.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use url::Url;

/// The answer of `POST /api/upload-url`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantAnswer {
    pub(crate) upload_url: String,
    pub(crate) key: String,
    pub(crate) method: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) expires_at: String,
    pub(crate) expires_in: u32,
}

/// What S3 answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) async fn of(response: reqwest::Response) -> Self {
        Self {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: response.text().await.unwrap(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    #[track_caller]
    pub(crate) fn is_ok(&self) {
        assert_eq!(self.status, 200, "{}", self.body);
    }

    /// Fails unless S3 refused with this status and this error code.
    #[track_caller]
    pub(crate) fn is_refused(&self, status: u16, code: &str) {
        let refused_with = self
            .body
            .split_once("<Code>")
            .and_then(|(_, rest)| rest.split_once("</Code>"))
            .map(|(code, _)| code);
        assert_eq!((self.status, refused_with), (status, Some(code)), "{}", self.body);
    }
}

/// A client that goes straight to where it is told.
pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder().no_proxy().build().unwrap()
}

/// Sends the form as a browser does from a page of this origin, with these fields in the place of its own.
pub(crate) async fn send_form(
    form: &Value,
    origin: &str,
    changes: &[(&str, &str)],
    file: &[u8],
) -> Answer {
    let mut fields: BTreeMap<&str, &str> = form["fields"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .collect();
    fields.extend(changes.iter().copied());
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
                .bytes(),
        );
    }
    body.extend(b"--xyz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.png\"\r\nContent-Type: image/png\r\n\r\n");
    body.extend(file);
    body.extend(b"\r\n--xyz--\r\n");
    let request = http().post(form["url"].as_str().unwrap()).header("origin", origin).body(body);
    Answer::of(
        request.header("content-type", "multipart/form-data; boundary=xyz").send().await.unwrap(),
    )
    .await
}

impl GrantAnswer {
    /// Uploads as told.
    pub(crate) async fn put(&self, body: &[u8]) -> Answer {
        self.put_with(&self.headers, body).await
    }

    /// The grant with other headers than it was given.
    pub(crate) async fn put_with(&self, headers: &BTreeMap<String, String>, body: &[u8]) -> Answer {
        assert_eq!(self.method, "PUT");
        let mut request = http().put(&self.upload_url).body(body.to_vec());
        for (name, value) in headers {
            request = request.header(name, value);
        }
        Answer::of(request.send().await.unwrap()).await
    }

    /// The grant's headers with one of them changed.
    pub(crate) fn headers_with(&self, name: &str, value: &str) -> BTreeMap<String, String> {
        let mut headers = self.headers.clone();
        let old = headers.insert(name.to_owned(), value.to_owned());
        assert!(
            old.is_some_and(|old| old != value),
            "{name} is not a header of this grant, or not another value"
        );
        headers
    }

    /// The grant with the last digit of its signature changed.
    pub(crate) fn tampered(&self) -> Self {
        let (before, signature) = self.upload_url.split_once("X-Amz-Signature=").unwrap();
        let end = signature.find('&').unwrap_or(signature.len());
        let other = if signature[..end].ends_with('0') { '1' } else { '0' };
        let upload_url = format!(
            "{before}X-Amz-Signature={}{other}{}",
            &signature[..end - 1],
            &signature[end..]
        );
        Self { upload_url, ..self.clone() }
    }

    /// The grant for another key.
    pub(crate) fn moved_to(&self, key: &str) -> Self {
        let upload_url = self.upload_url.replace(&self.key, key);
        assert_ne!(upload_url, self.upload_url, "the URL does not name the key {}", self.key);
        Self { upload_url, ..self.clone() }
    }

    /// Sends these bytes under the grant's headers whatever length those state, as no HTTP library would.
    pub(crate) async fn put_raw(&self, body: &[u8]) -> Answer {
        let url = Url::parse(&self.upload_url).unwrap();
        let host = format!("{}:{}", url.host_str().unwrap(), url.port_or_known_default().unwrap());
        let mut request = format!(
            "PUT {}?{} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n",
            url.path(),
            url.query().unwrap()
        );
        for (name, value) in &self.headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        let mut stream = TcpStream::connect(&host).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        stream.write_all(body).await.unwrap();
        let mut response = Vec::new();
        stream.read_to_end(&mut response).await.unwrap();
        let response = String::from_utf8_lossy(&response);
        let (head, body) = response.split_once("\r\n\r\n").unwrap_or((&response, ""));
        let status =
            head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
        Answer { status, headers: reqwest::header::HeaderMap::new(), body: body.to_owned() }
    }

    /// What a browser asks before it sends the upload from a page of this origin.
    pub(crate) async fn preflight(&self, origin: &str) -> Answer {
        // a browser never lists Content-Length: it sets it itself
        let names: Vec<String> = self
            .headers
            .keys()
            .map(|name| name.to_lowercase())
            .filter(|name| name != "content-length")
            .collect();
        let response = http()
            .request(reqwest::Method::OPTIONS, &self.upload_url)
            .header("Origin", origin)
            .header("Access-Control-Request-Method", &self.method)
            .header("Access-Control-Request-Headers", names.join(","))
            .send()
            .await
            .unwrap();
        Answer::of(response).await
    }
}
