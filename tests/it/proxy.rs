//! Stands between gatepass and a backend: counts what is written, holds an answer back so that a test can act while a run is
//! half-way, and answers as a store does that keeps less than S3.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::response::Response;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::backend::Backend;

/// Ends when dropped.
pub(crate) struct Proxy {
    pub(crate) url: String,
    shared: Arc<Shared>,
    serving: tokio::task::JoinHandle<()>,
}

struct Shared {
    target: String,
    http: reqwest::Client,
    writes: Mutex<Vec<String>>,
    /// Writes whose answers still pass; the next one's waits.
    pass: Mutex<usize>,
    /// The answer to the first write whose name has this in it waits, too; or to the first read, where this begins with `GET`.
    hold_at: Mutex<Option<String>>,
    /// Requests that are answered here, by what their names have in them.
    answers: Mutex<Vec<(String, u16, String)>>,
    /// What is replaced in the backend's answers to requests whose names have this in them.
    rewrites: Mutex<Vec<(String, String, String)>>,
    held: Semaphore,
    released: Semaphore,
}

impl Proxy {
    pub(crate) async fn to(backend: &Backend) -> Self {
        let shared = Arc::new(Shared {
            target: backend.endpoint.clone(),
            http: crate::upload::http(),
            writes: Mutex::default(),
            pass: Mutex::new(usize::MAX),
            hold_at: Mutex::default(),
            answers: Mutex::default(),
            rewrites: Mutex::default(),
            held: Semaphore::new(0),
            released: Semaphore::new(0),
        });
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let router = Router::new().fallback(forward).with_state(Arc::clone(&shared));
        let serving = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, shared, serving }
    }

    /// The backend as seen through the proxy.
    pub(crate) fn takes_place_of(&self, backend: &Backend, contract: &str) -> String {
        contract.replace(&backend.endpoint, &self.url)
    }

    /// What was written since the last time: `PUT /bucket?cors`, `CreateRole`.
    pub(crate) fn writes(&self) -> Vec<String> {
        std::mem::take(&mut *self.shared.writes.lock().unwrap())
    }

    /// Answers requests whose names have this in them with this, and does not pass them on.
    pub(crate) fn answer(&self, name: &str, status: u16, body: &str) {
        self.shared.answers.lock().unwrap().push((name.to_owned(), status, body.to_owned()));
    }

    /// Replaces `piece` in the successful answers to requests whose names have this in them.
    pub(crate) fn rewrite(&self, name: &str, piece: &str, by: &str) {
        self.shared.rewrites.lock().unwrap().push((
            name.to_owned(),
            piece.to_owned(),
            by.to_owned(),
        ));
    }

    /// Passes everything on unchanged again.
    pub(crate) fn be_honest(&self) {
        self.shared.answers.lock().unwrap().clear();
        self.shared.rewrites.lock().unwrap().clear();
    }

    /// After this many writes, the next one is done, but its answer waits for [`release`](Self::release).
    pub(crate) fn hold_after(&self, writes: usize) {
        *self.shared.pass.lock().unwrap() = writes;
    }

    /// The first write whose name has this in it is done, but its answer waits for [`release`](Self::release). So is the first read
    /// where this begins with `GET`.
    pub(crate) fn hold_at(&self, name: &str) {
        *self.shared.hold_at.lock().unwrap() = Some(name.to_owned());
    }

    /// Ends when an answer is held back.
    pub(crate) async fn held(&self) {
        self.shared.held.acquire().await.unwrap().forget();
    }

    /// Lets the held answer and all others pass.
    pub(crate) fn release(&self) {
        *self.shared.pass.lock().unwrap() = usize::MAX;
        self.shared.released.add_permits(1);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn forward(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, usize::MAX).await.unwrap();
    let path = parts.uri.path_and_query().unwrap();
    let (name, is_write) = name_of(&parts.method, path.as_str(), &body);
    let own = shared
        .answers
        .lock()
        .unwrap()
        .iter()
        .find(|(named, ..)| name.contains(named.as_str()))
        .cloned();
    if let Some((_, status, body)) = own {
        if is_write {
            shared.writes.lock().unwrap().push(name);
        }
        return Response::builder().status(status).body(Body::from(body)).unwrap();
    }
    let url = format!("{}{path}", shared.target);
    // the signature covers the Host header, which goes on as it came
    let answer = shared
        .http
        .request(parts.method, url)
        .headers(parts.headers)
        .body(body)
        .send()
        .await
        .unwrap();
    let is_rewritten = |named: &str| answer.status().is_success() && name.contains(named);
    let rewrites: Vec<_> = shared
        .rewrites
        .lock()
        .unwrap()
        .iter()
        .filter(|(named, ..)| is_rewritten(named))
        .cloned()
        .collect();
    let mut response = Response::builder().status(answer.status());
    let is_kept = |name: &str| {
        !["connection", "transfer-encoding"].contains(&name)
            && (rewrites.is_empty() || name != "content-length")
    };
    for (name, value) in answer.headers().iter().filter(|(name, _)| is_kept(name.as_str())) {
        response = response.header(name, value);
    }
    let mut body = answer.bytes().await.unwrap();
    for (_, piece, by) in rewrites {
        let text = String::from_utf8(body.to_vec()).unwrap();
        assert!(text.contains(&piece), "{name}: {text}");
        body = text.replace(&piece, &by).into();
    }
    let response = response.body(Body::from(body)).unwrap();
    let is_meant = |named: &mut String| {
        name.contains(named.as_str()) && (is_write || named.starts_with("GET "))
    };
    let is_named = shared.hold_at.lock().unwrap().take_if(is_meant).is_some();
    let hold = is_write && {
        shared.writes.lock().unwrap().push(name);
        let mut pass = shared.pass.lock().unwrap();
        let hold = *pass == 0;
        *pass = pass.saturating_sub(1);
        hold
    };
    if hold || is_named {
        shared.held.add_permits(1);
        shared.released.acquire().await.unwrap().forget();
    }
    response
}

/// A short name of what a request asks for, and whether it changes something.
fn name_of(method: &reqwest::Method, path: &str, body: &[u8]) -> (String, bool) {
    let form: Vec<(String, String)> = url::form_urlencoded::parse(body).into_owned().collect();
    match form.iter().find(|(name, _)| name == "Action") {
        Some((_, action)) => (
            action.clone(),
            !["Get", "List", "Assume"].iter().any(|reads| action.starts_with(reads)),
        ),
        None => (
            format!("{method} {path}"),
            *method != reqwest::Method::GET && *method != reqwest::Method::HEAD,
        ),
    }
}
