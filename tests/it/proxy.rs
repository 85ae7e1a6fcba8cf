//! Stands between gatepass and a backend: counts what is written, and holds an answer back so that a test can act
//! while a run is half-way.

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
    let url = format!("{}{path}", shared.target);
    // the signature covers the Host header, which goes on as it came
    let answer = shared.http.request(parts.method, url).headers(parts.headers).body(body).send().await.unwrap();
    let mut response = Response::builder().status(answer.status());
    for (name, value) in answer.headers().iter().filter(|(name, _)| !["connection", "transfer-encoding"].contains(&name.as_str())) {
        response = response.header(name, value);
    }
    let response = response.body(Body::from(answer.bytes().await.unwrap())).unwrap();
    let is_meant = |named: &mut String| name.contains(named.as_str()) && (is_write || named.starts_with("GET "));
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
        Some((_, action)) => (action.clone(), !["Get", "List", "Assume"].iter().any(|reads| action.starts_with(reads))),
        None => (format!("{method} {path}"), *method != reqwest::Method::GET && *method != reqwest::Method::HEAD),
    }
}
